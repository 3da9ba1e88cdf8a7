"""`ws.log.list`: hot and archived entries are one log, each of them there once."""

import threading
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from archive_help import ArchiveLab, day

from mgg_kernel.cold import faults
from mgg_kernel.cold import log as cold_log
from mgg_kernel.cold.stored import FolderFile
from mgg_kernel.errors import ArchiveError, SettingsError

on_one_server = pytest.mark.parametrize("archive_server", ["embedded"], indirect=True)
OLD, NEWER, NOW = day(2024, 1, 10), day(2024, 2, 10), datetime.now(UTC)


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Names of the cold files that were read."""
    names: list[str] = []
    read = cold_log._newest_rows

    def counting(file: FolderFile, *rest: object) -> object:
        names.append(file.path.name)
        return read(file, *rest)  # type: ignore[arg-type]

    monkeypatch.setattr(cold_log, "_newest_rows", counting)
    return names


def told(lab: ArchiveLab, username: str = "admin", **wanted: object) -> list[str]:
    """What entries that the test wrote say."""
    entries = lab.open_as(username).log.list(**wanted)  # type: ignore[arg-type]
    return [entry.action for entry in entries if entry.application == "tests"]


def fill(lab: ArchiveLab) -> None:
    """Two entries of January, three of February, one of today."""
    for number in range(2):
        lab.add_log(OLD + timedelta(hours=number), f"old {number}")
    for number in range(3):
        lab.add_log(NEWER + timedelta(hours=number), f"newer {number}", '{"n": [1.5, "Ü"]}')
    lab.add_log(NOW, "today")


ALL = ["today", "newer 2", "newer 1", "newer 0", "old 1", "old 0"]


def test_the_log_is_the_same_before_and_after_it_is_archived(lab: ArchiveLab) -> None:
    fill(lab)
    before = lab.open_as().log.list(until=NOW, actor="wang")
    assert [entry.action for entry in before] == ALL[1:]
    batches = lab.open_as().archive.run(table="operation_logs")
    assert [one.row_count for one in batches] == [2, 3]
    after = lab.open_as().log.list(until=NOW, actor="wang")
    assert after == before, "ids, times, texts, NULLs and details"
    assert after[0].recorded_at.isoformat() == before[0].recorded_at.isoformat()
    assert told(lab, actor="wang") == ALL


@on_one_server
def test_times_are_told_in_the_zone_of_the_lab(lab: ArchiveLab) -> None:
    lab.add_log(OLD, "long ago")
    lab.open_as().archive.run(table="operation_logs")
    lab.foundation.close()
    lab.settings = lab.settings.model_copy(update={"timezone": "Asia/Shanghai"})
    lab.foundation = type(lab.foundation)(lab.settings, application="tests")
    (entry,) = lab.open_as().log.list(action="long ago")
    assert entry.recorded_at.isoformat() == "2024-01-10T20:00:00+08:00"
    assert entry.recorded_at == OLD.astimezone(ZoneInfo("Asia/Shanghai"))


@on_one_server
def test_the_limit_goes_across_the_border_and_opens_no_more_than_it_needs(
    lab: ArchiveLab, opened: list[str]
) -> None:
    fill(lab)
    lab.open_as().archive.run(table="operation_logs")
    january, february = "2024-01.parquet", "2024-02.parquet"
    for limit, files in (
        (0, []),
        (1, []),
        (2, [february]),
        (4, [february]),
        (5, [february, january]),
        (6, [february, january]),
        (9, [february, january]),
    ):
        opened.clear()
        assert told(lab, actor="wang", limit=limit) == ALL[:limit]
        assert opened == files, limit


@on_one_server
def test_filters_go_through_both_tiers(lab: ArchiveLab, opened: list[str]) -> None:
    fill(lab)
    lab.open_as().archive.run(table="operation_logs")
    assert told(lab, action="old 1") == ["old 1"], "in a cold file alone"
    assert told(lab, action="today") == ["today"]
    assert told(lab, log_type="login") == []
    assert told(lab, outcome="failed") == []
    assert told(lab, actor="nobody") == []
    assert told(lab, log_type="system", outcome="done", actor="wang", limit=3) == ALL[:3]
    first, last = OLD + timedelta(hours=1), NEWER + timedelta(hours=1)
    opened.clear()
    assert told(lab, since=first, until=last) == ["newer 0", "old 1"], "half-open"
    assert opened == ["2024-02.parquet", "2024-01.parquet"]
    opened.clear()
    assert told(lab, until=NEWER) == ["old 1", "old 0"]
    assert told(lab, since=last, until=NOW) == ["newer 2", "newer 1"]
    assert told(lab, since=day(2024, 3, 1), until=NOW) == []
    assert told(lab, until=day(2024, 1, 1, 0)) == []
    assert opened == ["2024-02.parquet", "2024-01.parquet", "2024-02.parquet"]


@on_one_server
def test_what_comes_late_is_found_among_the_cold(lab: ArchiveLab) -> None:
    fill(lab)
    lab.open_as().archive.run(table="operation_logs")
    lab.add_log(OLD + timedelta(minutes=30), "late")
    wanted = [*ALL[:5], "late", "old 0"]
    assert told(lab, actor="wang") == wanted, "hot, and older than what is cold"
    assert told(lab, actor="wang", limit=2) == wanted[:2]
    (batch,) = lab.open_as().archive.run(table="operation_logs")
    assert batch.path == "operation_logs/2024-01.late001.parquet"
    assert told(lab, actor="wang") == wanted, "in a file of its own"
    assert told(lab, actor="wang", limit=6) == wanted[:6]


def test_everybody_sees_only_what_they_did(lab: ArchiveLab) -> None:
    lab.add_log(OLD, "somebody's")
    lab.ask(
        "INSERT INTO operation_logs (recorded_at, actor, user_id, session_actor, log_type, action,"
        " outcome, application) SELECT %s, 'wang', id, 'mgg_app', 'system', 'hers', 'done',"
        " 'tests' FROM users WHERE username = 'wang'",
        OLD,
    )
    seen = {"admin": ["hers", "somebody's"], "wang": ["hers"], "boss": []}
    for _ in range(2):
        for username, wanted in seen.items():
            assert told(lab, username, until=NOW) == wanted
        lab.open_as().archive.run(table="operation_logs")


@on_one_server
def test_each_entry_is_there_once_while_a_period_is_archived(
    lab: ArchiveLab, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(lab)
    seen: list[tuple[str, list[str]]] = []
    threads: list[threading.Thread] = []

    def ask(point: str) -> None:
        seen.append((point, told(lab, actor="wang")))

    def hook(point: str) -> None:
        """Ask at every step; inside the switch, when the table is locked, from another thread."""
        if point == "switched":
            threads.append(threading.Thread(target=ask, args=(point,)))
            threads[-1].start()
            threads[-1].join(0.2)
            assert threads[-1].is_alive(), "waits for the commit"
        else:
            ask(point)

    monkeypatch.setattr(faults, "hook", hook)
    lab.open_as().archive.run(table="operation_logs")
    for thread in threads:
        thread.join(20)
    assert {point for point, _ in seen} == set(faults.POINTS)
    assert [one for one in seen if one[1] != ALL] == []


@on_one_server
def test_a_file_that_is_not_in_order_is_told_when_it_is_needed(lab: ArchiveLab) -> None:
    fill(lab)
    first, second = lab.open_as().archive.run(table="operation_logs")
    path = lab.place.final(first.path)
    data = path.read_bytes()
    path.unlink()
    assert told(lab, actor="wang", limit=4) == ALL[:4], "what is not asked for may be missing"
    with pytest.raises(ArchiveError, match=r"2024-01.parquet is missing; have an administrator"):
        told(lab)
    path.write_bytes(data[:-9])
    with pytest.raises(ArchiveError, match="is damaged"):
        told(lab)
    lab.ask("UPDATE archive_batches SET schema_fingerprint = 'x' WHERE id = %s", second.id)
    with pytest.raises(ArchiveError, match="layout that this program does not know"):
        told(lab)


@on_one_server
def test_what_cannot_be_asked_is_refused(lab: ArchiveLab) -> None:
    with pytest.raises(SettingsError, match="needs its time zone"):
        told(lab, since=datetime(2024, 1, 1))  # noqa: DTZ001
    with pytest.raises(SettingsError, match="limit of -1"):
        told(lab, limit=-1)
