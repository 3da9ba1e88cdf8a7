"""Verdicts as documents: lots by their limits, and curves by a corridor."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from mgg_kernel.exports.document import Document, Origin, Table, Value
from mgg_kernel.exports.of_comparison import named_values
from mgg_kernel.exports.of_many import sources_table, told_of
from mgg_kernel.exports.words import Say, said_in
from mgg_kernel.lots.corridor import Corridor
from mgg_kernel.lots.judging import Verdict
from mgg_kernel.lots.series import LotReport, LotRow

__all__ = ["Judged", "corridor_document", "lot_document"]

_LOT_HEADS = (
    "conditioned_c",
    "lot",
    "shots",
    "misfires",
    "mean",
    "sd",
    "cv_percent",
    "minimum",
    "maximum",
    "tolerance_lower",
    "tolerance_upper",
    "ppk",
    "accepted",
    "sentence",
)
_POINT_HEADS = (
    "conditioned_c",
    "chart",
    "label",
    "n",
    "value",
    "center",
    "lower",
    "upper",
    "flags",
)


@dataclass(frozen=True)
class Judged:
    """A curve that was judged by a corridor; without a verdict `reason` says why."""

    curve: str
    verdict: Verdict | None
    reason: str = ""


def lot_document(
    report: LotReport,
    *,
    author: str = "",
    exported_at: datetime,
    language: str | None = None,
    sources: Sequence[Origin] = (),
) -> Document:
    """Return what a series of lots comes to: a row for each lot, and the control charts.

    Args:
        report: what :func:`mgg_kernel.lots.judge_lots` found.
        author: who exports.
        exported_at: when; with a time zone.
        language: ``en`` or ``zh``; None: captions in both, sentences in English.
        sources: where the shots come from.

    Raises:
        ExportError: there is no such language.
    """
    say = said_in(language)
    rows = [(group.conditioned_c, row) for group in report.groups for row in group.lots]
    lots = Table(
        "lots", say("title.lots"), _LOT_HEADS, tuple(_lot_row(at, row) for at, row in rows)
    )
    accepted = sum(row.accepted is True for _, row in rows)
    refused = sum(row.accepted is False for _, row in rows)
    answer = say.sentence("lots", lots=len(rows), accepted=accepted, refused=refused)
    about: dict[str, Value] = {
        "readout": report.readout,
        "unit": report.unit,
        "accepted": report.accepted,
    }
    told = told_of(author, exported_at)
    notes = (*report.notes, *(note for group in report.groups for note in group.notes))
    return Document(
        kind="lot",
        title=say("title.lots"),
        answer=answer,
        data=lots,
        tables=(
            lots,
            _points(report, say),
            Table("notes", say("title.notes"), say.heads("what"), tuple((n,) for n in notes)),
            named_values("settings", about, say),
            sources_table(sources, say),
            named_values("provenance", told, say),
        ),
        metadata={
            "answer": answer,
            **{f"settings.{name}": value for name, value in about.items()},
            **{f"notes.{at}": note for at, note in enumerate(notes)},
            **{f"provenance.{name}": value for name, value in told.items()},
        },
        language=say.language,
    )


def corridor_document(
    corridor: Corridor,
    judged: Sequence[Judged],
    *,
    author: str = "",
    exported_at: datetime,
    language: str | None = None,
) -> Document:
    """Return the verdicts of a corridor on curves, with its limits.

    Args:
        corridor: the limits.
        judged: a verdict for each curve, or why there is none.
        author: who exports.
        exported_at: when; with a time zone.
        language: ``en`` or ``zh``; None: captions in both, sentences in English.

    Raises:
        ExportError: there is no such language.
    """
    say = said_in(language)
    heads = (
        "curve",
        "passed",
        "smallest_margin_mpa",
        "at_time_ms",
        "side",
        "outside_ms",
        "shift_ms",
        "judged_from_ms",
        "judged_to_ms",
        "complete",
        "sentence",
    )
    verdicts = Table("verdicts", say("title.verdicts"), heads, tuple(map(_verdict_row, judged)))
    limits = Table(
        "limits",
        say("title.limits"),
        ("side", "time_ms", "pressure_mpa"),
        tuple(
            (side, time, pressure)
            for side, corners in (("lower", corridor.lower), ("upper", corridor.upper))
            for time, pressure in corners
        ),
    )
    passed = sum(one.verdict is not None and one.verdict.passed for one in judged)
    answer = say.sentence(
        "corridor",
        passed=passed,
        of=len(judged),
        name=corridor.name,
        version=corridor.version,
    )
    about: dict[str, Value] = {
        "corridor": corridor.name,
        "version": corridor.version,
        "align": corridor.align,
        "align_at_ms": corridor.align_at_ms,
        "note": corridor.note,
    }
    told = told_of(author, exported_at)
    return Document(
        kind="corridor",
        title=corridor.name,
        answer=answer,
        data=verdicts,
        tables=(
            verdicts,
            limits,
            named_values("settings", about, say),
            named_values("provenance", told, say),
        ),
        metadata={
            "answer": answer,
            **{f"settings.{name}": value for name, value in about.items()},
            **{f"provenance.{name}": value for name, value in told.items()},
        },
        language=say.language,
    )


def _lot_row(conditioned_c: float | None, row: LotRow) -> tuple[Value, ...]:
    read, verdict = row.statistics, row.acceptance
    limits = verdict.tolerance if verdict else None
    capable = verdict.capability if verdict else None
    return (
        conditioned_c,
        row.lot,
        len(row.shots),
        row.misfires,
        *(
            (read.mean, read.sd, read.cv_percent, read.minimum, read.maximum)
            if read
            else (None,) * 5
        ),
        limits.lower if limits else None,
        limits.upper if limits else None,
        capable.ppk.value if capable else None,
        row.accepted,
        verdict.sentence if verdict else "",
    )


def _points(report: LotReport, say: Say) -> Table:
    rows = tuple(
        (
            group.conditioned_c,
            chart.kind,
            point.label,
            point.n,
            point.value,
            point.center,
            point.lower,
            point.upper,
            ", ".join(point.flags),
        )
        for group in report.groups
        if group.charts is not None
        for chart in (group.charts.location, group.charts.spread)
        for point in chart.points
    )
    return Table("charts", say("title.charts"), _POINT_HEADS, rows)


def _verdict_row(one: Judged) -> tuple[Value, ...]:
    found = one.verdict
    if found is None:
        return (one.curve, *(None,) * 9, one.reason)
    return (
        one.curve,
        found.passed,
        found.smallest_margin_mpa,
        found.at_time_ms,
        found.side,
        found.outside_ms,
        found.shift_ms,
        *found.judged_ms,
        found.complete,
        found.sentence,
    )
