"""How fast curves are simulated: beside scipy, beside C, on two threads, and from a recipe on."""

import shutil
import subprocess
import sys
import threading
from collections.abc import Callable

import numba
import numpy as np

from benchmarks.measure import Result, compare_speed
from benchmarks.shot import PARTS, scipy_pressure_mpa
from benchmarks.twin import twin
from mgg_kernel.recipe import Recipe
from mgg_kernel.simulation import default_model, simulate_many
from mgg_kernel.simulation.closed_vessel import sample_times_ms
from mgg_kernel.simulation.packing import ShotParts, pack
from mgg_kernel.simulation.readouts import solve_read_outs
from mgg_kernel.simulation.shot import BuiltParts, prepare
from mgg_kernel.simulation.solver import Run, run_packed

__all__ = ["measure"]

PAIRS = 15
TOLERANCE = 1e-10
SHOTS = 200
TIMES_MS = sample_times_ms(39.99, 0.01)


def measure() -> list[Result]:
    """Measure one curve of 4,000 samples from two charges, and many."""
    return [*beside_scipy(), *beside_c(), *threads(), *from_recipes(), in_a_new_process()]


def beside_scipy() -> list[Result]:
    """Measure one call beside scipy with a looser and about the same error.

    Both begin with the numbers of the equations at hand and end with a new curve.
    """
    packed = pack([PARTS])
    exact = run_packed(packed, TIMES_MS, 1e-13).pressure_mpa[0]
    results = []
    for tolerance in (1e-6, TOLERANCE):
        reference = scipy_pressure_mpa(tolerance)

        def solver(tolerance: float = tolerance) -> np.ndarray:
            return run_packed(packed, TIMES_MS, tolerance).pressure_mpa[0]

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
                in_a_row=100,
            )
        )
    return results


def beside_c() -> list[Result]:
    """Measure many curves on one core beside the same method in C."""
    run, results = many(TOLERANCE), []
    if not shutil.which("gcc"):
        return []
    for native, target in ((False, 1 / 0.85), (True, 1 / 0.7)):
        with twin(SHOTS, TOLERANCE, native=native) as reference:
            run.portion(0, SHOTS)
            assert np.abs(reference() - run.pressure).max() < 1e-9 * run.pressure.max()
            results.append(
                compare_speed(
                    f"{SHOTS} curves of 4,000 samples on one core",
                    lambda: run.portion(0, SHOTS),
                    "the same method in C, gcc -O3" + (" -march=native" if native else ""),
                    reference,
                    target=target,
                    pairs=PAIRS,
                )
            )
    return results


def many(tolerance: float) -> Run:
    """Return a run of many equal shots."""
    return Run(pack([PARTS] * SHOTS), TIMES_MS, tolerance, rows=SHOTS)


def threads() -> list[Result]:
    """Measure many shots on two threads beside C and beside one; and plain spinning beside one."""
    run = many(TOLERANCE).portion
    results = []
    if shutil.which("gcc"):
        half = SHOTS // 2
        with twin(half, TOLERANCE, native=False) as one, twin(half, TOLERANCE, native=False) as two:
            results.append(
                compare_speed(
                    f"{SHOTS} shots on two threads",
                    lambda: _on_two(run),
                    "the same method in C, gcc -O3, on two threads",
                    lambda: _at_once(one, two),
                    target=1 / 0.85,
                    pairs=PAIRS,
                )
            )
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
    _at_once(lambda: work(0, SHOTS // 2), lambda: work(SHOTS // 2, SHOTS))


def _at_once(*calls: Callable[[], object]) -> None:
    workers = [threading.Thread(target=call) for call in calls]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()


def from_recipes() -> list[Result]:
    """Measure what stands around the solver: recipes in, simulations or three numbers each out."""
    model = default_model()
    recipes = [
        Recipe.parse(
            igniter="135",
            nc=[f"B:{400 + i}"],
            gp="D:200",
            shell="22",
            current="1.2",
            vessel="10-892",
            device="Y-H",
        )
        for i in range(SHOTS)
    ]

    def parts() -> list[ShotParts]:
        built: BuiltParts = {}
        shots = (prepare(recipe, model, built) for recipe in recipes)
        return [(shot.charges, shot.igniter, shot.vessel) for shot in shots]

    run = Run(pack(parts()), TIMES_MS, TOLERANCE, rows=SHOTS)

    def read_out() -> object:
        return solve_read_outs(parts(), TIMES_MS, tolerance=1e-6, threads=1)

    def simulations() -> object:
        return simulate_many(recipes, model, threads=1)

    return [
        compare_speed(
            f"{SHOTS} recipes to simulations, on one thread",
            simulations,
            "the compiled solver alone on the same shots",
            lambda: run.portion(0, SHOTS),
            target=5,
            pairs=PAIRS,
        ),
        compare_speed(
            f"{SHOTS} recipes to three numbers each, as a fit or search needs them",
            read_out,
            "the compiled solver alone on the same shots",
            lambda: run.portion(0, SHOTS),
            target=3,
            pairs=PAIRS,
        ),
    ]


def in_a_new_process() -> Result:
    """Measure a first simulation in a new process, machine code being kept from an earlier one."""
    from_start = (
        "from mgg_kernel.simulation import Igniter, Vessel, solve_shots\n"
        "solve_shots([((), Igniter(100, 6e5, 3000, 1.25), Vessel(10))], [0.0, 1.0])"
    )
    return compare_speed(
        "a new process up to its first simulation",
        lambda: subprocess.run([sys.executable, "-c", from_start], check=True),
        "a new process that imports numba",
        lambda: subprocess.run([sys.executable, "-c", "import numba"], check=True),
        target=1.0,
        pairs=7,
    )
