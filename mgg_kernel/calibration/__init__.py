"""Calibration: fit the simulation to the lab's own tests (docs/calibration.md)."""

from mgg_kernel.calibration.calibrate import Calibration, calibrate
from mgg_kernel.calibration.observations import MeasuredCurve, Observation
from mgg_kernel.calibration.progress import Progress
from mgg_kernel.calibration.start import STRUCTURE, start_model
from mgg_kernel.calibration.suspicious import Suspicious
from mgg_kernel.calibration.validation import LeftOut, Score, Validation

__all__ = [
    "STRUCTURE",
    "Calibration",
    "LeftOut",
    "MeasuredCurve",
    "Observation",
    "Progress",
    "Score",
    "Suspicious",
    "Validation",
    "calibrate",
    "start_model",
]
