"""Forward simulation of the closed vessel: lumped interior ballistics (docs/physics.md)."""

from mgg_kernel.simulation.closed_vessel import simulate_vessel
from mgg_kernel.simulation.forward import Simulation, simulate, simulate_many
from mgg_kernel.simulation.grain import Grain
from mgg_kernel.simulation.history import VesselHistory
from mgg_kernel.simulation.intervals import Interval, Intervals
from mgg_kernel.simulation.model import Model, default_model, load_model
from mgg_kernel.simulation.propellant import Propellant
from mgg_kernel.simulation.solver import solve_shots, solve_vessel
from mgg_kernel.simulation.vessel import Charge, Igniter, Vessel

__all__ = [
    "Charge",
    "Grain",
    "Igniter",
    "Interval",
    "Intervals",
    "Model",
    "Propellant",
    "Simulation",
    "Vessel",
    "VesselHistory",
    "default_model",
    "load_model",
    "simulate",
    "simulate_many",
    "simulate_vessel",
    "solve_shots",
    "solve_vessel",
]
