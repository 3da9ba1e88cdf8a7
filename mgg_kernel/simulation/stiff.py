"""The implicit way of a shot that is too stiff for explicit steps: Radau, from scipy.

A huge wall loss on a trace of gas makes the equations stiff.  The equations are the compiled ones;
only the integration is another.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mgg_kernel.errors import SimulationError
from mgg_kernel.simulation.compiled import layout as at
from mgg_kernel.simulation.compiled.loader import entry

__all__ = ["follow_stiffly"]

Floats = NDArray[np.float64]
Event = Callable[[float, Floats], float]

MAX_EVALUATIONS = 40_000
SHORTEST_S, WAITING_STEP_S, REACHED = 1e-13, 5e-5, 1 - 1e-12
ABSOLUTE_SHARE = 0.01


class _EvaluationLimitError(Exception):
    """The method does not get on."""


class _Shot:
    """One shot on its way: state, what each charge does, and when that changed."""

    def __init__(self, shot: Floats, charge: Floats, law: Floats) -> None:
        self.shot, self.charge = shot, charge
        count = len(charge)
        size = count + 1 + (at.VENTED_STATES if shot[at.VENT_AREA] > 0 else 0)
        self.y = np.zeros(size)
        self.mode = np.zeros(count, dtype=np.int64)
        self.lit, self.out = np.full(count, np.nan), np.full(count, np.nan)
        self.fired = False
        self.evaluations = 0
        self._state, self._slopes = np.zeros(size), np.zeros(size)
        self._found = np.zeros(2 + count)
        arrays = (self._state, self._slopes, self.mode, shot, charge, law, self._found)
        self._arrays = [np.ascontiguousarray(array) for array in arrays]
        self._sizes = (count, size, law.shape[1])
        self._addresses = [array.ctypes.data for array in self._arrays]
        self._evaluate = entry("evaluate")

    def gas_at(self, time: float, y: Floats) -> tuple[float, float]:
        """Return pressure and temperature, and leave the slopes."""
        self._state[:] = y
        self._evaluate(time, int(self.fired), *self._sizes, *self._addresses)
        pressure, temperature = self._found[:2].tolist()
        return pressure, temperature

    def burnt(self) -> Floats:
        """Return the burnt fraction of each charge where `gas_at` looked last."""
        return np.array(self._found[2:])

    def slope(self, time: float, y: Floats) -> Floats:
        """Return dy/dt."""
        self.evaluations += 1
        if self.evaluations > MAX_EVALUATIONS:
            raise _EvaluationLimitError
        self.gas_at(time, y)
        return np.array(self._slopes)

    def target(self, k: int) -> float:
        """Return the depth at which charge k changes."""
        first, second = self.charge[k, [at.FIRST_BREAK, at.SECOND_BREAK]]
        return float({at.WHOLE: first, at.ALL_SLIVERS: second}.get(int(self.mode[k]), 1.0))

    def advance(self, k: int, now: float) -> None:
        """Let charge k be lit, or what it becomes next."""
        if self.mode[k] == at.WAITING:
            self.mode[k], self.lit[k] = at.WHOLE, now
        elif self.target(k) < 1:
            self.mode[k] += 1
        else:
            self.mode[k], self.y[k], self.out[k] = at.BURNT, 1.0, now

    def settle(self, now: float) -> None:
        """Make every change that is due."""
        self.fired = now >= self.shot[at.START]
        if not self.fired:
            return
        pressure, _ = self.gas_at(now, self.y)
        for k in range(len(self.charge)):
            threshold = self.charge[k, at.IGNITION_PRESSURE]
            if self.mode[k] == at.WAITING and pressure >= threshold:
                self.advance(k, now)
            while at.WAITING < self.mode[k] < at.BURNT and self.y[k] >= REACHED * self.target(k):
                self.advance(k, now)

    def events(self, now: float) -> list[tuple[int, Event]]:
        """Return what may change a charge within a stretch that begins now."""
        found: list[tuple[int, Event]] = []
        for k in range(len(self.charge)):
            if at.WAITING < self.mode[k] < at.BURNT:
                goal = self.target(k)
                found.append((k, _terminal(lambda s, y, k=k, g=goal: float(y[k]) - g)))
            elif self.mode[k] == at.WAITING and self.fired:
                level = float(self.charge[k, at.IGNITION_PRESSURE])
                rises = _terminal(lambda s, y, p=level: self.gas_at(now + s, y)[0] - p)
                found.append((k, rises))
        return found


def follow_stiffly(
    times: Floats,
    packed: tuple[Floats, Floats, Floats],
    tolerance: float,
    outputs: tuple[Floats, Floats, Floats, Floats],
) -> tuple[Floats, Floats]:
    """Follow one shot, and return when each charge was lit and had burnt out [s].

    Args:
        times: shape (m,) [s].
        packed: `shot`, `charge` and `law` of one shot.
        tolerance: relative error allowed in a step.
        outputs: pressure [Pa], temperature [K] and wall loss [J] of shape (m,), and the burnt
            fractions of shape (charges, m); all are written.

    Raises:
        SimulationError: the integration does not get on.
    """
    shot = _Shot(*packed)
    end, start, now, lo = float(times[-1]), float(packed[0][at.START]), 0.0, 0
    while end - now > SHORTEST_S:
        shot.settle(now)
        stop = end if shot.fired or start > end - SHORTEST_S else start
        events = shot.events(now)
        solution = _integrate(shot, now, stop, tolerance, [event for _, event in events])
        later = now + float(solution.t[-1]) if solution.status == 1 else stop
        hi = int(np.searchsorted(times, later))
        for i in range(lo, hi):
            _note(shot, float(times[i]), solution.sol(times[i] - now), i, outputs)
        lo = max(lo, hi)
        shot.y = np.array(solution.y[:, -1])
        for (k, _), roots in zip(events, solution.t_events or [], strict=True):
            if roots.size:
                shot.advance(k, later)
        now = later
    shot.settle(end)
    for i in range(lo, times.size):
        _note(shot, float(times[i]), shot.y, i, outputs)
    return shot.lit, shot.out


def _note(
    shot: _Shot, time: float, y: Floats, i: int, outputs: tuple[Floats, Floats, Floats, Floats]
) -> None:
    pressure, temperature, loss, burnt = outputs
    y, count = np.array(y), len(shot.charge)
    y[:count] = np.clip(y[:count], 0, 1)
    pressure[i], temperature[i] = shot.gas_at(time, y)
    loss[i] = y[count] * shot.shot[at.ENERGY_SCALE]
    burnt[:, i] = shot.burnt()


def _integrate(shot: _Shot, now: float, stop: float, tolerance: float, events: list[Event]) -> Any:
    import scipy.integrate

    solve_ivp: Any = scipy.integrate.solve_ivp  # its stubs know no events made at run time
    waits = shot.fired and bool((shot.mode == at.WAITING).any())
    shot.evaluations = 0
    try:
        # What overflows on the way of an absurd shot is told below, in one sentence.
        with np.errstate(all="ignore"):
            solution = solve_ivp(
                lambda s, y: shot.slope(now + s, y),
                (0.0, stop - now),
                shot.y,
                method="Radau",
                events=events or None,
                dense_output=True,
                rtol=tolerance,
                atol=ABSOLUTE_SHARE * tolerance,
                max_step=WAITING_STEP_S if waits else np.inf,
            )
    except (_EvaluationLimitError, ValueError):  # scipy refuses slopes that are not finite
        solution = None
    if solution is None or solution.status < 0 or not np.isfinite(solution.y[:, -1]).all():
        raise SimulationError(
            f"The simulation does not get past {now * 1e3:.4g} ms; check the burn rate "
            "coefficients and the heat transfer coefficient for mistakes of units."
        )
    return solution


def _terminal(event: Callable[..., float]) -> Event:
    event.terminal = True  # type: ignore[attr-defined]  # how scipy is told to stop
    event.direction = 1.0  # type: ignore[attr-defined]
    return event
