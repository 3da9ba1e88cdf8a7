"""kill -9 at every step of the archiver's protocol: each row is there once, at every moment.

This is the short form of the crash matrix; the long one is in test_archive_campaign.py.
"""

from collections.abc import Iterator
from pathlib import Path

import pytest
from archive_help import ArchiveLab, ArchiveServer, Victim, day
from archive_watch import Watch, rows_in_one_snapshot

from mgg_kernel.cold.faults import POINTS
from mgg_kernel.settings import Settings
from mgg_kernel.workspace import Foundation

pytestmark = pytest.mark.crash


@pytest.mark.parametrize("archive_server", ["debian-15"], indirect=True)
def test_the_client_is_killed_at_every_point(lab: ArchiveLab) -> None:
    for month in (1, 4, 7):
        lab.add_test(day(2024, month, 10))
        lab.add_simulation(day(2024, month, 11))
    total = 6 * 200
    with Victim(lab) as victim, Watch(lab, total) as watch:
        for point in POINTS:
            assert victim.run(point, "client") == "signal 9: ", point
            assert rows_in_one_snapshot(lab) == total, point
        assert victim.run("none", "none").startswith("ended: archived")
    assert watch.counts > 0
    assert_clean(lab)
    assert lab.hot_rows() == lab.hot_rows("simulation_time_series") == 0


def assert_clean(lab: ArchiveLab) -> None:
    """After recovery everything is read, once, and nothing is left over."""
    lab.assert_each_curve_once()
    archive = lab.open_as().archive
    archive.run()
    assert archive.verify() == []
    batches = archive.status().batches
    assert {one.state for one in batches} <= {"archived", "aborted"}
    assert lab.files() == sorted(one.path for one in batches if one.state == "archived")


@pytest.fixture(scope="module")
def own_server(open_folder: Path) -> Iterator[Foundation]:
    """A server that may be killed."""
    made = Foundation(
        Settings(data_dir=open_folder / "archive-crash"), application="tests", upgrade=True
    )
    yield made
    made.close()


def test_postgresql_is_killed(own_server: Foundation, tmp_path: Path) -> None:
    server = own_server.server
    assert server is not None
    lab = ArchiveServer(own_server, None).make(tmp_path)
    points = ("exporting", "published", "switched")
    for month in (1, 4, 7):
        lab.add_test(day(2024, month, 10))
    with Victim(lab, server) as victim, Watch(lab, 600) as watch:
        for point in points:
            said = victim.run(point, "postgres")
            assert said.startswith("ended: DatabaseDownError: The database does not answer"), said
            server.start()
            assert rows_in_one_snapshot(lab) == 600, point
        assert victim.run("switched", "both") == "signal 9: "
        server.start()
        assert rows_in_one_snapshot(lab) == 600
    assert watch.counts > 0
    assert_clean(lab)
    lab.close()
