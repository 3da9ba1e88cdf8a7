"""What can go wrong while rows are moved: nothing is lost, and one sentence says what to do."""

import os
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

import psycopg2
import pyarrow.parquet as pq
import pytest
from archive_help import ArchiveLab, day
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from mgg_kernel.cold import faults
from mgg_kernel.cold.place import FolderPlace
from mgg_kernel.cold.session import ArchiveSession
from mgg_kernel.errors import (
    AccessError,
    ArchiveError,
    ConflictError,
    DatabaseDownError,
    MggError,
    StoreError,
)
from mgg_kernel.hot.database import Caller

ADMIN = Caller("admin")
on_one_server = pytest.mark.parametrize("archive_server", ["embedded"], indirect=True)


class Usage(NamedTuple):
    total: int
    used: int
    free: int


@pytest.fixture
def at_point(monkeypatch: pytest.MonkeyPatch) -> dict[str, object]:
    """Functions to call at a point of the protocol, by its name."""
    deeds: dict[str, object] = {}

    def hook(point: str) -> None:
        deed = deeds.pop(point, None)
        if callable(deed):
            deed()

    monkeypatch.setattr(faults, "hook", hook)
    return deeds


def run_as(lab: ArchiveLab, username: str, *statements: str) -> None:
    """Run statements past the workspace, in the role that an account has in PostgreSQL."""
    with lab.foundation.database.begin(Caller(username)) as (connection, _):
        for statement in statements:
            connection.execute(text(statement))


def temporary_file(place: FolderPlace) -> Path:
    (path,) = [path for path in place.files() if path.suffix == ".tmp"]
    return path


def assert_nothing_moved_and_the_next_run_works(lab: ArchiveLab, rows: int = 200) -> None:
    assert lab.hot_rows() == rows, "all rows are where they were"
    assert lab.files() == [], "nothing is left on the disk"
    assert lab.count("SELECT count(*) FROM archive_batches WHERE state <> 'aborted'") == 0
    lab.assert_each_curve_once()
    (batch,) = lab.open_as().archive.run()
    assert batch.row_count == rows
    lab.assert_each_curve_once()
    assert lab.open_as().archive.verify() == []


def test_two_at_once_are_refused_and_the_lock_ends_with_its_session(lab: ArchiveLab) -> None:
    lab.add_test(day(2024, 1, 10))
    with ArchiveSession(lab.foundation.database, ADMIN):
        with pytest.raises(ConflictError, match="Another archiver is at work"):
            lab.open_as().archive.run()
        with pytest.raises(ConflictError, match="Another archiver is at work"):
            lab.open_as().archive.verify()
    assert_nothing_moved_and_the_next_run_works(lab)


@on_one_server
def test_of_two_that_start_together_one_does_the_work(
    lab: ArchiveLab, at_point: dict[str, object]
) -> None:
    lab.add_test(day(2024, 1, 10))
    second: list[object] = []

    def run_too() -> None:
        try:
            second.append(lab.open_as().archive.run())
        except MggError as error:
            second.append(error)

    at_point["checked"] = run_too
    (batch,) = lab.open_as().archive.run()
    assert batch.state == "archived"
    assert isinstance(second[0], ConflictError)
    lab.assert_each_curve_once()


@pytest.mark.parametrize("username", ["wang", "boss"])
def test_only_an_administrator_archives(lab: ArchiveLab, username: str) -> None:
    archive = lab.open_as(username).archive
    deeds = [
        archive.plan,
        archive.run,
        archive.status,
        archive.verify,
        archive.policies,
        lambda: archive.set_hot_days("test_time_series", 700),
    ]
    if username == "boss":
        deeds += [
            archive.holds,
            lambda: archive.hold("2024-Q1", reason="x"),
            lambda: archive.release(1),
            lambda: archive.restore("2024-Q1", reason="x"),
        ]
    for deed in deeds:
        with pytest.raises(AccessError, match="needs admin"):
            deed()
    # And past the workspace, by the role that the account has in PostgreSQL.
    with pytest.raises(AccessError):
        run_as(lab, username, "SELECT * FROM retention_policies")
    # An engineer who takes on the archiver's role is not an administrator.
    with (
        pytest.raises(AccessError, match="only an administrator"),
        ArchiveSession(lab.foundation.database, Caller(username)),
    ):
        pass
    refused = lab.count(
        "SELECT count(*) FROM operation_logs WHERE outcome = 'refused' AND actor = %s", username
    )
    assert refused == len(deeds), "every attempt is in the log"


def test_an_engineer_holds_and_restores_what_is_the_teams(lab: ArchiveLab) -> None:
    test_id = lab.add_test(day(2024, 1, 5))
    lab.open_as().archive.run()
    archive = lab.open_as("wang").archive
    hold = archive.hold("2023-Q4", reason="claim 12")
    assert [one.id for one in archive.holds()] == [hold]
    archive.release(hold)
    assert archive.holds() == []
    assert archive.restore(tests=[test_id], reason="look again") == 200
    done = lab.open_as().log.list(log_type="archive", actor="wang", outcome="done", limit=9)
    assert [one.action for one in done] == [
        "restore from the cold store", "release a hold", "hold a period",
    ]  # fmt: skip


def test_what_is_another_teams_stays_cold_for_an_engineer(lab: ArchiveLab) -> None:
    lab.add_test(day(2024, 1, 5))
    lab.open_as().archive.run()
    lab.open_as().users.add("far", "engineer", team="far-away")
    books = lab.ask("SELECT state FROM archive_batches ORDER BY id")
    with pytest.raises(StoreError, match="of this team"):
        lab.open_as("far").archive.restore("2024-Q1", reason="x")
    assert lab.ask("SELECT state FROM archive_batches ORDER BY id") == books
    assert lab.count("SELECT count(*) FROM test_time_series") == 0


def test_nobody_puts_a_hold_past_the_workspace_who_may_not(lab: ArchiveLab) -> None:
    put = (
        "INSERT INTO archive_holds (period_start, period_end, reason)"
        " VALUES ('2024-01-01', '2024-04-01', 'x')"
    )
    with pytest.raises(AccessError, match="permission denied"):
        run_as(lab, "boss", put)
    with pytest.raises(AccessError, match="row-level security"):
        run_as(lab, "boss", f"SET LOCAL ROLE mgg_archiver; {put}")
    run_as(lab, "wang", put)
    run_as(
        lab, "wang", "UPDATE archive_holds SET released_at = now(), released_by = mgg_actor_id()"
    )


@on_one_server
@pytest.mark.parametrize(
    ("statement", "reason"),
    [
        ("TRUNCATE test_time_series_2024_01", "is not emptied"),
        ("DELETE FROM test_time_series", "permission denied"),
        ("UPDATE archive_batches SET state = 'aborted'", "permission denied"),
        ("DELETE FROM archived_curves", "permission denied"),
        ("INSERT INTO archived_curves VALUES (1, NULL, 1, 200, 0)", "permission denied"),
        ("UPDATE retention_policies SET hot_days = 1", "permission denied"),
        ("SELECT archive_abort(1)", "does not hold the archiver's lock"),
        ("SELECT archive_switch(1, 0, 1, '', '{}', '{}', '{}', '{}')", "does not hold"),
    ],
)
def test_the_archiver_role_alone_can_take_nothing_away(
    lab: ArchiveLab, statement: str, reason: str
) -> None:
    lab.add_test(day(2024, 1, 10))
    with pytest.raises((MggError, SQLAlchemyError), match=reason):
        run_as(lab, "admin", "SET LOCAL ROLE mgg_archiver", statement)
    assert lab.hot_rows() == 200


def test_a_partition_that_was_not_locked_is_not_dropped(lab: ArchiveLab) -> None:
    """The database itself holds the archiver to the order of the protocol."""
    lab.add_test(day(2024, 1, 10))
    with ArchiveSession(lab.foundation.database, ADMIN) as session:
        with session.transaction() as connection:
            connection.execute(
                text(
                    "SELECT archive_intend('test_time_series', '2024-01-01Z', '2024-04-01Z', '',"
                    " 'test_time_series/2024-Q1.parquet', 'x', gen_random_uuid())"
                )
            )
        with session.transaction() as connection:
            connection.execute(
                text(
                    "SELECT archive_switch((SELECT max(id) FROM archive_batches), 200, 1,"
                    " repeat('a', 64), '{}', '{}', '{}', '{}')"
                )
            )
    assert lab.hot_rows() == 200


def test_a_curve_that_is_not_whole_is_not_moved(
    lab: ArchiveLab, at_point: dict[str, object]
) -> None:
    number = lab.add_test(day(2024, 1, 10))
    lab.ask("DELETE FROM test_time_series WHERE sequence_number = 7")
    with pytest.raises(StoreError, match=f"samples of test_time_series {number} are not one whole"):
        lab.open_as().archive.run()
    assert lab.hot_rows() == 199
    assert lab.files() == []


def test_samples_that_are_cold_are_not_stored_again(lab: ArchiveLab) -> None:
    number = lab.add_test(day(2024, 1, 10))
    lab.open_as().archive.run()
    again = (
        f"INSERT INTO test_time_series SELECT {number}, n, n, n, '2024-01-10 12:00Z'"
        " FROM generate_series(0, 199) n"
    )
    with pytest.raises(StoreError, match="not one whole curve"):
        run_as(lab, "wang", "SELECT make_partitions('2024-01-01', '2024-01-01')", again)
    # A superuser who goes past the checks is found out, and nothing is thrown away.
    lab.ask(
        "SELECT make_partitions('2024-01-01', '2024-01-01');"
        "SET session_replication_role = replica;" + again
    )
    with pytest.raises(ArchiveError, match=f"samples of test {number} are in PostgreSQL and in"):
        lab.open_as().archive.run()
    assert lab.hot_rows() == 200
    assert [one.kind for one in lab.open_as().archive.verify()] == ["twice"]


@on_one_server
@pytest.mark.parametrize("where", ["data page", "footer", "end"])
def test_a_file_that_the_disk_spoils_is_found_out_and_thrown_away(
    lab: ArchiveLab, at_point: dict[str, object], where: str
) -> None:
    lab.add_test(day(2024, 1, 10))

    def spoil() -> None:
        path = temporary_file(lab.place)
        data = bytearray(path.read_bytes())
        if where == "end":
            del data[-100:]
        else:
            data[300 if where == "data page" else -200] ^= 0x10
        path.write_bytes(data)

    at_point["synced"] = spoil
    with pytest.raises(ArchiveError, match=r"check the disk|differs|does not hold"):
        lab.open_as().archive.run()
    assert_nothing_moved_and_the_next_run_works(lab)


@on_one_server
def test_a_row_that_the_export_loses_is_found_out(
    lab: ArchiveLab, monkeypatch: pytest.MonkeyPatch
) -> None:
    """PostgreSQL counts by the table itself, so that a bad index cannot hide a row."""
    from mgg_kernel.cold import export

    lab.add_test(day(2024, 1, 10))
    lab.add_test(day(2024, 1, 11))
    short = {
        table: statement.replace("recorded_at < %s", "recorded_at < %s - interval '81 days'")
        for table, statement in export._COPY.items()
    }
    monkeypatch.setattr(export, "_COPY", short)
    with pytest.raises(ArchiveError, match="holds 200 rows instead of 400"):
        lab.open_as().archive.run()
    monkeypatch.undo()
    assert_nothing_moved_and_the_next_run_works(lab, rows=400)


@on_one_server
def test_a_value_that_changes_on_the_way_is_found_out(
    lab: ArchiveLab, monkeypatch: pytest.MonkeyPatch
) -> None:
    from mgg_kernel.cold import export

    lab.add_test(day(2024, 1, 10))
    worse = {
        table: statement.replace("float8send(pressure_mpa)", "float8send(pressure_mpa + 1e-12)")
        for table, statement in export._COPY.items()
    }
    monkeypatch.setattr(export, "_COPY", worse)
    with pytest.raises(ArchiveError, match="differs from the database in the column pressure_mpa"):
        lab.open_as().archive.run()
    monkeypatch.undo()
    assert_nothing_moved_and_the_next_run_works(lab)


@on_one_server
def test_a_file_of_somebody_else_is_not_overwritten_and_not_removed(lab: ArchiveLab) -> None:
    lab.add_test(day(2024, 1, 10))
    theirs = lab.place.final("test_time_series/2024-Q1.parquet")
    theirs.parent.mkdir(parents=True)
    theirs.write_bytes(b"not ours")
    for _ in range(2):
        with pytest.raises(ArchiveError, match="is there already, and no batch"):
            lab.open_as().archive.run()
    assert theirs.read_bytes() == b"not ours"
    assert [one.kind for one in lab.open_as().archive.verify()] == ["foreign"]
    theirs.unlink()
    assert_nothing_moved_and_the_next_run_works(lab)


@on_one_server
@pytest.mark.parametrize("damage", ["missing", "changed", "of another size"])
def test_nothing_is_archived_on_top_of_a_damaged_archive(lab: ArchiveLab, damage: str) -> None:
    number = lab.add_test(day(2024, 1, 10))
    (batch,) = lab.open_as().archive.run()
    path = lab.place.final(batch.path)
    data = path.read_bytes()
    column = pq.ParquetFile(path).metadata.row_group(0).column(3)
    at = column.data_page_offset + column.total_compressed_size // 2
    path.chmod(0o600)
    if damage == "missing":
        path.unlink()
    elif damage == "changed":
        path.write_bytes(data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :])
    else:
        path.write_bytes(data + b"x")
    lab.add_test(day(2024, 4, 10))
    with pytest.raises(ArchiveError, match=r"is missing|is not what was archived"):
        lab.open_as().archive.run()
    kinds = [one.kind for one in lab.open_as().archive.verify()]
    assert kinds == ["missing" if damage == "missing" else "changed"]
    with pytest.raises(ArchiveError, match=r"missing|damaged|not what was archived"):
        lab.open_as().tests.curve(number)
    path.write_bytes(data)
    assert lab.open_as().archive.verify() == [], "brought back from a backup"
    lab.open_as().archive.run()
    lab.assert_each_curve_once()


@pytest.mark.parametrize("point", ["exporting", "checked", "published", "switched"])
def test_a_lost_connection_leaves_the_decision_to_the_next_run(
    lab: ArchiveLab, at_point: dict[str, object], point: str
) -> None:
    lab.add_test(day(2024, 1, 10))

    def cut() -> None:
        lab.ask(
            "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity"
            " WHERE application_name = 'mgg archive' AND datname = current_database()"
        )

    at_point[point] = cut
    with pytest.raises(DatabaseDownError):
        lab.open_as().archive.run()
    assert lab.hot_rows() == 200
    assert len(lab.files()) == 1, "whose lock is gone removes nothing"
    lab.assert_each_curve_once()
    (batch,) = lab.open_as().archive.run()
    assert lab.files() == [batch.path]
    lab.assert_each_curve_once()
    assert lab.open_as().archive.verify() == []


def test_a_hold_that_comes_in_the_middle_of_a_run_still_holds(
    lab: ArchiveLab, at_point: dict[str, object]
) -> None:
    lab.add_test(day(2024, 1, 10))
    holds: list[int] = []
    at_point["intended"] = lambda: holds.append(
        lab.open_as().archive.hold("2024-01", reason="claim 7")
    )
    with pytest.raises(StoreError, match="is on hold"):
        lab.open_as().archive.run()
    lab.open_as().archive.release(holds[0])
    assert_nothing_moved_and_the_next_run_works(lab)


@on_one_server
def test_a_folder_that_cannot_be_written_is_told(lab: ArchiveLab) -> None:
    lab.add_test(day(2024, 1, 10))
    lab.place.root.write_text("a file where the folder should be")
    with pytest.raises(ArchiveError, match=r"could not be .*Not a directory.*check the disk"):
        lab.open_as().archive.run()
    lab.place.root.unlink()
    assert_nothing_moved_and_the_next_run_works(lab)


@on_one_server
def test_a_disk_that_is_nearly_full_is_told_before(
    lab: ArchiveLab, monkeypatch: pytest.MonkeyPatch
) -> None:
    lab.add_test(day(2024, 1, 10))
    monkeypatch.setattr("shutil.disk_usage", lambda _: Usage(100, 99, 1))
    with pytest.raises(ArchiveError, match="free some space"):
        lab.open_as().archive.run()
    monkeypatch.undo()
    assert_nothing_moved_and_the_next_run_works(lab)


# A process that may not write files of more than 2 kB: the disk says no in the middle.
FULL = """
import resource, signal, sys
from mgg_kernel import open as open_workspace, MggError
ws = open_workspace()
ws.archive.plan()
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (2000, 2000))
try:
    ws.archive.run()
except MggError as error:
    print(type(error).__name__, error)
"""


@on_one_server
def test_a_disk_that_fills_up_rolls_everything_back(lab: ArchiveLab) -> None:
    lab.add_test(day(2024, 1, 10))
    assert lab.settings.database_url is not None
    done = subprocess.run(
        [sys.executable, "-c", FULL],
        env={
            **os.environ,
            "MGG_DATA_DIR": str(lab.settings.data_dir),
            "MGG_DATABASE_URL": lab.settings.database_url.get_secret_value(),
        },
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stdout.startswith("ArchiveError The cold store"), done.stderr
    assert "File too large" in done.stdout
    assert done.stderr == ""
    assert_nothing_moved_and_the_next_run_works(lab)


@on_one_server
def test_ctrl_c_takes_back_what_was_begun(lab: ArchiveLab, at_point: dict[str, object]) -> None:
    lab.add_test(day(2024, 1, 10))

    def interrupt() -> None:
        raise KeyboardInterrupt

    at_point["published"] = interrupt
    with pytest.raises(KeyboardInterrupt):
        lab.open_as().archive.run()
    assert_nothing_moved_and_the_next_run_works(lab)


def test_without_its_lock_a_session_changes_no_books(lab: ArchiveLab) -> None:
    """As through a pooler that hands out another session for each transaction."""
    lab.add_test(day(2024, 1, 10))
    with ArchiveSession(lab.foundation.database, ADMIN) as session:
        assert session.holds_lock()
        with session.transaction() as connection:
            connection.execute(text("SELECT pg_advisory_unlock_all()"))
        assert not session.holds_lock()
    with pytest.raises(psycopg2.errors.UniqueViolation):
        lab.ask(
            "INSERT INTO archive_batches (table_name, period_start, period_end, state, path,"
            " schema_fingerprint, run_id, created_by) SELECT 'test_time_series', '2024-01-01Z',"
            " '2024-04-01Z', 'exporting', 'x', 'x', gen_random_uuid(), 1"
            " FROM generate_series(1, 2)"
        )
