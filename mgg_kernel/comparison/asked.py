"""How a comparison is asked for: in a form, in an address, or by a stored comparison."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from mgg_kernel.comparison.method import arguments_of, filter_name
from mgg_kernel.comparison.metrics import DEFAULT_RATE_HZ
from mgg_kernel.comparison.rating import DEFAULT_WEIGHTS
from mgg_kernel.errors import ComparisonError
from mgg_kernel.features import FeatureDefinitions

__all__ = ["OWN_RATE", "Method", "window_of"]

OWN_RATE = "own"
"""What an address says for the test's own times."""


@dataclass(frozen=True)
class Method:
    """The arguments of :func:`mgg_kernel.comparison.compare` besides the two curves.

    Attributes:
        rate_hz: rate that both are resampled to; None: the test's own times.
        filter: filter put on both, such as ``cfc1000``; None: none.
        window_ms: from and to; None: as far as both reach.
        weights: of corridor, phase, magnitude and slope in ISO/TS 18571.
        definitions: of ignition and baseline; None: the defaults.
    """

    rate_hz: float | None = DEFAULT_RATE_HZ
    filter: str | None = None
    window_ms: tuple[float, float] | None = None
    weights: tuple[float, float, float, float] = DEFAULT_WEIGHTS
    definitions: FeatureDefinitions | None = None

    @classmethod
    def of_settings(cls, settings: Mapping[str, Any]) -> "Method":
        """Return the method of a stored comparison.

        Raises:
            ComparisonError: they are not the settings of a comparison.
        """
        return cls(**arguments_of(settings))

    @classmethod
    def of_query(cls, query: Mapping[str, str]) -> "Method":
        """Return the method that an address asks for with ``rate``, ``filter`` and ``window``.

        Raises:
            ComparisonError: one of them makes no sense.
        """
        return cls(
            rate_hz=_rate_of(query.get("rate")),
            filter=filter_name(query.get("filter")),
            window_ms=window_of(query.get("window")),
        )

    def as_query(self) -> dict[str, str]:
        """Return what an address says of it: only what is not the default.

        Weights and definitions have no words in an address; a stored comparison keeps them.
        """
        said = {}
        if self.rate_hz != DEFAULT_RATE_HZ:
            said["rate"] = OWN_RATE if self.rate_hz is None else f"{self.rate_hz:g}"
        if self.filter is not None:
            said["filter"] = self.filter
        if self.window_ms is not None:
            said["window"] = "{:g}:{:g}".format(*self.window_ms)
        return said

    def arguments(self) -> dict[str, Any]:
        """Return it as the named arguments of ``compare``."""
        return dict(vars(self))


def window_of(words: str | None) -> tuple[float, float] | None:
    """Return the window that ``FROM:TO`` in milliseconds asks for, or None for nothing.

    Raises:
        ComparisonError: it is no window.
    """
    if words is None or not words.strip():
        return None
    try:
        start, end = map(float, words.replace("：", ":").split(":"))
    except ValueError:
        raise ComparisonError(
            f"'{words}' is no window; write FROM:TO in ms, such as 0:40."
        ) from None
    return start, end


def _rate_of(words: str | None) -> float | None:
    if words is None or not words.strip():
        return DEFAULT_RATE_HZ
    if words == OWN_RATE:
        return None
    try:
        return float(words)
    except ValueError:
        raise ComparisonError(
            f"'{words}' is no rate; write a number of Hz, such as 10000, or {OWN_RATE}."
        ) from None
