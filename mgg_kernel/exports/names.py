"""What the numbers of a comparison are called, with their units."""

from mgg_kernel.comparison import Comparison
from mgg_kernel.exports.words import WORDS, Say

__all__ = ["answer_of", "label_of"]

_UNITS = {
    "peak_pressure_diff_mpa": "MPa",
    "peak_pressure_diff_percent": "%",
    "peak_time_diff_ms": "ms",
    "ignition_time_diff_ms": "ms",
    "impulse_diff_mpa_ms": "MPa·ms",
    "rmse_mpa": "MPa",
    "rmse_percent": "%",
    "mae_mpa": "MPa",
    "mae_percent": "%",
}


def label_of(name: str, say: Say) -> tuple[str, str]:
    """Return the unit of a number and what it means; empty where there is nothing to say."""
    key = f"label.{name}"
    return _UNITS.get(name, ""), say(key) if key in WORDS else ""


def answer_of(comparison: Comparison, say: Say) -> str:
    """Return what a comparison comes to, in a sentence."""
    off, percent = comparison.peak_pressure_diff_mpa, comparison.peak_pressure_diff_percent
    side = "agrees" if abs(off) < 0.005 else "high" if off > 0 else "low"
    first = say.sentence(side, diff=abs(off), percent=abs(percent), rmse=comparison.rmse_mpa)
    iso = comparison.iso18571
    if iso is None:
        return first + say.sentence("unrated")
    return first + say.sentence("rated", score=iso.overall, grade=say.plain(iso.grade))
