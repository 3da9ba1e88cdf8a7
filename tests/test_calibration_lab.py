"""The figures that a calibration on the lab's own data must reach, by the command line."""

import io
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from calibration_help import fitted
from test_calibration_cli import rows_of
from test_cli import document, mgg

from mgg_kernel.calibration import MeasuredCurve, Observation
from mgg_kernel.calibration.reading import curves_of, observations_of
from mgg_kernel.comparison import compare
from mgg_kernel.ingest import read_recipe_workbook, read_workbook
from mgg_kernel.simulation import simulate

Lab = tuple[list[Observation], list[MeasuredCurve]]


@pytest.fixture(scope="module")
def lab(lab_data: Path) -> Lab:
    path = lab_data / "recipe_database.xlsx"
    observations, _ = observations_of(read_recipe_workbook(path.read_bytes(), path.name))
    files = sorted((lab_data / "curves").iterdir())
    read = [one for file in files for one in read_workbook(file.read_bytes(), file.name)]
    curves, unused = curves_of(read, observations)
    assert not unused
    return observations, curves


@pytest.fixture(scope="module")
def calibrated(lab_data: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Any, Path]:
    """The whole database by the command, and where the model is."""
    out = tmp_path_factory.mktemp("lab") / "model.json"
    done = mgg(
        *("calibrate", "--recipes", lab_data / "recipe_database.xlsx"),
        *("--curves", lab_data / "curves", "--out", out, "--json"),
        timeout_s=600,
    )
    return document(done), out


@pytest.mark.slow
def test_left_out_products_are_met_as_well_as_they_must(calibrated: tuple[Any, Path]) -> None:
    left_out = calibrated[0]["left_out"]
    pressure, time = left_out["peak_pressure_mpa"], left_out["peak_time_ms"]
    ignition = left_out["ignition_time_ms"]
    assert pressure["products"] >= 90
    assert pressure["mean_error_percent"] <= 3.5
    assert pressure["median_error_percent"] <= 2.0
    assert time["mean_error_percent"] <= 10.0
    assert time["median_error_percent"] <= 6.0
    assert ignition["mean_error_percent"] <= 9.0
    assert all(85 <= one["covered_percent"] <= 95 for one in left_out.values())


@pytest.mark.slow
def test_the_labs_rows_that_contradict_each_other_are_told(calibrated: tuple[Any, Path]) -> None:
    twins = [one for one in calibrated[0]["suspicious"] if "contradicts" in one["reason"]]
    assert twins
    assert all(one["quantity"] == "peak_time_ms" for one in twins)


@pytest.mark.slow
def test_every_row_of_the_lab_is_predicted(
    lab_data: Path, calibrated: tuple[Any, Path], tmp_path: Path, lab: Lab
) -> None:
    out = tmp_path / "predictions.csv"
    book = lab_data / "recipe_database.xlsx"
    document(mgg("predict", "--model", calibrated[1], "--recipes", book, "--out", out, "--json"))
    rows = rows_of(out)
    assert [row["product"] for row in rows] == [one.product for one in lab[0]]
    errors = sorted(
        abs(float(row["peak_pressure_mpa"]) / one.peak_pressure_mpa - 1)
        for row, one in zip(rows, lab[0], strict=True)
        if one.peak_pressure_mpa
    )
    assert errors[len(errors) // 2] < 0.02


def test_a_subset_of_the_lab_by_the_command(lab_data: Path, tmp_path: Path) -> None:
    """What somebody does who leaves products out: rows go, their curves stay behind."""
    workbook = openpyxl.load_workbook(lab_data / "recipe_database.xlsx")
    for sheet in workbook.worksheets:
        for at in range(sheet.max_row, 24, -1):
            sheet.delete_rows(at)
        for at in range(sheet.max_row, 4, -1):
            if any(sheet.cell(at, column).value == "59_2" for column in range(1, 5)):
                sheet.delete_rows(at)
    buffer, path = io.BytesIO(), tmp_path / "subset.xlsx"
    workbook.save(buffer)
    path.write_bytes(buffer.getvalue())
    model, out = tmp_path / "model.json", tmp_path / "predictions.csv"
    answer = document(
        mgg(
            *("calibrate", "--recipes", path, "--curves", lab_data / "curves"),
            *("--out", model, "--json"),
        )
    )
    assert answer["curves_used"] == 2
    assert any("The product '59_2'" in warning for warning in answer["warnings"])
    book = lab_data / "recipe_database.xlsx"
    document(mgg("predict", "--model", model, "--recipes", book, "--out", out, "--json"))
    rows = rows_of(out)
    assert all(row["peak_pressure_mpa_hi"] for row in rows)
    assert any("is not in the model" in row["warnings"] for row in rows)


@pytest.mark.parametrize(
    ("product", "rmse_mpa", "peak_percent", "time_ms"),
    [("59_2", 0.6, 2.0, 0.3), ("59_1", 1.0, 3.0, 0.3), ("59_5", 2.0, 3.0, 0.3)],
)
def test_a_curve_of_product_59_that_was_left_out(
    lab: Lab, product: str, rmse_mpa: float, peak_percent: float, time_ms: float
) -> None:
    """Two curves are left, so the limits are wider than those for an amount between three."""
    observations = [one for one in lab[0] if one.product != product]
    curves = [one for one in lab[1] if one.product != product]
    _, _, model = fitted(observations, curves)
    one = next(one for one in lab[0] if one.product == product)
    measured = next(one.curve for one in lab[1] if one.product == product)
    shot = simulate(one.recipe, model)
    found = compare(shot.curve, measured)
    assert found.rmse_mpa < rmse_mpa
    assert abs(found.peak_pressure_diff_percent) < peak_percent
    assert abs(found.peak_time_diff_ms) < time_ms
    assert shot.intervals is not None
    interval = shot.intervals.peak_pressure_mpa
    assert interval.low <= measured.peak.pressure_mpa <= interval.high
