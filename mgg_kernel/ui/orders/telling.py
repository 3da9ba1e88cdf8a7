"""What the Work orders page says: its answer, the statistics, the verdicts."""

from mgg_kernel.exports import FORMATS
from mgg_kernel.lots import READOUTS
from mgg_kernel.ui import markup, numbers
from mgg_kernel.ui.labels import recipe_label
from mgg_kernel.ui.orders.model import OrdersModel
from mgg_kernel.ui.plots.readout_names import readout_name
from mgg_kernel.ui.words import Words

__all__ = ["answer_html", "facts_html", "links_html", "priority_words", "statistics_html"]
__all__ += ["status_words", "verdicts_html"]

DOWNLOADS = ("xlsx", "csv", "pdf")


def status_words(status: str, t: Words) -> str:
    """Return a status in the viewer's language."""
    return {"open": t("orders.open"), "closed": t("orders.closed")}[status]


def priority_words(priority: str, t: Words) -> str:
    """Return a priority in the viewer's language."""
    words = {"low": t("orders.low"), "normal": t("orders.normal"), "high": t("orders.high")}
    return words[priority]


def answer_html(model: OrdersModel, t: Words) -> str:
    """Return the answer at the top of the page."""
    order, shots = model.order, model.shots
    if order is None:
        if model.pages.total == 0 and not model.shown:
            key = "orders.answer_none" if model.may_work else "orders.answer_none_look"
            return markup.answer("", t(key))
        total = model.pages.total
        words = t("orders.answer_single") if total == 1 else t("orders.answer_list")
        return markup.answer(numbers.count(total), words)
    title = f"{order.number} {order.title}".strip()
    if shots is None:
        return markup.answer("", t("orders.answer_no_shots", title=title))
    peak = shots.overlay.statistics.get("peak_pressure_mpa")
    number = "" if peak is None else numbers.pressure(peak.mean)
    if peak is not None and peak.sd is not None:
        number = f"{peak.mean:.2f} ± {numbers.pressure(peak.sd)}"
    count = len(shots.overlay.runs)
    if order.status == "closed":
        return markup.answer(number, t("orders.answer_closed_shots", title=title, count=count))
    return markup.answer(number, t("orders.answer_shots", title=title, count=count))


def facts_html(model: OrdersModel, t: Words) -> str:
    """Return what is known of the order that is looked at."""
    order = model.order
    if order is None:
        return ""
    rows = [
        (t("word.work_order"), order.number),
        (t("orders.status"), status_words(order.status, t)),
        (t("word.by"), order.created_by),
        (t("orders.created"), numbers.day_and_minute(order.created_at, model.timezone)),
    ]
    if order.recipe is not None:
        rows.append((t("word.recipe"), recipe_label(order.recipe)))
    return markup.facts(rows)


def statistics_html(model: OrdersModel, t: Words) -> str:
    """Return a table of the read-outs over all shots."""
    if model.shots is None:
        return ""
    found = model.shots.overlay.statistics
    head = [t("orders.read_out"), t("orders.mean"), t("orders.sd")]
    head += [t("orders.minimum"), t("orders.maximum")]
    rows = []
    for name, one in found.items():
        unit = READOUTS[name]
        values = (one.mean, one.sd, one.minimum, one.maximum)
        cells = [numbers.MISSING if v is None else numbers.with_unit(v, unit) for v in values]
        rows.append([readout_name(t, name), *cells])
    return f'<div class="mgg-ui-tables">{markup.metrics(head, rows, t("orders.read_outs"))}</div>'


def verdicts_html(model: OrdersModel, t: Words) -> str:
    """Return what became of the shots in the chosen corridor."""
    if not model.judged or model.shots is None:
        return ""
    names = {shot.id: shot.name for shot in model.shots.series.shots}
    failed = sum(not one.passed for one in model.judged)
    count = len(model.judged)
    said = (
        markup.sentence(t("orders.failed", failed=failed, count=count), "bad")
        if failed
        else markup.sentence(t("orders.passed", count=count), "good")
    )
    rows = []
    for one in model.judged:
        verdict = one.verdict
        if verdict is None:
            words, margin = t("orders.not_judged", reason=one.reason), numbers.MISSING
        else:
            words = t("orders.inside") if verdict.passed else t("orders.outside")
            margin = numbers.pressure(verdict.smallest_margin_mpa, signed=True)
        rows.append([f"{names[one.id]} ({one.id})", words, margin])
    head = [t("orders.shots"), t("orders.verdict"), t("orders.margin")]
    table = markup.metrics(head, rows, t("orders.corridor"))
    return f'{said}<div class="mgg-ui-tables">{table}</div>'


def links_html(model: OrdersModel, t: Words, *, is_dashboard: bool) -> str:
    """Return the view's own link, and what can be downloaded of it."""
    links = [markup.link(t("orders.link"), "orders", **model.shown)]
    if is_dashboard and model.order is not None and model.shots is not None:
        number = model.order.number
        files = " ".join(
            markup.link(one.upper(), "download/order", order=number, format=one)
            for one in DOWNLOADS
            if one in FORMATS
        )
        links.append(f"{t('orders.download')} {files}")
    return "".join(f'<p class="mgg-ui-hint">{one}</p>' for one in links)
