"""A model: one set of parameters for the physics, as a plain JSON document."""

import json
from collections.abc import Callable
from functools import cache, partial
from hashlib import sha256
from importlib.resources import files
from pathlib import Path
from typing import Any, TypeVar

from pydantic import ValidationError

from mgg_kernel.errors import SimulationError
from mgg_kernel.simulation.checks import checked_number
from mgg_kernel.simulation.parameters import CalibrationEntry, ChargeEntry, ModelDocument
from mgg_kernel.simulation.vessel import Charge, Vessel

__all__ = ["Model", "default_model", "load_model"]

LARGEST_MODEL_BYTES = 16 * 1024 * 1024

Built = TypeVar("Built")

NEEDED_SPREADS = {
    "ignition.base",
    "ignition.current",
    "ignition.device[]",
    "ignition.vessel[]",
    "ignition.pair[]",
}
LOT_SPREADS = {"lot.shared", "lot.length", "lot.elsewhere"}


class Model:
    """Parameters per type of igniter, NC and GP, for vessels, devices and surroundings.

    Two models with the same content have the same fingerprint, however their JSON is laid out.

    Args:
        document: the checked document; :meth:`from_json` makes one from text.

    Raises:
        SimulationError: a value cannot be right; the message names its place in the document.
    """

    __slots__ = ("_canonical", "document", "fingerprint")

    document: ModelDocument
    fingerprint: str

    def __init__(self, document: ModelDocument) -> None:
        _check_ranges(document)
        self.document = document
        self._canonical = json.dumps(
            document.plain(), sort_keys=True, ensure_ascii=False, separators=(",", ":")
        )
        self.fingerprint = sha256(self._canonical.encode()).hexdigest()

    @classmethod
    def from_json(cls, text: str | bytes) -> "Model":
        """Read a model document.

        Raises:
            SimulationError: the text is not JSON, or not a model; the message names the place.
        """
        try:
            if isinstance(text, bytes):
                text = text.decode("utf-8-sig")
            plain = json.loads(
                text, object_pairs_hook=_unique_keys, parse_constant=_refuse_constant
            )
        except UnicodeDecodeError:
            raise SimulationError("The model is not UTF-8 text; give a JSON document.") from None
        except (ValueError, RecursionError) as error:
            raise SimulationError(f"The model is not a JSON document: {error}.") from None
        return cls.from_plain(plain)

    @classmethod
    def from_plain(cls, plain: object) -> "Model":
        """Read a model document that was parsed already, as :meth:`from_json` does.

        Raises:
            SimulationError: it is not a model; the message names the place.
        """
        try:
            return cls(ModelDocument.model_validate_json(json.dumps(plain)))
        except ValidationError as error:
            raise SimulationError(_first_problem(error)) from None

    def to_json(self) -> str:
        """Return the document as readable JSON; :meth:`from_json` reads it back unchanged."""
        return json.dumps(self.document.plain(), indent=2, ensure_ascii=False) + "\n"

    @property
    def name(self) -> str:
        """Name of the model, for people."""
        return self.document.name

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Model):
            return NotImplemented
        return self._canonical == other._canonical

    def __hash__(self) -> int:
        return hash(self._canonical)

    def __repr__(self) -> str:
        return f"<Model {self.name!r} {self.fingerprint[:12]}>"


@cache
def default_model() -> Model:
    """Return the model that is shipped: generic literature values, not calibrated."""
    return Model.from_json(
        files("mgg_kernel.simulation").joinpath("default_model.json").read_bytes()
    )


def load_model(source: Path | str | bytes) -> Model:
    """Read a model from a file or from JSON text.

    Args:
        source: a path; or the JSON document itself, as bytes or as a text that begins with ``{``.

    Raises:
        SimulationError: the file cannot be read, or is not a model.
    """
    if isinstance(source, bytes) or (isinstance(source, str) and source.lstrip().startswith("{")):
        return Model.from_json(source)
    path = Path(source)
    try:
        if path.exists() and not path.is_file():
            raise SimulationError(f"The model {path} is no file; give a JSON document.")
        with path.open("rb") as file:
            data = file.read(LARGEST_MODEL_BYTES + 1)
        if len(data) > LARGEST_MODEL_BYTES:
            raise SimulationError(f"The model {path} is larger than 16 MiB; that is no model.")
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise SimulationError(f"The model {path} cannot be read: {reason}.") from None
    try:
        return Model.from_json(data)
    except SimulationError as error:
        raise SimulationError(f"{path.name}: {error}") from None


def _check_ranges(document: ModelDocument) -> None:
    """Build everything once, so that a wrong value is refused on reading and not in use."""
    common = document.surroundings.model_dump(exclude={"note"})
    _at("surroundings", partial(Vessel, volume_ml=10, wall_area_cm2=1, **common))
    _number("shell.free_area_cm2", document.shell.free_area_cm2, 0, 1e4)
    _number("firing_current.reference_a", document.firing_current.reference_a, 1e-3, 1e3)
    _number("firing_current.delay_exponent", document.firing_current.delay_exponent, 0, 4)
    _at("igniters.generic", document.igniters.generic.build)
    for code, igniter in document.igniters.types.items():
        _at(f"igniters.types.{code}", igniter.build)
    for kind, charges in (("nc", document.nc), ("gp", document.gp)):
        _check_charge(f"{kind}.generic", charges.generic)
        for code, entry in charges.types.items():
            _check_charge(f"{kind}.types.{code}", entry)
    for code, body in document.vessels.items():
        sizes = body.model_dump(exclude={"note", "delay_factor"}) | {
            "wall_area_cm2": body.wall_area_cm2 or 0.0
        }
        _at(f"vessels.{code}", partial(Vessel, **sizes))
        _number(f"vessels.{code}.delay_factor", body.delay_factor, 0.01, 100)
    for code, device in document.devices.items():
        _number(f"devices.{code}.added_volume_ml", device.added_volume_ml, 0, 1e6)
        for factor in ("pressure_factor", "rate_factor", "delay_factor"):
            _number(f"devices.{code}.{factor}", getattr(device, factor), 0.01, 100)
    for code, sensor in document.sensors.items():
        _number(f"sensors.{code}.pressure_factor", sensor.pressure_factor, 0.01, 100)
    for i, pair in enumerate(document.firing_current.pairs):
        _number(f"firing_current.pairs.{i}.factor", pair.factor, 0.01, 100)
    _check_calibration(document.calibration)


def _check_calibration(calibration: CalibrationEntry | None) -> None:
    """Refuse a calibration whose arrays do not fit each other."""
    if calibration is None:
        return
    for names, factor in (
        (calibration.parameters, calibration.factor),
        (calibration.ignition_parameters, calibration.ignition_factor),
    ):
        if len(set(names)) != len(names) or [len(row) for row in factor] != [
            *range(1, len(names) + 1)
        ]:
            raise SimulationError(
                "The model is wrong at calibration: each parameter needs its own name, and the "
                "factor one number more in each row than in the row before."
            )
    spreads = calibration.structure
    lots = [lot.product for lot in calibration.lots]
    needed = NEEDED_SPREADS | (LOT_SPREADS if lots else set())
    if missing := sorted(needed - spreads.keys()):
        raise SimulationError(
            f"The model is wrong at calibration.structure: it lacks '{missing[0]}'."
        )
    if lots and not (0 < spreads["lot.shared"] < 1 and spreads["lot.length"] > 0):
        raise SimulationError(
            "The model is wrong at calibration.structure: lot.shared must lie between 0 and 1, and "
            "lot.length above 0."
        )
    if len(set(lots)) != len(lots):
        raise SimulationError("The model is wrong at calibration.lots: a product stands twice.")
    if len(calibration.values) != len(calibration.parameters):
        raise SimulationError(
            "The model is wrong at calibration.values: there must be one for each parameter."
        )


def _check_charge(path: str, entry: ChargeEntry) -> None:
    propellant = _at(f"{path}.propellant", entry.propellant.build)
    grain = _at(f"{path}.grain", entry.grain.build)
    _at(path, partial(Charge, propellant, grain, 1.0, entry.ignition_pressure_mpa))


def _number(path: str, value: float, least: float, most: float) -> None:
    _at(path, partial(checked_number, value, "The value", at_least=least, at_most=most))


def _at(path: str, build: Callable[[], Built]) -> Built:
    try:
        return build()
    except SimulationError as error:
        raise SimulationError(f"The model is wrong at {path}: {error}") from None


def _first_problem(error: ValidationError) -> str:
    first = error.errors()[0]
    # The tag of a grain's shape stands in pydantic's location, but not in the document.
    location = [str(part) for part in first["loc"]]
    shapes = {"sphere", "cylinder", "slab", "perforated", "cubic"}
    path = ".".join(
        part
        for i, part in enumerate(location)
        if not (part in shapes and location[i - 1] == "grain")
    )
    reason = first["msg"].removesuffix(".")
    return f"The model is wrong at {path or 'its top'}: {reason[0].lower()}{reason[1:]}."


def _unique_keys(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, value in pairs:
        if key in found:
            raise ValueError(f"the key '{key}' stands twice in one object")
        found[key] = value
    return found


def _refuse_constant(word: str) -> float:
    raise ValueError(f"{word} is not a number")
