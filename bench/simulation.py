"""How fast curves are simulated: beside scipy, beside C, and on two threads."""

import ctypes
import shutil
import statistics
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np

from bench.measure import Result, compare_speed
from bench.shot import CHARGES, IGNITER, PARTS, TIMES_S, VESSEL, scipy_pressure_mpa
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
        with twin() as reference:
            solver = ours(pack([PARTS]), TOLERANCE)
            assert np.abs(reference() - solver()).max() < 1e-9
            results.append(
                compare_speed(
                    "the same curve, 100 times",
                    lambda: [solver() for _ in range(100)],
                    "the same method in C, gcc -O3 -march=native",
                    lambda: [reference() for _ in range(100)],
                    target=1 / 0.85,
                    pairs=PAIRS,
                )
            )
    results += [threads()]
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


@contextmanager
def twin() -> Iterator[Solver]:
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
        options = ["-O3", "-march=native", "-shared", "-fPIC", f"-I{folder}", "-lm"]
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


def threads() -> Result:
    """Measure many shots on two threads beside one."""
    run = ours(pack([(CHARGES, IGNITER, VESSEL)] * SHOTS), TOLERANCE)

    def on_two() -> None:
        workers = [
            threading.Thread(target=run, args=half)
            for half in ((0, SHOTS // 2), (SHOTS // 2, SHOTS))
        ]
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join()

    return compare_speed(
        f"{SHOTS} shots on two threads", on_two, "on one thread", run, target=1 / 1.8, pairs=PAIRS
    )


def spinning() -> float:
    """Return how much faster two busy processes get through than one: 2 on two free cores."""
    code = "s=1.0\nfor i in range(3_000_000): s=1/(s+i)"
    one, two = [], []
    for _ in range(5):
        for count, times in ((1, one), (2, two)):
            started = time.perf_counter()
            busy = [subprocess.Popen(["python3", "-c", code]) for _ in range(count)]
            for process in busy:
                process.wait()
            times.append(time.perf_counter() - started)
    return 2 * statistics.median(one) / statistics.median(two)
