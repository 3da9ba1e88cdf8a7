"""The whole crash matrix: every point × client, server, both × at once and a moment later.

It runs for minutes and only when asked for (`make crash`).  The moment later falls anywhere in the
next step, the commit among them.  Readers read and writers write all the time.
"""

import random
from pathlib import Path

import pytest
from archive_help import ArchiveServer, Victim, day
from archive_watch import Watch, rows_in_one_snapshot
from test_archive_crash import assert_clean, own_server

from mgg_kernel.cold.faults import POINTS
from mgg_kernel.workspace import Foundation

pytestmark = [pytest.mark.crash, pytest.mark.campaign]

__all__ = ["own_server"]

ROUNDS = 5
MOST_DELAY_MS = {"exporting": 30.0, "switched": 3.0}


@pytest.mark.parametrize("deed", ["client", "postgres", "both"])
@pytest.mark.parametrize("point", POINTS)
def test_each_row_is_there_once_whoever_is_killed(
    own_server: Foundation, tmp_path: Path, point: str, deed: str
) -> None:
    server = own_server.server
    assert server is not None
    lab = ArchiveServer(own_server, None).make(tmp_path)
    chance = random.Random(f"{point} {deed}")
    tested = []
    with Victim(lab, server) as victim:
        for number in range(ROUNDS):
            year = 2010 + number
            lab.add_test(day(year, 2, 28))
            lab.add_test(day(year, 8, 1))
            lab.add_simulation(day(year, 3, 31))
            delay_ms = 0.0 if number == 0 else chance.uniform(0, MOST_DELAY_MS.get(point, 8.0))
            with Watch(lab, writes=True) as watch:
                said = victim.run(point, deed, delay_ms)
                server.start()
                assert watch.failures == []
            tested.append(f"{delay_ms:.1f} ms: {said}")
            assert rows_in_one_snapshot(lab) == 200 * len(lab.curves), tested
            lab.assert_each_curve_once()
        assert victim.run("none", "none").startswith("ended: archived"), tested
    assert_clean(lab)
    print(*tested, sep="\n")
    lab.close()
