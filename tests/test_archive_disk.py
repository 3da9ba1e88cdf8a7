"""A disk that is full or read-only, and a partition that several periods share."""

import errno
import subprocess
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from archive_help import ArchiveLab, day
from sqlalchemy import text
from test_archive_failures import assert_nothing_moved_and_the_next_run_works, at_point

from mgg_kernel.errors import ArchiveError, StoreError

__all__ = ["at_point"]
pytestmark = pytest.mark.parametrize("archive_server", ["embedded"], indirect=True)


@pytest.fixture
def shared(lab: ArchiveLab, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """One partition for all of 2019, as somebody may have made it by hand."""
    monkeypatch.setattr("archive_help._PARTITIONS", text("SELECT CAST(:day AS date)"))
    tables = ("test_time_series", "operation_logs")
    for table in tables:
        lab.ask(
            f"CREATE TABLE {table}_2019 PARTITION OF {table}"
            " FOR VALUES FROM ('2019-01-01Z') TO ('2020-01-01Z');"
            # As make_partitions makes them.
            f"ALTER TABLE {table}_2019 OWNER TO mgg_owner;"
            f"GRANT TRUNCATE ON {table}_2019 TO mgg_archiver"
        )
    yield
    for table in tables:
        lab.ask(f"DROP TABLE {table}_2019")


@pytest.fixture
def small_disk(lab: ArchiveLab) -> Iterator[Path]:
    """A real file system of 4 MB as the cold store's folder."""
    lab.place.root.mkdir(parents=True)
    mount = ["mount", "-t", "tmpfs", "-o", "size=4m,mode=700", "tmpfs", str(lab.place.root)]
    if subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("mounting a small disk needs root")
    yield lab.place.root
    # Lazily: files that were read are kept open.
    subprocess.run(["umount", "--lazy", lab.place.root], check=True)


@pytest.mark.parametrize("point", ["snapshot", "exporting"])
def test_a_disk_without_room_left_rolls_everything_back(
    lab: ArchiveLab, small_disk: Path, at_point: dict[str, object], point: str
) -> None:
    lab.add_test(day(2024, 1, 10))
    other = small_disk / "somebody-else"

    def fill_up() -> None:
        with suppress(OSError), other.open("wb", buffering=0) as file:
            while True:
                file.write(b"x" * 4096)

    at_point[point] = fill_up
    with pytest.raises(ArchiveError, match=r"could not be written \(No space left on device\)"):
        lab.open_as().archive.run()
    assert other.stat().st_size > 3_000_000, "it was full"
    assert lab.files() == ["somebody-else"]
    with pytest.raises(ArchiveError, match=r"free some space|No space left"):
        lab.open_as().archive.run()
    other.unlink()
    assert_nothing_moved_and_the_next_run_works(lab)


def test_a_disk_that_is_mounted_read_only_is_told(lab: ArchiveLab, small_disk: Path) -> None:
    lab.add_test(day(2024, 1, 10))
    subprocess.run(["mount", "-o", "remount,ro", small_disk], check=True)
    with pytest.raises(ArchiveError, match=r"could not be written \(Read-only file system\)"):
        lab.open_as().archive.run()
    with pytest.raises(OSError, match="Read-only") as refused:
        (small_disk / "x").touch()
    assert refused.value.errno == errno.EROFS
    subprocess.run(["mount", "-o", "remount,rw", small_disk], check=True)
    assert_nothing_moved_and_the_next_run_works(lab)


@pytest.mark.usefixtures("shared")
def test_of_a_shared_partition_only_the_rows_of_the_period_go(lab: ArchiveLab) -> None:
    for month in (1, 3, 4, 8, 12):
        lab.add_test(day(2019, month, 31 if month in (3, 12) else 1))
    lab.open_as().archive.hold("2019-Q2", reason="claim")
    batches = lab.open_as().archive.run()
    assert [(one.path, one.row_count) for one in batches] == [
        ("test_time_series/2019-Q1.parquet", 400),
        ("test_time_series/2019-Q3.parquet", 200),
        ("test_time_series/2019-Q4.parquet", 200),
    ]
    assert batches[0].aggregates is not None
    assert batches[0].aggregates["partitions"] == {"test_time_series_2019": 400}
    left = lab.ask("SELECT DISTINCT recorded_at FROM test_time_series_2019")
    assert left == [(day(2019, 4, 1),)], "the held quarter alone, in the partition that was there"
    lab.assert_each_curve_once()
    assert lab.open_as().archive.verify() == []


@pytest.mark.usefixtures("shared")
def test_a_shared_partition_that_lets_go_of_another_number_of_rows_is_not_touched(
    lab: ArchiveLab,
) -> None:
    lab.add_test(day(2019, 1, 1))
    # One row withstands being deleted.
    lab.ask(
        "CREATE FUNCTION keep() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END';"
        "CREATE TRIGGER keep BEFORE DELETE ON test_time_series_2019 FOR EACH ROW"
        " WHEN (OLD.sequence_number = 7) EXECUTE FUNCTION keep()"
    )
    try:
        with pytest.raises(StoreError, match=r"199 rows of test_time_series_2019 would go.* 200"):
            lab.open_as().archive.run()
    finally:
        lab.ask("DROP FUNCTION keep CASCADE")
    assert_nothing_moved_and_the_next_run_works(lab)


@pytest.mark.usefixtures("shared")
def test_of_the_log_a_shared_partition_is_refused_and_nothing_is_lost(lab: ArchiveLab) -> None:
    """The log takes new rows only: nobody deletes from it, and so only whole months go."""
    lab.add_log(day(2019, 1, 10), "January")
    lab.add_log(day(2019, 2, 10), "February")
    with pytest.raises(StoreError, match="operation_logs_2019 takes new rows only"):
        lab.open_as().archive.run(table="operation_logs")
    assert lab.ask("SELECT action FROM operation_logs_2019 ORDER BY id") == [
        ("January",),
        ("February",),
    ]
    assert lab.files() == []
