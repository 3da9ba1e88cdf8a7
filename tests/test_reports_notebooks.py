"""The scheduled notebooks, each run for real in a small lab, and the numbers they find."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import numpy as np
import papermill
import pytest
from archive_help import ArchiveLab, day, short_curve
from report_help import forget_runs
from sqlalchemy import text

from mgg_kernel.curve import PTCurve
from mgg_kernel.errors import ReportError
from mgg_kernel.hot import test_results
from mgg_kernel.hot.database import Caller
from mgg_kernel.hot.recipes import store_recipe
from mgg_kernel.hot.test_results import NewTest
from mgg_kernel.recipe import Recipe
from mgg_kernel.reports import (
    daily_lab_report,
    monthly_accuracy_report,
    run_report,
    seal_report,
    verify_report,
    weekly_comparison_report,
)
from mgg_kernel.reports.catalogue import REPORTS
from mgg_kernel.reports.content import Report
from mgg_kernel.reports.manifest import audit_head
from mgg_kernel.reports.recorder import ask, rows_digest
from mgg_kernel.reports.words import WORDS
from mgg_kernel.simulation import default_model, simulate

pytestmark = pytest.mark.parametrize("archive_server", ["embedded"], indirect=True)
RECIPES = [
    Recipe.parse(
        igniter="135", nc=[f"B:{mass}"], shell="22", current="1.2", vessel="10-892", device="Y-H"
    )
    for mass in (690, 775)
]


@pytest.fixture
def small_lab(lab: ArchiveLab, monkeypatch: pytest.MonkeyPatch) -> Iterator[ArchiveLab]:
    """Tests of January to March 2024 of two products, of which the model's peak is known."""
    forget_runs(lab)
    monkeypatch.setattr("mgg_kernel.reports.provenance.find_browser", lambda: None)
    curves = [simulate(recipe, default_model()).curve for recipe in RECIPES]
    for month in (1, 2, 3):
        for shot in range(6):
            for number, curve in enumerate(curves):
                # The sensor shows 2 % less in January and February, 4 % less in March.
                scale = (0.96 if month == 3 else 0.98) * (1 + 0.001 * (shot - 2.5))
                add_test(lab, month, 3 + shot, f"P{number + 1}", RECIPES[number], curve, scale)
    yield lab
    forget_runs(lab)


def add_test(
    lab: ArchiveLab,
    month: int,
    day_of_month: int,
    product: str,
    recipe: Recipe | None,
    curve: PTCurve,
    scale: float = 1.0,
) -> int:
    at = day(2024, month, day_of_month)
    number = lab.count("SELECT count(*) FROM test_results")
    with lab.foundation.database.begin(Caller("wang")) as (connection, _):
        connection.execute(text("SELECT make_partitions(:day, :day)"), {"day": at.date()})
        return test_results.store_test(
            connection,
            NewTest(
                name=f"{product}-{month}-{day_of_month}",
                product=product,
                curve=PTCurve(curve.time_ms[::10], scale * curve.pressure_mpa[::10]),
                time_unit="ms",
                pressure_unit="MPa",
                remarks=(),
                file_name=f"{product}-{number}.xlsx",
                sha256=f"{number + 10**9:064x}",
                size_bytes=1,
                sheet="Sheet1",
                curve_number=1,
                recipe_id=None if recipe is None else store_recipe(connection, recipe),
                recorded_at=at,
            ),
        )


def digest(report: Report) -> str:
    found = report.plain()["numbers_digest"]
    assert isinstance(found, str)
    return found


def queries(report: Report) -> list[str]:
    return [one["sha256"] for one in report.plain()["queries"]]


def test_the_model_is_held_against_every_test(small_lab: ArchiveLab) -> None:
    """Known answers: a sensor that shows 2 % less has the model 1/0.98 − 1 too high."""
    ws = small_lab.open_as()
    no_recipe = add_test(small_lab, 3, 20, "P9", None, short_curve(1))
    report = monthly_accuracy_report(ws, period="2024-03")
    numbers = report.numbers
    assert (numbers["all"]["tests"], numbers["left_out"]) == (12, 1)
    assert no_recipe not in [one["id"] for one in numbers["tests"]]
    # Each tenth sample of a curve misses its peak by 0.05 %.
    assert numbers["all"]["bias_percent"] == pytest.approx(100 * (1 / 0.96 - 1), abs=0.08)
    assert numbers["all"]["within_percent"] == 100.0
    assert set(numbers["products"]) == {"P1", "P2"}
    assert set(numbers["charges"]) == {"NC B"}
    assert list(numbers["months"]) == ["2024-01", "2024-02", "2024-03"]
    assert numbers["drift"]["is_drift"]
    shift = 100 * (1 / 0.96 - 1 / 0.98)
    assert numbers["drift"]["shift_percent"] == pytest.approx(shift, abs=0.02)
    assert "more than chance explains" in report.answer
    before = monthly_accuracy_report(ws, period="2024-02")
    assert not before.numbers["drift"]["is_drift"]
    empty = monthly_accuracy_report(ws, period="2023-03", language="zh")
    assert empty.answer == WORDS["accuracy.none"][1]


def test_the_day_tells_what_is_unusual(small_lab: ArchiveLab) -> None:
    curve = simulate(RECIPES[0], default_model()).curve
    odd = add_test(small_lab, 3, 25, "P1", RECIPES[0], curve, 1.3)
    usual = add_test(small_lab, 3, 25, "P1", RECIPES[0], curve, 0.97)
    report = daily_lab_report(small_lab.open_as(), period="2024-03-25")
    found = {one["id"]: one["unusual"] for one in report.numbers["tests"]}
    assert found == {odd: True, usual: False}
    assert "1 of them are unusual" in report.answer
    assert report.numbers["products"]["P1"]["usual_mean_mpa"] == pytest.approx(
        np.mean([0.98] * 12 + [0.96] * 6) * curve.pressure_mpa[::10].max(), rel=1e-3
    )
    assert (
        daily_lab_report(small_lab.open_as("stranger"), period="2024-03-25").numbers["tests"] == []
    ), "another team's"
    assert "not known yet" not in report.answer
    first = daily_lab_report(small_lab.open_as(), period="2024-01-03")
    assert "not known yet: that takes five tests" in first.answer
    html = report.html()
    assert "<script" not in html
    assert "unusual" in html
    with pytest.raises(ReportError, match="is no period"):
        daily_lab_report(small_lab.open_as(), period="someday")
    with pytest.raises(ReportError, match="en or zh"):
        daily_lab_report(small_lab.open_as(), language="fr")


def test_the_numbers_are_the_same_hot_cold_and_both(small_lab: ArchiveLab) -> None:
    """All hot; then two quarters of which one is cold; then all cold; then partly restored."""
    lab, ws = small_lab, small_lab.open_as()
    add_test(lab, 4, 2, "P1", RECIPES[0], short_curve(3))
    reports = (daily_lab_report, weekly_comparison_report, monthly_accuracy_report)

    def found() -> list[tuple[str, list[str]]]:
        made = [one(ws, period="2024") for one in reports]
        return [(digest(one), queries(one)) for one in made]

    hot = found()
    assert len(lab.files()) == 0
    ws.archive.run(as_of=(day(2024, 7, 1) + timedelta(days=366)).date(), table="test_time_series")
    assert len(lab.files()) == 2
    assert lab.hot_rows() == 0
    assert found() == hot, "cold"
    ids = [one for ((one),) in lab.ask("SELECT id FROM test_results ORDER BY id LIMIT 7")]
    ws.archive.restore(tests=ids, reason="to be looked at")
    assert lab.hot_rows() > 0
    assert found() == hot, "both"
    lab.ask("UPDATE test_results SET peak_pressure_mpa = 1 WHERE id = %s", ids[0])
    assert found() != hot, "other data, other digests"


def test_a_report_before_and_after_archiving_is_equal(small_lab: ArchiveLab) -> None:
    """The whole way: run, archive, run again; verify says whether the data are still the same."""
    lab, ws = small_lab, small_lab.open_as()
    first = run_report(ws, "monthly_accuracy_report", period="2024-02").run
    assert first.state == "done", first.error
    archived = run_report(ws, "archive", {"table": "test_time_series"}).run
    assert archived.state == "done", archived.error
    assert lab.hot_rows() == 0
    again = run_report(ws, "monthly_accuracy_report", period="2024-02", again=True).run
    assert (again.state, again.id != first.id) == ("done", True)
    assert again.numbers_digest == first.numbers_digest
    assert again.manifest is not None
    assert first.manifest is not None
    assert again.manifest["queries"] == first.manifest["queries"]
    verdict = verify_report(ws, first.id)
    assert verdict.is_whole
    assert not [one for one in verdict.differences if one.what.startswith("query")]
    lab.ask("UPDATE test_results SET deleted_at = now(), deleted_by = created_by WHERE id = 13")
    changed = verify_report(ws, first.id)
    assert changed.is_whole, "the report is what was signed"
    assert "query 1" in {one.what for one in changed.differences if one.kind == "changed"}


@pytest.mark.parametrize(
    ("name", "period", "says"),
    [
        ("daily_lab_report", "2024-03-05", "当日录入 2 次实测"),
        ("weekly_comparison_report", "2024-W10", "本周没有仿真与实测的对比；录入实测 10 次"),
        ("calibrate", None, "未进行标定"),
        ("health", None, "项检查"),
        ("audit_seal", None, "审计|封存"),
    ],
)
def test_each_notebook_runs_as_the_scheduler_runs_it(
    small_lab: ArchiveLab, name: str, period: str | None, says: str
) -> None:
    made = run_report(small_lab.open_as(), name, {"language": "zh"}, period=period)
    assert made.run.state == "done", made.run.error
    assert any(word in made.run.answer for word in says.split("|")), made.run.answer
    page = small_lab.open_as("boss").reports.file(made.run.id, "html")[1].decode()
    assert made.run.answer.split("；")[0] in page
    assert "数据来源与可追溯信息" in page


def test_every_notebook_is_a_report_with_parameters_that_are_known(
    small_lab: ArchiveLab,
) -> None:
    for kind in REPORTS.values():
        cells = json.loads(kind.notebook.read_text("utf-8"))["cells"]
        code = [cell for cell in cells if cell["cell_type"] == "code"]
        assert len(code) == 2, "parameters, one call"
        assert all(not cell["outputs"] for cell in code)
        known = papermill.inspect_notebook(str(kind.notebook))
        assert ("period" in known) == (kind.period != "moment")
    folder = next(iter(REPORTS.values())).notebook.parent
    assert {path.stem for path in Path(folder).glob("*.ipynb")} >= REPORTS.keys()


def test_a_query_needs_an_order_and_its_digest_knows_no_types(small_lab: ArchiveLab) -> None:
    import pandas as pd

    ws = small_lab.open_as()
    with ask(ws, "test_results") as questions:
        with pytest.raises(ReportError, match="ORDER BY"):
            questions.sql("SELECT id FROM test_results")
        found = questions.sql("SELECT id, name FROM test_results ORDER BY id")
    assert questions.asked[0].rows == len(found) == 36
    rows = pd.DataFrame({"a": [1, 2], "b": [None, "x"], "c": [0.5, None]})
    same = pd.DataFrame({"a": [1.0, 2.0], "b": [float("nan"), "x"], "c": [0.5, float("nan")]})
    assert rows_digest(rows) == rows_digest(same)
    for other in ({"a": [2, 1]}, {"b": ["x", None]}, {"c": [0.5, 0.0]}):
        assert rows_digest(rows.assign(**other)) != rows_digest(rows)
    assert rows_digest(rows.rename(columns={"a": "z"})) != rows_digest(rows)


def test_where_a_chain_is_kept_it_is_sealed_and_its_head_stands_in_the_manifest(
    small_lab: ArchiveLab,
) -> None:
    @dataclass
    class Head:
        number: int
        hash: str
        sealed_at: datetime

    class Chain:
        def seal(self) -> int:
            return 3

        def head(self) -> Head:
            return Head(7, "ab", day(2024, 1, 1))

        publish = head

    ws = small_lab.open_as()
    ws.audit = Chain()  # type: ignore[assignment,attr-defined,unused-ignore]
    report = seal_report(ws)
    assert report.answer.startswith("3 entries of the operation log were sealed")
    assert report.numbers == {"sealed": 3, "number": 7, "hash": "ab"}
    told = {"number": 7, "hash": "ab", "sealed_at": "2024-01-01T12:00:00+00:00"}
    assert audit_head(ws) == told
    other = small_lab.open_as("wang")
    other.audit = Chain()  # type: ignore[assignment,attr-defined,unused-ignore]
    assert audit_head(other) is None, "who may not ask does not"
