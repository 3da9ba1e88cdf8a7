"""From PostgreSQL to a file, step by step: what moves, what it looks like, what stays."""

import hashlib
import json
import stat
import threading
from datetime import UTC, date, datetime, timedelta

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from archive_help import ArchiveLab, day, engine_of
from sqlalchemy import text

from mgg_kernel.cold import faults
from mgg_kernel.cold.layouts import LAYOUTS
from mgg_kernel.cold.periods import parse_period, period_of, periods_between
from mgg_kernel.cold.proof import Sums, sums_of_table
from mgg_kernel.curve import PTCurve
from mgg_kernel.errors import ArchiveError, ConflictError, NotFoundError

TESTS = LAYOUTS["test_time_series"]


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


def test_a_quarter_moves_whole_and_reads_as_before(lab: ArchiveLab) -> None:
    for at in (day(2024, 1, 1, 0), day(2024, 2, 29), day(2024, 3, 31, 23)):
        lab.add_test(at)
    april, recent = lab.add_test(day(2024, 4, 1, 0)), lab.add_test(datetime.now(UTC))
    simulation = lab.add_simulation(day(2024, 2, 2))
    archive = lab.open_as().archive

    planned = [(one.table, one.period.name, one.rows) for one in archive.plan()]
    assert planned == [
        ("simulation_time_series", "2024-Q1", 200),
        ("test_time_series", "2024-Q1", 600),
        ("test_time_series", "2024-Q2", 200),
    ]
    told: list[str] = []
    batches = archive.run(progress=lambda progress: told.append(progress.stage))
    assert [(one.path, one.row_count, one.state) for one in batches] == [
        ("simulation_time_series/2024-Q1.parquet", 200, "archived"),
        ("test_time_series/2024-Q1.parquet", 600, "archived"),
        ("test_time_series/2024-Q2.parquet", 200, "archived"),
    ]
    assert told == ["counting", "exporting", "checking", "archived"] * 3
    assert lab.files() == [one.path for one in batches], "and no temporary file"
    assert lab.hot_rows() == 200, "what is young stays"
    assert lab.hot_rows("simulation_time_series") == 0
    assert lab.ask("SELECT to_regclass('test_time_series_2024_02')") == [(None,)]
    lab.assert_each_curve_once()
    assert archive.plan() == archive.run() == [], "there is nothing left to do"
    assert archive.verify() == []
    logged = lab.ask(
        "SELECT actor, outcome, details ->> 'path' FROM operation_logs"
        " WHERE action = 'archive a period' ORDER BY id"
    )
    assert logged == [("admin", "done", one.path) for one in batches]
    assert {april, recent, simulation} <= {number for _, number in lab.curves}


def test_the_file_holds_the_rows_in_order_with_units_table_and_batch(lab: ArchiveLab) -> None:
    ids = [
        lab.add_test(day(2024, 5, 9)),
        lab.add_test(day(2024, 4, 2)),
        lab.add_test(day(2024, 6, 1)),
    ]
    (batch,) = lab.open_as().archive.run()
    path = lab.place.final(batch.path)
    table = pq.read_table(path)
    assert table.schema.names == [
        "test_result_id",
        "sequence_number",
        "time_ms",
        "pressure_mpa",
        "recorded_at",
    ]
    assert table.column("test_result_id").to_pylist() == [
        n for n in sorted(ids) for _ in range(200)
    ]
    assert table.column("sequence_number").to_pylist() == list(range(200)) * 3
    first = lab.curves["test", min(ids)]
    pressure = table.column("pressure_mpa").to_numpy()[:200]
    assert np.array_equal(pressure.view(np.int64), first.pressure_mpa.view(np.int64))
    assert table.column("recorded_at").to_pylist()[0] == day(2024, 5, 9)
    assert table.schema.field("pressure_mpa").metadata == {b"unit": b"MPa"}

    metadata = {
        k.decode(): v.decode() for k, v in table.schema.metadata.items() if k[:4] == b"mgg."
    }
    assert json.loads(metadata["mgg.units"]) == {"time_ms": "ms", "pressure_mpa": "MPa"}
    assert metadata["mgg.table"] == "test_time_series"
    assert metadata["mgg.batch"] == str(batch.id)
    assert metadata["mgg.schema_version"] == "1"
    assert metadata["mgg.period_start"] == "2024-04-01T00:00:00+00:00"
    assert stat.S_IMODE(path.stat().st_mode) == 0o444
    assert path.stat().st_size == batch.size_bytes
    assert hashlib.sha256(path.read_bytes()).hexdigest() == batch.sha256
    group = pq.ParquetFile(path).metadata.row_group(0)
    encodings = {group.column(at).path_in_schema: group.column(at).encodings for at in range(5)}
    assert "DELTA_BINARY_PACKED" in encodings["test_result_id"]
    assert "BYTE_STREAM_SPLIT" in encodings["pressure_mpa"]
    assert group.column(3).compression == "ZSTD"


def test_sums_are_exact_and_alike_in_postgresql_and_numpy(lab: ArchiveLab) -> None:
    times, pressures = [-1.0, 0.5, 2.0], [-0.0, 5e-324, 1e300]
    with engine_of(lab).begin() as connection:
        connection.execute(text("SELECT make_partitions('2024-01-01', '2024-01-01')"))
        connection.execute(text("SET LOCAL session_replication_role = replica"))
        rows = zip(range(3), times, pressures, strict=True)
        for number, time_ms, pressure in rows:
            connection.execute(
                text(
                    "INSERT INTO test_time_series VALUES (7, :n, :t, CAST(:p AS text)::float8,"
                    " '2024-01-05 00:00Z')"
                ),
                {"n": number, "t": time_ms, "p": repr(pressure)},
            )
        found, partitions = sums_of_table(connection, TESTS, parse_period("2024-01"))
    # By hand: the bits of -1.0, 0.5 and 2.0; of -0.0 (the sign bit alone), the smallest denormal
    # number (1) and 1e300; and days of microseconds since 2000.
    minus_one = 0xBFF0000000000000 - 2**64
    assert found.columns == {
        "test_result_id": (3, 21),
        "sequence_number": (3, 3),
        "time_ms": (3, minus_one + 0x3FE0000000000000 + 0x4000000000000000),
        "pressure_mpa": (3, -(2**63) + 1 + 0x7E37E43C8800759C),
        "recorded_at": (3, 3 * (24 * 365 + 6 + 4) * 86_400_000_000),
    }
    assert partitions == {"test_time_series_2024_01": 3}

    batch = pa.RecordBatch.from_arrays(
        [
            pa.array([7, 7, 7], pa.int64()),
            pa.array([0, 1, 2], pa.int32()),
            pa.array(times),
            pa.array(pressures),
            pa.array([day(2024, 1, 5, 0)] * 3, pa.timestamp("us", tz="UTC")),
        ],
        schema=TESTS.schema(),
    )
    by_numpy = Sums()
    by_numpy.add(TESTS, batch)
    assert by_numpy == found


def test_the_log_moves_by_months_with_every_text_and_null(lab: ArchiveLab) -> None:
    lab.add_log(day(2024, 2, 29, 23), "试射 ✓", '{"a": [1, null, "ü"], "b": 1.50}')
    lab.add_log(day(2024, 2, 1, 0))
    lab.add_log(day(2024, 3, 1, 0), "one row")
    expected = lab.ask(
        "SELECT id, actor, user_id, action, object_id, details::text FROM operation_logs"
        " WHERE recorded_at < '2024-03-01Z' ORDER BY id"
    )
    batches = lab.open_as().archive.run(table="operation_logs")
    assert [(one.path, one.row_count) for one in batches] == [
        ("operation_logs/2024-02.parquet", 2),
        ("operation_logs/2024-03.parquet", 1),
    ]
    table = pq.read_table(lab.place.final(batches[0].path))
    names = ("id", "actor", "user_id", "action", "object_id", "details")
    assert list(zip(*(table.column(name).to_pylist() for name in names), strict=True)) == expected
    assert expected[0][2] is None, "a NULL is among them"
    assert lab.count("SELECT count(*) FROM operation_logs WHERE recorded_at < '2024-04-01Z'") == 0
    assert lab.open_as().archive.verify() == []


@pytest.mark.parametrize("zone", ["America/New_York", "Asia/Shanghai"])
def test_periods_are_utc_whatever_the_lab_calls_the_time(lab: ArchiveLab, zone: str) -> None:
    # The last hour of March 2024 in UTC, in which clocks were changed and which is April in Asia.
    last, first = lab.add_test(day(2024, 3, 31, 23)), lab.add_test(day(2024, 4, 1, 0))
    lab.foundation.close()
    lab.foundation = type(lab.foundation)(
        lab.settings.model_copy(update={"timezone": zone}), application="tests"
    )
    batches = lab.open_as().archive.run()
    assert [one.path for one in batches] == [
        "test_time_series/2024-Q1.parquet",
        "test_time_series/2024-Q2.parquet",
    ]
    ids = [pq.read_table(lab.place.final(one.path)).column(0).to_pylist()[0] for one in batches]
    assert ids == [last, first]
    lab.assert_each_curve_once()


def test_periods_of_leap_years_and_their_names() -> None:
    assert period_of(day(2024, 2, 29), "month").end == datetime(2024, 3, 1, tzinfo=UTC)
    assert parse_period("2024-Q1").end - parse_period("2024-Q1").start == timedelta(days=91)
    assert parse_period("2023-Q1").end - parse_period("2023-Q1").start == timedelta(days=90)
    december = period_of(datetime(2024, 12, 31, 23, 59, 59, 999_999, tzinfo=UTC), "quarter")
    assert (december.name, december.end) == ("2024-Q4", datetime(2025, 1, 1, tzinfo=UTC))
    names = [one.name for one in periods_between(day(2023, 11, 5), day(2024, 2, 1), "month")]
    assert names == ["2023-11", "2023-12", "2024-01", "2024-02"]
    for nonsense in ("2024-Q5", "2024-13", "2024", "0000-Q1", "../2024-Q1"):
        with pytest.raises(ArchiveError, match="is no period"):
            parse_period(nonsense)


def test_a_period_is_due_to_the_day_and_never_before_it_is_over(lab: ArchiveLab) -> None:
    lab.add_test(day(2024, 3, 31))
    lab.add_test(datetime.now(UTC))
    archive = lab.open_as().archive
    # 365 days after 1 April 2024.
    assert archive.plan(as_of=date(2025, 3, 31)) == []
    assert [one.period.name for one in archive.plan(as_of=date(2025, 4, 1))] == ["2024-Q1"]
    assert archive.run(as_of=date(2025, 3, 31)) == []
    far = archive.run(as_of=date(2090, 1, 1))
    assert [one.path for one in far] == ["test_time_series/2024-Q1.parquet"], "not this quarter"
    with pytest.raises(ArchiveError, match="needs its time zone"):
        archive.plan(as_of=datetime(2025, 1, 1))  # noqa: DTZ001


def test_nothing_is_archived_by_a_clock_that_went_back(lab: ArchiveLab) -> None:
    lab.add_test(day(2024, 3, 31))
    lab.open_as().archive.run()
    lab.ask("UPDATE archive_batches SET finished_at = now() + interval '1 day'")
    lab.add_test(day(2024, 4, 1))
    with pytest.raises(ArchiveError, match="put the clock right"):
        lab.open_as().archive.run()
    lab.assert_each_curve_once()


def test_an_empty_period_makes_no_file_and_one_row_makes_one(lab: ArchiveLab) -> None:
    with lab.foundation.database.begin(lab.open_as()._office.caller) as (connection, _):
        connection.execute(text("SELECT make_partitions('2023-01-01', '2023-12-31')"))
    assert lab.open_as().archive.run() == []
    assert lab.files() == []
    lab.add_log(day(2023, 7, 7), "alone")
    lab.add_test(day(2023, 8, 8), PTCurve(np.array([0.0, 1.0]), np.array([0.0, 1.0])))
    batches = lab.open_as().archive.run()
    assert sorted(one.row_count or 0 for one in batches) == [1, 2]
    lab.assert_each_curve_once()


def test_what_comes_late_goes_into_a_file_of_its_own(lab: ArchiveLab) -> None:
    lab.add_test(day(2024, 1, 10))
    lab.add_log(day(2024, 1, 11))
    first = lab.open_as().archive.run()
    hashes = {one.path: one.sha256 for one in first}
    for number in (1, 2):
        lab.add_test(day(2024, 1, 12))
        lab.add_log(day(2024, 1, 12))
        late = lab.open_as().archive.run()
        assert [one.path for one in late] == [
            f"test_time_series/2024-Q1.late{number:03d}.parquet",
            f"operation_logs/2024-01.late{number:03d}.parquet",
        ]
    for path, sha256 in hashes.items():
        assert hashlib.sha256(lab.place.final(path).read_bytes()).hexdigest() == sha256
    lab.assert_each_curve_once()
    assert lab.open_as().archive.verify() == []


def test_a_late_writer_that_is_under_way_is_waited_for_and_then_seen(
    lab: ArchiveLab, at_point: dict[str, object]
) -> None:
    lab.add_test(day(2024, 1, 10))
    may_commit, has_written = threading.Event(), threading.Event()

    def write() -> None:
        lab.add_test(day(2024, 1, 20), before_commit=lambda: (has_written.set(), may_commit.wait()))

    writer = threading.Thread(target=write)
    writer.start()
    assert has_written.wait(10)
    # The next thing that the archiver does is to ask for the lock that the writer is in the way of.
    at_point["intended"] = threading.Timer(0.3, may_commit.set).start
    (batch,) = lab.open_as().archive.run()
    writer.join()
    assert batch.row_count == 400, "a snapshot from before the lock would have missed the second"
    lab.assert_each_curve_once()


def test_a_reader_who_takes_long_is_waited_for(
    lab: ArchiveLab, at_point: dict[str, object], monkeypatch: pytest.MonkeyPatch
) -> None:
    number = lab.add_test(day(2024, 1, 10))
    engine = engine_of(lab)
    reader = engine.connect()
    reader.execution_options(isolation_level="REPEATABLE READ")
    reader.begin()
    rows = text("SELECT count(*) FROM test_time_series WHERE test_result_id = :id")
    assert reader.execute(rows, {"id": number}).scalar_one() == 200
    seen: list[int] = []

    def read_on() -> None:
        seen.append(reader.execute(rows, {"id": number}).scalar_one())
        reader.rollback()

    # The archiver has published its file and now wants the table for itself.
    at_point["published"] = threading.Timer(0.4, read_on).start
    (batch,) = lab.open_as().archive.run()
    assert seen == [200], "what the reader's snapshot holds was there until it ended"
    assert batch.state == "archived"

    monkeypatch.setattr("mgg_kernel.cold.archiver.SWITCH_ATTEMPTS", 1)
    lab.add_test(day(2024, 1, 11))
    reader.begin()
    assert reader.execute(rows, {"id": number}).scalar_one() == 0
    with pytest.raises(ConflictError, match="reading test_time_series for too long"):
        lab.open_as().archive.run()
    reader.rollback()
    engine.dispose()
    assert lab.files() == [batch.path], "what was published is taken back"
    lab.assert_each_curve_once()
    (late,) = lab.open_as().archive.run()
    assert late.path == "test_time_series/2024-Q1.late001.parquet"


def test_a_curve_is_found_when_it_moves_between_two_looks(
    lab: ArchiveLab, monkeypatch: pytest.MonkeyPatch
) -> None:
    from mgg_kernel.cold import curves

    number = lab.add_test(day(2024, 1, 10))
    hot, moves = curves._HOT["test"], iter(["away", "back", "stay"])

    def look(connection: object, owner_id: int) -> PTCurve:
        """Look as the program does, but have the curve moved away, or back, just before."""
        move = next(moves)
        if move == "away":
            lab.open_as().archive.run()
        return hot(connection, owner_id)  # type: ignore[arg-type]

    monkeypatch.setitem(curves._HOT, "test", look)
    assert lab.open_as().tests.curve(number) == lab.curves["test", number]
    with pytest.raises(NotFoundError, match="There is no test 999"):
        lab.open_as().tests.curve(999)
    assert lab.hot_rows() == 0


def test_a_test_is_deleted_and_restored_while_its_curve_moves_and_after(
    lab: ArchiveLab, at_point: dict[str, object]
) -> None:
    number = lab.add_test(day(2024, 1, 10))
    wang = lab.open_as("wang").tests
    # A change of the result between the export and the switch must not be in the way.
    at_point["checked"] = lambda: wang.delete(number)
    (batch,) = lab.open_as().archive.run()
    assert wang.list() == [], "nobody is shown it"
    assert wang.curve(number) == lab.curves["test", number], (
        "but its samples are kept, as hot ones are"
    )
    assert wang.similar(lab.curves["test", number]).found == ()
    wang.restore(number)
    assert [one.id for one in wang.list()] == [number]
    wang.delete(number)
    assert lab.open_as().archive.verify() == [], "the file was not touched"
    assert lab.files() == [batch.path]


def test_comparison_and_similarity_do_not_know_the_tiers(lab: ArchiveLab) -> None:
    number, simulation = lab.add_test(day(2024, 1, 10)), lab.add_simulation(day(2024, 1, 11))
    ws = lab.open_as("wang")
    before = ws.comparisons.compute(simulation, number).as_dict()
    similar = ws.tests.similar(number)
    lab.open_as().archive.run()
    assert lab.hot_rows() == lab.hot_rows("simulation_time_series") == 0
    assert ws.comparisons.compute(simulation, number).as_dict() == before
    again = lab.open_as("wang").tests.similar(number)
    assert [one.id for one in again.found] == [one.id for one in similar.found]
    assert ws.comparisons.save(simulation, number).test_result_id == number


def test_another_team_reads_no_cold_curve(lab: ArchiveLab) -> None:
    number = lab.add_test(day(2024, 1, 10))
    lab.open_as().archive.run()
    assert lab.open_as("boss").tests.curve(number) == lab.curves["test", number]
    with pytest.raises(NotFoundError):
        lab.open_as("stranger").tests.curve(number)
