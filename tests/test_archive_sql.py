"""`ws.sql`: one query over both tiers, of one moment, with the rights of who asks."""

import threading
from datetime import UTC, datetime

import numpy as np
import pytest
from archive_help import ArchiveLab, day
from archive_watch import Watch

from mgg_kernel.cold import faults
from mgg_kernel.errors import ArchiveError

COUNT = "SELECT count(*) AS rows, count(DISTINCT test_result_id) AS tests FROM test_time_series"


def counted(lab: ArchiveLab, username: str = "wang") -> tuple[int, int]:
    (row,) = lab.open_as(username).sql(COUNT).itertuples(index=False)
    return row.rows, row.tests


def test_a_query_does_not_know_the_tiers(lab: ArchiveLab) -> None:
    numbers = [lab.add_test(at) for at in (day(2023, 5, 1), day(2024, 2, 1), datetime.now(UTC))]
    lab.add_simulation(day(2024, 2, 1))
    question = (
        "SELECT t.name, max(s.pressure_mpa) AS peak, count(*) AS n FROM test_time_series s"
        " JOIN test_results t ON t.id = s.test_result_id GROUP BY t.name ORDER BY t.name"
    )
    before = lab.open_as("wang").sql(question)
    assert before["peak"].tolist() == [
        curve.pressure_mpa.max() for (kind, _), curve in lab.curves.items() if kind == "test"
    ]
    lab.open_as().archive.run()
    assert lab.hot_rows() == 200
    after = lab.open_as("wang").sql(question)
    assert after.equals(before)
    lab.add_test(day(2024, 2, 2))
    lab.open_as().archive.run()
    assert counted(lab) == (800, 4), "with a late segment"
    lab.open_as().archive.restore(tests=[numbers[0]], reason="look")
    lab.open_as().archive.restore("2024-Q1", reason="look")
    assert counted(lab) == (800, 4), "with what was restored, whose file is still there"
    for hold in lab.open_as().archive.status().holds:
        lab.open_as().archive.release(hold.id)
    lab.open_as().archive.run()
    assert counted(lab) == (800, 4), "and archived once more"

    one = lab.open_as("wang").sql(
        "SELECT time_ms, pressure_mpa FROM test_time_series WHERE test_result_id = ?"
        " ORDER BY sequence_number",
        [numbers[0]],
    )
    curve = lab.curves["test", numbers[0]]
    assert np.array_equal(one["pressure_mpa"].to_numpy(), curve.pressure_mpa)


def test_everybody_sees_only_what_is_theirs(lab: ArchiveLab) -> None:
    lab.add_test(day(2024, 2, 1))
    lab.add_log(day(2024, 2, 1), "somebody else's")
    lab.open_as().archive.run()
    assert counted(lab, "boss") == (200, 1)
    assert counted(lab, "stranger") == (0, 0)
    log = "SELECT count(*) AS n FROM operation_logs WHERE action = 'somebody else''s'"
    assert lab.open_as().sql(log)["n"].tolist() == [1]
    assert lab.open_as("wang").sql(log)["n"].tolist() == [0]


@pytest.mark.parametrize("archive_server", ["embedded"], indirect=True)
@pytest.mark.parametrize(
    "statement",
    [
        "DELETE FROM test_time_series",
        "CREATE TABLE x AS SELECT 1",
        "COPY (SELECT 1) TO '/tmp/mgg-never.csv'",
        "SELECT 1; SELECT 2",
        "ATTACH '/tmp/mgg-never.db'",
        "SET enable_external_access = true",
        "SELECT * FROM '/etc/passwd'",
        "SELECT * FROM read_csv('/etc/passwd')",
        "SELECT * FROM read_parquet('*.parquet')",
        "SELECT * FROM read_text('/etc/passwd')",
        "SELECT * FROM users",
        "SELECT * FROM lab",
        "INSTALL httpfs",
        "nonsense",
    ],
)
def test_nothing_but_the_tables_can_be_reached(lab: ArchiveLab, statement: str) -> None:
    with pytest.raises(ArchiveError):
        lab.open_as("wang").sql(statement)


def test_a_file_that_is_not_there_is_told(lab: ArchiveLab) -> None:
    lab.add_test(day(2024, 2, 1))
    (batch,) = lab.open_as().archive.run()
    lab.place.final(batch.path).unlink()
    with pytest.raises(ArchiveError, match="missing or not what was archived"):
        counted(lab)


@pytest.mark.parametrize("archive_server", ["embedded"], indirect=True)
def test_a_query_in_the_middle_of_the_switch_sees_each_row_once(
    lab: ArchiveLab, monkeypatch: pytest.MonkeyPatch
) -> None:
    for month in (1, 4, 7, 10):
        lab.add_test(day(2023, month, 5))
    seen: list[tuple[int, int]] = []
    asked = threading.Event()

    def ask() -> None:
        seen.append(counted(lab))
        asked.set()

    def hook(point: str) -> None:
        """Ask at every step; inside the switch, when the table is locked, from another thread."""
        if point == "switched":
            asked.clear()
            threading.Thread(target=ask).start()
            asked.wait(0.2)
        elif point != "exporting":
            ask()

    monkeypatch.setattr(faults, "hook", hook)
    with Watch(lab):
        lab.open_as().archive.run()
        assert asked.wait(20)
    assert len(seen) > 30
    assert set(seen) == {(800, 4)}
