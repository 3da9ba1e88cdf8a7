"""Quality flags: a code, the numbers that go with it, and the sentence that they make."""

from collections.abc import Mapping
from dataclasses import dataclass
from math import isfinite
from typing import Any

from mgg_kernel.errors import CurveError

__all__ = ["GRAVE", "SENTENCES", "QualityFlag"]

SENTENCES: dict[str, str] = {
    "long_record": "The record ends at {end_ms:,.0f} ms: check the unit of time.",
    "uneven_time": (
        "{count:,.0f} of {steps:,.0f} time steps differ by more than 1 % from {step_ms:.6g} ms."
    ),
    "gap": (
        "Samples are missing (places: {count:,.0f}), first after {time_ms:.6g} ms; the longest gap "
        "is {longest_ms:.4g} ms."
    ),
    "no_ignition": "No ignition was found: the pressure rises by {rise_mpa:.3g} MPa in all.",
    "negative": (
        "The pressure falls to {lowest_mpa:.3g} MPa: check the sensor's zero and its sign."
    ),
    "offset": (
        "Before ignition the pressure is {baseline_mpa:.3g} MPa and not zero, {share:.1%} of the "
        "rise: the values are kept as they are, the offset beside them."
    ),
    "saturated": (
        "The sensor's range of {range_mpa:g} MPa is reached (samples: {count:,.0f}): the true peak "
        "may be higher."
    ),
    "clipped": (
        "{count:,.0f} samples in a row are equal to the peak of {peak_mpa:.4g} MPa: "
        "the sensor or its range may have ended there."
    ),
    "peak_at_end": (
        "The highest pressure stands at the end of the record: the true peak may come later."
    ),
    "dropout": (
        "The signal stands still and jumps (places: {count:,.0f}), first at {time_ms:.6g} ms for "
        "{samples:,.0f} samples: the recorder or its cable may have dropped out."
    ),
    "spike": (
        "The pressure jumps away and back at once (samples: {count:,.0f}), farthest by "
        "{height_mpa:.3g} MPa at {time_ms:.6g} ms: look for a disturbance."
    ),
    "low_rate": (
        "The rise from 10 to 90 % is told by few samples ({count:,.0f}): record at more than "
        "{rate_khz:.3g} kHz."
    ),
}
"""What is said of each code, in English; the names are those of the flag's values."""

GRAVE = frozenset({"no_ignition", "saturated", "clipped", "peak_at_end", "dropout", "spike", "gap"})
"""Codes that put the read-outs in doubt; the others are worth knowing."""


@dataclass(frozen=True)
class QualityFlag:
    """Something that a record lacks.

    Attributes:
        code: a key of :data:`SENTENCES`.
        values: the numbers of its sentence, with their units in their names.

    Raises:
        CurveError: there is no such code, or the numbers are not those of its sentence.
    """

    code: str
    values: Mapping[str, float]

    def __post_init__(self) -> None:
        try:
            if not all(isfinite(value) for value in self.values.values()):
                raise ValueError("a number is not finite")
            SENTENCES[self.code].format(**self.values)
        except (KeyError, TypeError, ValueError) as error:
            raise CurveError(
                f"'{self.code}' is no quality flag with these values ({error}); the codes are "
                f"{', '.join(SENTENCES)}."
            ) from None

    @property
    def is_grave(self) -> bool:
        """Whether the read-outs are in doubt."""
        return self.code in GRAVE

    @property
    def sentence(self) -> str:
        """What an engineer should know, in English."""
        return SENTENCES[self.code].format(**self.values)

    def plain(self) -> dict[str, Any]:
        """Return the flag as a document; :meth:`from_plain` reads it back."""
        return {"code": self.code, **self.values}

    @classmethod
    def from_plain(cls, document: Mapping[str, Any]) -> "QualityFlag":
        """Read a flag.

        Raises:
            CurveError: it is none.
        """
        values = dict(document)
        return cls(str(values.pop("code", None)), values)
