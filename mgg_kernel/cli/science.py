"""``mgg simulate`` and ``mgg compare``."""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mgg_kernel.cli.answer import Answer
from mgg_kernel.cli.curves import read_file
from mgg_kernel.cli.export import export_result
from mgg_kernel.cli.output import write_whole
from mgg_kernel.errors import ComparisonError, IngestError, SimulationError

if TYPE_CHECKING:
    from mgg_kernel.comparison import Comparison
    from mgg_kernel.curve import Features, PTCurve
    from mgg_kernel.recipe import Recipe
    from mgg_kernel.simulation.intervals import Intervals
    from mgg_kernel.workspace import Workspace

__all__ = [
    "add_method_options",
    "add_recipe_options",
    "add_verbs",
    "curve_of_file",
    "method_of",
    "recipe_of",
]


def add_verbs(verbs: Any, common: argparse.ArgumentParser) -> None:
    """Add the verbs of this module."""
    simulate = verbs.add_parser(
        "simulate", parents=[common], help="simulate a recipe (正向仿真: recipe to curve)"
    )
    add_recipe_options(simulate)
    simulate.add_argument(
        "--model", type=Path, metavar="FILE", help="model parameters; then no database is used"
    )
    simulate.add_argument("--csv", type=Path, metavar="OUT.csv", help="write the curve to a file")
    simulate.add_argument(
        "--band",
        action="store_true",
        help="with --csv and a calibrated --model: add its 90 %% band",
    )
    simulate.add_argument("--work-order", metavar="NUMBER", help="the work order that it is for")
    simulate.set_defaults(run=_simulate)

    compare = verbs.add_parser(
        "compare", parents=[common], help="compare a simulation with a test (PT曲线对比)"
    )
    compare.add_argument("simulation", metavar="A", help="id of a simulation, or an .xlsx or .csv")
    compare.add_argument("test", metavar="B", help="the reference: id of a test, or a file")
    add_method_options(compare)
    compare.add_argument("--save", action="store_true", help="store the comparison (ids only)")
    compare.add_argument("--note", default="", help="a remark to store with it")
    compare.add_argument(
        "--out",
        type=Path,
        metavar="FILE",
        help="write curves, numbers and provenance: .xlsx, .csv, .parquet, .html, .pdf or .svg",
    )
    compare.add_argument("--force", action="store_true", help="replace FILE if it is there")
    compare.add_argument(
        "--language", choices=("en", "zh"), help="of FILE (captions in both unless given)"
    )
    compare.set_defaults(run=_compare)


def add_method_options(parser: argparse.ArgumentParser) -> None:
    """Add the options that say how curves are compared."""
    parser.add_argument(
        "--filter",
        metavar="CLASS",
        help="filter both first: cfc60, cfc180, cfc600, cfc1000 (SAE J211), or cfc1000-iso6487 "
        "and so on; none unless given",
    )
    parser.add_argument(
        "--rate", type=float, metavar="HZ", help="rate both are resampled to (10000)"
    )
    parser.add_argument(
        "--raw",
        action="store_true",
        help="no filter and no resampling, whatever else is given: at the reference's own times",
    )
    parser.add_argument("--window", metavar="FROM:TO", help="compare only from FROM to TO ms")


def add_recipe_options(parser: argparse.ArgumentParser, *, required: bool = True) -> None:
    """Add the options that make a recipe; where it is not required, one may give none of them."""
    recipe = parser.add_argument_group("recipe")
    recipe.add_argument(
        "--igniter", required=required, metavar="CODE", help="igniter type (点火具)"
    )
    recipe.add_argument(
        "--nc", action="append", default=[], metavar="TYPE:MG", help="NC charge; at most two"
    )
    recipe.add_argument("--gp", metavar="TYPE:MG", help="GP charge")
    recipe.add_argument("--shell", required=required, metavar="MM", help="shell height (管壳高度)")
    recipe.add_argument(
        "--current", required=required, metavar="A", help="firing current (通电条件)"
    )
    recipe.add_argument("--vessel", required=required, metavar="CODE", help="vessel (容积)")
    recipe.add_argument(
        "--device", required=required, metavar="CODE", help="test device (测试设备)"
    )
    recipe.add_argument("--sensor-range", metavar="MPA", help="sensor range (传感器量程)")


def recipe_of(arguments: argparse.Namespace) -> "Recipe":
    """Return the recipe that the options of :func:`add_recipe_options` make."""
    from mgg_kernel.recipe import Recipe

    return Recipe.parse(
        igniter=arguments.igniter,
        nc=arguments.nc,
        gp=arguments.gp,
        shell=arguments.shell,
        current=arguments.current,
        vessel=arguments.vessel,
        device=arguments.device,
        sensor_range=arguments.sensor_range,
    )


def _simulate(arguments: argparse.Namespace) -> Answer:
    recipe = recipe_of(arguments)
    if arguments.band and (arguments.csv is None or arguments.model is None):
        raise SimulationError("A band is written by --csv with a calibrated --model; give both.")
    intervals, ignition_ms = None, None
    if arguments.model is not None:
        from mgg_kernel.simulation import load_model, simulate

        simulation = simulate(recipe, load_model(arguments.model))
        intervals, ignition_ms = simulation.intervals, simulation.expected_ignition_ms
        curve, features = simulation.curve, simulation.features
        model, warnings, number, repeated = simulation.model_name, simulation.warnings, None, False
    else:
        from mgg_kernel.workspace import open as open_workspace

        with open_workspace(application="command") as workspace:
            stored = workspace.simulations.run(recipe, work_order=arguments.work_order)
        curve, features = stored.curve, stored.curve.features()
        model, warnings = stored.summary.model_name, stored.summary.warnings
        number, repeated = stored.id, stored.repeated
    if arguments.band and intervals is None:
        raise SimulationError(
            f"The model '{model}' is not calibrated and has no band; make one with 'mgg calibrate'."
        )
    if arguments.csv is not None:
        _write_csv(arguments.csv, curve, intervals if arguments.band else None)
    document = {
        "simulation_id": number,
        "repeated": repeated,
        "recipe": str(recipe),
        "model": model,
        "peak_pressure_mpa": features.peak_pressure_mpa,
        "peak_time_ms": features.peak_time_ms,
        "ignition_time_ms": features.ignition_time_ms,
        "first_rise_ms": ignition_ms,
        "interval": _interval(intervals),
        "warnings": list(warnings),
        "csv": str(arguments.csv) if arguments.csv else None,
    }
    return Answer(document, _told(document, features))


def _interval(intervals: "Intervals | None") -> dict[str, Any] | None:
    """Return the intervals of what recipe databases hold; its ignition time is the first rise."""
    if intervals is None:
        return None
    from mgg_kernel.simulation.intervals import LEVEL

    ranges = {
        "peak_pressure_mpa": intervals.peak_pressure_mpa,
        "peak_time_ms": intervals.peak_time_ms,
        "ignition_time_ms": intervals.ignition_time_ms,
    }
    return {"level": LEVEL} | {name: [one.low, one.high] for name, one in ranges.items()}


def _told(document: dict[str, Any], features: "Features") -> str:
    ignition = features.ignition_time_ms
    rise = document["first_rise_ms"]
    lines = [
        document["recipe"],
        f"peak pressure  {features.peak_pressure_mpa:.2f} MPa"
        + _sure(document, "peak_pressure_mpa"),
        f"peak time      {features.peak_time_ms:.2f} ms" + _sure(document, "peak_time_ms"),
        f"ignition time  {'none' if ignition is None else f'{ignition:.3f} ms'}",
        *(
            []
            if rise is None
            else [f"first rise     {rise:.3f} ms{_sure(document, 'ignition_time_ms')}"]
        ),
        f"model          {document['model']}",
    ]
    if document["simulation_id"] is not None:
        again = ", answered from the store" if document["repeated"] else ""
        lines.append(f"simulation     {document['simulation_id']}{again}")
    if document["csv"]:
        lines.append(f"curve          {document['csv']}")
    lines += [f"warning: {warning}" for warning in document["warnings"]]
    return "\n".join(lines)


def _sure(document: dict[str, Any], name: str) -> str:
    interval = document["interval"]
    if interval is None:
        return ""
    low, high = interval[name]
    return f"  ({100 * interval['level']:.0f} %: {low:.4g} to {high:.4g})"


def _write_csv(path: Path, curve: "PTCurve", band: "Intervals | None") -> None:
    from mgg_kernel.curve_csv import curve_to_csv

    text = curve_to_csv(curve)
    if band is not None:
        edges = zip(band.low_mpa.tolist(), band.high_mpa.tolist(), strict=True)
        added = ["low_mpa,high_mpa", *(f"{low!r},{high!r}" for low, high in edges)]
        pairs = zip(text.splitlines(), added, strict=True)
        text = "".join(f"{line},{edge}\n" for line, edge in pairs)
    write_whole(path, text)


def _compare(arguments: argparse.Namespace) -> Answer:
    from mgg_kernel.comparison import compare

    method = method_of(arguments)
    if arguments.out is not None:
        from mgg_kernel.exports import check_place, format_of

        format_of(arguments.out)
        check_place(arguments.out, force=arguments.force)
    ids = [_id(arguments.simulation), _id(arguments.test)]
    stored = None
    if None in ids and arguments.save:
        raise ComparisonError(
            "Only a stored simulation and a stored test can be saved as a comparison; give their "
            "ids, or leave out --save."
        )
    if ids == [None, None]:
        curves = [curve_of_file(arguments.simulation), curve_of_file(arguments.test)]
        result = compare(curves[0], curves[1], **method)
        export_result(arguments, result, (curves[0], curves[1]), None, None)
    else:
        from mgg_kernel.workspace import open as open_workspace

        with open_workspace(application="command") as workspace:
            simulated = _simulated(workspace, ids[0], arguments.simulation)
            measured = _measured(workspace, ids[1], arguments.test)
            result = compare(simulated, measured, **method)
            if arguments.save and ids[0] is not None and ids[1] is not None:
                stored = workspace.comparisons.save(ids[0], ids[1], note=arguments.note, **method)
            number = stored.id if stored else None
            export_result(arguments, result, (simulated, measured), workspace, number)
    return _answer(result, stored.id if stored else None)


def method_of(arguments: argparse.Namespace) -> dict[str, Any]:
    """Return the arguments of `compare` that the options of :func:`add_method_options` ask for."""
    from mgg_kernel.comparison import DEFAULT_RATE_HZ, filter_name, window_of

    rate_hz = DEFAULT_RATE_HZ if arguments.rate is None else arguments.rate
    name = filter_name(arguments.filter)
    return {
        "rate_hz": None if arguments.raw else rate_hz,
        "filter": None if arguments.raw else name,
        "window_ms": window_of(arguments.window),
    }


def _answer(result: "Comparison", comparison_id: int | None) -> Answer:
    document = {"comparison_id": comparison_id, **result.as_dict()}
    ignition = result.ignition_time_diff_ms
    percent = f" ({result.peak_pressure_diff_percent:+.1f} %)"
    errors = result.sprague_geers
    lines = [
        f"peak pressure  {result.peak_pressure_diff_mpa:+.2f} MPa{percent}",
        f"peak time      {result.peak_time_diff_ms:+.2f} ms",
        f"ignition time  {'none' if ignition is None else f'{ignition:+.3f} ms'}",
        f"impulse        {result.impulse_diff_mpa_ms:+.1f} MPa·ms",
        f"RMSE           {result.rmse_mpa:.3f} MPa ({result.rmse_percent:.1f} % of the peak)",
        f"MAE            {result.mae_mpa:.3f} MPa ({result.mae_percent:.1f} % of the peak)",
        f"correlation    {result.correlation:.5f}",
        f"R²             {result.r_squared:.5f}",
        f"Sprague–Geers  M {errors.m:+.4f}, P {errors.p:.4f}, C {errors.c:.4f}",
        *_rated(result),
    ]
    lines += [f"warning: {warning}" for warning in result.warnings]
    if comparison_id is not None:
        lines.append(f"stored as comparison {comparison_id}")
    return Answer(document, "\n".join(lines))


def _rated(result: "Comparison") -> list[str]:
    """Return the lines of the ratings."""
    iso, phases = result.iso18571, result.phases
    lines = []
    if iso is not None:
        first = f"  corridor {iso.corridor:.3f}, phase {iso.phase:.3f}, "
        last = f"magnitude {iso.magnitude:.3f}, slope {iso.slope:.3f}"
        lines = [f"ISO/TS 18571 method  {iso.overall:.3f} {iso.grade}", first + last]
    named = {
        "ignition delay": phases.ignition_delay,
        "rise": phases.rise,
        "peak": phases.peak,
        "decay": phases.decay,
    }
    for name, rating in named.items():
        told = "not seen" if rating is None else f"{rating.score:.3f} {rating.grade}"
        lines.append(f"{name:<15}{told}")
    return lines


def _simulated(workspace: "Workspace", number: int | None, word: str) -> "PTCurve":
    return curve_of_file(word) if number is None else workspace.simulations.curve(number)


def _measured(workspace: "Workspace", number: int | None, word: str) -> "PTCurve":
    return curve_of_file(word) if number is None else workspace.tests.curve(number)


def _id(word: str) -> int | None:
    return int(word) if word.isascii() and word.isdigit() else None


def curve_of_file(word: str) -> "PTCurve":
    """Return the one curve that a workbook or a ``.csv`` holds.

    Raises:
        IngestError: the file is refused, or holds several curves.
    """
    path = Path(word)
    data = read_file(path)
    if path.suffix.lower() == ".csv":
        from mgg_kernel.curve_csv import curve_from_csv

        try:
            return curve_from_csv(data.decode("utf-8"))
        except UnicodeDecodeError:
            raise IngestError(f"{path} is not UTF-8 text; save it as UTF-8.") from None
    from mgg_kernel.ingest import read_workbook

    curves = read_workbook(data, path.name)
    if len(curves) != 1:
        raise IngestError(f"{path.name} holds {len(curves)} curves; give a file with one.")
    return curves[0].curve
