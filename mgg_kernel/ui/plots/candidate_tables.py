"""The tables behind a picture of candidates."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from mgg_kernel.curve import PTCurve
from mgg_kernel.reverse import Candidate, Target
from mgg_kernel.ui.plots.corridor_parts import limit_at
from mgg_kernel.ui.words import Words

__all__ = ["charges", "table_of_candidates", "table_of_curves"]


def charges(one: Candidate) -> str:
    """Return the igniter and the charges of a candidate: what tells it from the others."""
    amounts = [f"NC {nc.type_code} {float(nc.mass_mg):g} mg" for nc in one.recipe.nc]
    if one.recipe.gp is not None:
        amounts.append(f"GP {one.recipe.gp.type_code} {float(one.recipe.gp.mass_mg):g} mg")
    return ", ".join([one.recipe.igniter_type, *amounts])


def table_of_candidates(shown: Sequence[Candidate], t: Words) -> dict[str, Any]:
    """Return a row for each candidate."""
    return {
        t("word.number"): [one.rank for one in shown],
        t("word.recipe"): [str(one.recipe) for one in shown],
        f"{t('word.peak_pressure')} [MPa]": [one.peak_pressure_mpa for one in shown],
        f"{t('word.peak_time')} [ms]": [one.peak_time_ms for one in shown],
        f"{t('word.ignition_time')} [ms]": [one.ignition_time_ms for one in shown],
        f"{t('lots.shift')} [ms]": [one.shift_ms for one in shown],
        "RMSE [MPa]": [one.rmse_mpa for one in shown],
        f"{t('candidates.confidence')} [%]": [one.confidence for one in shown],
    }


def table_of_curves(
    target: Target, shown: Sequence[Candidate], curves: Sequence[PTCurve], t: Words
) -> dict[str, Any]:
    """Return all curves at the times of the first candidate."""
    times = curves[0].time_ms
    columns: dict[str, Any] = {t("plot.time_axis"): times}
    if target.curve is not None:
        columns[f"{t('candidates.wanted')} [MPa]"] = target.wanted(times)
    if target.corridor is not None:
        for sign, side in (("≥", target.corridor.lower), ("≤", target.corridor.upper)):
            columns[f"{t('candidates.wanted')}, {sign} [MPa]"] = limit_at(side, times)
    for one, curve in zip(shown, curves, strict=True):
        read = np.interp(times, curve.time_ms, curve.pressure_mpa, left=np.nan, right=np.nan)
        columns[f"{one.rank}. {charges(one)} [MPa]"] = read
    return columns
