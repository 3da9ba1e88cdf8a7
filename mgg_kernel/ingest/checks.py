"""What a record must be to count as a PT curve."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from mgg_kernel.errors import IngestError
from mgg_kernel.ingest.limits import Limits

__all__ = ["check_samples"]

FloatArray = NDArray[np.float64]
Address = Callable[[int], str]


def check_samples(
    time_ms: FloatArray,
    pressure_mpa: FloatArray,
    time_cell: Address,
    pressure_cell: Address,
    limits: Limits,
) -> None:
    """Refuse what is no PT curve.

    Args:
        time_ms: shape (n,).
        pressure_mpa: shape (n,).
        time_cell: gives the address of the cell of a time, by its index.
        pressure_cell: gives the address of the cell of a pressure, by its index.
        limits: fewest samples, latest start, highest pressure.

    Raises:
        IngestError: the record is refused; the message names neither file nor sheet.
    """
    if time_ms.size < limits.samples:
        raise IngestError(
            f"it holds {time_ms.size} samples, but a curve needs at least {limits.samples}; "
            "export the whole record"
        )
    for values, cell in ((time_ms, time_cell), (pressure_mpa, pressure_cell)):
        broken = np.flatnonzero(~np.isfinite(values))
        if broken.size:
            raise IngestError(
                f"cell {cell(int(broken[0]))} holds a number too large to be true; correct it"
            )
    backwards = np.flatnonzero(np.diff(time_ms) <= 0)
    if backwards.size:
        at = int(backwards[0]) + 1
        raise IngestError(
            f"cell {time_cell(at)} holds the time {time_ms[at]:.10g} ms, which is not after the "
            f"{time_ms[at - 1]:.10g} ms before it; sort the rows by time and remove repeated ones"
        )
    if abs(time_ms[0]) > limits.first_time_ms:
        raise IngestError(
            f"cell {time_cell(0)} lets the record start at {time_ms[0]:.10g} ms, more than "
            f"{limits.first_time_ms:g} ms from zero; shift the times so that zero is the firing"
        )
    _check_peak(pressure_mpa, pressure_cell, limits)


def _check_peak(pressure_mpa: FloatArray, cell: Address, limits: Limits) -> None:
    at = int(np.argmax(pressure_mpa))
    peak = float(pressure_mpa[at])
    if peak <= 0 or peak == float(pressure_mpa.min()):
        raise IngestError(
            f"its highest pressure, in cell {cell(at)}, is {peak + 0.0:g} MPa and no rise; "
            "check that the column is the pressure and not another channel"
        )
    if peak > limits.peak_mpa:
        raise IngestError(
            f"its highest pressure, in cell {cell(at)}, is {peak:,.0f} MPa, which no vessel holds; "
            "check the unit of pressure in the header"
        )
