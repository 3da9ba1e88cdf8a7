"""Shots for the property tests: sensible ones, and any that the bounds of their parts allow."""

from math import log10

from hypothesis import strategies as st

from mgg_kernel.errors import SimulationError
from mgg_kernel.simulation import Charge, Grain, Igniter, Propellant, Vessel

__all__ = ["any_shot", "charges", "grains", "igniters", "propellants", "vessels"]

Shot = tuple[list[Charge], Igniter, Vessel]


def wide(low: float, high: float) -> st.SearchStrategy[float]:
    """Numbers over many powers of ten, each power as likely."""
    powers = st.floats(log10(low), log10(high))
    return powers.map(lambda power: min(max(10.0**power, low), high))


def zero_or(numbers: st.SearchStrategy[float]) -> st.SearchStrategy[float]:
    return st.one_of(st.just(0.0), numbers)


@st.composite
def seven_holes(draw: st.DrawFn, diameters_mm: st.SearchStrategy[float]) -> Grain:
    outer = draw(diameters_mm)
    return Grain.perforated(outer, outer * draw(st.floats(0.05, 0.3)), draw(diameters_mm), 7)


@st.composite
def one_hole(draw: st.DrawFn, diameters_mm: st.SearchStrategy[float]) -> Grain:
    outer = draw(diameters_mm)
    return Grain.perforated(outer, outer * draw(st.floats(0.1, 0.9)), draw(diameters_mm))


def grains(low_mm: float = 0.05, high_mm: float = 4.0) -> st.SearchStrategy[Grain]:
    lengths = wide(low_mm, high_mm)
    holed = wide(max(low_mm, 0.02), high_mm)
    return st.one_of(
        st.builds(Grain.sphere, lengths),
        st.builds(Grain.cylinder, lengths, lengths),
        st.builds(Grain.slab, lengths, lengths, lengths),
        st.builds(Grain.cubic, lengths, st.just(1), st.just(0), st.just(0)),
        one_hole(holed),
        seven_holes(holed),
    )


@st.composite
def laws(draw: st.DrawFn) -> tuple[float, float]:
    """A burning law by its rate at 10 MPa, 1 to 200 mm/s, and its exponent."""
    n = draw(st.floats(0.2, 1.1))
    return draw(wide(1e-3, 0.2)) / 1e7**n, n


@st.composite
def propellants(draw: st.DrawFn, gamma: float | None = None) -> Propellant:
    a, n = draw(laws())
    # Another exponent from some pressure on, where both pieces burn at one rate, or do not.
    turn, other = draw(st.one_of(st.none(), st.floats(2, 60))), draw(st.floats(0.2, 1.1))
    jump = draw(st.one_of(st.just(1.0), wide(0.05, 10)))
    pieces = () if turn is None else ((turn, a * (turn * 1e6) ** (n - other) * jump, other),)
    return Propellant(
        impetus_j_per_kg=draw(st.floats(3e5, 1.3e6)),
        flame_temperature_k=draw(st.floats(1200, 4000)),
        gamma=draw(st.floats(1.15, 1.35)) if gamma is None else gamma,
        covolume_m3_per_kg=draw(st.floats(0, 1.5e-3)),
        density_kg_per_m3=draw(st.floats(1000, 2500)),
        burn_rate_coefficient=a,
        burn_rate_exponent=n,
        temperature_sensitivity_per_k=draw(zero_or(st.floats(1e-4, 0.01))),
        gas_yield=draw(st.floats(0.4, 1)),
        burn_rate_pieces=pieces,
    )


def charges(
    laws_of: st.SearchStrategy[Propellant] | None = None, **bounds: float
) -> st.SearchStrategy[Charge]:
    return st.builds(
        Charge,
        propellants() if laws_of is None else laws_of,
        grains(),
        st.floats(bounds.get("low_mg", 20), bounds.get("high_mg", 600)),
        ignition_pressure_mpa=zero_or(st.floats(0.1, bounds.get("lit_mpa", 8))),
    )


def igniters(gamma: float | None = None, *, slow: bool = False) -> st.SearchStrategy[Igniter]:
    constants = st.floats(0.01, 2)
    return st.builds(
        Igniter,
        mass_mg=st.floats(20, 200),
        impetus_j_per_kg=st.floats(3e5, 1e6),
        flame_temperature_k=st.floats(1500, 4000),
        gamma=st.floats(1.15, 1.35) if gamma is None else st.just(gamma),
        delay_ms=zero_or(st.floats(0.01, 3)),
        time_constant_ms=constants if slow else zero_or(constants),
    )


@st.composite
def vessels(draw: st.DrawFn, *, vent: bool = False, **fixed: float) -> Vessel:
    """Without air, no wall: its gas would be none."""
    given = {
        "volume_ml": draw(st.floats(8, 60)),
        "wall_area_cm2": draw(st.floats(1, 80)),
        "heat_transfer_w_per_m2k": draw(zero_or(st.floats(10, 10_000))),
        "wall_temperature_k": draw(st.floats(238, 358)),
        "initial_temperature_k": draw(st.floats(238, 358)),
        "initial_air_pressure_mpa": draw(st.floats(0.02, 0.5)),
        "heat_transfer_density_exponent": draw(zero_or(st.floats(0.1, 1))),
    }
    if vent:
        given["vent_area_mm2"] = draw(wide(0.05, 100))
        given["vent_discharge_coefficient"] = draw(st.floats(0.5, 1))
        given["outside_pressure_mpa"] = draw(st.one_of(st.just(0.101325), st.floats(0, 2)))
    if not given["heat_transfer_w_per_m2k"]:
        given["initial_air_pressure_mpa"] = draw(zero_or(st.floats(1e-3, 0.5)))
    return Vessel(**(given | fixed))


@st.composite
def any_shot(draw: st.DrawFn) -> Shot:
    """Any parts that are taken, up to their bounds; often absurd, and often with no room."""
    vessel = Vessel(
        volume_ml=draw(wide(1e-3, 1e6)),
        wall_area_cm2=draw(zero_or(wide(1e-3, 1e6))),
        heat_transfer_w_per_m2k=draw(zero_or(wide(1e-3, 1e5))),
        wall_temperature_k=draw(st.floats(150, 2000)),
        initial_temperature_k=draw(st.floats(150, 500)),
        initial_air_pressure_mpa=draw(zero_or(wide(1e-6, 10))),
        heat_transfer_density_exponent=draw(zero_or(st.floats(0.01, 2))),
        reference_gas_density_kg_per_m3=draw(wide(1e-3, 1e4)),
        vent_area_mm2=draw(zero_or(wide(1e-6, 1e4))),
        vent_discharge_coefficient=draw(wide(1e-3, 1)),
        outside_pressure_mpa=draw(zero_or(wide(1e-6, 100))),
    )
    igniter = Igniter(
        mass_mg=draw(zero_or(wide(1e-3, 1e6))),
        impetus_j_per_kg=draw(wide(1e3, 1e7)),
        flame_temperature_k=draw(wide(300, 1e4)),
        gamma=draw(st.floats(1.01, 5 / 3)),
        covolume_m3_per_kg=draw(zero_or(wide(1e-6, 1e-2))),
        delay_ms=draw(zero_or(wide(1e-6, 100))),
        time_constant_ms=draw(zero_or(wide(1e-6, 1e3))),
    )
    count = draw(st.integers(0, 3))
    return [draw(_any_charge(vessel.volume_ml)) for _ in range(count)], igniter, vessel


@st.composite
def _any_charge(draw: st.DrawFn, volume_ml: float) -> Charge:
    n = draw(st.floats(0.01, 2))
    propellant = Propellant(
        impetus_j_per_kg=draw(wide(1e3, 1e7)),
        flame_temperature_k=draw(wide(300, 1e4)),
        gamma=draw(st.floats(1.01, 5 / 3)),
        covolume_m3_per_kg=draw(zero_or(wide(1e-6, 1e-2))),
        density_kg_per_m3=draw(wide(100, 2e4)),
        # Up to what is refused as a mistake of units: 1000 m/s at 100 MPa.
        burn_rate_coefficient=draw(wide(1e-6, 999)) / 1e8**n,
        burn_rate_exponent=n,
        temperature_sensitivity_per_k=draw(st.floats(0, 0.05)),
        reference_temperature_k=draw(st.floats(150, 500)),
        gas_yield=draw(wide(1e-3, 1)),
    )
    mass_mg = min(max(volume_ml * draw(wide(1e-4, 1e3)), 1e-3), 1e6)
    return Charge(propellant, draw(grains(0.01, 900)), mass_mg, draw(zero_or(wide(1e-3, 1e4))))


def refused(make: object, *args: object) -> str | None:
    """Return why `make(*args)` is refused, or None where it is taken."""
    assert callable(make)
    try:
        make(*args)
    except SimulationError as refusal:
        return str(refusal)
    return None
