"""Process capability: how the spread of a read-out compares with its limits."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Index:
    """A capability index and its confidence interval."""

    value: float
    low: float
    high: float


@dataclass(frozen=True)
class Capability:
    """Capability of a read-out against its limits.

    Attributes:
        n: how many values.
        mean: of all values.
        sd_overall: standard deviation of all values, with n − 1; Pp and Ppk use it.
        sd_within: standard deviation within lots; Cp and Cpk use it.  None where it cannot be
            estimated.
        within: how: ``lots`` pooled over the lots, ``moving range`` of the values in their order.
        lower: lower limit, or None.
        upper: upper limit, or None.
        cp: (U − L) / 6 sd_within; None with one limit only.
        cpk: min(U − mean, mean − L) / 3 sd_within.
        pp: (U − L) / 6 sd_overall; None with one limit only.
        ppk: min(U − mean, mean − L) / 3 sd_overall.
        share_outside: expected share of shots outside the limits, of a normal distribution with
            the mean and sd_overall.
        observed_outside: how many of the values lie outside.
        confidence: of the intervals.
    """

    n: int
    mean: float
    sd_overall: float
    sd_within: float | None
    within: str
    lower: float | None
    upper: float | None
    cp: Index | None
    cpk: Index | None
    pp: Index | None
    ppk: Index
    share_outside: float
    observed_outside: int
    confidence: float
