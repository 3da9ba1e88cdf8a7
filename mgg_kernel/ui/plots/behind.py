"""The numbers behind a picture: kept beside it at full rate, since the screen gets fewer."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["Tables", "keep", "kept"]

Tables = dict[str, "pa.Table"]

# Not a property of the picture: what is one travels to the browser.
_KEPT: WeakKeyDictionary[Any, dict[str, Mapping[str, Any]]] = WeakKeyDictionary()


def keep(picture: Any, **tables: Mapping[str, Any]) -> None:
    """Keep tables with a picture, for :func:`mgg_kernel.ui.plots.data`.

    Args:
        picture: a figure or a layout of figures.
        tables: by name; each holds columns of equal length by their full name with unit, such as
            ``Pressure [MPa]``.
    """
    _KEPT[picture] = tables


def kept(picture: Any) -> Tables | None:
    """Return the tables of a picture as Arrow tables, NaN as missing; None where none was kept."""
    import numpy as np
    import pyarrow as pa

    tables = _KEPT.get(picture)
    if tables is None:
        return None
    return {
        name: pa.table(
            {
                title: pa.array(column, from_pandas=isinstance(column, np.ndarray))
                for title, column in columns.items()
            }
        )
        for name, columns in tables.items()
    }
