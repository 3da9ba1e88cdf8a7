"""The servers of the web, started once for all files that test them."""

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from web_help import Servers, start_servers


@pytest.fixture(scope="session")
def servers() -> Iterator[Servers]:
    """Both servers over an embedded database, with some people and two pages."""
    folder = Path(tempfile.mkdtemp(prefix="mgg-web-", dir="/tmp"))
    # PostgreSQL, which refuses root, must be able to come in.
    folder.chmod(0o755)
    made = start_servers(folder)
    yield made
    made.dashboards.stop()
    made.lab.stop()
    made.foundation.close()
    shutil.rmtree(folder)
