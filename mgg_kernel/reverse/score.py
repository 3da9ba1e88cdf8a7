"""How plausible amounts are, given what is wanted, what is known, and what was fired before."""

from collections.abc import Sequence
from math import log

import numpy as np

from mgg_kernel.reverse.amounts import Solved
from mgg_kernel.reverse.confidence import Expectation, freedom_of, log_likelihood
from mgg_kernel.reverse.misfit import CURVE_SAMPLES, Misfit
from mgg_kernel.reverse.prior import Tested
from mgg_kernel.reverse.trials import Fired, Range
from mgg_kernel.simulation import Interval
from mgg_kernel.simulation.parameters import CalibrationEntry

__all__ = ["scores_of"]

FREEDOM = 4.0
"""Of Student's t, with which curves and read-outs of a model that is not calibrated deviate."""
CHARGE, UNKNOWN_TYPE = 1.0, 2.0
"""What one more charge, and a type that the model does not know, cost where nothing was tested."""
PARSIMONY = 1e-3
"""What one more charge costs in any case, so that of equals the simpler comes first."""


def scores_of(
    place: Range, misfit: Misfit, known: Tested, solved: Sequence[Solved], fired: Fired
) -> list[float]:
    """Return for each amounts a logarithm of their plausibility; larger is more plausible.

    It is the logarithm of the likelihood of what is wanted plus that of the familiarity of the
    recipe (:class:`.prior.Tested`), or where nothing was tested a little for each charge.

    Args:
        place: where they are fired.
        misfit: what is wanted.
        known: what was fired before.
        solved: the amounts.
        fired: what they give.
    """
    likely = _likelihood(place, misfit, solved, fired)
    found = []
    for one, log_likely in zip(solved, likely, strict=True):
        combination, count = one.start.combination, len(one.masses_mg)
        score = log_likely - PARSIMONY * (count - 1)
        if known.recipes:
            like = place.recipe(combination, one.masses_mg)
            score += float(known.log_familiarity(like, np.array([one.masses_mg]))[0])
        else:
            document = place.model.document
            types = {"NC": document.nc.types, "GP": document.gp.types}
            strange = sum(code not in types[kind] for kind, code in combination.types)
            score -= CHARGE * (count - 1) + UNKNOWN_TYPE * strange
        found.append(score)
    return found


def _likelihood(
    place: Range, misfit: Misfit, solved: Sequence[Solved], fired: Fired
) -> list[float]:
    target = misfit.target
    if not target.read_outs:
        shift = np.array([one.shift_ms for one in solved])
        deviation = misfit.distances(fired, shift) * CURVE_SAMPLES**0.5
        return [_student(float(one)) for one in deviation]
    calibration = place.model.document.calibration
    total = np.zeros(len(solved))
    for name, value in target.read_outs.items():
        expected = getattr(fired, name).tolist()
        total += [_of_read_out(calibration, misfit, name, one, value) for one in expected]
    return [float(one) for one in total]


def _of_read_out(
    calibration: CalibrationEntry | None, misfit: Misfit, name: str, expected: float, value: float
) -> float:
    if calibration is None:
        half = log(1 + misfit.percent(name) / 100) / 1.645
        return _student(log(expected / value) / half)
    noise = getattr(calibration, name.rpartition("_")[0])
    half = float(np.exp(noise.reach_90 * noise.scale))
    around = Expectation(expected, Interval(expected / half, expected * half))
    return log_likelihood(around, value, freedom_of(calibration, name))


def _student(deviation: float) -> float:
    return -0.5 * (FREEDOM + 1) * log(1 + deviation**2 / FREEDOM)
