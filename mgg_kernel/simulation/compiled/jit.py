"""How functions are compiled: strict arithmetic, no interpreter lock, machine code kept on disk."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar, cast
from zlib import crc32

import numba

__all__ = ["compiled", "compiled_and_kept", "inlined", "source_stamp"]

Function = TypeVar("Function", bound=Callable[..., Any])

OPTIONS: dict[str, Any] = {"nogil": True, "error_model": "numpy"}
BORROWS: dict[str, Any] = OPTIONS | {"_nrt": False}
"""No fast-math: the same input gives the same bits.  A division by zero gives inf, as in numpy."""


def compiled(function: Function) -> Function:
    """Compile a function that only compiled functions call."""
    return cast("Function", numba.njit(**BORROWS)(function))


def compiled_and_making(function: Function) -> Function:
    """Compile a function that also makes arrays."""
    return cast("Function", numba.njit(**OPTIONS)(function))


def inlined(function: Function) -> Function:
    """Compile a function into each that calls it: passing some arrays costs more than a short sum.

    An array is passed as seven or more words, so a call with five arrays fills the stack.
    """
    return cast("Function", numba.njit(forceinline=True, **BORROWS)(function))


def compiled_and_kept(function: Function) -> Function:
    """Compile a function once per machine: beside its source, else in the user's cache folder.

    Where neither can be written, each process compiles it for itself.
    """
    try:
        return cast("Function", numba.njit(cache=True, **OPTIONS)(function))
    except RuntimeError:  # numba found no folder that it may write to
        return compiled(function)


def source_stamp() -> int:
    """Return a number that changes with any source file of this folder.

    A kept function knows only its own file; compiled with this number it is compiled anew when
    one that it calls has changed.
    """
    stamp = 0
    for path in sorted(Path(__file__).parent.glob("*.py")):
        stamp = crc32(path.read_bytes(), stamp)
    return stamp
