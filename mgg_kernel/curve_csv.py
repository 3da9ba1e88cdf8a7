"""PT curves as CSV text with the columns ``time_ms,pressure_mpa``."""

import csv
import io

from mgg_kernel.curve import PTCurve
from mgg_kernel.errors import CurveError

__all__ = ["curve_from_csv", "curve_to_csv"]

_HEADER = ["time_ms", "pressure_mpa"]


def curve_to_csv(curve: PTCurve) -> str:
    """Return a curve as CSV; every number is written so that it is read back exactly."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(_HEADER)
    writer.writerows(zip(curve.time_ms.tolist(), curve.pressure_mpa.tolist(), strict=True))
    return out.getvalue()


def curve_from_csv(text: str) -> PTCurve:
    """Read what :func:`curve_to_csv` wrote.

    Raises:
        CurveError: the header is another one, a line is not two numbers, or they are no curve.
    """
    lines = csv.reader(io.StringIO(text.removeprefix("\ufeff")))
    if next(lines, None) != _HEADER:
        raise CurveError(f"The CSV must begin with the header {','.join(_HEADER)}.")
    times, pressures = [], []
    for number, line in enumerate(lines, start=2):
        try:
            time, pressure = map(float, line)
        except ValueError:
            raise CurveError(f"Line {number} of the CSV is not two numbers: {line}.") from None
        times.append(time)
        pressures.append(pressure)
    return PTCurve(times, pressures)
