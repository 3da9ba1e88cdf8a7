"""Whether a lot is accepted against the limits of a read-out."""

from dataclasses import dataclass

from numpy.typing import ArrayLike

from mgg_kernel.errors import LotError
from mgg_kernel.lots.capability import Capability, capability, checked_limits, count_outside
from mgg_kernel.lots.statistics import CONFIDENCE, Statistics, checked_sample, statistics_of
from mgg_kernel.lots.tolerance import COVERAGE, Sides, ToleranceLimits, tolerance_limits

__all__ = ["Acceptance", "accept"]


@dataclass(frozen=True)
class Acceptance:
    """The verdict on a lot.

    Attributes:
        readout: what was judged, such as ``peak_pressure_mpa``.
        accepted: True, False; None where there are too few shots to say.
        statistics: of the shots that fired.
        limits: lower and upper limit; None where there is none.
        tolerance: the k-factor limits of the shots; None with fewer than two.
        capability: Ppk and the rest; None with fewer than two shots, or where all are equal.
        outside: how many shots lie outside the limits.
        misfires: how many shots did not fire.
        reasons: why it is not accepted, a clause each; empty where it is.
        sentence: the verdict in one sentence.
    """

    readout: str
    accepted: bool | None
    statistics: Statistics
    limits: tuple[float | None, float | None]
    tolerance: ToleranceLimits | None
    capability: Capability | None
    outside: int
    misfires: int
    reasons: tuple[str, ...]
    sentence: str


def accept(
    values: ArrayLike,
    *,
    readout: str,
    lower: float | None = None,
    upper: float | None = None,
    coverage: float = COVERAGE,
    confidence: float = CONFIDENCE,
    least_ppk: float | None = None,
    misfires: int = 0,
    unit: str = "",
) -> Acceptance:
    """Judge a lot by the k-factor method: mean ± k · sd must lie inside the limits.

    So, with the confidence, at least the share `coverage` of the lot does, if the read-out is
    normally distributed.  With one limit k is the one-sided factor; with two it is the two-sided
    one, which asks for a little more than the share.  A shot outside the limits or a misfire also
    refuses the lot, and so does a Ppk below `least_ppk`.  Source: ISO 16269-6:2014; the method is
    the one that MIL-STD-414 and ISO 3951 built their plans on, with k by the confidence wanted.

    Args:
        values: shape (n,), n ≥ 1, finite: the read-out of the shots that fired.
        readout: its name.
        lower: lower limit; None: none.
        upper: upper limit; None: none.
        coverage: share of the lot that is to lie inside, between 0 and 1.
        confidence: with which it does.
        least_ppk: Ppk that is asked for besides; None: none.
        misfires: how many shots of the lot did not fire.
        unit: for the sentence.

    Raises:
        LotError: there is no value or no limit, or an argument makes no sense.
    """
    sample = checked_sample(values, 1, "an acceptance")
    low, high = checked_limits(lower, upper)
    if misfires != int(misfires) or misfires < 0:
        raise LotError(f"misfires is a count of shots, but is {misfires}.")
    statistics = statistics_of(sample, confidence=confidence)
    tolerance = capable = None
    if sample.size > 1:
        sides: Sides = "both" if low is not None and high is not None else "lower"
        sides = "upper" if low is None else sides
        tolerance = tolerance_limits(sample, sides=sides, coverage=coverage, confidence=confidence)
        if statistics.sd:
            capable = capability(sample, lower=low, upper=high, confidence=confidence)
    outside = count_outside(sample, low, high)
    told = unit and f" {unit}"
    reasons = (
        *([f"{misfires} of {misfires + sample.size} shots did not fire"] if misfires else []),
        *([f"{outside} of {sample.size} shots lie outside the limits"] if outside else []),
        *_beyond(tolerance, low, high, told),
        *_not_capable(capable, least_ppk),
    )
    accepted = False if reasons else None if tolerance is None else True
    return Acceptance(
        readout=readout,
        accepted=accepted,
        statistics=statistics,
        limits=(low, high),
        tolerance=tolerance,
        capability=capable,
        outside=outside,
        misfires=int(misfires),
        reasons=reasons,
        sentence=_sentence(readout, accepted, reasons, statistics, tolerance, told),
    )


def _beyond(
    tolerance: ToleranceLimits | None, lower: float | None, upper: float | None, told: str
) -> list[str]:
    if tolerance is None:
        return []
    found = []
    if lower is not None and tolerance.lower is not None and tolerance.lower < lower:
        found.append(
            f"mean − k·sd = {tolerance.lower:.4g}{told} is below the lower limit {lower:g}{told}"
        )
    if upper is not None and tolerance.upper is not None and tolerance.upper > upper:
        found.append(
            f"mean + k·sd = {tolerance.upper:.4g}{told} is above the upper limit {upper:g}{told}"
        )
    return found


def _not_capable(capable: Capability | None, least: float | None) -> list[str]:
    if capable is None or least is None or capable.ppk.value >= least:
        return []
    return [f"Ppk is {capable.ppk.value:.3g}, and {least:g} is asked for"]


def _sentence(
    readout: str,
    accepted: bool | None,
    reasons: tuple[str, ...],
    statistics: Statistics,
    tolerance: ToleranceLimits | None,
    told: str,
) -> str:
    if accepted is False:
        return f"Not accepted by {readout}: {'; '.join(reasons)}."
    if tolerance is None:
        return (
            f"No verdict by {readout}: one shot, {statistics.mean:.4g}{told}, lies inside the "
            "limits, but it tells nothing about the spread; fire at least two."
        )
    return (
        f"Accepted by {readout}: from {statistics.n} shots with the mean {statistics.mean:.4g}"
        f"{told} and k = {tolerance.factor:.3f}, at least {100 * tolerance.coverage:g} % of the "
        f"lot lie inside the limits with {100 * tolerance.confidence:g} % confidence."
    )
