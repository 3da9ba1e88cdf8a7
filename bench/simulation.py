"""How fast curves are simulated: beside scipy, beside C, and on two threads."""

import ctypes
import shutil
import subprocess
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import numba
import numpy as np

from bench.measure import Result, compare_speed
from bench.shot import CHARGES, PARTS, TIMES_S, scipy_pressure_mpa
from mgg_kernel.simulation.compiled.follow import follow_shots
from mgg_kernel.simulation.compiled.runge_kutta import DENSE, ERRORS, TIMES, WEIGHTS
from mgg_kernel.simulation.packing import PackedShots, pack

__all__ = ["measure"]

PAIRS = 15
TOLERANCE = 1e-10
SHOTS = 200

Solver = Callable[[], np.ndarray]


def measure() -> list[Result]:
    """Measure one curve of 4,000 samples from two charges, and many on two threads."""
    exact = ours(pack([PARTS]), 1e-13)()
    results = []
    # scipy with a looser error than ours, and with about the same.
    for tolerance, scipy_tolerance in ((1e-6, 1e-6), (TOLERANCE, TOLERANCE)):
        solver = ours(pack([PARTS]), tolerance)
        reference = scipy_pressure_mpa(scipy_tolerance)
        errors = [float(np.abs(p - exact).max() / exact.max()) for p in (solver(), reference())]
        assert errors[0] <= errors[1], "ours is less exact than the reference"
        results.append(
            compare_speed(
                f"4,000 samples, two charges, error {errors[0]:.0e}",
                solver,
                f"scipy RK45 on the same equations, error {errors[1]:.0e}",
                reference,
                target=1 / 80,
                pairs=PAIRS,
            )
        )
    if shutil.which("gcc"):
        for native, target in ((False, 1 / 0.85), (True, 1 / 0.7)):
            with twin(native=native) as reference:
                results.append(beside_c(reference, native=native, target=target))
    results += threads()
    return results


def ours(packed: PackedShots, tolerance: float) -> Solver:
    """Return the compiled solver for packed shots; it returns the first curve [MPa]."""
    count, most = len(packed.counts), packed.charges.shape[1]
    pressure = np.zeros((count, TIMES_S.size))
    rest = [np.zeros((count, most)) for _ in range(3)]
    none = (np.empty((count, 0)), np.empty((count, 0)), np.empty((count, most, 0)))
    tries = np.zeros(count, dtype=np.int64)
    inputs = (TIMES_S, packed.shots, packed.counts, packed.charges, packed.laws, tolerance)

    def run(first: int = 0, past: int = count) -> np.ndarray:
        follow_shots(first, past, *inputs, pressure, *rest, *none, tries)
        return pressure[0] * 1e-6

    return run


def beside_c(reference: Solver, *, native: bool, target: float) -> Result:
    """Measure a hundred curves beside the same method in C.

    With the processor's own instructions gcc fuses multiplications with additions, which changes
    the last bits from one kind of processor to the next; ours does not, so that is told apart.
    """
    solver = ours(pack([PARTS]), TOLERANCE)
    assert np.abs(reference() - solver()).max() < 1e-9
    return compare_speed(
        "the same curve, 100 times",
        lambda: [solver() for _ in range(100)],
        "the same method in C, gcc -O3" + (" -march=native" if native else ""),
        lambda: [reference() for _ in range(100)],
        target=target,
        pairs=PAIRS,
    )


@contextmanager
def twin(*, native: bool) -> Iterator[Solver]:
    """Compile bench/twin.c and yield the solver in it."""
    tables = {"WEIGHTS": WEIGHTS, "TIMES": TIMES, "ERRORS": ERRORS, "DENSE": DENSE}
    header = ""
    for name, table in tables.items():
        size = "".join(f"[{n}]" for n in table.shape)
        values = ", ".join(repr(float(value)) for value in table.ravel())
        rows = np.array2string(table, threshold=10_000, separator=",", floatmode="unique")
        braces = rows.replace("[", "{").replace("]", "}") if table.ndim > 1 else f"{{{values}}}"
        header += f"static const double {name}{size} = {braces};\n"
    packed = pack([PARTS])
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "tableau.h").write_text(header, encoding="ascii")
        library = Path(folder) / "twin.so"
        source = Path(__file__).with_name("twin.c")
        options = ["-O3", "-shared", "-fPIC", f"-I{folder}", "-lm"]
        options += ["-march=native"] if native else []
        subprocess.run(["gcc", str(source), "-o", str(library), *options], check=True)
        follow = ctypes.CDLL(str(library)).follow
        pointer = ctypes.POINTER(ctypes.c_double)
        follow.argtypes = [
            *(ctypes.c_int, pointer, pointer, ctypes.c_int, pointer, pointer, ctypes.c_double),
            *(pointer, pointer, pointer),
        ]
        pressure, lit, out = np.zeros(TIMES_S.size), np.zeros(9), np.zeros(9)
        times, shot, charge, law, *outputs = (
            array.ctypes.data_as(pointer)
            for array in (
                *(TIMES_S, packed.shots, packed.charges, packed.laws),
                *(pressure, lit, out),
            )
        )

        def run() -> np.ndarray:
            follow(TIMES_S.size, times, shot, len(CHARGES), charge, law, TOLERANCE, *outputs)
            return pressure * 1e-6

        yield run


def threads() -> list[Result]:
    """Measure many shots on two threads beside one; and plain spinning, for what can be had."""
    run = ours(pack([PARTS] * SHOTS), TOLERANCE)
    results = []
    for what, work in ((f"{SHOTS} shots", run), ("plain spinning", _spins)):
        results.append(
            compare_speed(
                f"{what} on two threads",
                lambda work=work: _on_two(work),
                "on one thread; spinning tells what the machine gives",
                lambda work=work: work(0, SHOTS),
                target=1 / 1.8,
                pairs=PAIRS,
            )
        )
    return results


def _spins(first: int, past: int) -> None:
    _spin((past - first) * 20_000)


@numba.njit(nogil=True)
def _spin(count: int) -> float:
    value = 1.0
    for i in range(count):
        value = 1.0 / (value + i)
    return value


def _on_two(work: Callable[[int, int], object]) -> None:
    halves = ((0, SHOTS // 2), (SHOTS // 2, SHOTS))
    workers = [threading.Thread(target=work, args=half) for half in halves]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
