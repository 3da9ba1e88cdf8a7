"""Whether a lot is accepted against the limits of a read-out."""

from dataclasses import dataclass

from mgg_kernel.lots.capability import Capability
from mgg_kernel.lots.statistics import Statistics
from mgg_kernel.lots.tolerance import ToleranceLimits


@dataclass(frozen=True)
class Acceptance:
    """The verdict on a lot.

    Attributes:
        readout: what was judged, such as ``peak_pressure_mpa``.
        accepted: True, False; None where there are too few shots to say.
        statistics: of the shots.
        limits: lower and upper limit; None where there is none.
        tolerance: the k-factor limits of the shots; None with fewer than two.
        capability: Ppk and the rest; None with fewer than two shots.
        outside: how many shots lie outside the limits.
        misfires: how many shots did not fire.
        reasons: why it is not accepted, a sentence each; empty where it is.
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


@dataclass(frozen=True)
class LotDifference:
    """Two lots beside each other; every difference is the second minus the first.

    Attributes:
        first: statistics of the first lot.
        second: of the second.
        mean_diff: difference of the means.
        mean_diff_low: lower end of its confidence interval (Welch).
        mean_diff_high: upper end.
        t: Welch's statistic.
        freedom: its degrees of freedom (Satterthwaite).
        mean_p_value: chance of so large a difference between lots of equal means.
        sd_ratio: second standard deviation by the first; None where the first is 0.
        variance_p_value: of the F test of equal variances, two-sided; relies on normality.
        levene_p_value: of Levene's test around the medians (Brown and Forsythe), which does not.
        means_differ: whether the test of the means says so.
        spreads_differ: whether Levene's test says so.
        alpha: the level of both.
        sentence: in plain words.
    """

    first: Statistics
    second: Statistics
    mean_diff: float
    mean_diff_low: float
    mean_diff_high: float
    t: float
    freedom: float
    mean_p_value: float
    sd_ratio: float | None
    variance_p_value: float
    levene_p_value: float
    means_differ: bool
    spreads_differ: bool
    alpha: float
    sentence: str


@dataclass(frozen=True)
class TemperatureGroup:
    """The shots of one conditioning temperature.

    Attributes:
        nominal_c: the temperature they are counted for [°C].
        indices: their places among the shots given.
        statistics: of their values.
    """

    nominal_c: float
    indices: tuple[int, ...]
    statistics: Statistics
