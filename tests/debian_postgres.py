"""Throw-away clusters of a PostgreSQL that the operating system installed (Debian's 15)."""

import secrets
import shutil
import tempfile
from pathlib import Path
from types import TracebackType
from typing import Self

from mgg_kernel.hot.embedded.account import server_account

PORT = 5432
SUPERUSER = "postgres"


def find_debian_postgres(major: int = 15) -> Path | None:
    """Return the folder of Debian's ``initdb`` and ``pg_ctl``, or None if it is not installed."""
    bin_dir = Path(f"/usr/lib/postgresql/{major}/bin")
    return bin_dir if all((bin_dir / name).is_file() for name in ("initdb", "pg_ctl")) else None


class DebianCluster:
    """A cluster in a temporary folder: Unix socket only, with a password, gone after use.

    Args:
        bin_dir: as found by `find_debian_postgres`.
        tls: certificate and key, as PEM; it then also listens at `tls_port` of this machine, and
            lets nobody in there without TLS.
        tls_port: a free port.
    """

    def __init__(
        self, bin_dir: Path, *, tls: tuple[str, str] | None = None, tls_port: int = PORT
    ) -> None:
        self._tls, self._port = tls, tls_port
        self.bin_dir = bin_dir
        self.password = secrets.token_urlsafe(16)
        self._account = server_account()
        # In /tmp itself: pytest's own folder is closed to the server's user.
        self._root = Path(tempfile.mkdtemp(prefix="mgg-debian-", dir="/tmp"))
        if self._account.is_other:
            shutil.chown(self._root, self._account.uid, self._account.gid)
        self._cluster = self._root / "data"

    def start(self) -> None:
        """Make the cluster and start it."""
        self._account.write(self._root / "password", self.password + "\n")
        self._run(
            "initdb",
            f"--username={SUPERUSER}",
            f"--pwfile={self._root / 'password'}",
            "--auth=scram-sha-256",
            "--encoding=UTF8",
            "--locale=C.UTF-8",
            "--no-sync",
        )
        text = (self._cluster / "postgresql.conf").read_text(encoding="utf-8")
        # No fsync: this cluster is thrown away, and it must only be quick.
        text += (
            f"\nlisten_addresses = '{'127.0.0.1' if self._tls else ''}'\nport = {self._port}\n"
            f"unix_socket_directories = '{self._root}'\n"
            "unix_socket_permissions = 0700\nfsync = off\ntimezone = 'UTC'\n"
            "shared_preload_libraries = 'pg_stat_statements'\n"
        )
        if self._tls:
            text += "ssl = on\n"
            for name, pem in zip(("server.crt", "server.key"), self._tls, strict=True):
                self._account.write(self._cluster / name, pem)
            rules = "local all all scram-sha-256\nhostssl all all 127.0.0.1/32 scram-sha-256\n"
            self._account.write(self._cluster / "pg_hba.conf", rules)
        self._account.write(self._cluster / "postgresql.conf", text)
        self._run("pg_ctl", "start", "--wait", f"--log={self._root / 'log'}")

    def stop(self) -> None:
        """Stop the cluster and remove every trace of it."""
        try:
            if (self._cluster / "postmaster.pid").exists():
                self._run("pg_ctl", "stop", "--mode=immediate")
        finally:
            shutil.rmtree(self._root)

    def connection_url(self, user: str, password: str, database: str) -> str:
        """Return the URL by which a login reaches a database."""
        return f"postgresql://{user}:{password}@/{database}?host={self._root}&port={self._port}"

    def owner_url(self, database: str = "postgres") -> str:
        """Return the URL by which the superuser reaches a database."""
        return self.connection_url(SUPERUSER, self.password, database)

    def create_database(self, name: str) -> None:
        """Make an empty database."""
        self._account.run(
            [self.bin_dir / "psql", self.owner_url(), "-c", f'CREATE DATABASE "{name}"']
        ).check_returncode()

    def __enter__(self) -> Self:
        try:
            self.start()
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    def _run(self, program: str, *arguments: str) -> None:
        done = self._account.run(
            [self.bin_dir / program, *arguments, f"--pgdata={self._cluster}"], limit_s=120
        )
        assert done.returncode == 0, f"{program}: {done.stdout}{done.stderr}"
