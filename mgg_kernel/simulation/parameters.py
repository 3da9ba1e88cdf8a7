"""The form of a model document: which keys it has, and what each becomes.

Types and keys are checked here; ranges are checked once, by the physical classes that the
entries become (:class:`Propellant`, :class:`Grain`, :class:`Igniter`, :class:`Vessel`).
"""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from mgg_kernel.simulation.grain import Grain
from mgg_kernel.simulation.propellant import Propellant
from mgg_kernel.simulation.vessel import Igniter

__all__ = ["ChargeEntry", "DeviceEntry", "IgniterEntry", "ModelDocument", "VesselEntry"]

Text = Annotated[str, Field(min_length=1, max_length=4000)]
Code = Annotated[str, Field(min_length=1, max_length=40)]
Kind = Annotated[str, Field(min_length=4, max_length=43)]
"""A charge type with its kind: ``NC A``."""
Bounded = Annotated[float, Field(ge=-1e3, le=1e3)]


class _Entry(BaseModel):
    model_config = ConfigDict(strict=True, extra="forbid", frozen=True, allow_inf_nan=False)


class _Sphere(_Entry):
    shape: Literal["sphere"]
    diameter_mm: float

    def build(self) -> Grain:
        return Grain.sphere(self.diameter_mm)


class _Cylinder(_Entry):
    shape: Literal["cylinder"]
    diameter_mm: float
    length_mm: float

    def build(self) -> Grain:
        return Grain.cylinder(self.diameter_mm, self.length_mm)


class _Slab(_Entry):
    shape: Literal["slab"]
    length_mm: float
    width_mm: float
    thickness_mm: float

    def build(self) -> Grain:
        return Grain.slab(self.length_mm, self.width_mm, self.thickness_mm)


class _Perforated(_Entry):
    shape: Literal["perforated"]
    outer_diameter_mm: float
    inner_diameter_mm: float
    length_mm: float
    perforations: int = 1

    def build(self) -> Grain:
        return Grain.perforated(
            self.outer_diameter_mm, self.inner_diameter_mm, self.length_mm, self.perforations
        )


class _Cubic(_Entry):
    shape: Literal["cubic"]
    web_mm: float
    chi: float
    lambda_: Annotated[float, Field(alias="lambda")]
    mu: float

    def build(self) -> Grain:
        return Grain.cubic(self.web_mm, self.chi, self.lambda_, self.mu)


GrainEntry = Annotated[
    _Sphere | _Cylinder | _Slab | _Perforated | _Cubic, Field(discriminator="shape")
]


class BurnRatePiece(_Entry):
    """The burning law from a pressure on."""

    from_pressure_mpa: float
    burn_rate_coefficient: float
    burn_rate_exponent: float


class PropellantEntry(_Entry):
    """The arguments of :class:`Propellant`."""

    impetus_j_per_kg: float
    flame_temperature_k: float
    gamma: float
    covolume_m3_per_kg: float
    density_kg_per_m3: float
    burn_rate_coefficient: float
    burn_rate_exponent: float
    temperature_sensitivity_per_k: float = 0.0
    reference_temperature_k: float = 293.15
    gas_yield: float = 1.0
    burn_rate_pieces: list[BurnRatePiece] = Field(default_factory=list)

    def build(self) -> Propellant:
        """Return the propellant."""
        pieces = tuple(
            (p.from_pressure_mpa, p.burn_rate_coefficient, p.burn_rate_exponent)
            for p in self.burn_rate_pieces
        )
        return Propellant(**self.model_dump(exclude={"burn_rate_pieces"}), burn_rate_pieces=pieces)


class ChargeEntry(_Entry):
    """One NC or GP type: propellant, grain, and the pressure that lights it."""

    propellant: PropellantEntry
    grain: GrainEntry
    ignition_pressure_mpa: float = 0.0
    note: Text | None = None


class IgniterEntry(_Entry):
    """One igniter type; the generic one takes its mass from the code where that is a number."""

    mass_mg: float
    impetus_j_per_kg: float
    flame_temperature_k: float
    gamma: float
    covolume_m3_per_kg: float
    delay_ms: float
    time_constant_ms: float
    release_exponent: float = 1.0
    added_volume_ml: float = 0.0
    note: Text | None = None

    def build(self, *, mass_mg: float | None = None, delay_factor: float = 1.0) -> Igniter:
        """Return the igniter, with another mass or a scaled delay where given."""
        return Igniter(
            mass_mg=self.mass_mg if mass_mg is None else mass_mg,
            impetus_j_per_kg=self.impetus_j_per_kg,
            flame_temperature_k=self.flame_temperature_k,
            gamma=self.gamma,
            covolume_m3_per_kg=self.covolume_m3_per_kg,
            delay_ms=self.delay_ms * delay_factor,
            time_constant_ms=self.time_constant_ms,
            release_exponent=self.release_exponent,
        )


class VesselEntry(_Entry):
    """One vessel body: its volume, its inner surface where known, and its vent if it has one."""

    volume_ml: float
    wall_area_cm2: float | None = None
    vent_area_mm2: float = 0.0
    vent_discharge_coefficient: float = 1.0
    delay_factor: float = 1.0
    note: Text | None = None


class DeviceEntry(_Entry):
    """One test device: what it adds to the vessel, and by how much it differs from the others.

    Its pressures are those of the gas times `pressure_factor`, charges burn `rate_factor` times as
    fast in it, and the igniter takes `delay_factor` times as long.
    """

    added_volume_ml: float = 0.0
    pressure_factor: float = 1.0
    rate_factor: float = 1.0
    delay_factor: float = 1.0
    note: Text | None = None


class SensorEntry(_Entry):
    """One range of pressure sensors: what it shows is the pressure times this factor."""

    pressure_factor: float = 1.0
    note: Text | None = None


class DelayEntry(_Entry):
    """An igniter in a device: the delay differs by this factor from what both alone would give."""

    igniter: Code
    device: Code
    factor: float


class _Igniters(_Entry):
    generic: IgniterEntry
    types: dict[Code, IgniterEntry]


class _Charges(_Entry):
    generic: ChargeEntry
    types: dict[Code, ChargeEntry]


class _Surroundings(_Entry):
    initial_temperature_k: float
    initial_air_pressure_mpa: float
    wall_temperature_k: float
    heat_transfer_w_per_m2k: float
    heat_transfer_density_exponent: float = 0.0
    reference_gas_density_kg_per_m3: float = 50.0
    outside_pressure_mpa: float = 0.101325
    heat_transfer_late_share: float = 1.0
    heat_transfer_decay_ms: float = 10.0
    note: Text | None = None


class _Shell(_Entry):
    """The shell adds its height times this area to the free volume; 0 for no influence."""

    free_area_cm2: float
    note: Text | None = None


class _FiringCurrent(_Entry):
    """The igniter's delay goes as (reference current / current) to this exponent."""

    reference_a: float
    delay_exponent: float
    pairs: list[DelayEntry] = Field(default_factory=list)
    note: Text | None = None


class NoiseEntry(_Entry):
    """How far single products lie from the model: a scale, and where 90 % of them end.

    `scale` is a standard deviation of the logarithm; nine of ten left-out products lay within
    `reach_90` times the standard deviation that scale and parameters make together, and half of
    them within `reach_50` times, where enough products told that.
    """

    scale: float = Field(gt=0, le=3)
    reach_90: float = Field(gt=0, le=100)
    reach_50: float | None = Field(default=None, gt=0, le=100)


class RangeEntry(_Entry):
    """What a type was seen with: how often, and its least and greatest mass [mg]."""

    count: int = Field(ge=1)
    mass_mg: tuple[float, float]


class LotEntry(_Entry):
    """A product whose curve told what it differs by: its name and its recipe."""

    product: Text
    igniter: Code
    vessel: Code
    device: Code
    masses_mg: dict[Kind, Annotated[float, Field(gt=0)]]


class CalibrationEntry(_Entry):
    """What is known of a calibrated model: which parameters, how surely, and from which data.

    The parameters are standardised deviations from the start model; `factor` is the lower
    triangle, row by row, of F with the posterior covariance F·Fᵀ.  `ranges` holds the least and
    greatest value of what is no charge.
    """

    code_version: Text
    data_fingerprint: str = Field(pattern="^[0-9a-f]{64}$")
    structure: dict[Code, Annotated[float, Field(ge=0, le=1e6)]]
    parameters: list[Annotated[str, Field(min_length=1, max_length=200)]]
    values: list[Bounded]
    factor: list[list[Bounded]]
    peak_pressure: NoiseEntry
    peak_time: NoiseEntry
    ignition_time: NoiseEntry
    ignition_parameters: list[Annotated[str, Field(min_length=1, max_length=200)]]
    ignition_factor: list[list[Bounded]]
    seen: dict[Kind, RangeEntry]
    ranges: dict[Literal["firing_current_a", "shell_height_mm"], tuple[float, float]] = Field(
        default_factory=dict
    )
    lots: list[LotEntry] = Field(default_factory=list)
    validation: dict[str, Any]


class ModelDocument(_Entry):
    """The whole document; ``schema`` tells the version of this form."""

    schema_: Annotated[Literal["mgg-model/1"], Field(alias="schema")]
    name: Annotated[str, Field(min_length=1, max_length=120)]
    description: Text
    sources: list[Text]
    surroundings: _Surroundings
    shell: _Shell
    firing_current: _FiringCurrent
    igniters: _Igniters
    nc: _Charges
    gp: _Charges
    vessels: dict[Code, VesselEntry]
    devices: dict[Code, DeviceEntry]
    sensors: dict[Code, SensorEntry] = Field(default_factory=dict)
    calibration: CalibrationEntry | None = None

    def plain(self) -> dict[str, Any]:
        """Return the document as plain JSON values, without what was left to its default."""
        return self.model_dump(mode="json", by_alias=True, exclude_unset=True)
