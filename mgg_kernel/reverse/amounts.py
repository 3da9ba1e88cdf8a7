"""The amounts of many trials at once: damped Gauss–Newton steps with bounds, all in one batch.

Source: K. Madsen, H. B. Nielsen, O. Tingleff, *Methods for Non-Linear Least Squares Problems*, 2nd
ed., Technical University of Denmark, 2004 (damping and its change by the gain of a step).
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mgg_kernel.reverse.misfit import Misfit
from mgg_kernel.reverse.trials import Combination, Fired, Range, Start

__all__ = ["Solved", "fired_of", "solve"]

Floats = NDArray[np.float64]

ITERATIONS, PRUNE_AFTER, KEPT = 14, 4, 2
STEP, LONGEST, ENOUGH = 1e-4, 0.5, 1e-8
LOWERINGS, DECIMALS = 6, 3


@dataclass(frozen=True, eq=False)
class Solved:
    """Amounts that are best for their combination, from one start.

    Args:
        start: where they began.
        masses_mg: of each charge.
        shift_ms: by how much later the wanted curve is taken.
        cost: half the sum of squares that was made small.
        doubt: how many times larger or smaller the masses of two charges may be without the target
            noticing (one standard deviation, as a factor); 1 for a single charge.
    """

    start: Start
    masses_mg: tuple[float, ...]
    shift_ms: float
    cost: float
    doubt: float


def solve(
    place: Range,
    misfit: Misfit,
    starts: Sequence[Start],
    step: Callable[[int, int], None],
) -> list[Solved]:
    """Return the best amounts from each start; starts that lag behind others are given up.

    All starts have the same number of charges.

    Args:
        place: where they are fired.
        misfit: what is made small.
        starts: where to begin.
        step: told how many of how many iterations are done.
    """
    state = _State(place, misfit, list(starts))
    for n in range(ITERATIONS):
        step(n, ITERATIONS)
        if not state.iterate():
            break
        if n == PRUNE_AFTER:
            state.prune()
    state.finish()
    step(ITERATIONS, ITERATIONS)
    return state.solved()


class _State:
    """Where all starts are; `x` holds the logarithms of the masses [mg], then the shift [ms]."""

    def __init__(self, place: Range, misfit: Misfit, starts: list[Start]) -> None:
        self.place, self.misfit, self.starts = place, misfit, starts
        self.charges = len(starts[0].share)
        share = np.array([start.share for start in starts])
        self.ln_share = np.log(share)
        self.spread = np.array([start.spread for start in starts])
        total = place.usual_mg(misfit.height_mpa)
        self.x = np.log(total * share)
        if misfit.moves:
            self.x = np.hstack([self.x, np.zeros((len(starts), 1))])
        limits = place.constraints
        self.low = np.full(self.x.shape[1], np.log(limits.min_charge_mg))
        self.high = np.full(self.x.shape[1], np.log(limits.max_charge_mg))
        if misfit.moves:
            self.low[-1], self.high[-1] = -misfit.target.shift_ms, misfit.target.shift_ms
        self.x = self._bounded(self.x)
        self.damping = np.full(len(starts), 1e-3)
        self.residuals, self.slopes = self._look(self.x)
        self.cost = 0.5 * (self.residuals**2).sum(axis=1)

    def iterate(self) -> bool:
        """Make a step of all; return whether any is still on its way."""
        gradient = np.einsum("trv,tr->tv", self.slopes, self.residuals)
        normal = np.einsum("trv,trw->tvw", self.slopes, self.slopes)
        # What lies at a bound and is drawn beyond it stays there.
        held = ((self.x <= self.low) & (gradient > 0)) | ((self.x >= self.high) & (gradient < 0))
        gradient = np.where(held, 0.0, gradient)
        normal = np.where(held[:, :, None] | held[:, None, :], 0.0, normal)
        size = np.arange(normal.shape[1])
        weight = normal[:, size, size]
        normal[:, size, size] = np.where(
            held,
            1.0,
            weight * (1 + self.damping[:, None]) + 1e-9 * (1 + weight.max(axis=1)[:, None]),
        )
        move = -np.linalg.solve(normal, gradient[..., None])[..., 0]
        longest = np.abs(move[:, : self.charges]).max(axis=1)
        move *= np.minimum(1.0, LONGEST / np.maximum(longest, 1e-30))[:, None]
        going = np.abs(move).max(axis=1) > ENOUGH
        if not going.any():
            return False
        rows = np.flatnonzero(going)
        x = self._bounded(self.x[rows] + move[rows])
        residuals, slopes = self._look(x, rows)
        cost = 0.5 * (residuals**2).sum(axis=1)
        better = cost < self.cost[rows]
        taken = rows[better]
        self.x[taken], self.cost[taken] = x[better], cost[better]
        self.residuals[taken], self.slopes[taken] = residuals[better], slopes[better]
        self.damping[taken] = np.maximum(self.damping[taken] / 8, 1e-9)
        self.damping[rows[~better]] = np.minimum(self.damping[rows[~better]] * 10, 1e9)
        return True

    def prune(self) -> None:
        """Keep the few best starts of each combination."""
        count: dict[Combination, int] = {}
        kept = []
        for i in np.argsort(self.cost, kind="stable").tolist():
            combination = self.starts[i].combination
            count[combination] = count.get(combination, 0) + 1
            if count[combination] <= KEPT or self.spread[i] < 1:
                kept.append(i)
        kept.sort()
        self.starts = [self.starts[i] for i in kept]
        for name in ("ln_share", "spread", "x", "damping", "residuals", "slopes", "cost"):
            setattr(self, name, getattr(self, name)[kept])

    def finish(self) -> None:
        """Lower what is above the limit of the pressure."""
        most = self.misfit.most_mpa
        if most is None:
            return
        for _ in range(LOWERINGS):
            masses = self._rounded()
            peaks = self.place.fire(
                [start.combination for start in self.starts], masses.tolist()
            ).peak_pressure_mpa
            over = np.log(peaks / most)
            if not (over > 0).any():
                break
            # A little more than the excess: the peak goes with about the mass.
            lower = np.where(over > 0, 1.1 * over + 1e-5, 0.0)[:, None]
            self.x[:, : self.charges] -= lower
            self.x = self._bounded(self.x)

    def _rounded(self) -> Floats:
        """Return the masses to three decimals, not above the greatest total."""
        masses = np.exp(self.x[:, : self.charges])
        rounded = np.round(masses, DECIMALS)
        over = rounded.sum(axis=1) > self.place.most_mg
        least = 10.0**-DECIMALS * np.floor(masses * 10**DECIMALS)
        return np.where(over[:, None], np.round(least, DECIMALS), rounded)

    def solved(self) -> list[Solved]:
        masses = self._rounded()
        shift = self.x[:, -1] if self.misfit.moves else np.zeros(len(self.x))
        return [
            Solved(
                start,
                tuple(masses[i].tolist()),
                float(shift[i]),
                float(self.cost[i]),
                self._doubt(i),
            )
            for i, start in enumerate(self.starts)
        ]

    def _doubt(self, i: int) -> float:
        if self.charges == 1:
            return 1.0
        # Without the prior, which is the last rows.
        slopes = self.slopes[i, : -self.charges]
        values = np.linalg.svd(slopes, compute_uv=False)
        least = float(values[-1]) if len(values) >= slopes.shape[1] else 0.0
        return float(np.exp(min(1 / max(least, 1e-9), 5.0)))

    def _bounded(self, x: Floats) -> Floats:
        x = np.clip(x, self.low, self.high)
        masses = x[:, : self.charges]
        # What all weigh too much is taken off what each has above the least.
        least = np.exp(self.low[: self.charges])
        above = np.exp(masses) - least
        room = max(self.place.most_mg - float(least.sum()), 0.0)
        share = np.minimum(room / np.maximum(above.sum(axis=1), 1e-30), 1.0)
        lowered = np.log(least + above * share[:, None])
        x[:, : self.charges] = np.where(share[:, None] < 1, lowered, masses)
        return x

    def _look(self, x: Floats, rows: NDArray[np.int64] | None = None) -> tuple[Floats, Floats]:
        """Return residuals and their slopes at x, by differences in one batch."""
        rows = np.arange(len(self.starts)) if rows is None else rows
        points = [x[:, : self.charges]]
        for k in range(self.charges):
            moved = x[:, : self.charges].copy()
            moved[:, k] += STEP
            points.append(moved)
        combinations = [self.starts[i].combination for i in rows.tolist()]
        fired = self.place.fire(combinations * len(points), np.exp(np.concatenate(points)).tolist())
        shift = x[:, -1] if self.misfit.moves else np.zeros(len(x))
        found = self.misfit.residuals(fired, np.tile(shift, len(points)))
        found = found.reshape(len(points), len(x), -1)
        base, slopes = found[0], (found[1:] - found[0]) / STEP
        slopes = np.moveaxis(slopes, 0, 2)
        prior, of_prior = self._prior(x, rows)
        if self.misfit.moves:
            slopes = np.concatenate([slopes, self.misfit.slope_of_shift(shift)[..., None]], axis=2)
            of_prior = np.concatenate([of_prior, np.zeros((*of_prior.shape[:2], 1))], axis=2)
        return np.hstack([base, prior]), np.concatenate([slopes, of_prior], axis=1)

    def _prior(self, x: Floats, rows: NDArray[np.int64]) -> tuple[Floats, Floats]:
        """Return how far the proportions are from those of the start, and the slopes of that."""
        masses = np.exp(x[:, : self.charges])
        share = masses / masses.sum(axis=1, keepdims=True)
        spread = self.spread[rows][:, None]
        slopes = (np.eye(self.charges)[None] - share[:, None, :]) / spread[..., None]
        return (np.log(share) - self.ln_share[rows]) / spread, slopes


def fired_of(place: Range, solved: Sequence[Solved]) -> Fired:
    """Return what solved trials give."""
    return place.fire([one.start.combination for one in solved], [one.masses_mg for one in solved])
