"""What the Simulate page says: its answer, read-outs and warnings, and a series."""

from mgg_kernel.ui import markup, numbers
from mgg_kernel.ui.labels import recipe_label
from mgg_kernel.ui.simulate.model import SimulateModel
from mgg_kernel.ui.words import Words

__all__ = ["answer_html", "curve_html", "links_html", "series_html"]


def answer_html(model: SimulateModel, t: Words) -> str:
    """Return the answer at the top of the page: the peak, and when."""
    if model.shown is None:
        key = "simulate.answer_empty" if model.may_work else "simulate.answer_look"
        return markup.answer("", t(key))
    one = model.shown.summary
    words = t(
        "simulate.answer",
        time=numbers.milliseconds(one.peak_time_ms),
        ignition=numbers.milliseconds(one.ignition_time_ms),
        recipe=recipe_label(one.recipe),
    )
    return markup.answer(numbers.pressure(one.peak_pressure_mpa), words)


def curve_html(model: SimulateModel, t: Words) -> str:
    """Return the read-outs of the shown curve, its interval and what to know about it."""
    shown = model.shown
    if shown is None:
        return f'<div class="mgg-ui-empty">{markup.sentence(t("simulate.nothing"))}</div>'
    one, read = shown.summary, shown.curve.features()
    rows = [
        (t("word.number"), str(one.id)),
        (t("word.model"), t.told(one.model_name)),
        (t("word.peak_pressure"), numbers.pressure(one.peak_pressure_mpa)),
        (t("word.peak_time"), numbers.milliseconds(one.peak_time_ms)),
        (t("word.ignition_time"), numbers.milliseconds(one.ignition_time_ms)),
        (t("word.impulse"), numbers.impulse(read.impulse_mpa_ms)),
    ]
    said = markup.facts(rows)
    if shown.computed is not None and shown.computed.intervals is not None:
        peak = shown.computed.intervals.peak_pressure_mpa
        low, high = numbers.pressure(peak.low), numbers.pressure(peak.high)
        said += markup.hint(t("simulate.interval", low=low, high=high))
    return said + markup.notes([t.told(said) for said in one.warnings], t("word.warnings"))


def series_html(model: SimulateModel, t: Words) -> str:
    """Return the table of a series in which one amount changes."""
    if not model.variants:
        return ""
    head = [t("simulate.amount"), t("word.peak_pressure"), t("word.peak_time")]
    head.append(t("word.ignition_time"))
    rows = []
    for one in model.variants:
        read = one.simulation.features
        rows.append(
            [
                f"{one.mass_mg:f}",
                numbers.pressure(read.peak_pressure_mpa),
                numbers.milliseconds(read.peak_time_ms),
                numbers.milliseconds(read.ignition_time_ms),
            ]
        )
    done = t("simulate.series_done", count=len(rows))
    table = markup.metrics(head, rows, t("simulate.series"))
    return f'{markup.hint(done)}<div class="mgg-ui-tables">{table}</div>'


def links_html(model: SimulateModel, t: Words) -> str:
    """Return the view's own link, and the way to the Compare page."""
    if model.shown is None:
        return ""
    compare = markup.link(t("simulate.compare"), "compare", simulation=model.shown.summary.id)
    own = markup.link(t("simulate.link"), "simulate", **model.query)
    return f'<p class="mgg-ui-hint">{own} · {compare}</p>'
