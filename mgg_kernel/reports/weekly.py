"""The weekly comparison report: how well simulations met the tests of a week."""

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import numpy as np

from mgg_kernel.exports.document import Table
from mgg_kernel.reports.charts import bars
from mgg_kernel.reports.content import Figure, Report, Section
from mgg_kernel.reports.readings import About, about, curves_of, opened, tests_of
from mgg_kernel.reports.recorder import Questions
from mgg_kernel.reports.words import words
from mgg_kernel.ui import numbers as shown
from mgg_kernel.workspace import Workspace

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["weekly_comparison_report"]

WEEKS_BEFORE = 4
GOOD_PERCENT = 10.0
_COMPARISONS = """
SELECT c.id, c.simulation_id, c.test_result_id, t.name, coalesce(t.product, '') AS product,
    c.peak_pressure_diff_percent, c.peak_time_diff_ms, c.rmse_mpa, c.correlation
FROM pt_comparisons c JOIN test_results t ON t.id = c.test_result_id
WHERE c.team_id = $team
    AND c.created_at >= CAST($since AS TIMESTAMPTZ) AND c.created_at < CAST($until AS TIMESTAMPTZ)
ORDER BY c.id
"""


def weekly_comparison_report(
    ws: Workspace, *, period: str | None = None, language: str = "en"
) -> Report:
    """Report the comparisons and the tests of a week, or of any other period.

    Args:
        ws: whose team's tests.
        period: such as ``2026-W05``; None: last week.
        language: ``en`` or ``zh``.

    Raises:
        ReportError: the period or the language makes no sense.
        ArchiveError: a cold file that is needed is not in order.
    """
    t, of = words(language), about(ws, period, "week")
    start, end = of.period.start, of.period.end
    with opened(ws, "pt_comparisons", "test_time_series") as questions:
        made = _comparisons(questions, of.team, start, end)
        earlier = _comparisons(questions, of.team, start - (end - start), start)
        tests = tests_of(questions, of.team, start, end)
        before = tests_of(questions, of.team, start - timedelta(weeks=WEEKS_BEFORE), start)
        curves = curves_of(questions, of.team, start, end)
    impulses = {one: curve.features().impulse_mpa_ms for one, curve in curves.items()}
    days = of.period.days(of.zone)
    stored = [datetime.fromtimestamp(us / 1e6, of.zone).date() for us in tests["recorded_us"]]
    per_day = [stored.count(day) for day in days]
    products = _products(tests, before, impulses)
    report = Report(t("weekly.title"), of.subject, language, "", questions=questions)
    off, off_before = _mean_off(made), _mean_off(earlier)
    within = int((made["peak_pressure_diff_percent"].abs() <= GOOD_PERCENT).sum())
    report.numbers = {
        "period": of.period.name,
        "comparisons": [
            {str(name): value for name, value in one.items()} for one in made.to_dict("records")
        ],
        "mean_peak_error_percent": off,
        "mean_peak_error_before_percent": off_before,
        "within_10_percent": within,
        "tests_per_day": {day.isoformat(): n for day, n in zip(days, per_day, strict=True)},
        "products": products,
    }
    count = shown.count(len(made))
    report.answer = (
        t("weekly.none", tests=shown.count(len(tests)))
        if off is None
        else t(
            "weekly.answer",
            count=count,
            off=shown.percent(off),
            before=shown.percent(off_before),
            within=shown.count(within),
        )
    )
    report.figures = [
        Figure(t("weekly.mean_off"), shown.percent(off), _tone(off)),
        Figure(t("weekly.within"), f"{within} / {len(made)}"),
        Figure(t("comparisons"), count),
        Figure(t("tests"), shown.count(len(tests))),
    ]
    if len(days) <= 31:
        names = [f"{day:%m-%d}" for day in days]
        report.picture = bars(
            names, list(map(float, per_day)), title=t("weekly.days"), y_title=t("tests")
        )
    report.sections = _sections(of, made, products, t)
    return report


def _comparisons(
    questions: Questions, team: int, since: datetime, until: datetime
) -> "pd.DataFrame":
    return questions.sql(_COMPARISONS, team=team, since=since.isoformat(), until=until.isoformat())


def _mean_off(made: "pd.DataFrame") -> float | None:
    return float(made["peak_pressure_diff_percent"].abs().mean()) if len(made) else None


def _tone(percent: float | None) -> str:
    if percent is None:
        return ""
    return "good" if percent <= GOOD_PERCENT else "warn"


def _products(
    tests: "pd.DataFrame", before: "pd.DataFrame", impulses: dict[int, float]
) -> dict[str, dict[str, Any]]:
    found = {}
    for product, group in tests.groupby("product", sort=True):
        peaks = group["peak_pressure_mpa"].to_numpy()
        earlier = before.loc[before["product"] == product, "peak_pressure_mpa"].to_numpy()
        found[str(product)] = {
            "tests": len(peaks),
            "mean_mpa": float(peaks.mean()),
            "sd_mpa": float(peaks.std(ddof=1)) if len(peaks) > 1 else None,
            "mean_impulse_mpa_ms": float(np.mean([impulses[int(one)] for one in group["id"]])),
            "mean_before_mpa": float(earlier.mean()) if len(earlier) else None,
        }
    return found


def _sections(
    of: About, made: "pd.DataFrame", products: dict[str, dict[str, Any]], t: Any
) -> list[Section]:
    del of
    more = t("more_rows", count="{count}")
    sections = []
    header: tuple[str, ...]
    if len(made):
        worst = made.assign(off=made["peak_pressure_diff_percent"].abs())
        worst = worst.sort_values(["off", "id"], ascending=[False, True])
        header = (t("test"), t("product"), t("simulation"), t("peak_error"), t("rmse"))
        rows = tuple(
            (
                one["name"],
                one["product"] or t("no_product"),
                one["simulation_id"],
                shown.percent(one["peak_pressure_diff_percent"], signed=True),
                shown.pressure(one["rmse_mpa"]),
            )
            for one in worst.to_dict("records")
        )
        listed = Table("comparisons", t("weekly.worst"), header, rows)
        sections.append(Section(t("weekly.worst"), table=listed, more=more))
    if products:
        header = (
            t("product"),
            t("tests"),
            t("mean"),
            t("sd"),
            t("weekly.before"),
            t("difference"),
        )
        known: list[tuple[Any, ...]] = [
            (
                product or t("no_product"),
                one["tests"],
                shown.pressure(one["mean_mpa"]),
                shown.pressure(one["sd_mpa"]),
                shown.pressure(one["mean_before_mpa"]),
                _difference(one),
            )
            for product, one in products.items()
        ]
        listed = Table("products", t("weekly.products"), header, tuple(known))
        sections.append(Section(t("weekly.products"), table=listed, more=more))
    return sections


def _difference(product: dict[str, Any]) -> str:
    before = product["mean_before_mpa"]
    return shown.pressure(None if before is None else product["mean_mpa"] - before, signed=True)
