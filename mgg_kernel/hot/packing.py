"""Curves inside JSON documents, kept as the bytes of their numbers.

A sample takes a third of the room that it takes as a JSON number, and comes back to the last bit.
"""

import base64
import binascii
import zlib
from typing import Any

import numpy as np

from mgg_kernel.errors import StoreError

__all__ = ["pack", "unpack"]

KEY = "float64"
"""The key of a packed list: its little-endian doubles, deflated, in base64."""
LEAST = 32
"""Shorter lists stay as they are, for those who read the database by hand."""


def pack(value: Any) -> Any:
    """Return plain JSON values with every long list of floats packed."""
    if isinstance(value, dict):
        return {key: pack(one) for key, one in value.items()}
    if not isinstance(value, list | tuple):
        return value
    if len(value) < LEAST or not all(type(one) is float for one in value):
        return [pack(one) for one in value]
    data = zlib.compress(np.asarray(value, dtype="<f8").tobytes())
    return {KEY: base64.b64encode(data).decode("ascii")}


def unpack(value: Any) -> Any:
    """Return what :func:`pack` was given.

    Raises:
        StoreError: a packed list is damaged.
    """
    if isinstance(value, list):
        return [unpack(one) for one in value]
    if not isinstance(value, dict):
        return value
    if value.keys() != {KEY}:
        return {key: unpack(one) for key, one in value.items()}
    try:
        data = zlib.decompress(base64.b64decode(value[KEY], validate=True))
        return np.frombuffer(data, dtype="<f8").tolist()
    except (TypeError, ValueError, binascii.Error, zlib.error) as error:
        raise StoreError(
            f"A packed curve in the database cannot be read ({error}); restore the row from a "
            "backup."
        ) from None
