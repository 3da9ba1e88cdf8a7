"""The integration in time: explicit Runge–Kutta, stopped and restarted at every kink.

The rate of pressure jumps where the igniter starts, where a charge is lit and where one has burnt
out.  Each of these ends a stretch, found as a root of the dense output, so no step straddles one.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from math import expm1
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mgg_kernel.errors import SimulationError
from mgg_kernel.simulation.gas import GasBudget
from mgg_kernel.simulation.history import VesselHistory
from mgg_kernel.simulation.vessel import Charge, Igniter, Vessel

__all__ = ["solve_vessel"]

FloatArray = NDArray[np.float64]
Event = Callable[[float, FloatArray], float]

RELATIVE_TOLERANCE = 1e-10
ABSOLUTE_TOLERANCE = 1e-12
"""On depths as a share of the half web and on the wall loss as a share of all energy."""

METHODS = ("DOP853", "Radau")
"""The explicit method first; where a huge wall loss makes the equations stiff, the implicit one."""

MAX_EVALUATIONS = 40_000
WAITING_STEP_S = 5e-5
"""Longest step while a charge waits to be lit, so that a short rise of pressure is seen."""

TRACE_OF_AIR_MPA = 1e-6

SHORTEST_S = 1e-13
"""A stretch shorter than this is no stretch."""

BURNT_OUT = 1 - 1e-12
WAITING, BURNING, BURNT = "waiting", "burning", "burnt"


def solve_vessel(
    charges: Sequence[Charge], igniter: Igniter, vessel: Vessel, time_ms: FloatArray
) -> VesselHistory:
    """Follow a shot from time 0 and return its state at the given times.

    Args:
        charges: what burns; may be empty.
        igniter: what lights it.
        vessel: where.
        time_ms: shape (n,), n ≥ 1, increasing, not negative [ms].

    Raises:
        SimulationError: the times are not as they must be, the charges do not fit the vessel, or
            the integration fails.
    """
    increasing = time_ms.ndim == 1 and time_ms.size > 0 and bool((np.diff(time_ms) > 0).all())
    if not (increasing and time_ms[0] >= 0 and np.isfinite(time_ms).all()):
        raise SimulationError(
            "The times of a simulation must be finite, increasing and not negative, in ms."
        )
    shot = _Shot(charges, igniter, vessel, time_ms)
    shot.run()
    return shot.history


class _EvaluationLimitError(Exception):
    """The method needs too many evaluations: it is the wrong one."""


@dataclass
class _Shot:
    charges: Sequence[Charge]
    igniter: Igniter
    vessel: Vessel
    time_ms: FloatArray
    history: VesselHistory = field(init=False)

    def __post_init__(self) -> None:
        count = len(self.charges)
        self.vessel = _with_some_air(self.vessel, self.igniter)
        self.gas = GasBudget(self.charges, self.igniter, self.vessel)
        self.states = [WAITING] * count
        self.times_s = self.time_ms * 1e-3
        self.start_s = self.igniter.delay_ms * 1e-3
        self.time_constant_s = self.igniter.time_constant_ms * 1e-3
        self.conductance = self.vessel.heat_transfer_w_per_m2k * self.vessel.wall_area_cm2 * 1e-4
        self.energy_scale = self.gas.chemical_energy_j or 1.0
        self.rates = [
            (
                c.propellant.burn_rate_coefficient_at(self.vessel.initial_temperature_k)
                / c.grain.half_web_m,
                c.propellant.burn_rate_exponent,
            )
            for c in self.charges
        ]
        self.forms = [(c.grain.chi, c.grain.lambda_, c.grain.mu) for c in self.charges]
        self.clearance_m3 = self.vessel.volume_ml * 1e-9
        self.evaluations = 0
        self.fired = False
        size = self.time_ms.size
        self.history = VesselHistory(
            self.time_ms,
            np.zeros(size),
            np.full(size, self.vessel.initial_temperature_k),
            np.zeros(size),
            np.zeros((count, size)),
            [None] * count,
            [None] * count,
        )

    def run(self) -> None:
        """Integrate stretch by stretch up to the last of the times."""
        end = float(self.times_s[-1])
        state = np.zeros(len(self.charges) + 1)
        now = 0.0
        while end - now > SHORTEST_S:
            self._change_states(now, state)
            stop = end if self.fired or self.start_s > end - SHORTEST_S else self.start_s
            now, state = self._stretch(now, stop, state)
        # What happens at the very end is noted, too: the last sample comes after it.
        self._change_states(end, state)
        last = np.flatnonzero(self.times_s >= end)
        self._record(last, np.repeat(state[:, None], last.size, axis=1))

    def _change_states(self, now: float, state: FloatArray) -> None:
        """At the start of a stretch fire the igniter, and light the charges that it lights."""
        self.fired = now >= self.start_s
        if not self.fired:
            return
        pressure, _ = self._at(now, state.tolist())
        for k, charge in enumerate(self.charges):
            if pressure >= charge.ignition_pressure_mpa * 1e6:
                self._light(k, now)
            if state[k] >= BURNT_OUT:
                self._burn_out(k, now, state)

    def _light(self, k: int, now: float) -> None:
        if self.states[k] == WAITING:
            self.states[k] = BURNING
            self.history.ignition_ms[k] = now * 1e3

    def _burn_out(self, k: int, now: float, state: FloatArray) -> None:
        if self.states[k] == BURNING:
            self.states[k], state[k] = BURNT, 1.0
            self.history.burnout_ms[k] = now * 1e3

    def _stretch(self, now: float, stop: float, state: FloatArray) -> tuple[float, FloatArray]:
        """Integrate from `now` until `stop` or the next event; record the times passed."""
        events = self._events(now)
        solution = self._integrate(now, stop, state, [event for _, event in events])
        later = now + float(solution.t[-1]) if solution.status == 1 else stop
        first, past = np.searchsorted(self.times_s, [now, later])
        passed = np.arange(first, past)
        if passed.size:
            self._record(passed, solution.sol(self.times_s[passed] - now))
        state = np.array(solution.y[:, -1])
        for (k, _), roots in zip(events, solution.t_events or [], strict=True):
            # Each event changes a state for good, so there are only so many stretches.
            if roots.size and self.states[k] == BURNING:
                self._burn_out(k, later, state)
            elif roots.size:
                self._light(k, later)
        return later, state

    def _integrate(self, now: float, stop: float, state: FloatArray, events: list[Event]) -> Any:
        import scipy.integrate

        solve_ivp: Any = scipy.integrate.solve_ivp  # its stubs know no methods chosen at run time
        waits = self.fired and WAITING in self.states
        for method in METHODS:
            self.evaluations = 0
            try:
                solution = solve_ivp(
                    lambda s, y: self._slope(now + s, y.tolist()),
                    (0.0, stop - now),
                    state,
                    method=method,
                    events=events or None,
                    dense_output=True,
                    rtol=RELATIVE_TOLERANCE,
                    atol=ABSOLUTE_TOLERANCE,
                    max_step=WAITING_STEP_S if waits else np.inf,
                )
            except _EvaluationLimitError:
                continue
            if solution.status >= 0 and np.isfinite(solution.y[:, -1]).all():
                return solution
        raise SimulationError(
            f"The simulation does not get past {now * 1e3:.4g} ms; check the burn rate "
            "coefficients and the heat transfer coefficient for mistakes of units."
        )

    def _events(self, now: float) -> list[tuple[int, Event]]:
        found: list[tuple[int, Event]] = []
        for k, charge in enumerate(self.charges):
            if self.states[k] == BURNING:
                found.append((k, _terminal(lambda s, y, k=k: float(y[k]) - 1.0)))
            elif self.states[k] == WAITING and self.fired:
                level = charge.ignition_pressure_mpa * 1e6
                rises = _terminal(lambda s, y, p=level: self._at(now + s, y.tolist())[0] - p)
                found.append((k, rises))
        return found

    def _slope(self, time_s: float, y: list[float]) -> list[float]:
        self.evaluations += 1
        if self.evaluations > MAX_EVALUATIONS:
            raise _EvaluationLimitError
        pressure, temperature = self._at(time_s, y)
        slopes = [
            rate * pressure**exponent if state == BURNING else 0.0
            for state, (rate, exponent) in zip(self.states, self.rates, strict=True)
        ]
        excess = temperature - self.vessel.wall_temperature_k
        slopes.append(self.conductance * excess / self.energy_scale)
        return slopes

    def _at(self, time_s: float, y: list[float]) -> tuple[float, float]:
        """Return pressure [Pa] and temperature [K], kept usable also beyond a burn-out."""
        burnt = [
            chi * z * (1 + z * (lambda_ + z * mu))
            for z, (chi, lambda_, mu) in zip(y, self.forms, strict=False)
        ]
        share = self._igniter_share(time_s)
        constant, capacity, energy, volume = self.gas.sums(burnt, share)
        if capacity <= 0:
            return 0.0, self.vessel.wall_temperature_k  # no gas gives the wall no heat
        temperature = (energy - y[-1] * self.energy_scale) / capacity
        pressure = temperature * constant / max(volume, self.clearance_m3)
        return max(pressure, 0.0), temperature

    def _igniter_share(self, time_s: float) -> float:
        if not self.fired:
            return 0.0
        if not self.time_constant_s:
            return 1.0
        return -expm1(-max(time_s - self.start_s, 0.0) / self.time_constant_s)

    def _record(self, at: NDArray[np.intp], states: FloatArray) -> None:
        """Store the states at the times with index `at`."""
        history = self.history
        for k, charge in enumerate(self.charges):
            depth = np.clip(states[k], 0.0, 1.0) * charge.grain.half_web_m
            history.burnt_fraction[k, at] = charge.grain.burnt_fraction(depth)
        share = np.array([self._igniter_share(t) for t in self.times_s[at].tolist()])
        burnt = [history.burnt_fraction[k, at] for k in range(len(self.charges))]
        constant, capacity, energy, volume = self.gas.sums(burnt, share)
        loss = states[-1] * self.energy_scale
        some = capacity > 0
        temperature = np.full(at.size, self.vessel.wall_temperature_k)
        temperature[some] = (energy - loss)[some] / capacity[some]
        history.wall_loss_j[at] = loss
        history.temperature_k[at] = temperature
        history.pressure_mpa[at] = temperature * constant / volume * 1e-6


def _with_some_air(vessel: Vessel, igniter: Igniter) -> Vessel:
    """Return the vessel with a trace of air where there must be one.

    The first gas of a slow igniter in an empty vessel has no heat capacity yet, so a wall would
    set its temperature infinitely fast; one pascal of air makes that regular.
    """
    loses = vessel.heat_transfer_w_per_m2k * vessel.wall_area_cm2 > 0
    if (
        loses
        and igniter.mass_mg
        and igniter.time_constant_ms
        and not vessel.initial_air_pressure_mpa
    ):
        return replace(vessel, initial_air_pressure_mpa=TRACE_OF_AIR_MPA)
    return vessel


def _terminal(event: Callable[..., float]) -> Event:
    event.terminal = True  # type: ignore[attr-defined]  # how scipy is told to stop
    event.direction = 1.0  # type: ignore[attr-defined]
    return event
