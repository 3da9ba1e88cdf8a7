"""The columns of the table of stored comparisons."""

from mgg_kernel.hot.comparisons import StoredComparison
from mgg_kernel.ui import numbers
from mgg_kernel.ui.labels import recipe_label
from mgg_kernel.ui.rows import Column
from mgg_kernel.ui.words import Words
from mgg_kernel.workspace import Similar

__all__ = ["alike_columns", "comparison_columns"]


def comparison_columns(t: Words, timezone: str) -> list[Column[StoredComparison]]:
    """Return the columns.

    Args:
        t: the viewer's words.
        timezone: the lab's time zone.
    """
    return [
        Column(t("word.number"), lambda row: str(row.id), lambda row: row.id, "2.5rem"),
        Column(t("word.test"), _test, lambda row: row.test_name, "2fr"),
        Column(
            t("word.simulation"), lambda row: str(row.simulation_id), lambda row: row.simulation_id
        ),
        Column(
            t("compare.peak_difference"),
            lambda row: numbers.percent(row.metrics["peak_pressure_diff_percent"], signed=True),
            lambda row: row.metrics["peak_pressure_diff_percent"],
            is_number=True,
        ),
        Column(
            t("compare.time_difference"),
            lambda row: numbers.milliseconds(row.metrics["peak_time_diff_ms"], signed=True),
            lambda row: row.metrics["peak_time_diff_ms"],
            is_number=True,
        ),
        Column(
            "RMSE",
            lambda row: numbers.pressure(row.metrics["rmse_mpa"]),
            lambda row: row.metrics["rmse_mpa"],
            is_number=True,
        ),
        Column(
            t("compare.iso_short"),
            lambda row: numbers.score(_iso_overall(row)),
            _iso_overall,
            is_number=True,
        ),
        Column(t("compare.note"), lambda row: row.note, lambda row: row.note, "2fr"),
        Column(t("word.by"), lambda row: row.created_by, lambda row: row.created_by),
        Column(
            t("word.stored_at"),
            lambda row: numbers.day_and_minute(row.created_at, timezone),
            lambda row: row.created_at,
            "8.5rem",
        ),
    ]


def alike_columns(t: Words) -> list[Column[Similar]]:
    """Return the columns of the table of curves that look like the chosen one."""
    return [
        Column(
            t("compare.kind"),
            lambda row: f"{t('word.' + row.kind)} {row.id}",
            lambda row: (row.kind, row.id),
        ),
        Column(t("word.name"), lambda row: row.name, lambda row: row.name, "2fr"),
        Column(
            t("word.recipe"),
            lambda row: recipe_label(row.recipe) if row.recipe else numbers.MISSING,
            lambda row: str(row.recipe) if row.recipe else None,
            "3fr",
        ),
        Column(
            "RMSE",
            lambda row: numbers.pressure(row.rmse_mpa),
            lambda row: row.rmse_mpa,
            is_number=True,
        ),
        Column(
            t("compare.shift"),
            lambda row: numbers.milliseconds(row.shift_ms, signed=True),
            lambda row: row.shift_ms,
            "1.2fr",
            is_number=True,
        ),
        Column(
            t("compare.peak_difference"),
            lambda row: numbers.pressure(row.peak_pressure_diff_mpa, signed=True),
            lambda row: row.peak_pressure_diff_mpa,
            is_number=True,
        ),
    ]


def _iso_overall(row: StoredComparison) -> float | None:
    """Return the overall score by ISO/TS 18571; older rows have none."""
    iso = row.scores.get("iso18571")
    return None if iso is None else float(iso["overall"])


def _test(row: StoredComparison) -> str:
    return f"{row.test_result_id} · {row.test_name}"
