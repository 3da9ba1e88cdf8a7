"""The scheduled calibration: a model is fitted and proposed, and never put to use."""

from typing import Any

from mgg_kernel.calibration.observations import fingerprint
from mgg_kernel.errors import CalibrationError
from mgg_kernel.exports.document import Table
from mgg_kernel.reports.content import Figure, Report, Section
from mgg_kernel.reports.words import words
from mgg_kernel.workspace import Workspace

__all__ = ["calibration_report"]

QUANTITIES = ("peak_pressure_mpa", "peak_time_ms", "ignition_time_ms")


def calibration_report(
    ws: Workspace, *, name: str = "calibrated by schedule", language: str = "en"
) -> Report:
    """Fit the model to the products and curves of today, and propose what comes of it.

    Where a model was proposed for just these data before, nothing is fitted again.

    Args:
        ws: of an engineer or an administrator.
        name: of the model.
        language: ``en`` or ``zh``.

    Raises:
        AccessError: the acting account may not propose models.
        ReportError: the language makes no sense.
    """
    t = words(language)
    report = Report(t("calibrate.title"), name, language, "")
    observations = ws.models.observations()
    try:
        curves = ws.models.curves(observations)
        data = fingerprint(observations, curves)
        known = next((one for one in ws.models.list() if one.data_fingerprint == data), None)
        if known is not None:
            report.answer = t("calibrate.same", version=known.id)
            report.numbers = {"version": known.id, "data": data, "is_new": False}
            return report
        version, found = ws.models.calibrate(observations, curves, name=name, note="by schedule")
    except CalibrationError as error:
        report.answer = t("calibrate.none", reason=str(error))
        report.numbers = {"version": None, "reason": str(error), "is_new": False}
        return report
    plain = found.plain()
    report.answer = t("calibrate.answer", products=len(observations), version=version.id)
    report.figures = [
        Figure(t("version"), str(version.id)),
        Figure(t("products"), str(len(observations))),
    ]
    report.sections = _sections(plain, t)
    del plain["seconds"]
    report.numbers = {"version": version.id, "is_new": True, **plain}
    return report


def _sections(plain: dict[str, Any], t: Any) -> list[Section]:
    labels = dict(
        zip(QUANTITIES, (t("peak_pressure"), t("peak_time"), t("ignition_time")), strict=True)
    )
    header: tuple[str, ...] = (t("calibrate.quantity"), t("products"), t("calibrate.error"))
    scores = tuple(
        (labels.get(quantity, quantity), one["products"], _percent(one["mean_error_percent"]))
        for quantity, one in plain["left_out"].items()
    )
    sections = [
        Section(
            t("calibrate.quality"),
            table=Table("left_out", t("calibrate.quality"), header, scores),
        )
    ]
    if plain["suspicious"]:
        header = (
            t("product"),
            t("calibrate.quantity"),
            t("calibrate.was"),
            t("calibrate.expected"),
        )
        odd = tuple(
            (
                one["product"],
                labels.get(one["quantity"], one["quantity"]),
                one["measured"],
                one["expected"],
            )
            for one in plain["suspicious"]
        )
        table = Table("suspicious", t("calibrate.suspicious"), header, odd)
        sections.append(
            Section(t("calibrate.suspicious"), table=table, more=t("more_rows", count="{count}"))
        )
    return sections


def _percent(value: float | None) -> str:
    return "—" if value is None else f"{value:.2f}\u00a0%"
