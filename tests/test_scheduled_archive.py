"""The scheduled notebook of the archive, run by papermill as a scheduler runs it."""

import os
import subprocess
import sys
from pathlib import Path

import nbformat
import papermill
import pytest
from archive_help import ArchiveLab, day
from web_help import jupyter_environment

from mgg_kernel.errors import AccessError, ArchiveError
from mgg_kernel.reports import archive_table

NOTEBOOK = Path(__file__).parents[1] / "scheduled" / "archive.ipynb"
pytestmark = pytest.mark.parametrize("archive_server", ["embedded"], indirect=True)


def run(lab: ArchiveLab, folder: Path, parameters: str, actor: str = "admin") -> tuple[int, str]:
    """Run the notebook; return the exit status and what the finished notebook shows."""
    assert lab.settings.database_url is not None
    done = folder / "done.ipynb"
    found = subprocess.run(
        [sys.executable, "-m", "papermill", NOTEBOOK, done, "-k", "mgg", "-y", parameters],
        capture_output=True,
        text=True,
        check=False,
        env={
            **os.environ,
            **jupyter_environment(folder),
            "MGG_DATA_DIR": str(lab.settings.data_dir),
            "MGG_DATABASE_URL": lab.settings.database_url.get_secret_value(),
            "MGG_ACTOR": actor,
        },
    )
    assert done.is_file(), found.stderr[-2000:]
    shown = [
        str(output.get("text") or output.get("data", {}).get("text/plain") or output.get("evalue"))
        for cell in nbformat.read(done, 4).cells
        for output in cell.get("outputs", ())
    ]
    return found.returncode, "\n".join(shown)


def test_a_dry_run_then_the_run_then_nothing_left(lab: ArchiveLab, tmp_path: Path) -> None:
    number = lab.add_test(day(2024, 2, 1))
    lab.add_test(day(2024, 5, 1))
    status, shown = run(lab, tmp_path, '{as_of: "2025-04-01", dry_run: true}')
    assert status == 0
    assert "1 periods, 200 rows would move." in shown
    assert lab.files() == []

    status, shown = run(lab, tmp_path, "{table: test_time_series}")
    assert status == 0
    assert "2 periods, 400 rows moved." in shown
    assert "2024-Q1.parquet" in shown
    assert lab.hot_rows() == 0
    assert lab.open_as("wang").tests.curve(number) == lab.curves["test", number]

    status, shown = run(lab, tmp_path, "{table: test_time_series}")
    assert (status, "0 periods, 0 rows moved." in shown) == (0, True)


@pytest.mark.parametrize(
    ("parameters", "actor", "sentence"),
    [
        ("{as_of: soon}", "admin", "as_of is no day: 'soon'; write it as 2026-01-31."),
        ("{dry_run: 'true'}", "admin", "dry_run must be true or false, not the text 'true'"),
        ("{table: users}", "admin", "users"),
        ("{}", "wang", "wang"),
    ],
)
def test_a_failure_is_an_exit_status_and_stands_in_the_notebook(
    lab: ArchiveLab, tmp_path: Path, parameters: str, actor: str, sentence: str
) -> None:
    lab.add_test(day(2024, 2, 1))
    status, shown = run(lab, tmp_path, parameters, actor)
    assert status == 1
    assert sentence in shown
    assert lab.hot_rows() == 200, "nothing was moved"
    done = nbformat.read(tmp_path / "done.ipynb", 4)
    assert done.metadata.papermill.exception is True


def test_the_parameters_are_those_of_the_function(lab: ArchiveLab) -> None:
    asked = papermill.inspect_notebook(NOTEBOOK)
    assert {name: one["default"] for name, one in asked.items()} == {
        "as_of": "None",
        "table": "None",
        "dry_run": "False",
    }
    with pytest.raises(ArchiveError, match="no day"):
        archive_table(lab.open_as(), as_of="2026-02-30")
    with pytest.raises(AccessError):
        archive_table(lab.open_as("boss"))
