"""How a comparison was made: everything besides the two curves, stored with it, and made again."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, cast

from mgg_kernel.comparison.rating import checked_weights
from mgg_kernel.curve import PTCurve, Variant
from mgg_kernel.errors import ComparisonError, CurveError
from mgg_kernel.features import FeatureDefinitions

__all__ = ["ComparisonSettings", "arguments_of", "filter_name", "through_filter"]

_FILTER = re.compile(r"cfc[ _-]?(\d{1,4})(?:[-_ /](j211|iso6487))?", re.IGNORECASE)


@dataclass(frozen=True)
class ComparisonSettings:
    """Everything that the numbers of a comparison depend on besides the two curves.

    Attributes:
        rate_hz: rate of the common grid; None: the measured curve's own times.
        filter: filter put on both curves at their own rate before anything is read, such as
            ``cfc1000`` (SAE J211) or ``cfc1000-iso6487``; None: none.
        window_ms: window that was asked for; None: all that both curves cover.
        used_window_ms: from and to of what was compared.
        points: number of points on the common grid.
        time_zero: rule that put the two time axes together: both as recorded.
        weights: weights of corridor, phase, magnitude and slope in ISO/TS 18571.
        definitions: of ignition and the other read-outs.
        code_version: version of this program.
    """

    rate_hz: float | None
    filter: str | None
    window_ms: tuple[float, float] | None
    used_window_ms: tuple[float, float]
    points: int
    time_zero: str
    weights: tuple[float, float, float, float]
    definitions: FeatureDefinitions
    code_version: str


def arguments_of(settings: Mapping[str, Any]) -> dict[str, Any]:
    """Return the arguments of :func:`compare` that make a stored comparison again.

    Args:
        settings: of a comparison, as stored; those of older ones, which had neither filter nor
            weights nor definitions, too.

    Raises:
        ComparisonError: they are not the settings of a comparison.
    """
    try:
        window, weights = settings["window_ms"], settings.get("weights")
        arguments: dict[str, Any] = {
            "rate_hz": settings["rate_hz"],
            "filter": settings.get("filter"),
            "window_ms": None if window is None else (window[0], window[1]),
        }
        if weights is not None:
            arguments["weights"] = checked_weights(cast("Any", weights))
        if settings.get("definitions") is not None:
            told = dict(settings["definitions"])
            told["fixed_times_ms"] = tuple(told["fixed_times_ms"])
            arguments["definitions"] = FeatureDefinitions(**told)
    except (KeyError, IndexError, TypeError, ValueError, CurveError) as error:
        raise ComparisonError(f"These are not the settings of a comparison: {error}.") from None
    return arguments


def filter_name(words: str | None) -> str | None:
    """Return the one name of a filter, or None for none.

    Args:
        words: ``none``, or a class such as ``cfc1000`` or ``CFC 600``, which is SAE J211's; with
            ``-iso6487`` behind it, ISO 6487's.

    Raises:
        ComparisonError: it is no filter.
    """
    if words is None or words.strip().lower() in {"", "none"}:
        return None
    found = _FILTER.fullmatch(words.strip())
    if found is None:
        raise ComparisonError(
            f"'{words}' is no filter; write none, cfc60, cfc180, cfc600 or cfc1000, and -iso6487 "
            "behind it for that standard's variant."
        )
    name = f"cfc{int(found[1])}"
    return f"{name}-iso6487" if (found[2] or "").lower() == "iso6487" else name


def through_filter(curve: PTCurve, name: str | None, which: str) -> PTCurve:
    """Return a curve behind a filter of :func:`filter_name`.

    Raises:
        ComparisonError: this curve cannot go through it.
    """
    if name is None:
        return curve
    cfc, _, variant = name.removeprefix("cfc").partition("-")
    try:
        return curve.filtered(int(cfc), cast("Variant", variant or "j211"))
    except CurveError as error:
        raise ComparisonError(f"The {which} curve cannot be filtered: {error}") from None
