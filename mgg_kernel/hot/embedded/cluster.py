"""Making a database cluster, and the configuration that it runs with."""

import secrets
from pathlib import Path

from mgg_kernel.errors import StoreError
from mgg_kernel.hot.embedded.account import Account
from mgg_kernel.hot.embedded.binaries import Binaries
from mgg_kernel.hot.embedded.location import PORT, Location
from mgg_kernel.hot.secrets_file import sync_folder

__all__ = ["SUPERUSER", "check_version", "make_cluster", "remove_leftovers", "write_configuration"]

SUPERUSER = "postgres"

_INITDB_LIMIT_S = 120.0
_DRAFT = "new-"
_CONFIGURATION = """\
# Written anew at every start.  Settings of your own go into another file of this folder,
# one that sorts after this one.
listen_addresses = ''
port = {port}
unix_socket_directories = {socket_dir}
unix_socket_permissions = 0700
password_encryption = 'scram-sha-256'
cluster_name = 'mgg'

max_connections = 100
shared_buffers = 256MB
effective_cache_size = 1GB
work_mem = 16MB
maintenance_work_mem = 128MB
max_wal_size = 2GB
random_page_cost = 1.1
shared_preload_libraries = 'pg_stat_statements'

timezone = 'UTC'
log_timezone = 'UTC'

logging_collector = on
log_directory = {log_dir}
log_filename = 'postgresql-%a.log'
log_file_mode = 0600
log_rotation_age = 1d
log_rotation_size = 0
log_truncate_on_rotation = on
log_line_prefix = '%m [%p] %q%u@%d %a '
log_min_messages = warning
log_min_duration_statement = 2s
log_lock_waits = on
"""


def make_cluster(location: Location, account: Account, binaries: Binaries, password: str) -> None:
    """Make an empty cluster that asks everybody for a password; it appears whole or not at all.

    Args:
        location: where; its home exists.
        account: the user that the server runs as.
        binaries: PostgreSQL's programs.
        password: of the database's superuser.

    Raises:
        StoreError: ``initdb`` failed.
    """
    draft = location.home / f"{_DRAFT}{secrets.token_hex(8)}"
    draft_cluster = draft / "data"
    account.make_folder(draft)
    try:
        account.write(draft / "password", password + "\n")
        done = account.run(
            [
                binaries.bin_dir / "initdb",
                f"--pgdata={draft_cluster}",
                f"--username={SUPERUSER}",
                f"--pwfile={draft / 'password'}",
                "--auth=scram-sha-256",
                "--encoding=UTF8",
                "--locale-provider=builtin",
                "--locale=C.UTF-8",
                "--data-checksums",
                "--no-instructions",
            ],
            limit_s=_INITDB_LIMIT_S,
        )
        if done.returncode:
            reason = (done.stderr.strip().splitlines() or ["it gave no reason"])[-1]
            raise StoreError(
                f"PostgreSQL could not make a database in {location.home} ({reason}); "
                "look at the folder's permissions and at the free space."
            )
        main_file = draft_cluster / "postgresql.conf"
        text = main_file.read_text(encoding="utf-8")
        account.write(main_file, f"{text}\ninclude_dir = 'conf.d'\n")
        draft_cluster.rename(location.cluster)
        sync_folder(location.home)
    finally:
        account.remove(draft)


def remove_leftovers(home: Path, account: Account) -> None:
    """Remove what a start that was killed while making the cluster left in `home`."""
    account.remove(*home.glob(f"{_DRAFT}*"))


def write_configuration(location: Location, account: Account) -> None:
    """Write our part of the server's configuration, with the paths as they are now."""
    folder = location.cluster / "conf.d"
    account.make_folder(folder)
    # The list of socket folders is split at commas unless each is in double quotes.
    text = _CONFIGURATION.format(
        port=PORT,
        socket_dir=_quoted(f'"{location.socket_dir}"'),
        log_dir=_quoted(str(location.log_dir)),
    )
    account.write(folder / "mgg.conf", text)


def check_version(location: Location, binaries: Binaries) -> None:
    """Refuse a cluster that was made by another major version of PostgreSQL.

    Raises:
        StoreError: it was, or it is damaged.
    """
    file = location.cluster / "PG_VERSION"
    try:
        made_by = file.read_text(encoding="utf-8").strip()
    except OSError as error:
        raise StoreError(
            f"The database in {location.home} is damaged ({file.name}: {error.strerror}); "
            "restore it from a backup."
        ) from None
    major = binaries.version.split(".")[0]
    if made_by != major:
        raise StoreError(
            f"The database in {location.home} is of PostgreSQL {made_by} and this environment "
            f"has {major}; install the version that it was made by, dump it, and load the dump."
        )


def _quoted(text: str) -> str:
    return "'" + text.replace("\\", "\\\\").replace("'", "''") + "'"
