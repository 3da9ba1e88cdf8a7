"""The numbers behind a picture: kept beside it at full rate, since the screen gets fewer."""

import csv
import io
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

from mgg_kernel.errors import ExportError
from mgg_kernel.exports.csv_text import safe_cell

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["data", "keep", "to_csv"]

# Not a property of the picture: what is one travels to the browser.
_KEPT: WeakKeyDictionary[Any, dict[str, Mapping[str, Any]]] = WeakKeyDictionary()


def keep(picture: Any, **tables: Mapping[str, Any]) -> None:
    """Keep tables with a picture, for :func:`data`.

    Args:
        picture: a figure or a layout of figures.
        tables: by name; each holds columns of equal length by their full name with unit, such as
            ``Pressure [MPa]``.
    """
    _KEPT[picture] = tables


def data(picture: Any) -> dict[str, "pa.Table"]:
    """Return the numbers behind a picture, at full rate and not as thinned for the screen.

    Args:
        picture: one that a function of :mod:`mgg_kernel.ui.plots` returned in this process.

    Returns:
        Tables by name; columns have full names with units in the picture's language, and what is
        not known is missing.

    Raises:
        ExportError: it is no such picture.
    """
    import numpy as np
    import pyarrow as pa

    return {
        name: pa.table(
            {
                title: pa.array(column, from_pandas=isinstance(column, np.ndarray))
                for title, column in columns.items()
            }
        )
        for name, columns in _tables(picture).items()
    }


def to_csv(picture: Any) -> str:
    """Return the numbers behind a picture as CSV: each table after a line ``# name``.

    Numbers are written so that they are read back to the last bit.

    Args:
        picture: as for :func:`data`.

    Raises:
        ExportError: it is no such picture.
    """
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    for number, (name, table) in enumerate(data(picture).items()):
        text.write(f"{chr(10) if number else ''}# {name}\n")
        writer.writerow([safe_cell(title) for title in table.column_names])
        columns = (table.column(place).to_pylist() for place in range(table.num_columns))
        for row in zip(*columns, strict=True):
            writer.writerow([safe_cell(value) for value in row])
    return text.getvalue()


def _tables(picture: Any) -> dict[str, Mapping[str, Any]]:
    tables = _KEPT.get(picture)
    if tables is None:
        raise ExportError(
            "No numbers are kept with this picture; give one that mgg_kernel.ui.plots made in this "
            "session."
        )
    return tables
