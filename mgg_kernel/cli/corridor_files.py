"""Corridors in files: a .json as a corridor writes itself, or a .csv with its limits."""

import csv
import io
import json
from pathlib import Path
from typing import TYPE_CHECKING

from mgg_kernel.cli.curves import read_file
from mgg_kernel.errors import LotError

if TYPE_CHECKING:
    from mgg_kernel.lots import Corridor

__all__ = ["COLUMNS", "corridor_of_file", "corridor_text"]

COLUMNS = ("time_ms", "low_mpa", "high_mpa")


def corridor_of_file(path: Path, name: str | None = None) -> "Corridor":
    """Read a corridor; its .csv may be what ``mgg simulate --band`` writes.

    Args:
        path: ``.json``, or else a table with the columns of :data:`COLUMNS`, an empty cell where
            there is no limit.
        name: of the corridor; None: as the file says, or the file's own name.

    Raises:
        LotError: it is none.
    """
    from mgg_kernel.lots import Corridor

    try:
        text = read_file(path).decode("utf-8-sig")
        if path.suffix.lower() == ".json":
            plain = json.loads(text)
            return Corridor.from_plain(plain if name is None else plain | {"name": name})
        rows = list(csv.DictReader(io.StringIO(text)))
        if not rows or not set(COLUMNS) <= set(rows[0]):
            raise LotError(
                f"{path.name} is no corridor; give a table with the columns {', '.join(COLUMNS)}, "
                "an empty cell where there is no limit."
            )
        time, low, high = ([row[column] for row in rows] for column in COLUMNS)
        sides = [
            tuple((float(t), float(p)) for t, p in zip(time, side, strict=True) if p)
            for side in (low, high)
        ]
    except (ValueError, TypeError, AttributeError, RecursionError, csv.Error) as error:
        raise LotError(f"{path.name} is no corridor: {error}.") from None
    return Corridor(name=name or path.stem or path.name, lower=sides[0], upper=sides[1])


def corridor_text(corridor: "Corridor", suffix: str) -> str:
    """Return a corridor as the text of a file that :func:`corridor_of_file` takes back.

    A ``.csv`` has no place for the moment that curves are aligned at, nor for the note.
    """
    if suffix.lower() == ".json":
        return json.dumps(corridor.plain(), indent=1, ensure_ascii=False) + "\n"
    lower, upper = dict(corridor.lower), dict(corridor.upper)
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(COLUMNS)
    for time in sorted({*lower, *upper}):
        writer.writerow([time, lower.get(time, ""), upper.get(time, "")])
    return out.getvalue()
