"""Channel files of ISO/TS 13499 ("ISO-MME"): a header of names and values, then a number a line."""

import math
import re

import numpy as np

from mgg_kernel.errors import IngestError
from mgg_kernel.ingest.grid import SheetGrid
from mgg_kernel.ingest.limits import Limits
from mgg_kernel.ingest.names import display_text
from mgg_kernel.ingest.text.decoding import lines_of

__all__ = ["CHANNEL_NAME", "read_channel"]

CHANNEL_NAME = re.compile(r".\.[0-9]{3}$")
"""A channel's file is called after its test, with its number as ending: ``59_1.001``."""

_PRESSURE = "PR"
"""Places 13 and 14 of a channel code name the physical dimension."""
_NO_VALUE = "NOVALUE"
_LEAST_LINES = 3
"""The rows of the header that are made: names, units, remark."""


def read_channel(data: bytes, limits: Limits) -> SheetGrid:
    """Return a channel as a grid: its line 1 is row 0, the times that it implies are column A.

    Args:
        data: the file's bytes; not trusted.
        limits: what the file may cost.

    Raises:
        IngestError: it is no channel file, or its times are not in it; the message does not name
            the file.
    """
    lines = lines_of(data, limits)
    while lines and not lines[-1].strip():
        lines.pop()
    header, first = _header(lines)
    values, texts = _values(lines, first, limits)
    said = _given(header, "number of samples")
    count = len(lines) - first
    if said is not None and said != str(count):
        raise IngestError(
            f"its header tells of {display_text(said)} samples, but {count:,} lines follow; "
            "copy it again from where it was made"
        )
    if (_given(header, "reference channel") or "implicit").lower() == "explicit":
        raise IngestError("its times are in another file; export it with a sampling interval")
    step_s, start_s = _number(header, "sampling interval"), _number(header, "time of first sample")
    numbers = np.full((len(lines), 2), math.nan)
    numbers[first:, 0] = start_s + step_s * np.arange(count)
    numbers[first:, 1] = values
    code = _given(header, "channel code") or ""
    if code and code[12:14].upper() != _PRESSURE:
        raise IngestError(
            f"its channel code '{display_text(code)}' does not name a pressure (PR at places 13 "
            "and 14); give the channel of the pressure"
        )
    rows = [("Time", "Pressure"), ("[s]", f"[{_required(header, 'unit')}]")]
    rows.append(("remark", _given(header, "comments") or ""))
    for row, cells in enumerate(rows, start=first - len(rows)):
        texts |= {(row, column): text for column, text in enumerate(cells) if text}
    return SheetGrid("channel", True, 0, 0, numbers, texts, kind="text")


def _header(lines: list[str]) -> tuple[dict[str, str], int]:
    """Return names (in small letters) and values, and the index of the first line behind them."""
    header: dict[str, str] = {}
    for number, line in enumerate(lines):
        name, colon, value = line.partition(":")
        if not colon:
            if number < _LEAST_LINES:
                break
            return header, number
        header.setdefault(" ".join(name.lower().split()), value.strip())
    raise IngestError(
        "it does not begin with the header of an ISO/TS 13499 channel, lines such as "
        "'Sampling interval :0.00001', with values below; export it as such, or as CSV"
    )


def _values(
    lines: list[str], first: int, limits: Limits
) -> tuple[list[float], dict[tuple[int, int], str]]:
    """Return the numbers, NaN for what is none, and the texts that stand there."""
    values: list[float] = []
    texts: dict[tuple[int, int], str] = {}
    for number, line in enumerate(lines[first:], start=first):
        word = line.strip()
        try:
            value = float(word) if word.isascii() and "_" not in word else math.nan
        except ValueError:
            value = math.nan
        if not math.isfinite(value):
            value = math.nan
            if word:
                texts[number, 1] = word[:200]
            if len(texts) > limits.text_cells:
                raise IngestError(
                    f"more than {limits.text_cells:,} of its lines hold no number; export it again"
                )
        values.append(value)
    return values, texts


def _given(header: dict[str, str], name: str) -> str | None:
    value = header.get(name, "")
    return None if value.upper() in ("", _NO_VALUE) else value


def _required(header: dict[str, str], name: str) -> str:
    value = _given(header, name)
    if value is None:
        raise IngestError(f"its header has no value for '{name}'; export the channel with it")
    return value


def _number(header: dict[str, str], name: str) -> float:
    text = _required(header, name)
    try:
        value = float(text.split()[0]) if text.isascii() and "_" not in text else math.nan
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        raise IngestError(
            f"its header gives '{display_text(text)}' for '{name}', which is no number of seconds; "
            "correct it"
        )
    return value
