"""Cases 15 to 18: other integrators, another code, and a measurement."""

import numpy as np
import reference_solver

from exact_cases.case import Case, Outcome, agreement
from exact_cases.energy_state import pressure_by_lsoda
from exact_cases.shots import EMPTY_10_ML, GAMMA, RHO, TV, VOLUME_M3, fire, igniter, propellant
from mgg_kernel.simulation import Charge, Grain, Igniter, Propellant, Vessel, simulate_vessel

__all__ = ["CASES"]

NC = Propellant(1e6, 3000, 1.25, 1e-3, 1600, 6e-8, 0.8)
GP = Propellant(6e5, 1900, 1.26, 1e-3, 1900, 9.5e-6, 0.45, gas_yield=0.75)
TWO = (Charge(NC, Grain.cylinder(1, 2), 500, 1), Charge(GP, Grain.slab(3, 2, 0.5), 200, 2))
IGNITER = Igniter(100, 6e5, 3000, 1.25, 1e-3, 0.6, 0.15)
VESSEL = Vessel(10, 26, 3000, heat_transfer_density_exponent=0.3)
TWO_INPUTS = (
    "NC 0.5 g (f 1 MJ/kg, 3000 K, γ 1.25, η 1e-3 m³/kg, ρ 1600 kg/m³, a 6e-8 m/s/Pa^0.8; cylinder "
    "1 mm × 2 mm, lit at 1 MPa), GP 0.2 g (f 0.6 MJ/kg, 1900 K, γ 1.26, η 1e-3, ρ 1900, 75 % gas, "
    "a 9.5e-6 m/s/Pa^0.45; {grain}, lit at 2 MPa), igniter 0.1 g (f 0.6 MJ/kg, 3000 K, γ 1.25, η "
    "1e-3, delay 0.6 ms, time constant 0.15 ms), 10 mL of air at 0.101325 MPa and 293.15 K, "
    "A_w = 26 cm² at 293.15 K, h = 3000 W/m²K{density}; 0 to 40 ms"
)


def explicit_integrator() -> Outcome:
    shot = (TWO[0], Charge(GP, Grain.cylinder(1, 0.5), 200, 2))
    vessel, times = Vessel(10, 26, 3000), np.linspace(0, 40, 401)
    other = reference_solver.solve_vessel(shot, IGNITER, vessel, times)
    return agreement(fire(shot, times, by=IGNITER, vessel=vessel).pressure_mpa, other.pressure_mpa)


def multistep_integrator() -> Outcome:
    times = np.linspace(0, 40, 401)
    ours = fire(TWO, times, by=IGNITER, vessel=VESSEL)
    return agreement(ours.pressure_mpa, pressure_by_lsoda(times * 1e-3) * 1e-6)


PRINTED_MS = (1, 2, 3, 4, 5, 10, 15, 20)
PRINTED_A = (7.809, 26.595, 47.961, 53.798, 53.798, 53.798, 53.798, 53.798)
PRINTED_B = (7.001, 24.296, 45.510, 52.352, 51.990, 50.219, 48.515, 46.875)
PEAKS = {"A": (53.798, 3.84), "B": (52.378, 3.91)}


def other_code(name: str, heat_transfer: float, printed: tuple[float, ...]) -> Outcome:
    charge = Charge(propellant(1e-3, 0.01 * 1e-6**0.8, 0.8), Grain.cylinder(1, 2), 500)
    first = Igniter(20, 0.5e6, 3000, 1.25, 1e-3)
    curve = simulate_vessel([charge], first, Vessel(10, 26.2832, heat_transfer, 294, 294, 0))
    at = curve.resample(PRINTED_MS).pressure_mpa.tolist()
    peak, peak_ms = PEAKS[name]
    # The table has its peak time to 0.01 ms only, our samples as well.
    assert abs(curve.peak.time_ms - peak_ms) < 0.0051
    table = [("", *(f"{t} ms" for t in PRINTED_MS), "peak")]
    table.append(("printed [MPa]", *(f"{p:.3f}" for p in printed), f"{peak:.3f} at {peak_ms} ms"))
    ours = f"{curve.peak.pressure_mpa:.3f} at {curve.peak.time_ms:.2f} ms"
    table.append(("ours [MPa]", *(f"{p:.3f}" for p in at), ours))
    return agreement([*at, curve.peak.pressure_mpa], [*printed, peak], table=tuple(table))


def without_loss() -> Outcome:
    return other_code("A", 0, PRINTED_A)


def with_loss() -> Outcome:
    return other_code("B", 2000, PRINTED_B)


TONS_PER_SQUARE_INCH_MPA = 15.4443
FIRINGS = {0.10: 7.10, 0.12: 8.70, 0.14: 10.50, 0.15: 11.36, 0.16: 12.30, 0.18: 14.20}
FIRINGS |= {0.20: 16.00, 0.22: 17.90, 0.24: 19.80, 0.25: 20.63, 0.26: 21.75, 0.30: 26.00}
FITTED = (0.10, 0.15, 0.20, 0.25, 0.30)


def cordite() -> Outcome:
    density = np.array(list(FIRINGS)) * 1e3
    measured = np.array(list(FIRINGS.values())) * TONS_PER_SQUARE_INCH_MPA * 1e6
    fitted = np.isin(np.array(list(FIRINGS)), FITTED)
    # p = fΔ/(1−ηΔ) is linear in f and η once multiplied out: p = fΔ + η·pΔ.
    matrix = np.column_stack([density, measured * density])[fitted]
    force, eta = np.linalg.lstsq(matrix, measured[fitted], rcond=None)[0].tolist()
    law = Propellant(force, TV, GAMMA, eta, RHO, 2.5e-9, 1.0)
    table = [("Δ [g/cm³]", "measured [MPa]", "ours [MPa]", "difference")]
    ours = []
    for delta, expected in zip(density[~fitted].tolist(), measured[~fitted].tolist(), strict=True):
        charge = Charge(law, Grain.cylinder(1, 50), delta * VOLUME_M3 * 1e6)
        curve = simulate_vessel([charge], igniter(eta, 1), EMPTY_10_ML)
        ours.append(curve.peak.pressure_mpa)
        off = 100 * (ours[-1] / (expected * 1e-6) - 1)
        row = (f"{delta * 1e-3:.2f}", f"{expected * 1e-6:.1f}", f"{ours[-1]:.1f}", f"{off:+.1f} %")
        table.append(row)
    return agreement(ours, measured[~fitted] * 1e-6, table=tuple(table))


OTHER_CODE = (
    "V = 10 mL; igniter 20 mg, all at t = 0, f = 0.5 MJ/kg, η = 1e-3 m³/kg, 3000 K, γ = 1.25; no "
    "air; NC 0.5 g, f = 1 MJ/kg, 3000 K, η = 1e-3, ρ = 1600 kg/m³, γ = 1.25, cylinder 1 mm × 2 mm, "
    "dx/dt [m/s] = 0.01·p[MPa]^0.8; T_w = 294 K, A_w = 26.2832 cm², "
)
THAT_CODE = (
    "an independent lumped code of 1960s lineage, run as a closed vessel; its print has three "
    "decimals, and its end state without loss is 53.798 where the balance gives 53.7975"
)

CASES = (
    Case(
        "15",
        "Another explicit integrator",
        "p [MPa]",
        "the same equations in plain Python (tests/reference_solver.py)",
        TWO_INPUTS.format(grain="cylinder 1 mm × 0.5 mm", density=""),
        "DOP853 of scipy with its own location of events; the same method at the same tolerance "
        "takes the same steps, so this checks the compiled code, and 16 the method; it shares our "
        "sums of gas and energy",
        1e-7,
        explicit_integrator,
    ),
    Case(
        "16",
        "A multistep integrator, the gas's energy as a state",
        "p [MPa]",
        "dU/dt = Σ m c_v T_v·dψ/dt − dQ/dt, T = U/Σmc_v (tests/exact_cases/energy_state.py)",
        TWO_INPUTS.format(grain="slab 3 mm × 2 mm × 0.5 mm", density="·(ρ_g/50 kg/m³)^0.3"),
        "LSODA of scipy, tolerance 1e-12, restarted at every event; written without the package",
        1e-7,
        multistep_integrator,
    ),
    Case(
        "17a",
        "Another code, no loss",
        "p [MPa]",
        "printed table",
        f"{OTHER_CODE}h = 0",
        THAT_CODE,
        1e-4,
        without_loss,
    ),
    Case(
        "17b",
        "Another code, with loss",
        "p [MPa]",
        "printed table",
        f"{OTHER_CODE}h = 2000 W/m²K",
        THAT_CODE,
        1e-4,
        with_loss,
    ),
    Case(
        "18",
        "Measured: cordite at the densities left out of the fit",
        "p [MPa]",
        "measured table; f and η fitted at Δ = 0.10, 0.15, 0.20, 0.25 and 0.30 g/cm³",
        "closed vessel, Δ = m/V; an igniter of 1 mg of the same gas, no air, no loss",
        "Noble and Abel's firings, Encyclopædia Britannica, 1911, article Ballistics, table 1, in "
        "long tons per square inch (15.4443 MPa)",
        2e-2,
        cordite,
    ),
)
