"""How lists are searched."""

from typing import Any

from sqlalchemy import ColumnElement

__all__ = ["contains"]


def contains(column: ColumnElement[Any], wanted: str) -> ColumnElement[bool]:
    """Return whether a text column contains `wanted`, in any case.

    ``%`` and ``_`` stand for themselves.
    """
    return column.icontains(wanted.strip(), autoescape=True)
