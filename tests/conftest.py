"""What the tests share: the lab's real data where they are, and workspaces on real servers."""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

import pytest
from debian_postgres import DebianCluster, find_debian_postgres

from mgg_kernel.hot.database import Caller
from mgg_kernel.settings import Settings
from mgg_kernel.workspace import Foundation, Workspace

if TYPE_CHECKING:
    from archive_help import ArchiveLab, ArchiveServer
    from backup_help import BackupLab

PROJECT = Path(__file__).parents[1]
PEOPLE = {"wang": "engineer", "sun": "engineer", "boss": "user"}
PASSWORD = "a long enough password"

OpenAs = Callable[[str], Workspace]


@pytest.fixture(scope="session", autouse=True)
def _no_settings_from_outside() -> Iterator[None]:
    """Keep the settings of whoever runs the tests out of them."""
    kept = {name: os.environ.pop(name) for name in list(os.environ) if name.startswith("MGG_")}
    yield
    os.environ.update(kept)


@pytest.fixture(scope="session")
def lab_data() -> Path:
    """Folder of the lab's real curves, which are not part of the project."""
    folder = PROJECT.parent / "shared" / "data"
    if not (folder / "curves").is_dir():
        pytest.skip(f"the lab's data are not at {folder}")
    return folder


@pytest.fixture(scope="session")
def open_folder() -> Iterator[Path]:
    """A temporary folder that the database's operating-system user may enter."""
    folder = Path(tempfile.mkdtemp(prefix="mgg-test-", dir="/tmp"))
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder)


@pytest.fixture(scope="session")
def debian() -> Iterator[DebianCluster]:
    """A throw-away cluster of Debian's PostgreSQL 15."""
    bin_dir = find_debian_postgres()
    if bin_dir is None:
        pytest.skip("Debian's package postgresql-15 is not installed")
    with DebianCluster(bin_dir) as cluster:
        yield cluster


@pytest.fixture(scope="session")
def embedded_foundation(open_folder: Path) -> Iterator[Foundation]:
    """A new workspace with some people on the embedded server."""
    yield from _with_people(Settings(data_dir=open_folder / "embedded"))


@pytest.fixture(scope="session")
def debian_foundation(open_folder: Path, debian: DebianCluster) -> Iterator[Foundation]:
    """A new workspace with some people on Debian's PostgreSQL."""
    data_dir = open_folder / "debian-15"
    yield from _with_people(Settings(data_dir=data_dir, database_url=_by_hand(debian)))


@pytest.fixture(scope="session", params=["embedded", "debian-15"])
def foundation(request: pytest.FixtureRequest) -> Foundation:
    """A new workspace with some people, once on each kind of server.

    Both stay until the end, because one process of several takes its files in any order.
    """
    kind = {"embedded": "embedded_foundation", "debian-15": "debian_foundation"}[request.param]
    made: Foundation = request.getfixturevalue(kind)
    return made


def _with_people(settings: Settings) -> Iterator[Foundation]:
    made = Foundation(settings, application="tests", upgrade=True)
    admin = Workspace(made, Caller("admin"))
    for name, role in PEOPLE.items():
        admin.users.add(name, role, password=PASSWORD)
    admin.users.add("stranger", "engineer", password=PASSWORD, team="elsewhere")
    yield made
    made.close()


def _by_hand(cluster: DebianCluster) -> str:
    """Do what the documents tell an administrator of another server, and return the URL."""
    cluster.create_database("mgg_simulation")
    schema = (PROJECT / "sql" / "schema.sql").read_text("utf-8")
    allow = f"ALTER ROLE mgg_app LOGIN PASSWORD '{PASSWORD}'"
    subprocess.run(
        [cluster.bin_dir / "psql", "--quiet", cluster.owner_url("mgg_simulation")],
        input=f"{schema}\n{allow};\n",
        text=True,
        check=True,
    )
    return cluster.connection_url("mgg_app", quote(PASSWORD), "mgg_simulation")


@pytest.fixture
def open_as(foundation: Foundation) -> OpenAs:
    """Opens the workspace as somebody: `open_as("wang")`, an engineer; "boss" only looks."""
    return lambda username: Workspace(foundation, Caller(username, "127.0.0.1"))


@pytest.fixture(scope="module", params=["embedded", "debian-15"])
def archive_server(request: pytest.FixtureRequest) -> "ArchiveServer":
    """A database for tests of the cold store, on each kind of server."""
    from archive_help import ArchiveServer

    if request.param == "embedded":
        return ArchiveServer(request.getfixturevalue("embedded_foundation"), None)
    return ArchiveServer(
        request.getfixturevalue("debian_foundation"), request.getfixturevalue("debian")
    )


@pytest.fixture
def lab(archive_server: "ArchiveServer", tmp_path: Path) -> Iterator["ArchiveLab"]:
    """A workspace on that database, empty."""
    made = archive_server.make(tmp_path)
    yield made
    made.close()


@pytest.fixture
def open_backups() -> Iterator[Path]:
    """A folder for backups and restored labs that the database's own user may enter."""
    folder = Path(tempfile.mkdtemp(prefix="mgg-backup-", dir="/tmp"))
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder)


@pytest.fixture
def saved(lab: "ArchiveLab", open_backups: Path) -> "BackupLab":
    """That workspace with hot and cold curves, uploaded files and a folder for backups."""
    from backup_help import BackupLab

    made = BackupLab(lab, open_backups)
    made.fill()
    return made
