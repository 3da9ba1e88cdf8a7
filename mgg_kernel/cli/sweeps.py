"""``mgg sweep``."""

import argparse
import sys
from collections.abc import Iterable
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING, Any

from mgg_kernel.cli.answer import Answer, table
from mgg_kernel.errors import SimulationError

if TYPE_CHECKING:
    import pyarrow as pa

    from mgg_kernel.recipe import Recipe
    from mgg_kernel.simulation import Model
    from mgg_kernel.sweeps import SweepProgress

__all__ = ["add_verbs"]

MOST_SHOWN = 20
MOST_WITHOUT_FILE = 10_000
TELL_EVERY_S = 0.5


def add_verbs(verbs: Any, common: argparse.ArgumentParser) -> None:
    """Add the verb of this module."""
    sweep = verbs.add_parser(
        "sweep", parents=[common], help="simulate many recipes, from ranges (批量仿真)"
    )
    _add_space_options(sweep)
    design = sweep.add_argument_group("design")
    design.add_argument(
        "--design", choices=["grid", "sobol", "lhs"], help="grid; with --samples: sobol"
    )
    design.add_argument("--samples", type=int, metavar="N", help="draw so many recipes")
    design.add_argument("--seed", type=int, default=0, metavar="N", help="draw others (0)")
    sweep.add_argument(
        "--model", type=Path, metavar="FILE", help="model parameters; then no database is used"
    )
    sweep.add_argument(
        "--out", type=Path, metavar="FILE", help="write the table to a .parquet or .csv file"
    )
    sweep.add_argument("--curves", action="store_true", help="with the samples (.parquet only)")
    sweep.add_argument(
        "--no-intervals", action="store_true", help="leave the intervals out, which is quicker"
    )
    sweep.add_argument(
        "--scheduler", metavar="ADDRESS", help="a Dask scheduler whose workers simulate"
    )
    sweep.add_argument("--threads", type=int, metavar="N", help="threads on this machine")
    sweep.add_argument("--store", action="store_true", help="store the simulations")
    sweep.add_argument("--work-order", metavar="NUMBER", help="the work order, with --store")
    sweep.set_defaults(run=_sweep)


def _add_space_options(parser: argparse.ArgumentParser) -> None:
    space = parser.add_argument_group(
        "recipes", "several codes or numbers are separated by commas; a range is FROM:TO:STEP"
    )
    charge = "TYPES:FROM:TO:STEP"
    space.add_argument("--igniter", required=True, metavar="CODES", help="igniter types (点火具)")
    space.add_argument(
        "--nc", action="append", default=[], metavar=charge, help="NC charge, in mg; at most two"
    )
    space.add_argument("--gp", metavar=charge, help="GP charge, in mg")
    space.add_argument("--shell", required=True, metavar="MM", help="shell heights (管壳高度)")
    space.add_argument("--current", required=True, metavar="A", help="firing currents (通电条件)")
    space.add_argument("--vessel", required=True, metavar="CODES", help="vessels (容积)")
    space.add_argument("--device", required=True, metavar="CODES", help="test devices (测试设备)")
    space.add_argument("--sensor-range", metavar="MPA", help="sensor range (传感器量程)")


def _sweep(arguments: argparse.Namespace) -> Answer:
    _refuse_what_does_not_fit(arguments)
    recipes, count = _recipes(arguments)
    if not arguments.out and count > MOST_WITHOUT_FILE:
        raise SimulationError(
            f"These are {count:,} recipes; give --out FILE.parquet for more than "
            f"{MOST_WITHOUT_FILE:,}, or draw some with --samples."
        )
    model, stored = _model_and_stored(arguments, recipes)
    document = {
        "recipes": count,
        "model": model.name,
        "model_fingerprint": model.fingerprint,
        "out": str(arguments.out) if arguments.out else None,
        **stored,
    }
    if stored and not arguments.out:
        return Answer(document, _told(document))
    options = {
        "scheduler": arguments.scheduler,
        "threads": arguments.threads,
        "progress": _Teller() if sys.stderr.isatty() else None,
        "intervals": not arguments.no_intervals,
        "curves": arguments.curves,
    }
    from mgg_kernel.sweeps import run_sweep, sweep_to_file

    if arguments.out:
        document["rows"] = sweep_to_file(recipes, model, arguments.out, **options)
        return Answer(document, _told(document))
    found = run_sweep(recipes, model, **options)
    return Answer({**document, "results": found.to_pylist()}, _told(document, found))


def _model_and_stored(
    arguments: argparse.Namespace, recipes: "Iterable[Recipe]"
) -> "tuple[Model, dict[str, Any]]":
    """Return the model, and what became of storing, where that is wanted."""
    from mgg_kernel.simulation import load_model

    given = None if arguments.model is None else load_model(arguments.model)
    if given is not None and not arguments.store:
        return given, {}
    from mgg_kernel.workspace import open as open_workspace

    with open_workspace(application="command") as workspace:
        model = given or workspace.simulations.model()
        if not arguments.store:
            return model, {}
        kept = workspace.simulations.run_many(recipes, model=model, work_order=arguments.work_order)
    return model, {
        "stored": sum(not each.repeated for each in kept),
        "repeated": sum(each.repeated for each in kept),
        "simulation_ids": [each.id for each in kept],
    }


def _refuse_what_does_not_fit(arguments: argparse.Namespace) -> None:
    if arguments.design == "grid" and arguments.samples is not None:
        raise SimulationError("A grid takes no --samples; choose --design sobol or lhs.")
    if arguments.design in {"sobol", "lhs"} and arguments.samples is None:
        raise SimulationError(f"The design {arguments.design} needs --samples N.")
    if arguments.curves and not arguments.out:
        raise SimulationError("Curves are written to a file; give --out FILE.parquet.")
    if arguments.store and arguments.scheduler and not arguments.out:
        raise SimulationError(
            "What is stored is simulated on this machine; leave out --scheduler, or write its "
            "table with --out."
        )
    if arguments.work_order and not arguments.store:
        raise SimulationError("A work order is for what is stored; give --store as well.")


def _recipes(arguments: argparse.Namespace) -> "tuple[Iterable[Recipe], int]":
    from mgg_kernel.sweeps import RecipeSpace, full_grid, latin_hypercube, sobol

    space = RecipeSpace.parse(
        igniter=arguments.igniter,
        nc=arguments.nc,
        gp=arguments.gp,
        shell=arguments.shell,
        current=arguments.current,
        vessel=arguments.vessel,
        device=arguments.device,
        sensor_range=arguments.sensor_range,
    )
    if arguments.samples is None:
        return full_grid(space), space.size
    draw = latin_hypercube if arguments.design == "lhs" else sobol
    drawn = draw(space, arguments.samples, seed=arguments.seed)
    return drawn, len(drawn)


def _told(document: dict[str, Any], found: "pa.Table | None" = None) -> str:
    lines = [f"{document['recipes']} recipes", f"model          {document['model']}"]
    if "stored" in document:
        lines.append(
            f"store          {document['stored']} new, {document['repeated']} there already"
        )
    if document["out"]:
        lines.append(f"table          {document['out']}")
    if found is not None:
        lines += ["", _shown(found)]
        if len(found) > MOST_SHOWN:
            lines.append(f"… and {len(found) - MOST_SHOWN} more; --out FILE.csv writes all.")
    return "\n".join(lines)


def _shown(found: "pa.Table") -> str:
    """Return the first rows, with those columns of the recipe that are not the same in all."""
    recipe = found.column_names[: found.column_names.index("ignition_time_ms")]
    changing = [name for name in recipe if len(found[name].unique()) > 1]
    read = ["peak_pressure_mpa", "peak_time_ms", "expected_ignition_ms"]
    bounds = [f"{read[0]}_lo", f"{read[0]}_hi"] if found[f"{read[0]}_lo"].null_count == 0 else []
    names = [*changing, read[0], *bounds, *read[1:]]
    rows = found.slice(0, MOST_SHOWN).to_pylist()
    cells = [[*(_cell(row[name]) for name in names), row["error"]] for row in rows]
    return table([*names, ""], cells)


def _cell(value: object) -> object:
    return f"{value:.6g}" if isinstance(value, float) else value


class _Teller:
    """Tells a person at a terminal how far the sweep is."""

    def __init__(self) -> None:
        self._last = monotonic()

    def __call__(self, progress: "SweepProgress") -> None:
        if progress.done == progress.total:
            print("\r\033[K", end="", file=sys.stderr, flush=True)
        elif monotonic() - self._last > TELL_EVERY_S:
            self._last = monotonic()
            print(f"\r{progress.done} of {progress.total}", end="", file=sys.stderr, flush=True)
