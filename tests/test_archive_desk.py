"""`ws.archive` and `mgg archive`: holds, retention, restoring, looking."""

import hashlib
import json
import os
from pathlib import Path

import pytest
from archive_help import ArchiveLab, day

from mgg_kernel.cli import main
from mgg_kernel.errors import ArchiveError, ConflictError, NotFoundError, StoreError


def test_a_hold_keeps_whole_periods_of_its_tables_until_it_is_released(lab: ArchiveLab) -> None:
    lab.add_test(day(2024, 1, 10))
    lab.add_test(day(2024, 4, 10))
    lab.add_simulation(day(2024, 1, 10))
    archive = lab.open_as().archive
    hold = archive.hold("2024-03", table="test_time_series", reason="claim 4711")
    planned = [(one.table, one.period.name, one.state) for one in archive.plan()]
    assert planned == [
        ("simulation_time_series", "2024-Q1", "due"),
        ("test_time_series", "2024-Q1", "held"),
        ("test_time_series", "2024-Q2", "due"),
    ]
    assert {one.path for one in archive.run()} == {
        "simulation_time_series/2024-Q1.parquet",
        "test_time_series/2024-Q2.parquet",
    }
    assert [one.reason for one in archive.status().holds] == ["claim 4711"]
    archive.release(hold)
    with pytest.raises(NotFoundError, match=f"no hold {hold}"):
        archive.release(hold)
    assert [one.path for one in archive.run()] == ["test_time_series/2024-Q1.parquet"]
    lab.assert_each_curve_once()
    logged = lab.ask(
        "SELECT action, details ->> 'reason' FROM operation_logs WHERE log_type = 'archive'"
        " AND action LIKE '%%hold%%' ORDER BY id"
    )
    assert logged == [
        ("hold a period", "claim 4711"),
        ("release a hold", None),
        ("release a hold", "There is no hold 1; 'mgg archive status' shows those there are."),
    ]


def test_retention_is_changed_by_administrators_logged_and_never_against_what_is_cold(
    lab: ArchiveLab,
) -> None:
    lab.add_test(day(2024, 1, 10))
    archive = lab.open_as().archive
    before = {one.table: one.hot_days for one in archive.policies()}
    assert before["test_time_series"] == 365
    archive.set_hot_days("test_time_series", 20_000)
    assert archive.plan() == [], "kept hot for longer"
    archive.set_hot_days("test_time_series", 300)
    archive.run()
    archive.set_hot_days("test_time_series", 200)
    with pytest.raises(StoreError, match="are in the cold store already"):
        archive.set_hot_days("test_time_series", 20_000)
    with pytest.raises(StoreError, match="hot_days_check"):
        archive.set_hot_days("test_time_series", 0)
    with pytest.raises(NotFoundError, match="no retention policy"):
        archive.set_hot_days("users", 10)
    archive.restore("2024-Q1", reason="to be kept longer")
    archive.set_hot_days("test_time_series", 20_000)
    logged = lab.ask(
        "SELECT details ->> 'before', details ->> 'hot_days' FROM operation_logs"
        " WHERE action = 'change a retention policy' AND outcome = 'done' ORDER BY id"
    )
    assert logged == [("365", "20000"), ("20000", "300"), ("300", "200"), ("200", "20000")]


def test_a_period_is_restored_bit_for_bit_and_archived_again_beside_its_file(
    lab: ArchiveLab,
) -> None:
    for at in (day(2024, 1, 10), day(2024, 2, 29), day(2024, 3, 31)):
        lab.add_test(at)
    lab.add_simulation(day(2024, 2, 1))
    archive = lab.open_as().archive
    files = {one.path: one.sha256 for one in archive.run()}
    late = lab.add_test(day(2024, 2, 2))
    assert archive.restore("2024-Q1", reason="audit") == 800
    assert lab.hot_rows() == 800, "beside what came late"
    lab.assert_each_curve_once()
    assert archive.plan()[0].state == "held", "or it would go back with the next run"
    assert archive.verify() == []
    with pytest.raises(NotFoundError, match=r"Nothing of 2024-Q1 is in the cold store"):
        archive.restore("2024-Q1", reason="again")

    for hold in archive.status().holds:
        archive.release(hold.id)
    again = archive.run()
    assert [(one.path, one.row_count) for one in again] == [
        ("simulation_time_series/2024-Q1.late001.parquet", 200),
        ("test_time_series/2024-Q1.late001.parquet", 800),
    ]
    for path, sha256 in files.items():
        assert hashlib.sha256(lab.place.final(path).read_bytes()).hexdigest() == sha256
    lab.assert_each_curve_once()
    assert archive.verify() == []
    assert ("test", late) in lab.curves


def test_single_curves_are_restored(lab: ArchiveLab) -> None:
    first, second, third = (lab.add_test(day(2024, 1, number)) for number in (5, 6, 7))
    simulation = lab.add_simulation(day(2024, 2, 1))
    archive = lab.open_as().archive
    archive.run()
    assert archive.restore(tests=[second], simulations=[simulation], reason="look again") == 400
    assert (lab.hot_rows(), lab.hot_rows("simulation_time_series")) == (200, 200)
    lab.assert_each_curve_once()
    assert archive.verify() == []
    states = {one.path: one.state for one in archive.status().batches}
    assert states == {
        "simulation_time_series/2024-Q1.parquet": "restored",
        "test_time_series/2024-Q1.parquet": "archived",
    }
    with pytest.raises(NotFoundError, match=f"The test {second} is not in the cold store"):
        archive.restore(tests=[first, second], reason="one of them is hot")
    assert lab.hot_rows() == 200, "all or none"
    archive.restore(tests=[first, third], reason="the others too")
    assert archive.status().batches[1].state == "restored"
    lab.assert_each_curve_once()


def test_the_log_is_never_written_back(lab: ArchiveLab) -> None:
    lab.add_log(day(2024, 1, 10))
    archive = lab.open_as().archive
    archive.run()
    with pytest.raises(ArchiveError, match="never written back"):
        archive.restore("2024-01", table="operation_logs", reason="x")
    with pytest.raises(ArchiveError, match="Say why"):
        archive.restore("2024-01", reason=" ")


def test_verify_finds_what_is_foreign_and_books_that_lie(lab: ArchiveLab) -> None:
    lab.add_test(day(2024, 1, 10))
    archive = lab.open_as().archive
    (batch,) = archive.run()
    stray = lab.place.root / "test_time_series" / "notes.txt"
    stray.write_text("who put this here")
    assert [(one.kind, one.path) for one in archive.verify()] == [
        ("foreign", "test_time_series/notes.txt")
    ]
    stray.unlink()
    lab.ask(
        "UPDATE archive_batches SET aggregates = jsonb_set(aggregates,"
        " '{columns,pressure_mpa,sum}', '\"1\"')"
    )
    assert [(one.kind, one.path) for one in archive.verify()] == [("books", batch.path)]


def test_unknown_tables_and_periods_are_refused(lab: ArchiveLab) -> None:
    archive = lab.open_as().archive
    with pytest.raises(ConflictError, match="'users' is not archived"):
        archive.run(table="users")
    with pytest.raises(ArchiveError, match="is no period"):
        archive.hold("yesterday", reason="x")


def mgg(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, str, str]:
    status = main(words)
    out, err = capsys.readouterr()
    return status, out, err


def test_the_command(
    lab: ArchiveLab, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    lab.add_test(day(2024, 1, 10))
    assert lab.settings.database_url is not None
    monkeypatch.setenv("MGG_DATA_DIR", str(lab.settings.data_dir))
    monkeypatch.setenv("MGG_DATABASE_URL", lab.settings.database_url.get_secret_value())

    status, out, _ = mgg(capsys, "archive", "plan", "--as-of", "2024-05-01", "--json")
    assert (status, json.loads(out)) == (0, {"periods": []})
    status, out, _ = mgg(capsys, "archive", "run", "--dry-run")
    assert status == 0
    assert "2024-Q1" in out
    assert lab.hot_rows() == 200, "a dry run moves nothing"
    status, out, _ = mgg(capsys, "archive", "hold", "2024-Q1", "--reason", "wait")
    assert (status, out) == (0, "Hold 1 keeps 2024-Q1 where it is.\n")
    assert mgg(capsys, "archive", "run")[:2] == (0, "Nothing is due.\n")
    assert mgg(capsys, "archive", "release", "1")[0] == 0
    status, out, err = mgg(capsys, "archive", "run", "--table", "test_time_series", "--json")
    assert status == 0
    assert json.loads(out)["batches"][0]["path"] == "test_time_series/2024-Q1.parquet"
    assert "archived, 200 of 200 rows" in err
    assert "rows/s" in err
    status, out, _ = mgg(capsys, "archive", "status")
    assert "test_time_series/2024-Q1.parquet" in out
    assert str(lab.place.root) in out
    assert mgg(capsys, "archive", "verify")[0] == 0
    path = lab.place.final("test_time_series/2024-Q1.parquet")
    hidden = Path(os.fspath(path) + ".away")
    path.rename(hidden)
    status, out, _ = mgg(capsys, "archive", "verify")
    assert status == 1
    assert "missing: test_time_series/2024-Q1.parquet" in out
    hidden.rename(path)
    status, out, _ = mgg(capsys, "archive", "restore", "2024-Q1", "--reason", "again")
    assert (status, out.startswith("200 rows are hot again")) == (0, True)
    assert mgg(capsys, "archive", "restore", "--reason", "x")[0] == 1
    status, out, _ = mgg(capsys, "archive", "policy", "test_time_series", "400")
    assert "400" in out
    assert mgg(capsys, "archive", "run", "--as-of", "2024-05-01")[0] == 0
    with pytest.raises(SystemExit, match="2"):
        mgg(capsys, "archive", "run", "--as-of", "tomorrow")
