"""``mgg calibrate`` and ``mgg predict``: fit a model to the lab's tests, and use it."""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mgg_kernel.cli.answer import Answer, table
from mgg_kernel.cli.curves import read_file
from mgg_kernel.cli.interrupts import ctrl_c_heard
from mgg_kernel.cli.output import check_writable, write_whole
from mgg_kernel.errors import CalibrationError, IngestError

if TYPE_CHECKING:
    from mgg_kernel.calibration import Calibration, Progress
    from mgg_kernel.calibration.predictions import Prediction
    from mgg_kernel.ingest import ReadCurve

__all__ = ["add_verbs"]

WORDS = {
    "peak_pressure_mpa": "peak pressure",
    "peak_time_ms": "peak time",
    "ignition_time_ms": "ignition time",
}


def add_verbs(verbs: Any, common: argparse.ArgumentParser) -> None:
    """Add the verbs of this module."""
    calibrate = verbs.add_parser(
        "calibrate", parents=[common], help="fit a model to a recipe database and to curves (标定)"
    )
    calibrate.add_argument(
        "--recipes", type=Path, required=True, metavar="FILE.xlsx", help="a recipe database"
    )
    calibrate.add_argument(
        "--curves", type=Path, metavar="DIR", help="folder of measured curves (.xlsx)"
    )
    calibrate.add_argument(
        "--out", type=Path, required=True, metavar="MODEL.json", help="where to write the model"
    )
    calibrate.add_argument("--name", default="calibrated", metavar="NAME", help="name of the model")
    calibrate.set_defaults(run=_calibrate)

    predict = verbs.add_parser(
        "predict", parents=[common], help="predict every product of a recipe database"
    )
    predict.add_argument(
        "--model", type=Path, required=True, metavar="MODEL.json", help="model parameters"
    )
    predict.add_argument(
        "--recipes", type=Path, required=True, metavar="FILE.xlsx", help="a recipe database"
    )
    predict.add_argument(
        "--out", type=Path, required=True, metavar="PRED.csv", help="where to write the table"
    )
    predict.set_defaults(run=_predict)


def _calibrate(arguments: argparse.Namespace) -> Answer:
    from mgg_kernel.calibration import calibrate
    from mgg_kernel.calibration.reading import curves_of, observations_of
    from mgg_kernel.ingest import read_recipe_workbook

    check_writable(arguments.out)
    _check_other_file(arguments.out, arguments.recipes)
    book = read_recipe_workbook(read_file(arguments.recipes), arguments.recipes.name)
    observations, left_out = observations_of(book)
    read, unreadable = _read_curves(arguments.curves) if arguments.curves else ([], [])
    curves, unused = curves_of(read, observations)
    warnings = [
        *book.notes,
        *(f"Left out: {one.reason}" for one in left_out),
        *unreadable,
        *(f"The curve {one.name} is not used: {one.reason}" for one in unused),
    ]
    try:
        with ctrl_c_heard() as stop:
            found = calibrate(
                observations, curves, name=arguments.name, progress=_progress(), stop=stop
            )
    except CalibrationError as error:
        if len(observations) < len(book.rows) and left_out:
            raise CalibrationError(
                f"{error} {len(left_out)} rows were left out, the first one because: "
                f"{left_out[0].reason}"
            ) from None
        raise
    write_whole(arguments.out, found.model.to_json())
    document = found.plain() | {
        "out": str(arguments.out),
        "recipes": {
            "file": book.name,
            "sha256": book.sha256,
            "rows": len(book.rows),
            "used": len(observations),
        },
        "curves_used": len(curves),
        "warnings": warnings,
    }
    return Answer(document, _told(found, document))


def _check_other_file(out: Path, *read: Path) -> None:
    """Refuse to write over a file that is read."""
    for path in read:
        if out.exists() and path.exists() and out.samefile(path):
            raise CalibrationError(f"{out} is read by this command; choose another --out.")


def _read_curves(folder: Path) -> tuple[list["ReadCurve"], list[str]]:
    """Return the curves of a folder's workbooks, and a sentence for each that is refused."""
    from mgg_kernel.ingest import read_workbook

    if not folder.is_dir():
        raise IngestError(f"{folder} is no folder; give one with measured curves (.xlsx).")
    found: list[ReadCurve] = []
    refused: list[str] = []
    for path in sorted(folder.iterdir()):
        # A spreadsheet that is open leaves a file ~$… beside it.
        if path.suffix.lower() != ".xlsx" or path.name.startswith(("~$", ".")):
            continue
        try:
            found += read_workbook(read_file(path), path.name)
        except IngestError as error:
            refused.append(f"A file of curves is not used: {error}")
    if not found and not refused:
        refused.append(f"The folder {folder} holds no curves (.xlsx).")
    return found, refused


class _Told:
    """Tells the progress in one line of a terminal."""

    def __init__(self) -> None:
        self._width = 0

    def __call__(self, progress: "Progress") -> None:
        last = progress.done >= progress.total
        line = "" if last else f"{progress.stage} {progress.done + 1}/{progress.total}"
        print(f"\r{line:<{self._width}}", end="\r" if last else "", file=sys.stderr, flush=True)
        self._width = len(line)


def _progress() -> _Told | None:
    return _Told() if sys.stderr.isatty() else None


def _told(found: "Calibration", document: dict[str, Any]) -> str:
    curves = f" and {document['curves_used']} curves" if document["curves_used"] else ""
    scores = table(
        ["left out", "products", "mean error", "median error", "inside 90 % interval"],
        [
            (
                WORDS[quantity],
                score["products"],
                _percent(score["mean_error_percent"], 2),
                _percent(score["median_error_percent"], 2),
                _percent(score["covered_percent"], 1),
            )
            for quantity, score in document["left_out"].items()
        ],
    )
    used = document["recipes"]["used"]
    lines = [
        f"{found.model.name}, fitted to {used} products{curves} in {found.seconds:.0f} s.",
        "",
        "Each product predicted without it, where its types occur in at least two others:",
        scores,
    ]
    if found.curves:
        rows = [(one.product, f"{one.rmse_mpa:.3f}") for one in found.curves]
        lines += ["", table(["curve of", "RMSE [MPa]"], rows)]
    if found.suspicious:
        lines += ["", "To be looked up:"]
        lines += [f"- {one.sheet}, {one.product}: {one.reason}" for one in found.suspicious]
    lines += [f"warning: {warning}" for warning in document["warnings"]]
    return "\n".join([*lines, "", f"model  {document['out']}"])


def _percent(value: float | None, digits: int) -> str:
    return "none" if value is None else f"{value:.{digits}f} %"


def _predict(arguments: argparse.Namespace) -> Answer:
    from mgg_kernel.calibration.predictions import predict, predictions_to_csv
    from mgg_kernel.ingest import read_recipe_workbook
    from mgg_kernel.simulation import load_model

    check_writable(arguments.out)
    _check_other_file(arguments.out, arguments.recipes, arguments.model)
    model = load_model(arguments.model)
    book = read_recipe_workbook(read_file(arguments.recipes), arguments.recipes.name)
    predictions = predict(book.rows, model)
    write_whole(arguments.out, predictions_to_csv(predictions))
    warnings = list(book.notes)
    if model.document.calibration is None:
        warnings.append(f"The model '{model.name}' is not calibrated, so there are no intervals.")
    failed = [one for one in predictions if not one.expected]
    document = {
        "model": model.name,
        "fingerprint": model.fingerprint,
        "recipes": book.name,
        "out": str(arguments.out),
        "rows": [_row(one) for one in predictions],
        "warnings": warnings,
    }
    return Answer(document, _told_predictions(arguments.out, predictions, failed, warnings))


def _told_predictions(
    out: Path,
    predictions: Sequence["Prediction"],
    failed: Sequence["Prediction"],
    warnings: Sequence[str],
) -> str:
    lines = [f"{len(predictions) - len(failed)} of {len(predictions)} products predicted: {out}"]
    lines += [
        f"warning: {one.sheet}, {one.product}: {' '.join(one.warnings)}"
        for one in predictions
        if one.warnings
    ]
    return "\n".join([*lines, *(f"warning: {warning}" for warning in warnings)])


def _row(one: "Prediction") -> dict[str, Any]:
    from mgg_kernel.calibration.predictions import QUANTITIES

    numbers: dict[str, float | None] = {}
    for name in QUANTITIES:
        expected = one.expected.get(name)
        interval = expected.interval if expected else None
        numbers[name] = expected.value if expected else None
        numbers[name + "_lo"] = interval.low if interval else None
        numbers[name + "_hi"] = interval.high if interval else None
    return {
        "sheet": one.sheet,
        "product": one.product,
        **numbers,
        "warnings": list(one.warnings),
    }
