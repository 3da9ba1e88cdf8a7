"""Short names of recipes, tests and simulations, for lists."""

from mgg_kernel.hot.simulations import SimulationSummary
from mgg_kernel.hot.test_results import TestSummary
from mgg_kernel.recipe import Recipe
from mgg_kernel.ui import numbers

__all__ = ["recipe_label", "simulation_label", "test_label"]


def recipe_label(recipe: Recipe) -> str:
    """Return a recipe on one line: ``135 · B 775 mg · 22 mm · 1.2 A · 10-892 · Y-H``."""
    charges = [*recipe.nc, *([recipe.gp] if recipe.gp else [])]
    parts = [
        recipe.igniter_type,
        *(f"{charge.type_code} {charge.mass_mg:f} mg" for charge in charges),
        f"{recipe.shell_height_mm:f} mm",
        f"{recipe.firing_current_a:f} A",
        recipe.vessel,
        recipe.test_device,
    ]
    return " · ".join(parts)


def simulation_label(simulation: SimulationSummary) -> str:
    """Return a simulation on one line of a list: id, peak, recipe."""
    peak = numbers.pressure(simulation.peak_pressure_mpa)
    return f"{simulation.id} · {peak} · {recipe_label(simulation.recipe)}"


def test_label(test: TestSummary) -> str:
    """Return a test on one line of a list: id, peak, name, product."""
    parts = [str(test.id), numbers.pressure(test.peak_pressure_mpa), test.name]
    if test.product and test.product != test.name:
        parts.append(test.product)
    return " · ".join(parts)


test_label.__test__ = False  # type: ignore[attr-defined]  # not one of pytest's
