"""The embedded PostgreSQL after a kill -9: of the server, of its starter, of the first start."""

import os
import signal
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg2
import pytest
from embedded_help import ask, child, copy_folder, open_folder, ready_folder, wait_for_end

from mgg_kernel.hot.embedded import EmbeddedServer
from mgg_kernel.hot.embedded.account import server_account

pytestmark = pytest.mark.crash


@pytest.fixture(scope="module")
def system_dir() -> Iterator[Path]:
    """Stand-in for /var/lib/mgg."""
    yield from open_folder()


@pytest.fixture(scope="module")
def made(system_dir: Path) -> Iterator[Path]:
    """A data folder with a database, stopped."""
    yield from ready_folder(system_dir)


@pytest.fixture
def data_dir(made: Path) -> Iterator[Path]:
    """A data folder of its own with a database, stopped."""
    yield from copy_folder(made)


@pytest.fixture
def empty_dir() -> Iterator[Path]:
    """A data folder with nothing in it, which everybody can reach."""
    yield from open_folder()


def test_killed_in_the_middle_of_writing_it_keeps_what_was_committed(
    data_dir: Path, system_dir: Path
) -> None:
    server = EmbeddedServer(data_dir, system_dir=system_dir)
    pid = server.start().pid
    url = server.owner_url("postgres")
    ask(url, "CREATE TABLE written (batch int, sample int, PRIMARY KEY (batch, sample))")
    committed: list[int] = []
    enough = threading.Event()

    def write() -> None:
        connection = psycopg2.connect(url)
        try:
            for batch in range(100_000):
                with connection, connection.cursor() as cursor:
                    cursor.execute(
                        "INSERT INTO written SELECT %s, generate_series(1, 500)", (batch,)
                    )
                committed.append(batch)
                if batch == 30:
                    enough.set()
        except psycopg2.Error:
            pass
        finally:
            connection.close()

    writer = threading.Thread(target=write)
    writer.start()
    assert enough.wait(20)
    os.kill(pid, signal.SIGKILL)
    restarted = server.start()
    writer.join(20)
    assert not writer.is_alive()
    assert not restarted.already_running
    assert restarted.pid != pid
    assert len(committed) > 30
    kept = ask(url, "SELECT array_agg(DISTINCT batch ORDER BY batch) FROM written")
    assert isinstance(kept, list)
    # The commit that was on its way may have arrived without the writer hearing of it.
    assert kept[: len(committed)] == committed
    assert len(kept) - len(committed) in (0, 1)
    assert ask(url, "SELECT count(*) FROM written") == 500 * len(kept)
    assert server.stop() is True


def test_start_waits_for_orphans_of_a_killed_server(data_dir: Path, system_dir: Path) -> None:
    server = EmbeddedServer(data_dir, system_dir=system_dir)
    pid = server.start().pid
    url = server.owner_url("postgres")
    ask(url, "CREATE TABLE kept AS SELECT 7 AS value")
    busy = psycopg2.connect(url)

    def work() -> None:
        # Pure computing: such a backend notices the death of its server only when it is done.
        with busy.cursor() as cursor:
            cursor.execute("SET statement_timeout = '1.5s'")
            with pytest.raises(psycopg2.Error):
                cursor.execute("SELECT sum(sqrt(i)) FROM generate_series(1, 1000000000) AS i")

    worker = threading.Thread(target=work)
    worker.start()
    time.sleep(0.3)
    os.kill(pid, signal.SIGKILL)
    began = time.perf_counter()
    assert not server.start().already_running
    assert 0.5 < time.perf_counter() - began < 20
    worker.join(10)
    busy.close()
    assert ask(url, "SELECT value FROM kept") == 7
    server.stop()


def test_pid_of_a_dead_server_may_belong_to_another_process(
    data_dir: Path, system_dir: Path
) -> None:
    server = EmbeddedServer(data_dir, system_dir=system_dir)
    pid = server.start().pid
    home = server.status().home
    assert home is not None
    os.kill(pid, signal.SIGKILL)
    wait_for_end(pid)
    account = server_account()
    with Path(os.devnull).open("wb") as nowhere:
        other = account.spawn(["/bin/sleep", "60"], nowhere.fileno())
    try:
        for file in (home / "data" / "postmaster.pid", home / "socket" / ".s.PGSQL.5432.lock"):
            file.write_text(file.read_text().replace(str(pid), str(other.pid), 1))
        assert server.status().running is False
        assert not server.start(30).already_running
        assert ask(server.owner_url("postgres"), "SELECT 1") == 1
        assert other.poll() is None
    finally:
        other.kill()
        other.wait()
    server.stop()


def test_two_at_once_start_one_server_which_outlives_its_killed_starter(
    empty_dir: Path, system_dir: Path
) -> None:
    pair = [child(empty_dir, system_dir) for _ in range(2)]
    try:
        said = {}
        for process in pair:
            assert process.stdout is not None
            word, pid = process.stdout.readline().split()
            said[word] = (process, int(pid))
        assert set(said) == {"started", "joined"}
        starter, pid = said["started"]
        assert said["joined"][1] == pid
        starter.kill()
        starter.wait()
        third = EmbeddedServer(empty_dir, system_dir=system_dir)
        assert third.start().already_running
        assert third.stop() is False
        assert said["joined"][0].communicate("")[0].strip() == "stopped"
        assert third.status().running is False
    finally:
        for process in pair:
            process.kill()
            process.communicate()


def test_half_made_cluster_is_made_again(empty_dir: Path, system_dir: Path) -> None:
    process = child(empty_dir, system_dir)
    deadline = time.monotonic() + 20
    while not list(empty_dir.glob("postgres/new-*/data/base/1/*")):
        assert time.monotonic() < deadline
        time.sleep(0.001)
    process.kill()
    process.communicate()
    initdb = [
        int(path.parent.name)
        for path in Path("/proc").glob("[0-9]*/cmdline")
        if f"--pgdata={empty_dir}".encode() in path.read_bytes()
    ]
    for pid in initdb:
        os.kill(pid, signal.SIGKILL)
        wait_for_end(pid)
    assert not (empty_dir / "postgres" / "data").exists()
    assert list(empty_dir.glob("postgres/new-*"))

    with EmbeddedServer(empty_dir, system_dir=system_dir) as server:
        assert ask(server.owner_url("postgres"), "SELECT 1") == 1
        assert not list(empty_dir.glob("postgres/new-*"))
