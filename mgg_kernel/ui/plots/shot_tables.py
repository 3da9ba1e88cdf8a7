"""The tables behind a picture of many shots."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from mgg_kernel.lots import Band, Overlay
from mgg_kernel.ui.words import Words

__all__ = ["band_name", "table_of_curves", "table_of_shots"]


def band_name(band: Band, t: Words) -> str:
    """Return what a band is called in the legend."""
    if band.coverage is not None and band.confidence is not None:
        shares = {"coverage": band.coverage, "confidence": band.confidence}
        return t("lots.band_tolerance", **{k: f"{100 * v:g}" for k, v in shares.items()})
    return t("lots.band_sd", k=f"{np.nanmax(band.factor):g}")


def table_of_curves(shots: Overlay, band: Band | None, t: Words) -> dict[str, Any]:
    """Return mean, spread, band and every shot at the common times."""
    columns: dict[str, Any] = {
        t("plot.time_axis"): shots.time_ms,
        f"{t('lots.mean')} [MPa]": shots.mean_mpa,
        f"{t('lots.sd')} [MPa]": shots.sd_mpa,
        t("lots.counted"): shots.count,
    }
    if band is not None:
        columns[f"{band_name(band, t)}, − [MPa]"] = band.lower_mpa
        columns[f"{band_name(band, t)}, + [MPa]"] = band.upper_mpa
    for number, (run, row) in enumerate(zip(shots.runs, shots.pressures_mpa, strict=True), 1):
        columns[f"{t('chart.shot')} {number}: {run.name} [MPa]"] = row
    return columns


def table_of_shots(shots: Overlay, marked: Sequence[int], t: Words) -> dict[str, Any]:
    """Return a row for each shot, with its shift."""
    read = [run.features for run in shots.runs]
    return {
        t("chart.shot"): [run.name for run in shots.runs],
        f"{t('lots.shift')} [ms]": [run.shift_ms for run in shots.runs],
        f"{t('word.peak_pressure')} [MPa]": [one.peak_pressure_mpa for one in read],
        f"{t('word.peak_time')} [ms]": [one.peak_time_ms for one in read],
        f"{t('word.ignition_time')} [ms]": [one.ignition_time_ms for one in read],
        t("lots.counted"): [run.counted for run in shots.runs],
        t("lots.unusual", name="").rstrip(": ："): [k in marked for k in range(len(read))],
    }
