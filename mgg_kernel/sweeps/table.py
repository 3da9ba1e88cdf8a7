"""The table of a sweep: its columns with their units, and the rows of some simulations."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, TypeAlias

from mgg_kernel._version import __version__
from mgg_kernel.recipe import Recipe
from mgg_kernel.simulation import Model, Simulation
from mgg_kernel.simulation.forward import DT_MS, T_END_MS
from mgg_kernel.simulation.intervals import LEVEL

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["Outcome", "batch_of", "sweep_schema"]

Outcome: TypeAlias = Simulation | str
"""What came of a recipe; a text is the sentence of why it could not be simulated."""

_READOUTS = ("peak_pressure_mpa", "peak_time_ms", "expected_ignition_ms")
_MEANINGS = {
    "nc_type_1": "of two NC charges, the one whose type sorts first",
    "ignition_time_ms": "read off the curve: 2 % of the peak",
    "expected_ignition_ms": "first rise, as recipe databases give it",
    "error": "why there is no result",
}
_UNITS = {"mg": "mg", "mm": "mm", "a": "A", "mpa": "MPa", "ms": "ms"}


def sweep_schema(model: Model, *, curves: bool = False) -> "pa.Schema":
    """Return the columns of a sweep with this model; units and meanings are in their metadata.

    Args:
        model: the parameters.
        curves: also columns of lists with the samples of the curve and of its band.
    """
    import pyarrow as pa

    text, number = pa.string(), pa.float64()
    # Said in each row, kept once.
    word = pa.dictionary(pa.int32(), text)
    types: dict[str, Any] = {
        "igniter_type": text,
        **{f"nc_{what}": kind for n in (1, 2) for what, kind in _charge(n, text, number)},
        "gp_type": text,
        "gp_mass_mg": number,
        "shell_height_mm": number,
        "firing_current_a": number,
        "vessel": text,
        "test_device": text,
        "sensor_range_mpa": number,
        "ignition_time_ms": number,
        **{f"{name}{end}": number for name in _READOUTS for end in ("", "_lo", "_hi")},
        "warnings": pa.list_(text),
        "error": text,
        "model_name": word,
        "model_fingerprint": word,
        "code_version": word,
    }
    if curves:
        names = ("curve_mpa", "curve_lo_mpa", "curve_hi_mpa")
        types |= dict.fromkeys(names, pa.list_(number))
    provenance = {
        "mgg.model_name": model.name,
        "mgg.model_fingerprint": model.fingerprint,
        "mgg.code_version": __version__,
        "mgg.interval_level": str(LEVEL),
        "mgg.curve_times_ms": f"0 to {T_END_MS:g} in steps of {DT_MS:g}",
    }
    return pa.schema(
        [pa.field(name, kind, metadata=_said_of(name)) for name, kind in types.items()], provenance
    )


def batch_of(
    recipes: Sequence[Recipe], outcomes: Sequence[Outcome], model: Model, schema: "pa.Schema"
) -> "pa.RecordBatch":
    """Return one row per recipe, in their order."""
    import pyarrow as pa

    provenance = {
        "model_name": model.name,
        "model_fingerprint": model.fingerprint,
        "code_version": __version__,
    }
    rows = [
        {**_recipe(recipe), **_result(outcome, schema), **provenance}
        for recipe, outcome in zip(recipes, outcomes, strict=True)
    ]
    columns = [pa.array([row.get(f.name) for row in rows], f.type) for f in schema]
    return pa.record_batch(columns, schema=schema)


def _charge(n: int, text: Any, number: Any) -> list[tuple[str, Any]]:
    return [(f"type_{n}", text), (f"mass_{n}_mg", number)]


def _said_of(name: str) -> dict[str, str]:
    base, _, end = name.rpartition("_")
    bound = {"lo": "lower", "hi": "upper"}.get(end)
    base = base if bound else name
    unit = _UNITS.get(base.rpartition("_")[2])
    meaning = f"{bound} end of the {LEVEL:.0%} interval" if bound else _MEANINGS.get(name)
    return {**({"unit": unit} if unit else {}), **({"meaning": meaning} if meaning else {})}


def _recipe(recipe: Recipe) -> dict[str, object]:
    found: dict[str, object] = {
        "igniter_type": recipe.igniter_type,
        "shell_height_mm": float(recipe.shell_height_mm),
        "firing_current_a": float(recipe.firing_current_a),
        "vessel": recipe.vessel,
        "test_device": recipe.test_device,
        "sensor_range_mpa": recipe.sensor_range_mpa and float(recipe.sensor_range_mpa),
    }
    for n, charge in enumerate(recipe.nc, start=1):
        found |= {f"nc_type_{n}": charge.type_code, f"nc_mass_{n}_mg": float(charge.mass_mg)}
    if recipe.gp:
        found |= {"gp_type": recipe.gp.type_code, "gp_mass_mg": float(recipe.gp.mass_mg)}
    return found


def _result(outcome: Outcome, schema: "pa.Schema") -> dict[str, object]:
    if isinstance(outcome, str):
        return {"error": outcome, "warnings": []}
    read, sure = outcome.features, outcome.intervals
    found: dict[str, object] = {
        "ignition_time_ms": read.ignition_time_ms,
        "peak_pressure_mpa": read.peak_pressure_mpa,
        "peak_time_ms": read.peak_time_ms,
        "expected_ignition_ms": outcome.expected_ignition_ms,
        "warnings": list(outcome.warnings),
    }
    if sure:
        known = (sure.peak_pressure_mpa, sure.peak_time_ms, sure.ignition_time_ms)
        for name, interval in zip(_READOUTS, known, strict=True):
            found |= {f"{name}_lo": interval.low, f"{name}_hi": interval.high}
    if "curve_mpa" in schema.names:
        found["curve_mpa"] = outcome.curve.pressure_mpa
        if sure:
            found |= {"curve_lo_mpa": sure.low_mpa, "curve_hi_mpa": sure.high_mpa}
    return found
