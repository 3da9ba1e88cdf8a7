"""From fitted parameters to a model document: every type that was seen gets its own entry."""

from collections.abc import Mapping, Sequence
from math import exp, log
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mgg_kernel._version import __version__
from mgg_kernel.calibration.fit import Fit
from mgg_kernel.calibration.ignition import CENTER_MS, IgnitionFit
from mgg_kernel.calibration.observations import Observation
from mgg_kernel.calibration.validation import Validation
from mgg_kernel.recipe import Recipe
from mgg_kernel.simulation import Charge, Model
from mgg_kernel.simulation.coordinates import CHARGE, kind_of, moved_charge
from mgg_kernel.simulation.gas import squat_cylinder_area_cm2
from mgg_kernel.simulation.parameters import LotEntry
from mgg_kernel.simulation.shot import MASS_CODE, nominal_body, sensor_code

__all__ = ["model_of", "with_delays"]

Floats = NDArray[np.float64]

DIGITS = 6
LEAST_VOLUME_ML = 0.1


def model_of(
    name: str,
    observations: Sequence[Observation],
    start: Model,
    structure: dict[str, float],
    names: Sequence[str],
    lots: Sequence[LotEntry],
    fit: Fit,
    ignition: IgnitionFit,
    validation: Validation,
    data_fingerprint: str,
) -> Model:
    """Return the calibrated model.

    Args:
        name: what people will call it.
        observations: what it was fitted to.
        start: where the fit started, with the fitted delays.
        structure: the spreads of the parameters, and the noise.
        names: the fitted parameters.
        lots: the products whose curves were fitted.
        fit: values and covariance of the parameters.
        ignition: the fitted ignition times.
        validation: how good it is.
        data_fingerprint: SHA-256 of the data.
    """
    moved = {n: v * structure[kind_of(n)] for n, v in zip(names, fit.x.tolist(), strict=True)}
    plain = start.document.plain()
    plain["name"] = name
    plain["description"] = (
        f"Fitted to {len(observations)} products. Numbers of single types are those that explain "
        "closed-vessel tests together; impetus, volume and heat loss of a type trade off, so "
        "none of them is a property of the material by itself."
    )
    plain["sources"] = [f"Calibration on data with the fingerprint {data_fingerprint[:16]}."]
    recipes = [one.recipe for one in observations]
    for kind in ("nc", "gp"):
        codes = {a.type_code for r in recipes for a in (r.nc if kind == "nc" else [r.gp]) if a}
        plain[kind] = {
            "generic": _charge_entry(plain[kind], start, kind, None, moved),
            "types": {
                code: _charge_entry(plain[kind], start, kind, code, moved) for code in sorted(codes)
            },
        }
    igniters = sorted({recipe.igniter_type for recipe in recipes})
    plain["igniters"] = _igniters(plain["igniters"]["generic"], igniters, moved)
    _move_surroundings(plain, moved)
    for recipe in recipes:
        entry = plain["vessels"][recipe.vessel]
        nominal = nominal_body(recipe, start, []).volume_ml
        added = moved.get(f"vessel.volume[{recipe.vessel}]", 0.0)
        loss = moved.get(f"vessel.loss[{recipe.vessel}]", 0.0)
        entry["volume_ml"] = max(nominal + added, LEAST_VOLUME_ML)
        entry["wall_area_cm2"] = squat_cylinder_area_cm2(nominal) * exp(loss)
    for device, entry in plain["devices"].items():
        entry["pressure_factor"] = exp(moved.get(f"device.gain[{device}]", 0.0))
        entry["rate_factor"] = exp(moved.get(f"device.rate[{device}]", 0.0))
    plain["sensors"] = {
        code: {"pressure_factor": exp(moved.get(f"sensor.gain[{code}]", 0.0))}
        for code in sorted({sensor_code(r) for r in recipes} - {None}, key=str)
    }
    plain["calibration"] = {
        "code_version": __version__,
        "data_fingerprint": data_fingerprint,
        "structure": dict(structure),
        "parameters": list(names),
        "values": _rounded(fit.x.tolist()),
        "factor": _rows(lower_triangle(fit.covariance)),
        "ignition_parameters": ignition.names,
        "ignition_factor": _rows(ignition.factor),
        "seen": _seen(observations),
        "ranges": {
            name: [min(values), max(values)]
            for name in ("firing_current_a", "shell_height_mm")
            if (values := [float(getattr(recipe, name)) for recipe in recipes])
        },
        "lots": [lot.model_dump(mode="json") for lot in lots],
        "validation": validation.plain(),
    } | {
        quantity.rpartition("_")[0]: {
            "scale": structure["noise." + quantity.rpartition("_")[0]],
            "reach_90": reach,
        }
        | ({"reach_50": validation.reach_50[quantity]} if quantity in validation.reach_50 else {})
        for quantity, reach in validation.reach_90.items()
    }
    return Model.from_plain(plain)


def with_delays(start: Model, recipes: Sequence[Recipe], ignition: IgnitionFit) -> Model:
    """Return the start model with the fitted ignition times, which peak times include.

    Args:
        start: the model.
        recipes: the recipes whose vessels and devices get an entry.
        ignition: the fitted effects.
    """
    plain = start.document.plain()
    generic = plain["igniters"]["generic"]
    generic["delay_ms"] = CENTER_MS * exp(ignition.effects.get("ignition.base", 0.0))
    plain["igniters"] = {"generic": generic, "types": {}}
    plain["vessels"] = {
        recipe.vessel: {
            "volume_ml": nominal_body(recipe, start, []).volume_ml,
            "delay_factor": exp(ignition.effects.get(f"ignition.vessel[{recipe.vessel}]", 0.0)),
        }
        for recipe in recipes
    }
    plain["devices"] = {
        device: {"delay_factor": exp(ignition.effects.get(f"ignition.device[{device}]", 0.0))}
        for device in sorted({recipe.test_device for recipe in recipes})
    }
    plain["firing_current"] = _firing(plain["firing_current"], ignition)
    return Model.from_plain(plain)


def _charge_entry(
    plain: dict[str, Any], start: Model, kind: str, code: str | None, moved: Mapping[str, float]
) -> dict[str, Any]:
    known = start.document.nc if kind == "nc" else start.document.gp
    entry = known.types.get(code, known.generic) if code else known.generic
    plain = plain["types"].get(code, plain["generic"])
    charge = Charge(entry.propellant.build(), entry.grain.build(), 1.0, entry.ignition_pressure_mpa)
    shifts = [
        moved.get(f"{kind}.{c}", 0.0) + (moved.get(f"{kind}.{c}[{code}]", 0.0) if code else 0.0)
        for c in CHARGE
    ]
    charge = moved_charge(charge, shifts)
    grain = charge.grain
    cubic = {
        "shape": "cubic",
        "web_mm": 2e3 * grain.half_web_m,
        "chi": grain.chi,
        "lambda": grain.lambda_,
        "mu": grain.mu,
    }
    return plain | {
        "propellant": plain["propellant"]
        | {
            key: getattr(charge.propellant, key)
            for key in ("impetus_j_per_kg", "burn_rate_coefficient", "burn_rate_exponent")
        },
        # Only this form is moved by a calibration.
        "grain": cubic if grain.shape == "cubic" else plain["grain"],
    }


def _igniters(
    generic: dict[str, Any],
    codes: Sequence[str],
    moved: Mapping[str, float],
) -> dict[str, Any]:
    common = generic | {
        "impetus_j_per_kg": generic["impetus_j_per_kg"] * exp(moved.get("igniter.energy", 0.0)),
        "time_constant_ms": generic["time_constant_ms"]
        * exp(moved.get("igniter.release_time", 0.0)),
        "release_exponent": min(
            max(generic["release_exponent"] + moved.get("igniter.release_exponent", 0.0), 1.0), 5.0
        ),
    }
    return {
        "generic": common,
        "types": {
            code: common
            | {
                "mass_mg": _mass_of(code, generic["mass_mg"]),
                "impetus_j_per_kg": common["impetus_j_per_kg"]
                * exp(moved.get(f"igniter.energy[{code}]", 0.0)),
                "added_volume_ml": moved.get(f"igniter.volume[{code}]", 0.0),
            }
            for code in codes
        },
    }


def _mass_of(code: str, otherwise_mg: float) -> float:
    return float(code) if MASS_CODE.fullmatch(code) else otherwise_mg


def _move_surroundings(plain: dict[str, Any], moved: Mapping[str, float]) -> None:
    around = plain["surroundings"]
    around["heat_transfer_w_per_m2k"] *= exp(moved.get("wall.loss", 0.0))
    late = around["heat_transfer_late_share"]
    logit = log(late / (1 - late)) + moved.get("wall.late", 0.0)
    around["heat_transfer_late_share"] = min(max(1 / (1 + exp(-logit)), 1e-3), 1.0)
    around["heat_transfer_decay_ms"] *= exp(moved.get("wall.decay", 0.0))
    plain["shell"]["free_area_cm2"] += moved.get("shell.area", 0.0)


def _firing(plain: dict[str, Any], ignition: IgnitionFit) -> dict[str, Any]:
    pairs = []
    for name, effect in ignition.effects.items():
        if name.startswith("ignition.pair["):
            igniter, _, device = (
                name.removeprefix("ignition.pair[").removesuffix("]").partition("|")
            )
            pairs.append({"igniter": igniter, "device": device, "factor": exp(effect)})
    return plain | {
        "delay_exponent": max(0.0, -ignition.effects.get("ignition.current", 0.0)),
        "pairs": pairs,
    }


def _seen(observations: Sequence[Observation]) -> dict[str, Any]:
    masses: dict[str, list[float]] = {}
    for one in observations:
        charges = [("NC", amount) for amount in one.recipe.nc]
        charges += [("GP", one.recipe.gp)] if one.recipe.gp else []
        for kind, amount in charges:
            masses.setdefault(f"{kind} {amount.type_code}", []).append(float(amount.mass_mg))
    return {
        key: {"count": len(found), "mass_mg": [min(found), max(found)]}
        for key, found in sorted(masses.items())
    }


def lower_triangle(covariance: Floats) -> Floats:
    """Return F with F·Fᵀ the covariance."""
    return np.asarray(np.linalg.cholesky(covariance), dtype=np.float64)


def _rows(lower: Floats) -> list[list[float]]:
    return [_rounded(row[: i + 1]) for i, row in enumerate(lower.tolist())]


def _rounded(values: Sequence[float]) -> list[float]:
    # A database's numbers know no negative zero, and the fingerprint must survive them.
    return [round(value, DIGITS) + 0.0 for value in values]
