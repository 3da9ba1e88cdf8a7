"""What has to be in place before the server can be started."""

from dataclasses import dataclass
from pathlib import Path

from mgg_kernel.errors import StoreError
from mgg_kernel.hot.embedded.account import Account, account_of_owner, server_account
from mgg_kernel.hot.embedded.binaries import Binaries, copied_binaries, find_binaries
from mgg_kernel.hot.embedded.cluster import (
    check_version,
    make_cluster,
    remove_leftovers,
    write_configuration,
)
from mgg_kernel.hot.embedded.location import (
    Location,
    choose_home,
    claim_home,
    make_home,
    make_socket_dir,
)
from mgg_kernel.hot.secrets_file import SecretsFolder

__all__ = ["PASSWORD", "Prepared", "prepare"]

PASSWORD = "postgres-superuser-password"  # noqa: S105 - the name of the secret
"""Name of the secret that holds the superuser's password."""


@dataclass(frozen=True)
class Prepared:
    """A cluster that can be started: where it is, as whom, and with what."""

    location: Location
    account: Account
    binaries: Binaries


def prepare(data_dir: Path, system_dir: Path, secrets: SecretsFolder) -> Prepared:
    """Make the workspace's cluster if there is none, and put everything in place to start it.

    Args:
        data_dir: the workspace's data folder.
        system_dir: root's folder for what the server's user cannot reach elsewhere.
        secrets: where the superuser's password is kept.

    Raises:
        StoreError: the cluster cannot be made, is missing or damaged, or is another user's.
    """
    recorded = Location.recorded(data_dir)
    made = _make(data_dir, system_dir, secrets) if recorded is None else _find(recorded, system_dir)
    check_version(made.location, made.binaries)
    remove_leftovers(made.location.home, made.account)
    make_home(made.location.home, made.account)
    make_socket_dir(made.location, made.account)
    write_configuration(made.location, made.account)
    return made


def _find(location: Location, system_dir: Path) -> Prepared:
    if not location.cluster.is_dir():
        raise StoreError(
            f"The database of {location.data_dir} should be in {location.home} and is not there; "
            f"restore it from a backup, or remove {location.data_dir / 'postgres.location'} to "
            "begin with an empty one."
        )
    claim_home(location)
    account = account_of_owner(location.home)
    if account.is_other and not account.can_enter(location.home):
        raise StoreError(
            f"The user {account.name}, as which PostgreSQL runs, can no longer reach "
            f"{location.home}; let it pass through the folders above (chmod o+x)."
        )
    return Prepared(location, account, _binaries(account, system_dir))


def _make(data_dir: Path, system_dir: Path, secrets: SecretsFolder) -> Prepared:
    account = server_account()
    location = Location(data_dir, choose_home(data_dir, account, system_dir))
    binaries = _binaries(account, system_dir)
    make_home(location.home, account)
    claim_home(location)
    remove_leftovers(location.home, account)
    if not location.cluster.is_dir():
        make_cluster(location, account, binaries, secrets.get_or_create(PASSWORD))
    location.record()
    return Prepared(location, account, binaries)


def _binaries(account: Account, system_dir: Path) -> Binaries:
    found = find_binaries()
    return found if found.usable_by(account) else copied_binaries(found, account, system_dir)
