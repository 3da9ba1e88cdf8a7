"""Shots on one time axis: mean curve, spread, bands, and the per-run table."""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from mgg_kernel.errors import LotError
from mgg_kernel.features import FeatureDefinitions
from mgg_kernel.lots.runs import Run
from mgg_kernel.lots.statistics import CONFIDENCE, Statistics, checked_share
from mgg_kernel.lots.tolerance import COVERAGE, two_sided_factor

__all__ = ["Align", "Band", "Overlay"]

FloatArray = NDArray[np.float64]
Align = Literal["ignition", "peak", "none"]


@dataclass(frozen=True, eq=False)
class Band:
    """A band around the mean curve; NaN where fewer than two shots count.

    Attributes:
        time_ms: shape (m,).
        lower_mpa: shape (m,), mean − factor · sd.
        upper_mpa: shape (m,), mean + factor · sd.
        factor: shape (m,); one number everywhere, or one for the count of shots at each time.
        coverage: share of shots that a tolerance band is to hold at each time; None for k · σ.
        confidence: with which it does; None for k · σ.
        sentence: what the band is, in plain words.
    """

    time_ms: FloatArray
    lower_mpa: FloatArray
    upper_mpa: FloatArray
    factor: FloatArray
    coverage: float | None
    confidence: float | None
    sentence: str


@dataclass(frozen=True, eq=False)
class Overlay:
    """Shots on one time axis.

    Attributes:
        time_ms: shape (m,), the common times: whole multiples of 1 / `rate_hz`.
        pressures_mpa: shape (n, m), a row for each shot; NaN where it has no samples.
        runs: the per-run table, a row for each shot in the order given; with its shift.
        align: what the shots are aligned at.
        align_at_ms: where that moment lies on the common axis: the median of the recorded ones of
            the shots that count; None for ``none``.
        mean_mpa: shape (m,), mean of the shots that count and have samples; NaN where none has.
        sd_mpa: shape (m,), standard deviation with n − 1; NaN where fewer than two have.
        count: shape (m,), how many count at each time.
        statistics: of each read-out of :data:`READOUTS` over the shots that fired and have it.
        notes: sentences about shots that did not fire, could not be aligned, or were cut.
        rate_hz: of the common times.
        filter: put on each shot at its own rate before anything was read.
        definitions: of the read-outs.
        code_version: version of this program.
    """

    time_ms: FloatArray
    pressures_mpa: FloatArray
    runs: tuple[Run, ...]
    align: Align
    align_at_ms: float | None
    mean_mpa: FloatArray
    sd_mpa: FloatArray
    count: NDArray[np.int64]
    statistics: dict[str, Statistics]
    notes: tuple[str, ...]
    rate_hz: float
    filter: str | None
    definitions: FeatureDefinitions
    code_version: str

    def band(self, k: float = 2.0) -> Band:
        """Return mean ± k · σ at each time: what was seen, and no promise for other shots.

        Args:
            k: how many standard deviations, not negative.

        Raises:
            LotError: k is negative or not finite.
        """
        if not 0.0 <= k < float("inf"):
            raise LotError(f"A band is k standard deviations wide with k ≥ 0, but k is {k:g}.")
        factor = np.where(self.count >= 2, float(k), np.nan)
        told = f"mean ± {k:g} standard deviations of up to {self._most} shots"
        return self._around(factor, None, None, told)

    def tolerance_band(self, coverage: float = COVERAGE, confidence: float = CONFIDENCE) -> Band:
        """Return mean ± k · σ with the two-sided tolerance factor k of the count at each time.

        The promise holds at each time by itself: a share of all shots lies inside there.  That a
        share of them lies inside along their whole length is more, and is not promised.

        Args:
            coverage: the share, between 0 and 1.
            confidence: with which it does, between 0 and 1.

        Raises:
            LotError: an argument is outside its range, or no time has two shots.
        """
        share, sure = checked_share(coverage, "coverage"), checked_share(confidence, "confidence")
        if self._most < 2:
            raise LotError(
                "A tolerance band needs at least two shots that count, but there are not so many; "
                "add shots."
            )
        factor = np.full(self.time_ms.size, np.nan)
        for n in np.unique(self.count[self.count >= 2]).tolist():
            factor[self.count == n] = two_sided_factor(n, share, sure)
        told = (
            f"at each time, {100 * share:g} % of all shots with {100 * sure:g} % confidence, from "
            f"up to {self._most} shots"
        )
        return self._around(factor, share, sure, told)

    @property
    def _most(self) -> int:
        return int(self.count.max())

    def _around(
        self, factor: FloatArray, share: float | None, sure: float | None, told: str
    ) -> Band:
        reach = factor * self.sd_mpa
        return Band(
            self.time_ms, self.mean_mpa - reach, self.mean_mpa + reach, factor, share, sure, told
        )
