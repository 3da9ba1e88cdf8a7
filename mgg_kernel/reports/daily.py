"""The daily lab report: what was measured, and what of it is unusual."""

import json
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import numpy as np

from mgg_kernel.curve import PTCurve
from mgg_kernel.exports.document import Table
from mgg_kernel.reports.charts import Group, curves, strips
from mgg_kernel.reports.content import Figure, Report, Section
from mgg_kernel.reports.readings import About, about, curves_of, opened, tests_of
from mgg_kernel.reports.words import words
from mgg_kernel.ui import numbers as shown
from mgg_kernel.workspace import Workspace

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["daily_lab_report"]

DAYS_BEFORE = 90
FEWEST_BEFORE = 5
"""Of fewer earlier tests nobody can say what is usual."""
SDS = 3.0
MOST_CURVES, MOST_PRODUCTS = 12, 14


@dataclass(frozen=True)
class _Usual:
    mean: float
    sd: float

    def is_unusual(self, value: float) -> bool:
        return abs(value - self.mean) > SDS * self.sd

    @property
    def range(self) -> tuple[float, float]:
        return self.mean - SDS * self.sd, self.mean + SDS * self.sd


def daily_lab_report(ws: Workspace, *, period: str | None = None, language: str = "en") -> Report:
    """Report the tests of a day, or of any other period.

    A test is unusual where its peak lies more than three standard deviations from the mean of its
    product's tests in the 90 days before the period; of fewer than five such tests nothing is said.

    Args:
        ws: whose team's tests; an administrator's report is of his own team too.
        period: such as ``2026-01-31``; None: yesterday.
        language: ``en`` or ``zh``.

    Raises:
        ReportError: the period or the language makes no sense.
        ArchiveError: a cold file that is needed is not in order.
    """
    t, of = words(language), about(ws, period, "day")
    start, end = of.period.start, of.period.end
    with opened(ws, "test_time_series") as questions:
        tests = tests_of(questions, of.team, start, end)
        before = tests_of(questions, of.team, start - timedelta(days=DAYS_BEFORE), start)
        measured = curves_of(questions, of.team, start, end)
    usual = _usual(before)
    rows = [_row(one, measured[int(one["id"])], usual) for one in tests.to_dict("records")]
    unusual = [row for row in rows if row["unusual"]]
    report = Report(t("daily.title"), of.subject, language, "", questions=questions)
    report.numbers = {"period": of.period.name, "tests": rows, "products": _products(rows, usual)}
    if not rows:
        report.answer = t("daily.none")
        return report
    peaks = [row["peak_pressure_mpa"] for row in rows]
    said = t(
        "daily.answer",
        tests=shown.count(len(rows)),
        products=shown.count(len({row["product"] for row in rows})),
        low=shown.pressure(min(peaks)),
        high=shown.pressure(max(peaks)),
    )
    unknown = sum(row["product"] not in usual for row in rows)
    odd = t("daily.unusual", count=len(unusual)) if unusual else t("daily.usual")
    if unknown == len(rows):
        odd = t("daily.unknown")
    elif unknown:
        odd += t("daily.unknown_some", count=unknown)
    report.answer = f"{said} {odd}" if language == "en" else said + odd
    report.figures = [
        Figure(t("tests"), shown.count(len(rows))),
        Figure(t("daily.unusual_label"), str(len(unusual)), _tone(len(unusual), unknown)),
        Figure(f"{t('peak_pressure')} · {t('mean')}", shown.pressure(float(np.mean(peaks)))),
        Figure(t("remarks"), shown.count(sum(row["remarks"] > 0 for row in rows))),
    ]
    report.picture = strips(
        _groups(rows, usual, t), title=t("daily.picture"), y_title=t("peak_axis")
    )
    report.sections = _sections(of, rows, usual, measured, t)
    return report


def _tone(unusual: int, unknown: int) -> str:
    """Return how to take the number of unusual tests: nought is good only where all are known."""
    return "bad" if unusual else "" if unknown else "good"


def _usual(before: "pd.DataFrame") -> dict[str, _Usual]:
    found = {}
    for product, group in before.groupby("product", sort=True):
        peaks = group["peak_pressure_mpa"].to_numpy()
        if product and len(peaks) >= FEWEST_BEFORE:
            found[str(product)] = _Usual(float(peaks.mean()), float(peaks.std(ddof=1)))
    return found


def _row(test: dict[Any, Any], curve: PTCurve, usual: dict[str, _Usual]) -> dict[str, Any]:
    features = curve.features()
    known = usual.get(test["product"])
    return {
        "id": int(test["id"]),
        "name": test["name"],
        "product": test["product"],
        "work_order": test["work_order"],
        "peak_pressure_mpa": features.peak_pressure_mpa,
        "peak_time_ms": features.peak_time_ms,
        "ignition_time_ms": features.ignition_time_ms,
        "impulse_mpa_ms": features.impulse_mpa_ms,
        "samples": int(test["sample_count"]),
        "remarks": len(json.loads(test["warnings"])) + len(json.loads(test["quality"])),
        "unusual": known is not None and known.is_unusual(features.peak_pressure_mpa),
    }


def _products(rows: list[dict[str, Any]], usual: dict[str, _Usual]) -> dict[str, Any]:
    found = {}
    for product in sorted({row["product"] for row in rows}):
        peaks = np.array([r["peak_pressure_mpa"] for r in rows if r["product"] == product])
        known = usual.get(product)
        found[product] = {
            "tests": len(peaks),
            "mean_mpa": float(peaks.mean()),
            "sd_mpa": float(peaks.std(ddof=1)) if len(peaks) > 1 else None,
            "usual_mean_mpa": None if known is None else known.mean,
            "usual_sd_mpa": None if known is None else known.sd,
        }
    return found


def _groups(rows: list[dict[str, Any]], usual: dict[str, _Usual], t: Any) -> list[Group]:
    products = sorted({row["product"] for row in rows})
    if len(products) > MOST_PRODUCTS:
        # Those with something unusual first; the table has all of them.
        odd = {row["product"] for row in rows if row["unusual"]}
        products = sorted(products, key=lambda one: (one not in odd, one))[:MOST_PRODUCTS]
    found = []
    for product in products:
        own = [row for row in rows if row["product"] == product]
        found.append(
            Group(
                product or t("no_product"),
                tuple(row["peak_pressure_mpa"] for row in own),
                tuple(row["unusual"] for row in own),
                usual[product].range if product in usual else None,
            )
        )
    return found


def _sections(
    of: About,
    rows: list[dict[str, Any]],
    usual: dict[str, _Usual],
    measured: dict[int, PTCurve],
    t: Any,
) -> list[Section]:
    products = [
        (
            product or t("no_product"),
            one["tests"],
            shown.pressure(one["mean_mpa"]),
            shown.pressure(one["sd_mpa"]),
            shown.pressure(one["usual_mean_mpa"]),
        )
        for product, one in _products(rows, usual).items()
    ]
    more = t("more_rows", count="{count}")
    header: tuple[str, ...]
    header = (t("product"), t("tests"), t("mean"), t("sd"), t("daily.usual_column"))
    by_product = Table("products", t("daily.by_product"), header, tuple(products))
    named = [
        (row["product"] or t("no_product"), measured[row["id"]])
        for row in sorted(rows, key=lambda row: not row["unusual"])[:MOST_CURVES]
    ]
    picture = curves(
        named, title=t("daily.all"), x_title=t("time_axis"), y_title=t("pressure_axis")
    )
    header = (
        t("test"),
        t("name"),
        t("product"),
        t("peak_pressure"),
        t("peak_time"),
        t("ignition_time"),
        t("finding"),
    )
    tests = [
        (
            row["id"],
            row["name"],
            row["product"] or t("no_product"),
            shown.pressure(row["peak_pressure_mpa"]),
            shown.milliseconds(row["peak_time_ms"]),
            shown.milliseconds(row["ignition_time_ms"]),
            t("daily.unusual_mark") if row["unusual"] else "",
        )
        for row in rows
    ]
    every = Table("tests", t("daily.all"), header, tuple(tests))
    return [
        Section(
            t("daily.by_product"),
            t("daily.strip"),
            table=by_product,
            more=more,
        ),
        Section(t("daily.all"), scene=picture, table=every, more=more),
    ]
