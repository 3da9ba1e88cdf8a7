"""Where a calibration starts: a generic model, and how far each parameter may lie from it."""

from functools import cache
from importlib.resources import files

from mgg_kernel.simulation import Model

__all__ = ["STRUCTURE", "start_model"]

STRUCTURE: dict[str, float] = {
    # Prior standard deviations.  "nc.rate" is common to all NC; "nc.rate[]" is what a type adds.
    "nc.impetus": 0.12,
    "nc.impetus[]": 0.04,
    "nc.rate": 0.5,
    "nc.rate[]": 0.3,
    "nc.exponent": 0.1,
    "nc.exponent[]": 0.05,
    "nc.start": 0.4,
    "nc.start[]": 0.15,
    "nc.end": 0.6,
    "nc.end[]": 0.6,
    "gp.impetus": 0.3,
    "gp.impetus[]": 0.15,
    "gp.rate": 0.7,
    "gp.rate[]": 0.5,
    "gp.exponent": 0.12,
    "gp.exponent[]": 0.08,
    "gp.start": 0.4,
    "gp.start[]": 0.15,
    "gp.end": 0.4,
    "gp.end[]": 0.15,
    "igniter.energy": 0.3,
    "igniter.energy[]": 0.15,
    "igniter.volume[]": 0.2,
    "igniter.release_time": 0.3,
    "igniter.release_exponent": 0.2,
    "shell.area": 0.4,
    "vessel.volume[]": 1.0,
    "vessel.loss[]": 0.12,
    "wall.loss": 0.5,
    "wall.late": 0.8,
    "wall.decay": 0.3,
    "device.gain[]": 0.05,
    "device.rate[]": 0.06,
    "sensor.gain[]": 0.02,
    # What one product differs by from its recipe, where its curve tells so much of it.
    "lot.rate[]": 0.04,
    "lot.energy[]": 0.08,
    "lot.gain[]": 0.01,
    "lot.loss[]": 0.05,
    # How much of that recipes which are alike share; over which ratio of masses (of the
    # logarithm); and which share is left for each of vessel, igniter and device that differs.
    "lot.shared": 0.7,
    "lot.length": 0.2,
    "lot.elsewhere": 0.5,
    "curve.delay[]": 0.05,
    "ignition.base": 1.0,
    "ignition.current": 2.0,
    "ignition.device[]": 0.08,
    "ignition.vessel[]": 0.05,
    "ignition.pair[]": 0.08,
    # Scale and degrees of freedom of Student's t, by which single products differ.
    "noise.peak_pressure": 0.02,
    "noise.peak_pressure_freedom": 4.0,
    "noise.peak_time": 0.05,
    "noise.peak_time_freedom": 3.0,
    "noise.ignition_time": 0.07,
    "noise.ignition_time_freedom": 3.0,
    # A curve counts as so many independent samples, each within this share of its peak.
    "noise.curve": 0.01,
    "noise.curve_samples": 20.0,
    "noise.curve_freedom": 20.0,
}
"""Spreads of all parameters: of a logarithm, of an exponent, or in the parameter's own unit (mL,
cm², ms).  Scales of noise are relative.  `docs/calibration.md` tells how they were found."""


@cache
def start_model() -> Model:
    """Return the generic model that calibrations start from."""
    return Model.from_json(
        files("mgg_kernel.calibration").joinpath("start_model.json").read_bytes()
    )
