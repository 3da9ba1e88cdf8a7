"""Names, units and digits of the numbers of a comparison."""

from math import isfinite

from mgg_kernel.ui import numbers
from mgg_kernel.ui.words import Words

__all__ = ["metric_name", "metric_text"]

_UNITS = {"_mpa_ms": "MPa·ms", "_mpa": "MPa", "_ms": "ms", "_percent": "%"}
_DIGITS = {"MPa·ms": 1, "MPa": 2, "ms": 2, "%": 1, "": 3}


def metric_name(t: Words, number: str) -> tuple[str, str]:
    """Return the name and the unit of one of :data:`mgg_kernel.comparison.NUMBERS`."""
    iso, geers, phase = t("compare.iso_method"), "Sprague–Geers", t("compare.phases")
    difference = t("compare.difference")
    names = {
        "peak_pressure_diff_mpa": f"{t('word.peak_pressure')}, {difference}",
        "peak_pressure_diff_percent": f"{t('word.peak_pressure')}, {difference}",
        "peak_time_diff_ms": f"{t('word.peak_time')}, {difference}",
        "ignition_time_diff_ms": f"{t('word.ignition_time')}, {difference}",
        "impulse_diff_mpa_ms": f"{t('readout.impulse')}, {difference}",
        "rmse_mpa": "RMSE",
        "rmse_percent": "RMSE",
        "mae_mpa": "MAE",
        "mae_percent": "MAE",
        "correlation": t("compare.correlation"),
        "r_squared": t("compare.r_squared"),
        "iso18571_overall": f"{iso}, {t('compare.iso_overall')}",
        "iso18571_corridor": f"{iso}, {t('compare.iso_corridor')}",
        "iso18571_phase": f"{iso}, {t('compare.iso_phase')}",
        "iso18571_magnitude": f"{iso}, {t('compare.iso_magnitude')}",
        "iso18571_slope": f"{iso}, {t('compare.iso_slope')}",
        "sprague_geers_m": f"{geers} M",
        "sprague_geers_p": f"{geers} P",
        "sprague_geers_c": f"{geers} C",
        "phase_ignition_delay": f"{phase}, {t('compare.phase_delay')}",
        "phase_rise": f"{phase}, {t('compare.phase_rise')}",
        "phase_peak": f"{phase}, {t('compare.phase_peak')}",
        "phase_decay": f"{phase}, {t('compare.phase_decay')}",
        "from_ms": t("matrix.from"),
        "to_ms": t("matrix.to"),
    }
    return names[number], _unit(number)


def metric_text(number: str, value: float) -> str:
    """Return a number of a comparison without its unit, with the digits that it deserves."""
    if not isfinite(value):
        return numbers.MISSING
    digits = _DIGITS[_unit(number)]
    sign = "+" if "_diff_" in number and round(value, digits) > 0 else ""
    return f"{sign}{value:.{digits}f}".replace("-", numbers.MINUS)


def _unit(number: str) -> str:
    return next((unit for end, unit in _UNITS.items() if number.endswith(end)), "")
