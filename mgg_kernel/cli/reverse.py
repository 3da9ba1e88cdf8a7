"""``mgg reverse``: from what is wanted to the recipes that give it."""

import argparse
import csv
import io
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mgg_kernel.cli.answer import Answer, table
from mgg_kernel.cli.corridor_files import corridor_of_file
from mgg_kernel.cli.curves import read_file
from mgg_kernel.cli.interrupts import ctrl_c_heard
from mgg_kernel.cli.output import check_writable, write_whole
from mgg_kernel.cli.science import curve_of_file
from mgg_kernel.errors import ReverseError

if TYPE_CHECKING:
    from mgg_kernel.recipe import Recipe
    from mgg_kernel.reverse import Candidate, Constraints, Progress, Reverse, Target
    from mgg_kernel.simulation import Model

__all__ = ["add_verbs"]


def add_verbs(verbs: Any, common: argparse.ArgumentParser) -> None:
    """Add the verb of this module."""
    reverse = verbs.add_parser(
        "reverse", parents=[common], help="find the recipes that give a curve (逆向仿真)"
    )
    _add_target_options(reverse.add_argument_group("wanted: a curve, a corridor, or read-outs"))
    _add_limit_options(reverse)
    reverse.add_argument(
        "--model",
        type=Path,
        metavar="MODEL.json",
        help="model parameters; then no database is used",
    )
    reverse.add_argument(
        "--tested",
        type=Path,
        metavar="FILE.xlsx",
        help="with --model: a recipe database; recipes like those tested are preferred",
    )
    reverse.add_argument(
        "--count", type=int, default=10, metavar="N", help="at most so many recipes (10)"
    )
    reverse.add_argument(
        "--out", type=Path, metavar="OUT.csv", help="write the curves that the recipes give"
    )
    reverse.add_argument("--title", default="", help="without --model: what to call it")
    reverse.add_argument("--work-order", metavar="NUMBER", help="the work order that it is for")
    reverse.set_defaults(run=_reverse)


def _add_target_options(wanted: Any) -> None:
    wanted.add_argument(
        "--target", type=Path, metavar="FILE", help="a curve, as an .xlsx of the lab or a .csv"
    )
    wanted.add_argument(
        "--shift", type=float, metavar="MS", help="how far its time zero may be off (0)"
    )
    wanted.add_argument("--peak", type=float, metavar="MPA", help="peak pressure")
    wanted.add_argument("--peak-time", type=float, metavar="MS", help="time of the peak")
    wanted.add_argument("--ignition", type=float, metavar="MS", help="time of the first rise")
    wanted.add_argument(
        "--corridor",
        type=Path,
        metavar="FILE",
        help="limits of the pressure, as a .json or a .csv with time_ms, low_mpa and high_mpa",
    )
    wanted.add_argument(
        "--tolerance", type=float, metavar="PERCENT", help="how far the peak may be off (5)"
    )
    wanted.add_argument(
        "--time-tolerance", type=float, metavar="PERCENT", help="how far times may be off (15)"
    )


def _add_limit_options(parser: argparse.ArgumentParser) -> None:
    stays = parser.add_argument_group("what stays")
    stays.add_argument("--igniter", metavar="CODES", help="igniter types to choose among (点火具)")
    stays.add_argument("--shell", required=True, metavar="MM", help="shell height (管壳高度)")
    stays.add_argument("--current", required=True, metavar="A", help="firing current (通电条件)")
    stays.add_argument("--vessel", required=True, metavar="CODE", help="vessel (容积)")
    stays.add_argument("--device", required=True, metavar="CODE", help="test device (测试设备)")
    stays.add_argument("--sensor-range", metavar="MPA", help="sensor range (传感器量程)")
    limits = parser.add_argument_group(
        "choice and limits", "codes are separated by commas; '' is none at all"
    )
    limits.add_argument("--nc-types", metavar="CODES", help="NC types (all of the model)")
    limits.add_argument("--gp-types", metavar="CODES", help="GP types (all of the model)")
    limits.add_argument("--max-charges", type=int, metavar="N", help="1, 2 or 3 charges (2)")
    numbers = {
        "--mass-step": "masses are multiples of this (any)",
        "--min-mass": "least mass of a charge (20)",
        "--max-mass": "greatest mass of a charge (5000)",
        "--max-total": "greatest mass of all charges (10000)",
    }
    for name, told in numbers.items():
        limits.add_argument(name, type=float, metavar="MG", help=told)
    limits.add_argument(
        "--max-pressure", type=float, metavar="MPA", help="the peak may not be above"
    )


def _reverse(arguments: argparse.Namespace) -> Answer:
    if arguments.out is not None:
        check_writable(arguments.out)
    target = _target(arguments)
    number = None
    if arguments.model is not None:
        if arguments.title or arguments.work_order:
            raise ReverseError(
                "Only what is stored has a title and a work order; leave them out, or --model."
            )
        from mgg_kernel.simulation import load_model

        model = load_model(arguments.model)
        found = _searched(arguments, target, model)
    else:
        if arguments.tested is not None:
            raise ReverseError(
                "Without --model the recipes of the database are the tested ones; give --model, or "
                "leave out --tested."
            )
        number, found, model = _stored(arguments, target)
    if arguments.out is not None:
        _write_csv(arguments.out, found.candidates, model)
    return Answer(_document(found, number, arguments), _told(found, number))


def _searched(arguments: argparse.Namespace, target: "Target", model: "Model") -> "Reverse":
    from mgg_kernel.reverse import reverse

    constraints, tested = _constraints(arguments, model), _tested(arguments.tested)
    with ctrl_c_heard() as stop:
        return reverse(
            target,
            constraints,
            model,
            tested=tested,
            count=arguments.count,
            progress=_progress(),
            stop=stop,
        )


def _stored(arguments: argparse.Namespace, target: "Target") -> "tuple[int, Reverse, Model]":
    from mgg_kernel.workspace import open as open_workspace

    with open_workspace(application="command") as workspace, ctrl_c_heard() as stop:
        model = workspace.simulations.model()
        stored = workspace.simulations.reverse(
            target,
            _constraints(arguments, model),
            model=model,
            title=arguments.title,
            work_order=arguments.work_order,
            count=arguments.count,
            progress=_progress(),
            stop=stop,
        )
    return stored.id, stored.reverse, model


def _target(arguments: argparse.Namespace) -> "Target":
    from mgg_kernel.reverse import Target

    given: dict[str, Any] = {
        "shift_ms": arguments.shift,
        "peak_pressure_mpa": arguments.peak,
        "peak_time_ms": arguments.peak_time,
        "ignition_time_ms": arguments.ignition,
        "pressure_tolerance_percent": arguments.tolerance,
        "time_tolerance_percent": arguments.time_tolerance,
    }
    if arguments.target is not None:
        given["curve"] = curve_of_file(str(arguments.target))
    if arguments.corridor is not None:
        given["corridor"] = corridor_of_file(arguments.corridor)
    return Target(**{name: value for name, value in given.items() if value is not None})


def _constraints(arguments: argparse.Namespace, model: "Model") -> "Constraints":
    from mgg_kernel.reverse import Constraints

    given: dict[str, Any] = {
        "nc_types": _codes(arguments.nc_types),
        "gp_types": _codes(arguments.gp_types),
        "max_charges": arguments.max_charges,
        "mass_step_mg": arguments.mass_step,
        "min_charge_mg": arguments.min_mass,
        "max_charge_mg": arguments.max_mass,
        "max_total_mg": arguments.max_total,
        "max_pressure_mpa": arguments.max_pressure,
        "sensor_range_mpa": arguments.sensor_range,
    }
    igniters = _codes(arguments.igniter)
    return Constraints(
        igniters=tuple(sorted(model.document.igniters.types)) if igniters is None else igniters,
        vessel=arguments.vessel,
        shell_mm=arguments.shell,
        current_a=arguments.current,
        device=arguments.device,
        **{name: value for name, value in given.items() if value is not None},
    )


def _codes(text: str | None) -> tuple[str, ...] | None:
    if text is None:
        return None
    return tuple(code.strip() for code in text.split(",") if code.strip())


def _tested(path: Path | None) -> "list[Recipe]":
    if path is None:
        return []
    from mgg_kernel.ingest import read_recipe_workbook

    book = read_recipe_workbook(read_file(path), path.name)
    return [row.recipe for row in book.rows if row.recipe is not None]


class _Line:
    """Tells the progress in one line of a terminal."""

    def __init__(self) -> None:
        self._width = 0

    def __call__(self, progress: "Progress") -> None:
        last = progress.done >= progress.total
        line = "" if last else f"{progress.stage} {progress.done + 1}/{progress.total}"
        print(f"\r{line:<{self._width}}", end="\r" if last else "", file=sys.stderr, flush=True)
        self._width = len(line)


def _progress() -> _Line | None:
    return _Line() if sys.stderr.isatty() else None


def _document(
    found: "Reverse", number: int | None, arguments: argparse.Namespace
) -> dict[str, Any]:
    from mgg_kernel.simulation.intervals import LEVEL

    document = found.plain()
    for one in document["candidates"]:
        one["interval"] = {"level": LEVEL} | one["interval"] if one["interval"] else None
    if arguments.target is not None:
        document["target"]["curve"] = str(arguments.target)
    return {
        "reverse_simulation_id": number,
        **document,
        "csv": str(arguments.out) if arguments.out else None,
    }


def _told(found: "Reverse", number: int | None) -> str:
    header = ["rank", "recipe", "peak [MPa]", "at [ms]", "score", "confidence", "alike"]
    rows = [
        [
            one.rank,
            _charges(one.recipe),
            f"{one.peak_pressure_mpa:.2f}",
            f"{one.peak_time_ms:.2f}",
            f"{one.score:.2f}",
            "" if one.confidence is None else f"{one.confidence:.0f} %",
            " ".join(map(str, one.alike)),
        ]
        for one in found.candidates
    ]
    lines = [found.message, *([table(header, rows)] if rows else [])]
    for one in found.candidates[:1]:
        lines += [f"first: {reason}" for reason in one.reasons]
        lines += [f"warning: {warning}" for warning in one.warnings]
    looked = f"{found.combinations} combinations in {found.seconds:.1f} s"
    lines.append(f"model {found.model_name}, {looked}")
    if number is not None:
        lines.append(f"stored as reverse simulation {number}")
    return "\n".join(lines)


def _charges(recipe: "Recipe") -> str:
    parts = [f"NC {charge}" for charge in recipe.nc] + ([f"GP {recipe.gp}"] if recipe.gp else [])
    return f"igniter {recipe.igniter_type}, {' + '.join(parts)}"


def _write_csv(path: Path, candidates: "Sequence[Candidate]", model: "Model") -> None:
    """Write the curves side by side, with their 90 % bands where the model is calibrated."""
    from mgg_kernel.simulation import simulate_many

    if not candidates:
        raise ReverseError("No recipe was found, so there is no curve to write.")
    simulations = simulate_many([one.recipe for one in candidates], model)
    columns = {"time_ms": simulations[0].curve.time_ms}
    for one, simulation in zip(candidates, simulations, strict=True):
        columns[f"pressure_mpa_{one.rank}"] = simulation.curve.pressure_mpa
        if simulation.intervals is not None:
            columns[f"low_mpa_{one.rank}"] = simulation.intervals.low_mpa
            columns[f"high_mpa_{one.rank}"] = simulation.intervals.high_mpa
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows(zip(*(values.tolist() for values in columns.values()), strict=True))
    write_whole(path, out.getvalue())
