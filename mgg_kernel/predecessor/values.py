"""Values of an old database: times of day, numbers with units behind them, curves as JSON."""

import json
import math
import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np

from mgg_kernel.curve import FloatArray, PTCurve
from mgg_kernel.errors import CurveError, IngestError

__all__ = ["curve_of_json", "curve_of_samples", "flag", "moment", "number_in", "text"]

NONE_WORDS = frozenset({"", "无", "none", "null", "nan", "-", "—", "/", "0"})
MOST_JSON_CHARACTERS = 64 * 1024 * 1024
MOST_SAMPLES = 2_000_000
SHORTEST_MS = 1.0
HIGHEST_MPA = 1000.0
_NUMBER = re.compile(r"[-+]?\d+(?:[.,]\d+)?(?:[eE][-+]?\d+)?")
_SECONDS_SINCE_1970 = 10_000_000_000


def text(value: object) -> str:
    """Return a cell as text without blanks around it; an empty or missing one is empty."""
    if value is None:
        return ""
    if isinstance(value, bytes):
        value = value.decode("utf-8", "replace")
    return str(value).strip()


def is_none(value: object) -> bool:
    """Tell whether a cell says that there is none; a missing charge is written in several ways."""
    return text(value).casefold() in NONE_WORDS


def flag(value: object, default: bool) -> bool:
    """Return a cell that says yes or no."""
    said = text(value).casefold()
    if said in {"1", "true", "t", "yes", "y", "是"}:
        return True
    if said in {"0", "false", "f", "no", "n", "否"}:
        return False
    return default


def number_in(value: object, what: str) -> str:
    """Return the only number in a cell such as ``1.2A`` or ``30 MPa``, as text.

    Raises:
        IngestError: there is none, or more than one.
    """
    found = _NUMBER.findall(text(value))
    if len(found) != 1:
        raise IngestError(f"{what} '{text(value)[:60]}' holds not just one number")
    return str(found[0]).replace(",", ".")


def moment(value: object, zone: ZoneInfo) -> datetime | None:
    """Return a cell as a moment in UTC; None where it is empty.

    Args:
        value: text as SQLite keeps times, or seconds or milliseconds since 1970.
        zone: where the clock stood whose times carry no zone.

    Raises:
        IngestError: it is no moment.
    """
    said = text(value)
    if not said:
        return None
    try:
        if re.fullmatch(r"\d{9,13}(\.\d+)?", said):
            seconds = float(said)
            scale = 1000.0 if seconds > _SECONDS_SINCE_1970 else 1.0
            return datetime.fromtimestamp(seconds / scale, UTC)
        found = datetime.fromisoformat(said.replace("/", "-"))
    except (ValueError, OverflowError, OSError):
        raise IngestError(f"its time '{said[:60]}' is none") from None
    return (found if found.tzinfo else found.replace(tzinfo=zone)).astimezone(UTC)


def curve_of_json(value: object, time_unit_ms: float) -> PTCurve:
    """Return the curve in a cell of JSON.

    Args:
        value: ``{"time": […], "pressure": […]}``, or points ``{"x": …, "y": …}`` under
            ``plot_data`` and ``data``.
        time_unit_ms: milliseconds in a unit of its times.

    Raises:
        IngestError: there is none, or it is broken.
    """
    said = text(value)
    if not said:
        raise IngestError("it holds no curve")
    if len(said) > MOST_JSON_CHARACTERS:
        raise IngestError(f"its curve takes more than {MOST_JSON_CHARACTERS:,} characters")
    try:
        document = json.loads(said)
        if isinstance(document, str):
            # Some versions wrote JSON into JSON.
            document = json.loads(document)
    except (ValueError, RecursionError):
        raise IngestError("its curve is no JSON") from None
    times, pressures = _columns(document)
    return curve_of_samples(times, pressures, time_unit_ms)


def curve_of_samples(
    times: Sequence[object], pressures: Sequence[object], time_unit_ms: float
) -> PTCurve:
    """Return the curve of two columns of equal length.

    Raises:
        IngestError: a sample is no number, or the columns make no curve.
    """
    if len(times) != len(pressures):
        raise IngestError(f"its curve has {len(times):,} times but {len(pressures):,} pressures")
    if len(times) > MOST_SAMPLES:
        raise IngestError(f"its curve has {len(times):,} samples, more than {MOST_SAMPLES:,}")
    time_ms = _numbers(times, "time") * time_unit_ms
    pressure_mpa = _numbers(pressures, "pressure")
    try:
        curve = PTCurve(time_ms, pressure_mpa)
    except CurveError as error:
        raise IngestError(f"its curve makes no sense: {str(error).rstrip('.')}") from None
    if curve.time_ms[-1] - curve.time_ms[0] < SHORTEST_MS:
        raise IngestError(
            f"its curve spans only {curve.time_ms[-1] - curve.time_ms[0]:.6g} ms; if its times are "
            "seconds, say so with --time-unit s"
        )
    if float(np.max(np.abs(pressure_mpa))) > HIGHEST_MPA:
        raise IngestError(
            f"its curve reaches {np.max(pressure_mpa):.6g} MPa, which no vessel holds"
        )
    return curve


def _numbers(values: Sequence[object], what: str) -> FloatArray:
    numbers: FloatArray = np.empty(len(values), dtype=np.float64)
    for place, value in enumerate(values):
        try:
            number = float(value) if isinstance(value, int | float | str) else math.nan
        except ValueError:
            number = math.nan
        if not math.isfinite(number):
            raise IngestError(f"sample {place + 1:,} of its curve has the {what} {value!r:.40}")
        numbers[place] = number
    return numbers


def _columns(document: Any) -> tuple[Sequence[object], Sequence[object]]:
    if isinstance(document, Mapping):
        for times, pressures in (("time", "pressure"), ("x", "y"), ("time_ms", "pressure_mpa")):
            first, second = document.get(times), document.get(pressures)
            if isinstance(first, list) and isinstance(second, list):
                return first, second
        for inner in ("plot_data", "data", "curve"):
            if inner in document:
                return _columns(document[inner])
    if isinstance(document, list) and document and isinstance(document[0], Mapping):
        names = ("x", "y") if "x" in document[0] else ("time", "pressure")
        points = [point if isinstance(point, Mapping) else {} for point in document]
        return [point.get(names[0]) for point in points], [point.get(names[1]) for point in points]
    raise IngestError("its JSON holds no curve")
