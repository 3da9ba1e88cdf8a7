"""What the Reverse page says: its answer, the chosen recipe, and what was made of it."""

from mgg_kernel.reverse import Candidate
from mgg_kernel.ui import markup, numbers
from mgg_kernel.ui.labels import recipe_label
from mgg_kernel.ui.reverse.model import ReverseModel
from mgg_kernel.ui.words import Words

__all__ = ["answer_html", "chosen_html", "made_html", "progress_html"]


def answer_html(model: ReverseModel, t: Words) -> str:
    """Return the answer at the top of the page."""
    if model.stored is None:
        key = "reverse.answer_empty" if model.may_work else "reverse.answer_look"
        return markup.answer("", t(key))
    found, title = model.stored.reverse, t.told(model.stored.summary.title)
    if not found.candidates:
        return markup.answer("", t("reverse.answer_none", title=title), "bad")
    count = str(len(found.candidates))
    if not found.reachable:
        return markup.answer(count, t("reverse.answer_missed", title=title), "bad")
    best = recipe_label(found.candidates[0].recipe)
    return markup.answer(count, t("reverse.answer_reached", title=title, best=best))


def chosen_html(one: Candidate | None, t: Words) -> str:
    """Return what is known of the chosen candidate, or what to do where there is none."""
    if one is None:
        return f'<div class="mgg-ui-empty">{markup.sentence(t("reverse.nothing"))}</div>'
    rows = [
        (t("reverse.rank"), str(one.rank)),
        (t("word.recipe"), recipe_label(one.recipe)),
        (t("word.peak_pressure"), numbers.pressure(one.peak_pressure_mpa)),
        (t("word.peak_time"), numbers.milliseconds(one.peak_time_ms)),
        (t("word.ignition_time"), numbers.milliseconds(one.ignition_time_ms)),
    ]
    if one.confidence is not None:
        rows.append((t("reverse.confidence"), numbers.percent(one.confidence)))
    reasons = [t.told(said) for said in one.reasons]
    warnings = [t.told(said) for said in one.warnings]
    told = markup.facts(rows) + markup.notes(reasons, t("reverse.reasons"))
    return told + markup.notes(warnings, t("word.warnings"))


def made_html(model: ReverseModel, t: Words) -> str:
    """Return links to what was made of the chosen candidate, and the view's own."""
    parts = []
    if model.simulated is not None:
        number = model.simulated.id
        words = t("reverse.simulated", number=number)
        parts.append(markup.link(words, "simulate", simulation=number))
    if model.ordered is not None:
        words = t("reverse.ordered", number=model.ordered.number)
        parts.append(markup.link(words, "orders", order=model.ordered.number))
    if model.stored is not None:
        parts.append(markup.link(t("reverse.link"), "reverse", **model.query))
    return "".join(f'<p class="mgg-ui-hint">{one}</p>' for one in parts)


def progress_html(model: ReverseModel, t: Words) -> str:
    """Return how far a search is, with the first recipes that it has found."""
    now = model.progress
    if now is None:
        return ""
    stage = t.told(now.stage)
    words = t("reverse.running", stage=stage, done=now.done, total=now.total)
    bar = markup.progress(min(now.done, now.total), max(now.total, 1), words)
    if not model.early:
        return bar
    rows = [
        [recipe_label(one.recipe), numbers.pressure(one.peak_pressure_mpa)] for one in model.early
    ]
    head = [t("word.recipe"), t("word.peak_pressure")]
    return bar + markup.metrics(head, rows, t("reverse.early"))
