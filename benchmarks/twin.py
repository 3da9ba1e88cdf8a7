"""The compiled solver once more, in C, built for the machine it is raced on."""

import ctypes
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np

from benchmarks.shot import CHARGES, PARTS, TIMES_S
from mgg_kernel.simulation.compiled.runge_kutta import DENSE, ERRORS, TIMES, WEIGHTS
from mgg_kernel.simulation.packing import pack

__all__ = ["twin"]


@contextmanager
def twin(shots: int, tolerance: float, *, native: bool) -> Iterator[Callable[[], np.ndarray]]:
    """Compile benchmarks/twin.c and yield a call that follows the same shot so many times [MPa].

    With the processor's own instructions gcc fuses multiplications with additions, which changes
    the last bits from one kind of processor to the next; ours does not, so that is told apart.
    """
    with tempfile.TemporaryDirectory() as folder:
        packed = pack([PARTS])
        library = _build(Path(folder), packed.laws.shape[2], native=native)
        pointer = ctypes.POINTER(ctypes.c_double)
        whole, real = ctypes.c_int, ctypes.c_double
        library.follow_many.argtypes = [
            *(whole, whole, pointer, pointer, whole, pointer, pointer, real),
            *(pointer, pointer, pointer),
        ]
        pressure, lit, out = np.zeros((shots, TIMES_S.size)), np.zeros(9), np.zeros(9)
        times, shot, charge, law, *outputs = (
            array.ctypes.data_as(pointer)
            for array in (TIMES_S, packed.shots, packed.charges, packed.laws, pressure, lit, out)
        )

        def run() -> np.ndarray:
            given = (shots, TIMES_S.size, times, shot, len(CHARGES), charge, law, tolerance)
            library.follow_many(*given, *outputs)
            return pressure

        yield run


def _build(folder: Path, pieces: int, *, native: bool) -> ctypes.CDLL:
    header = ""
    for name, table in (
        ("WEIGHTS", WEIGHTS),
        ("TIMES", TIMES),
        ("ERRORS", ERRORS),
        ("DENSE", DENSE),
    ):
        size = "".join(f"[{n}]" for n in table.shape)
        rows = ["{" + ", ".join(map(repr, row)) + "}" for row in np.atleast_2d(table).tolist()]
        values = rows[0] if table.ndim == 1 else "{" + ", ".join(rows) + "}"
        header += f"static const double {name}{size} = {values};\n"
    (folder / "tableau.h").write_text(header, encoding="ascii")
    library = folder / "twin.so"
    options = ["-O3", "-shared", "-fPIC", f"-I{folder}", f"-DPIECES={pieces}", "-lm"]
    options += ["-march=native"] if native else []
    source = Path(__file__).with_name("twin.c")
    subprocess.run(["gcc", str(source), "-o", str(library), *options], check=True)
    return ctypes.CDLL(str(library))
