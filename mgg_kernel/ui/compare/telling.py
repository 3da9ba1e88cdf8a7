"""What the Compare page says: its answer, its table of metrics, and what is chosen."""

from html import escape

from mgg_kernel.comparison import Comparison
from mgg_kernel.exports import FORMATS
from mgg_kernel.hot.simulations import SimulationSummary
from mgg_kernel.hot.test_results import TestSummary
from mgg_kernel.ui import markup, numbers
from mgg_kernel.ui.compare.model import CompareModel, Pair
from mgg_kernel.ui.labels import recipe_label
from mgg_kernel.ui.quality import quality_sentences
from mgg_kernel.ui.words import Words

__all__ = ["answer_html", "downloads_html", "metrics_html", "simulation_html"]
__all__ += ["stored_html", "test_html"]

GRADES = {
    "excellent": "grade.excellent",
    "good": "grade.good",
    "fair": "grade.fair",
    "poor": "grade.poor",
}


def answer_html(model: CompareModel, t: Words) -> str:
    """Return the answer at the top of the page: how far off the peak is, and the RMSE."""
    pair = model.pair
    if pair is not None:
        percent = pair.comparison.peak_pressure_diff_percent
        return markup.answer(numbers.percent(percent, signed=True), verdict(pair, t))
    if not model.simulations and not model.tests:
        return markup.answer("", t("compare.answer_nothing"))
    if model.simulation is not None:
        return markup.answer("", t("compare.answer_no_test"))
    if model.test is not None:
        return markup.answer("", t("compare.answer_no_simulation"))
    return markup.answer("", t("compare.answer_empty"))


def verdict(pair: Pair, t: Words) -> str:
    """Return the comparison in one sentence."""
    result = pair.comparison
    diff = numbers.pressure(abs(result.peak_pressure_diff_mpa))
    iso = result.iso18571
    values = {
        "diff": diff,
        "percent": numbers.percent(abs(result.peak_pressure_diff_percent)),
        "rmse": numbers.pressure(result.rmse_mpa),
    }
    if diff == numbers.pressure(0.0):
        key = "compare.verdict_equal"
    elif result.peak_pressure_diff_mpa > 0:
        key = "compare.verdict_high"
    else:
        key = "compare.verdict_low"
    said = t(key, **values)
    if iso is None:
        return said
    grade = t("compare.verdict_iso", score=numbers.score(iso.overall), grade=t(GRADES[iso.grade]))
    return f"{said} {grade}"


def metrics_html(pair: Pair, t: Words) -> str:
    """Return all numbers of a comparison as a table."""
    result = pair.comparison
    of_simulation, of_test = pair.features
    pressure, time = numbers.pressure, numbers.milliseconds
    percent = numbers.percent(result.peak_pressure_diff_percent, signed=True)
    rows = [
        (
            t("word.peak_pressure"),
            pressure(of_test.peak_pressure_mpa),
            pressure(of_simulation.peak_pressure_mpa),
            f"{pressure(result.peak_pressure_diff_mpa, signed=True)} ({percent})",
        ),
        (
            t("word.peak_time"),
            time(of_test.peak_time_ms),
            time(of_simulation.peak_time_ms),
            time(result.peak_time_diff_ms, signed=True),
        ),
        (
            t("word.ignition_time"),
            time(of_test.ignition_time_ms),
            time(of_simulation.ignition_time_ms),
            time(result.ignition_time_diff_ms, signed=True),
        ),
        (
            t("word.impulse"),
            numbers.impulse(of_test.impulse_mpa_ms),
            numbers.impulse(of_simulation.impulse_mpa_ms),
            numbers.impulse(result.impulse_diff_mpa_ms, signed=True),
        ),
    ]
    overall = [
        ("RMSE", _of_peak(result.rmse_mpa, result.rmse_percent)),
        ("MAE", _of_peak(result.mae_mpa, result.mae_percent)),
        (t("compare.correlation"), numbers.ratio(result.correlation)),
        (t("compare.r_squared"), numbers.ratio(result.r_squared)),
        ("Sprague–Geers M", numbers.ratio(result.sprague_geers.m, signed=True)),
        ("Sprague–Geers P", numbers.ratio(result.sprague_geers.p)),
        ("Sprague–Geers C", numbers.ratio(result.sprague_geers.c)),
    ]
    head = ["", t("word.test"), t("word.simulation"), t("compare.difference")]
    first = markup.metrics(head, rows, t("compare.read_outs"))
    second = markup.metrics(
        ["", t("compare.over_window")], overall, t("compare.overall", window=_window(pair))
    )
    tables = "".join((first, second, iso_html(result, t), phases_html(result, t)))
    warned = markup.notes(_told(result.warnings, t), t("word.warnings"))
    return f'<div class="mgg-ui-tables">{tables}</div>{warned}' + _how(pair, t)


def iso_html(result: Comparison, t: Words) -> str:
    """Return the parts of the rating by the method of ISO/TS 18571 as a table, or nothing."""
    iso = result.iso18571
    if iso is None:
        return ""
    rows = [
        (t("compare.iso_overall"), numbers.score(iso.overall), t(GRADES[iso.grade])),
        (t("compare.iso_corridor"), numbers.score(iso.corridor), ""),
        (t("compare.iso_phase"), numbers.score(iso.phase), ""),
        (t("compare.iso_magnitude"), numbers.score(iso.magnitude), ""),
        (t("compare.iso_slope"), numbers.score(iso.slope), ""),
    ]
    head = ["", t("compare.score"), t("compare.grade")]
    return markup.metrics(head, rows, t("compare.iso_method"))


def phases_html(result: Comparison, t: Words) -> str:
    """Return the ratings of the phases of the shot as a table."""
    phases = result.phases
    rated = {
        "compare.phase_delay": phases.ignition_delay,
        "compare.phase_rise": phases.rise,
        "compare.phase_peak": phases.peak,
        "compare.phase_decay": phases.decay,
    }
    rows = [
        (t(name), numbers.MISSING, numbers.MISSING, "")
        if rating is None
        else (
            t(name),
            numbers.percent(100.0 * rating.error),
            numbers.score(rating.score),
            t(GRADES[rating.grade]),
        )
        for name, rating in rated.items()
    ]
    head = ["", t("compare.error"), t("compare.score"), t("compare.grade")]
    return markup.metrics(head, rows, t("compare.phases"))


def _of_peak(value_mpa: float, percent: float) -> str:
    return f"{numbers.pressure(value_mpa)} ({numbers.percent(percent)})"


def simulation_html(simulation: SimulationSummary | None, t: Words) -> str:
    """Return what is known of the chosen simulation."""
    if simulation is None:
        return ""
    rows = [
        (t("word.recipe"), recipe_label(simulation.recipe)),
        (t("word.model"), t.told(simulation.model_name)),
    ]
    return markup.facts(rows) + markup.notes(_told(simulation.warnings, t), t("word.warnings"))


def test_html(test: TestSummary | None, t: Words) -> str:
    """Return what is known of the chosen test."""
    if test is None:
        return ""
    recipe = recipe_label(test.recipe) if test.recipe else t("compare.no_recipe")
    rows = [(t("word.file"), test.file_name), (t("word.recipe"), recipe)]
    if test.work_order:
        rows.append((t("word.work_order"), test.work_order))
    return markup.facts(rows) + markup.notes(
        _told(test.remarks, t) + quality_sentences(test.flags, t), t("word.warnings")
    )


def stored_html(model: CompareModel, t: Words) -> str:
    """Return that the comparison which is shown is stored, and under which id."""
    stored = model.stored
    if stored is None:
        return ""
    at = numbers.day_and_minute(stored.created_at, model.timezone)
    words = t("compare.stored", number=stored.id, by=stored.created_by, at=at)
    note = f" {stored.note}" if stored.note else ""
    return markup.sentence(words + note, "good")


def downloads_html(model: CompareModel, t: Words) -> str:
    """Return links to what is shown as a file of each format."""
    links = [
        markup.link(format.upper(), "download/comparison", **model.shown, format=format)
        for format in FORMATS  # noqa: A001
    ]
    return f"{escape(t('compare.download'))} {' · '.join(links)}"


def _window(pair: Pair) -> str:
    first, last = pair.comparison.settings.used_window_ms
    return f"{first:.2f} … {numbers.milliseconds(last)}"


def _how(pair: Pair, t: Words) -> str:
    settings = pair.comparison.settings
    rate = "" if settings.rate_hz is None else f"{settings.rate_hz / 1000:g} kHz"
    return markup.hint(
        t(
            "compare.how",
            points=numbers.count(settings.points),
            rate=rate or t("compare.own_rate"),
            filter=settings.filter.upper() if settings.filter else t("compare.no_filter"),
        )
    )


test_html.__test__ = False  # type: ignore[attr-defined]  # not one of pytest's


def _told(sentences: tuple[str, ...], t: Words) -> tuple[str, ...]:
    return tuple(t.told(one) for one in sentences)
