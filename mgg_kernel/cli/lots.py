"""``mgg lot``: whether lots are accepted, what the process is capable of, its control charts."""

import argparse
from dataclasses import asdict
from functools import partial
from math import isfinite
from typing import TYPE_CHECKING, Any

from mgg_kernel.cli.answer import Answer, table
from mgg_kernel.cli.export import add_export_options, check_export, export_many
from mgg_kernel.cli.series import Shots, add_shot_options, chosen_shots, read_words
from mgg_kernel.errors import LotError

if TYPE_CHECKING:
    from mgg_kernel.lots import Capability, ControlCharts, LotGroup, LotReport, LotRow

__all__ = ["add_verbs"]


def add_verbs(verbs: Any, common: argparse.ArgumentParser) -> None:
    """Add the verb of this module."""
    lot = verbs.add_parser(
        "lot", parents=[common], help="whether lots are accepted; Cpk and control charts"
    )
    add_shot_options(lot)
    lot.add_argument(
        "--lot",
        action="append",
        default=[],
        metavar="LABEL=SHOT,SHOT",
        help="the shots of one lot; again for each, in the order of production "
        "(each work order is one unless given)",
    )
    lot.add_argument(
        "--temperature",
        action="append",
        default=[],
        metavar="[SHOT,SHOT@]C",
        help="shots conditioned at C degrees Celsius, where another is stored with them or none; "
        "each temperature is judged apart; C alone takes only the stored tests conditioned near it",
    )
    lot.add_argument(
        "--readout",
        default="peak_pressure_mpa",
        metavar="NAME",
        help="what is judged (peak_pressure_mpa)",
    )
    lot.add_argument("--lower", type=float, help="lower limit")
    lot.add_argument("--upper", type=float, help="upper limit")
    lot.add_argument("--coverage", type=float, default=0.95, help="share of a lot inside (0.95)")
    lot.add_argument("--confidence", type=float, default=0.95, help="with which it is (0.95)")
    lot.add_argument("--least-ppk", type=float, metavar="PPK", help="asked of each lot besides")
    lot.add_argument(
        "--rules",
        choices=("nelson", "western-electric", "limits"),
        default="nelson",
        help="of the control charts (nelson)",
    )
    lot.add_argument(
        "--standard", metavar="MEAN:SD", help="of a proven process, for the control charts"
    )
    lot.add_argument("--filter", metavar="CLASS", help="filter each shot first, such as cfc1000")
    add_export_options(
        lot, "verdicts, control charts and provenance: .xlsx, .csv, .parquet, .html or .pdf"
    )
    lot.set_defaults(run=_lot)


def _lot(arguments: argparse.Namespace) -> Answer:
    from mgg_kernel.comparison import filter_name
    from mgg_kernel.lots import judge_lots, overlay

    check_export(arguments)
    standard = _standard(arguments.standard)
    given = _given(arguments)
    for text in arguments.temperature:
        if "@" not in text:
            given.keep_conditioned(_celsius(text))
    temperatures = _temperatures([one for one in arguments.temperature if "@" in one], given)
    laid = overlay(
        given.curves,
        names=given.names,
        filter=filter_name(arguments.filter),
        confidence=arguments.confidence,
    )
    report = judge_lots(
        laid,
        arguments.readout,
        lots=given.lots,
        lower=arguments.lower,
        upper=arguments.upper,
        temperatures_c=temperatures,
        coverage=arguments.coverage,
        confidence=arguments.confidence,
        least_ppk=arguments.least_ppk,
        rules=arguments.rules,
        standard=standard,
    )
    if arguments.out is not None:
        from mgg_kernel.exports import lot_document

        make = partial(lot_document, report, sources=given.origins)
        export_many(arguments, make, given.author)
    document = {
        "filter": laid.filter,
        "definitions": asdict(laid.definitions),
        "code_version": laid.code_version,
        **asdict(report),
        "out": str(arguments.out) if arguments.out else None,
    }
    written = f"\nwritten to {arguments.out}" if arguments.out else ""
    return Answer(document, f"{_told(report)}{written}")


def _given(arguments: argparse.Namespace) -> Shots:
    if not arguments.lot:
        return chosen_shots(arguments)
    others = (arguments.shots, arguments.work_order, arguments.recipe_of is not None)
    if any(others):
        raise LotError("The shots stand in --lot already; leave out the others.")
    lots: dict[str, list[str]] = {}
    for text in arguments.lot:
        label, words = _labelled(text)
        if label in lots:
            raise LotError(f"The lot '{label}' is given more than once; give it once.")
        lots[label] = words
    label_of = {word: label for label, words in lots.items() for word in words}
    found = read_words([word for words in lots.values() for word in words])
    found.lots = [label_of[word] for word in found.words]
    return found


def _temperatures(texts: list[str], given: Shots) -> list[float | None] | None:
    if not texts:
        known_at_all = any(one is not None for one in given.temperatures_c)
        return given.temperatures_c if known_at_all else None
    known: dict[str, float] = {}
    for text in texts:
        listed, _, told = text.rpartition("@")
        words = [word.strip() for word in listed.split(",") if word.strip()]
        try:
            temperature = float(told)
        except ValueError:
            temperature = float("nan")
        if not words or not isfinite(temperature):
            raise LotError(f"'{text}' is no temperature of shots; write SHOT,SHOT@C.")
        for word in words:
            if word not in given.words:
                raise LotError(f"A temperature is given for '{word}', which is none of the shots.")
            if word in known:
                raise LotError(f"'{word}' has two temperatures; give one.")
            known[word] = temperature
    stored = zip(given.words, given.temperatures_c, strict=True)
    return [known.get(word, at_c) for word, at_c in stored]


def _celsius(text: str) -> float:
    try:
        found = float(text)
    except ValueError:
        found = float("nan")
    if not isfinite(found):
        raise LotError(f"'{text}' is no temperature of shots; write SHOT,SHOT@C, or C alone.")
    return found


def _labelled(text: str) -> tuple[str, list[str]]:
    label, equals, rest = text.partition("=")
    words = [word.strip() for word in rest.split(",") if word.strip()]
    if not equals or not label.strip() or not words:
        raise LotError(f"'{text}' names no shots; write LABEL=SHOT,SHOT.")
    return label.strip(), words


def _standard(text: str | None) -> tuple[float, float] | None:
    if text is None:
        return None
    try:
        mean, sd = map(float, text.split(":"))
    except ValueError:
        raise LotError(f"'{text}' is no standard; write MEAN:SD, such as 58:0.8.") from None
    return mean, sd


def _told(report: "LotReport") -> str:
    lines = []
    for group in report.groups:
        if len(report.groups) > 1 or group.conditioned_c is not None:
            at = group.conditioned_c
            lines += ["at no nominal temperature" if at is None else f"at {at:g} °C"]
        lines += [*_group(group), ""]
    lines += [f"note: {note}" for note in report.notes]
    return "\n".join(lines).rstrip("\n")


def _group(group: "LotGroup") -> list[str]:
    header = ["lot", "shots", "misfires", "mean", "sd", "CV %", "least", "most", "tolerance", "to"]
    header += ["Ppk", ""]
    lines = [table(header, [_row(one) for one in group.lots])]
    lines += [
        f"{one.lot}: {one.acceptance.sentence}" for one in group.lots if one.acceptance is not None
    ]
    lines += [] if group.capability is None else [_capable(group.capability)]
    lines += [] if group.charts is None else _charted(group.charts)
    return [*lines, *(f"note: {note}" for note in group.notes)]


def _row(one: "LotRow") -> list[object]:
    read, verdict = one.statistics, one.acceptance
    limits = verdict.tolerance if verdict else None
    capable = verdict.capability if verdict else None
    words = {True: "accepted", False: "not accepted", None: "no verdict"}
    numbers = (
        (read.mean, read.sd, read.cv_percent, read.minimum, read.maximum) if read else (None,) * 5
    )
    return [
        one.lot,
        len(one.shots),
        one.misfires,
        *map(_number, numbers),
        _number(limits.lower if limits else None),
        _number(limits.upper if limits else None),
        _number(capable.ppk.value if capable else None),
        words[one.accepted] if verdict or one.accepted is False else "",
    ]


def _capable(found: "Capability") -> str:
    told = [
        f"{name} {index.value:.3g} ({index.low:.3g} to {index.high:.3g})"
        for name, index in (("Cpk", found.cpk), ("Ppk", found.ppk))
        if index is not None
    ]
    return f"all lots: {', '.join(told)}, {100 * found.confidence:g} % intervals; {found.within}"


def _charted(charts: "ControlCharts") -> list[str]:
    from mgg_kernel.lots import RULES

    flags = sorted(
        {
            flag
            for chart in (charts.location, charts.spread)
            for one in chart.points
            for flag in one.flags
        }
    )
    return [
        charts.location.sentence,
        charts.spread.sentence,
        *(f"  {flag}: {RULES[flag]}" for flag in flags),
    ]


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:.4g}"
