"""The monthly accuracy report: the model in use against every test, and whether it drifts."""

from collections.abc import Callable, Sequence
from datetime import datetime
from math import sqrt
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np

from mgg_kernel.exports.document import Table
from mgg_kernel.reports.against import Judged, judge_tests
from mgg_kernel.reports.charts import parity, trend
from mgg_kernel.reports.content import Figure, Report, Section
from mgg_kernel.reports.periods import parse_period
from mgg_kernel.reports.readings import About, about, opened
from mgg_kernel.reports.words import words
from mgg_kernel.ui import numbers as shown
from mgg_kernel.workspace import Workspace

__all__ = ["monthly_accuracy_report"]

MONTHS_BEFORE = 6
GOOD_PERCENT = 10.0
FEWEST_FOR_DRIFT = 5
SURE = 3.0
"""Standard errors that a shift must exceed to be told as one."""


def monthly_accuracy_report(
    ws: Workspace, *, period: str | None = None, language: str = "en"
) -> Report:
    """Hold the model in use against all tests of a month, or of any other period.

    Every test that names its recipe is simulated again with the model in use and compared.  The
    bias of the peak is held against that of the six months before: it has drifted where it moved by
    more than three standard errors.

    Args:
        ws: whose team's tests.
        period: such as ``2026-01``; None: last month.
        language: ``en`` or ``zh``.

    Raises:
        ReportError: the period or the language makes no sense.
        ArchiveError: a cold file that is needed is not in order.
    """
    t, of = words(language), about(ws, period, "month")
    model = ws.simulations.model()
    with opened(ws, "recipes", "test_time_series") as questions:
        judged, left_out = judge_tests(questions, of.team, of.period.start, of.period.end, model)
        since = _months_back(of.period.start, MONTHS_BEFORE, of.zone)
        earlier, _ = judge_tests(questions, of.team, since, of.period.start, model)
    report = Report(t("accuracy.title"), of.subject, language, "", questions=questions)
    months = _by([*earlier, *judged], lambda one: f"{one.recorded_at.astimezone(of.zone):%Y-%m}")
    drift = _drift(judged, earlier)
    report.numbers = {
        "period": of.period.name,
        "model": {"name": model.name, "fingerprint": model.fingerprint},
        "all": _score(judged) if judged else None,
        "left_out": left_out,
        "drift": drift,
        "products": {name: _score(some) for name, some in _by(judged, _product).items()},
        "charges": {name: _score(some) for name, some in _by(judged, _charge).items()},
        "months": {name: _score(some) for name, some in months.items()},
        "tests": [one.plain() for one in judged],
    }
    if not judged:
        report.answer = t("accuracy.none")
        return report
    score = _score(judged)
    said = t(
        "accuracy.answer",
        tests=shown.count(len(judged)),
        mape=shown.percent(score["mean_error_percent"]),
        bias=shown.percent(score["bias_percent"], signed=True),
        within=f"{score['within_percent']:.0f}",
    )
    told = _drift_told(drift, t)
    report.answer = f"{said} {told}" if language == "en" else said + told
    report.figures = [
        Figure(
            t("accuracy.mape"),
            shown.percent(score["mean_error_percent"]),
            "good" if score["mean_error_percent"] <= GOOD_PERCENT else "warn",
        ),
        Figure(
            t("accuracy.bias"),
            shown.percent(score["bias_percent"], signed=True),
            "bad" if drift is not None and drift["is_drift"] else "",
        ),
        Figure(t("accuracy.rmse"), shown.pressure(score["rmse_mpa"])),
        Figure(t("tests"), shown.count(len(judged))),
    ]
    report.picture = parity(
        [one.measured_mpa for one in judged],
        [one.simulated_mpa for one in judged],
        title=t("accuracy.parity"),
        x_title=t("measured"),
        y_title=t("simulated"),
    )
    report.sections = _sections(of, judged, months, left_out, model.name, t)
    return report


def _product(one: Judged) -> str:
    return one.product


def _charge(one: Judged) -> str:
    return one.charge


def _by(judged: Sequence[Judged], key: Callable[[Judged], str]) -> dict[str, list[Judged]]:
    found: dict[str, list[Judged]] = {}
    for one in judged:
        found.setdefault(key(one), []).append(one)
    return dict(sorted(found.items()))


def _score(judged: Sequence[Judged]) -> dict[str, Any]:
    off = np.array([one.off_percent for one in judged])
    return {
        "tests": len(judged),
        "mean_error_percent": float(np.abs(off).mean()),
        "bias_percent": float(off.mean()),
        "sd_percent": float(off.std(ddof=1)) if off.size > 1 else None,
        "within_percent": float(100.0 * (np.abs(off) <= GOOD_PERCENT).mean()),
        "rmse_mpa": float(np.mean([one.rmse_mpa for one in judged])),
        "peak_time_off_ms": float(np.mean([one.peak_time_off_ms for one in judged])),
    }


def _drift(judged: Sequence[Judged], earlier: Sequence[Judged]) -> dict[str, Any] | None:
    """Return how far the bias has moved, by Welch's standard error; None of too few tests."""
    if min(len(judged), len(earlier)) < FEWEST_FOR_DRIFT:
        return None
    now, then = ([one.off_percent for one in some] for some in (judged, earlier))
    shift = float(np.mean(now) - np.mean(then))
    error = sqrt(np.var(now, ddof=1) / len(now) + np.var(then, ddof=1) / len(then))
    return {
        "shift_percent": shift,
        "standard_error_percent": error,
        "is_drift": abs(shift) > SURE * error,
    }


def _drift_told(drift: dict[str, Any] | None, t: Any) -> str:
    if drift is None:
        return str(t("accuracy.drift_none"))
    if not drift["is_drift"]:
        return str(t("accuracy.drift_still"))
    return str(t("accuracy.drift", shift=shown.percent(drift["shift_percent"], signed=True)))


def _months_back(start: datetime, months: int, zone: ZoneInfo) -> datetime:
    first = start.astimezone(zone)
    number = first.year * 12 + first.month - 1 - months
    return parse_period(f"{number // 12:04d}-{number % 12 + 1:02d}", zone).start


def _sections(
    of: About,
    judged: Sequence[Judged],
    months: dict[str, list[Judged]],
    left_out: int,
    model: str,
    t: Any,
) -> list[Section]:
    del of
    note = t("accuracy.model", model=model)
    if left_out:
        note = f"{note} {t('accuracy.left_out', count=left_out)}"
    scores = {name: _score(some) for name, some in months.items()}
    drift = trend(
        list(scores),
        [one["bias_percent"] for one in scores.values()],
        [2 * (one["sd_percent"] or 0.0) / sqrt(one["tests"]) for one in scores.values()],
        title=t("accuracy.drift_title"),
        y_title=t("accuracy.drift_axis"),
    )
    more = t("more_rows", count="{count}")
    worst = sorted(judged, key=lambda one: (-abs(one.off_percent), one.id))
    rows = tuple(
        (
            one.name,
            one.product or t("no_product"),
            one.charge,
            shown.pressure(one.measured_mpa),
            shown.pressure(one.simulated_mpa),
            shown.percent(one.off_percent, signed=True),
        )
        for one in worst
    )
    header = (
        t("test"),
        t("product"),
        t("type"),
        t("measured").removesuffix(" [MPa]"),
        t("simulated").removesuffix(" [MPa]"),
        t("peak_error"),
    )
    tests = Table("tests", t("accuracy.tests"), header, rows)
    return [
        Section(t("accuracy.drift_title"), note, scene=drift),
        _scores(t("accuracy.by_type"), t("type"), _by(judged, _charge), t),
        _scores(t("accuracy.by_product"), t("product"), _by(judged, _product), t),
        Section(t("accuracy.tests"), table=tests, more=more),
    ]


def _scores(title: str, name: str, groups: dict[str, list[Judged]], t: Any) -> Section:
    header = (
        name,
        t("tests"),
        t("accuracy.mape"),
        t("bias"),
        t("within"),
        t("accuracy.rmse"),
    )
    rows = []
    for group, some in groups.items():
        one = _score(some)
        rows.append(
            (
                group or t("no_product"),
                one["tests"],
                shown.percent(one["mean_error_percent"]),
                shown.percent(one["bias_percent"], signed=True),
                f"{one['within_percent']:.0f}\u00a0%",
                shown.pressure(one["rmse_mpa"]),
            )
        )
    table = Table("scores", title, header, tuple(rows))
    return Section(title, table=table, more=t("more_rows", count="{count}"))
