"""What the Ingest page says: its answer, the facts of a curve, and what became of the files."""

from html import escape

from mgg_kernel.ui import markup, numbers
from mgg_kernel.ui.ingest.model import IngestModel, ShownCurve
from mgg_kernel.ui.quality import quality_sentences
from mgg_kernel.ui.words import Words
from mgg_kernel.workspace import IngestResult

__all__ = ["answer_html", "curve_html", "results_html"]

_SOURCES = {
    "given": "ingest.by_given",
    "work order": "ingest.by_work_order",
    "remark": "ingest.by_remark",
    "file name": "ingest.by_file_name",
    "choice": "ingest.by_choice",
}
_DEVICES = {"expired": "ingest.device_expired", "not yet": "ingest.device_not_yet"}


def answer_html(model: IngestModel, t: Words) -> str:
    """Return the answer at the top of the page."""
    shown = model.shown
    peak = numbers.pressure(shown.curve.peak.pressure_mpa) if shown else ""
    if shown is not None and shown.test_id is not None:
        return markup.answer(peak, t("ingest.answer_test", name=shown.name, number=shown.test_id))
    if model.state == "stored":
        counted = [one for one in model.results if one.test_result_id not in model.deleted]
        how_many = {
            status: sum(result.status == status for result in counted)
            for status in ("stored", "duplicate", "refused")
        }
        refused = how_many["refused"] + sum(file.refusal is not None for file in model.files)
        words = t(
            "ingest.answer_stored",
            stored=how_many["stored"],
            duplicate=how_many["duplicate"],
            refused=refused,
        )
        if model.deleted:
            words += " " + t("ingest.answer_deleted", count=len(model.deleted))
        return markup.answer(peak, words, "good" if how_many["stored"] else "")
    if model.unclear:
        return markup.answer("", t("ingest.answer_unclear", count=len(model.unclear)))
    if model.state == "previewed" and shown is not None:
        words = t("ingest.answer_previewed", name=shown.name, count=len(model.curves))
        return markup.answer(peak, words)
    if any(file.refusal for file in model.files):
        return markup.answer("", t("ingest.answer_refused"), "bad")
    return markup.answer("", t("ingest.answer_empty" if model.may_work else "ingest.answer_look"))


def curve_html(shown: ShownCurve | None, t: Words) -> str:
    """Return the facts of the curve in the picture, or what to do where there is none."""
    if shown is None:
        return f'<div class="mgg-ui-empty">{markup.sentence(t("ingest.no_curve"))}</div>'
    read = shown.curve.features()
    rows = [
        (t("word.peak_pressure"), numbers.pressure(read.peak_pressure_mpa)),
        (t("word.peak_time"), numbers.milliseconds(read.peak_time_ms)),
        (t("word.ignition_time"), numbers.milliseconds(read.ignition_time_ms)),
        (t("word.impulse"), numbers.impulse(read.impulse_mpa_ms)),
        (t("word.baseline"), numbers.pressure(read.baseline_mpa)),
        (t("word.samples"), numbers.count(len(shown.curve))),
        (t("word.span"), _span(shown)),
        (t("word.curve"), shown.name),
        (t("word.product"), shown.product or numbers.MISSING),
        (t("word.file"), shown.file_name),
        (t("word.sheet"), shown.sheet),
    ]
    if shown.units is not None:
        rows.append((t("word.units_in_file"), shown.units))
    if shown.recipe is not None:
        source = _SOURCES.get(shown.recipe_source or "")
        how = f" ({t(source)})" if source else ""
        rows.append((t("word.recipe"), f"{shown.recipe}{how}"))
    told = tuple(t.told(one) for one in shown.remarks)
    notes = told + quality_sentences(shown.flags, t)
    if shown.recipe is None:
        notes += (t("ingest.unlinked_note"),)
    if shown.device in _DEVICES:
        notes += (t(_DEVICES[shown.device]),)
    if shown.tested_on is not None:
        rows.append((t("ingest.tested_on"), shown.tested_on.isoformat()))
    original = ""
    if shown.test_id is not None:
        original = markup.link(t("ingest.original"), "download/original", test=shown.test_id)
    return markup.facts(rows) + original + markup.notes(notes, t("word.warnings"))


def results_html(model: IngestModel, t: Words) -> str:
    """Return what became of each file: refused when read, or stored, known or refused."""
    lines = [
        _line("", file.name, t("ingest.unclear"), escape(t("ingest.unclear_hint")))
        if file.sheets
        else _line(
            "bad",
            file.name,
            t("ingest.kept") if file.name in model.kept else t("ingest.refused"),
            escape(t.told(file.refusal)),
        )
        for file in model.files
        if file.refusal is not None
    ]
    lines += [_result(result, model, t) for result in model.results]
    return f'<ul class="mgg-ui-results">{"".join(lines)}</ul>' if lines else ""


def _result(result: IngestResult, model: IngestModel, t: Words) -> str:
    if result.test_result_id in model.deleted:
        words = t("ingest.is_deleted", number=result.test_result_id)
        return _line("", result.file, t("ingest.deleted"), escape(words))
    if result.status == "refused":
        return _line(
            "bad",
            result.file,
            t("ingest.refused"),
            escape(t.told(result.reason or "")),
        )
    compare = markup.link(
        t("ingest.compare", number=result.test_result_id), "compare", test=result.test_result_id
    )
    if result.status == "stored":
        return _line("good", result.file, t("ingest.stored"), compare)
    known = t("ingest.duplicate_of", number=result.test_result_id)
    return _line("", result.file, t("ingest.duplicate"), f"{escape(known)} {compare}")


def _line(tone: str, file: str, status: str, rest: str) -> str:
    return (
        f'<li class="{tone}"><span class="mgg-ui-status">{escape(status)}</span> '
        f"<strong>{escape(file)}</strong><br>{rest}</li>"
    )


def _span(shown: ShownCurve) -> str:
    first, last = shown.curve.time_ms[[0, -1]]
    return f"{first:.2f} … {numbers.milliseconds(float(last))}"
