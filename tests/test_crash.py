"""kill -9 in the middle of an ingest: what was committed stays, and nothing is half there."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import text

from mgg_kernel.hot.database import Caller
from mgg_kernel.settings import Settings
from mgg_kernel.workspace import Foundation, Workspace
from mgg_kernel.workspace.tidying import sweep_files

pytestmark = pytest.mark.crash

# Stores made-up workbooks until it cannot, and names each test once it is committed.
INGEST = """
import sys
from mgg_kernel import open as open_workspace, MggError
from mgg_kernel.ingest import example_curve, write_lab_workbook
first = int(sys.argv[1])
workbooks = [write_lab_workbook(example_curve(seed=first + n), f"C{first + n}") for n in range(40)]
workspace = open_workspace()
print("ready", flush=True)
for number, data in enumerate(workbooks):
    try:
        (result,) = workspace.tests.ingest(data, f"C{first + number}.xlsx")
    except MggError as error:
        print(f"{type(error).__name__}: {error}", flush=True)
        break
    print(result.test_result_id, flush=True)
"""


@pytest.fixture(scope="module")
def settings(open_folder: Path) -> Iterator[Settings]:
    settings = Settings(data_dir=open_folder / "crash")
    Foundation(settings, application="tests", upgrade=True).close()
    yield settings
    server = Foundation(settings, application="tests")
    server.close()


def start_ingest(settings: Settings, first: int) -> "subprocess.Popen[str]":
    process = subprocess.Popen(
        [sys.executable, "-c", INGEST, str(first)],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "MGG_DATA_DIR": str(settings.data_dir)},
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    return process


def committed_after(process: "subprocess.Popen[str]", count: int) -> list[str]:
    """Read until so many tests are committed."""
    assert process.stdout is not None
    return [process.stdout.readline().strip() for _ in range(count)]


def assert_all_whole(settings: Settings, committed: list[int]) -> None:
    """Every committed test is there with its curve and file; nothing else is, but whole."""
    foundation = Foundation(settings, application="tests")
    try:
        desk = Workspace(foundation, Caller("admin")).tests
        stored = {test.id: test for test in desk.list(limit=10_000)}
        assert set(committed) <= stored.keys()
        for number in stored:
            assert len(desk.curve(number)) == stored[number].sample_count == 4000
            assert desk.original(number)
        with foundation.database.begin(Caller("admin")) as (connection, _):
            counts = connection.execute(
                text(
                    "SELECT (SELECT count(*) FROM test_results),"
                    " (SELECT count(*) FROM test_result_files),"
                    " (SELECT count(*) FROM test_curve_samples),"
                    " (SELECT count(*) FROM operation_logs WHERE action = 'store a test')"
                )
            ).one()
        assert tuple(counts) == (len(stored), len(stored), 4000 * len(stored), len(stored))
    finally:
        foundation.close()


def test_the_server_is_killed(settings: Settings) -> None:
    committed: list[int] = []
    for round_number, delay_s in enumerate((0.0, 0.013, 0.031)):
        process = start_ingest(settings, first=1000 * (round_number + 1))
        lines = committed_after(process, 3)
        time.sleep(delay_s)  # another moment of an ingest each time
        foundation = Foundation(settings, application="tests")
        assert foundation.server is not None
        pid = foundation.server.status().pid
        assert pid is not None
        os.kill(pid, signal.SIGKILL)
        out, _ = process.communicate(timeout=60)
        foundation.database.close()
        lines += out.split("\n")
        committed += [int(line) for line in lines if line.isdigit()]
        refusals = [line for line in lines if line and not line.isdigit()]
        assert len(refusals) == 1, "the ingest that was under way says what happened, once"
        assert refusals[0].startswith("DatabaseDownError: The database does not answer")
        foundation.close()
        assert_all_whole(settings, committed)


def test_the_client_is_killed(settings: Settings) -> None:
    process = start_ingest(settings, first=9000)
    committed = [int(line) for line in committed_after(process, 3)]
    time.sleep(0.02)
    process.kill()
    out, _ = process.communicate(timeout=60)
    committed += [int(line) for line in out.split()]
    assert_all_whole(settings, committed)


def test_a_file_that_nobody_names_is_swept_away_when_it_is_old(settings: Settings) -> None:
    foundation = Foundation(settings, application="tests")
    try:
        orphan = foundation.files.put(b"left behind by a crash between file and row")
        assert sweep_files(foundation) == 0, "it may belong to an ingest that is under way"
        two_hours_ago = time.time() - 7200
        os.utime(orphan.path, (two_hours_ago, two_hours_ago))
        assert sweep_files(foundation) == 1
        assert orphan.sha256 not in foundation.files
    finally:
        foundation.close()
    assert_all_whole(settings, [])
