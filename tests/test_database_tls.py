"""TLS to PostgreSQL is what ``sslmode`` of the address says; the server's certificate is real."""

import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

import pytest
from conftest import PASSWORD, PROJECT
from debian_postgres import DebianCluster, find_debian_postgres
from web_help import free_port

from mgg_kernel.errors import StoreError
from mgg_kernel.hot.database import Caller, Database
from mgg_kernel.settings import Settings

OPENSSL = shutil.which("openssl")


@dataclass
class Server:
    """Its port, the certificate that it shows and another one that it does not."""

    port: int
    root: Path
    other: Path

    def url(self, host: str = "localhost", **parameters: object) -> str:
        asked = "&".join(f"{name}={value}" for name, value in parameters.items())
        return f"postgresql://mgg_app:{quote(PASSWORD)}@{host}:{self.port}/mgg_simulation?{asked}"


def certificate(folder: Path, name: str) -> tuple[Path, str]:
    """Make a certificate for localhost; return its file, and its key."""
    assert OPENSSL is not None
    made, key = folder / f"{name}.crt", folder / f"{name}.key"
    subprocess.run(
        [
            *(OPENSSL, "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"),
            *("-nodes", "-days", "2", "-subj", "/CN=localhost"),
            *("-addext", "subjectAltName=DNS:localhost", "-keyout", key, "-out", made),
        ],
        check=True,
        capture_output=True,
    )
    return made, key.read_text()


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    bin_dir = find_debian_postgres()
    if bin_dir is None or OPENSSL is None:
        pytest.skip("Debian's package postgresql-15 or openssl is not installed")
    folder, port = tmp_path_factory.mktemp("tls"), free_port()
    root, key = certificate(folder, "server")
    with DebianCluster(bin_dir, tls=(root.read_text(), key), tls_port=port) as cluster:
        cluster.create_database("mgg_simulation")
        schema = (PROJECT / "sql" / "schema.sql").read_text("utf-8")
        subprocess.run(
            [bin_dir / "psql", "--quiet", cluster.owner_url("mgg_simulation")],
            input=f"{schema}\nALTER ROLE mgg_app LOGIN PASSWORD '{PASSWORD}';\n",
            text=True,
            check=True,
        )
        yield Server(port, root, certificate(folder, "other")[0])


def ask(url: str) -> tuple[bool, str]:
    """Return whether the line to the server has TLS, and its version."""
    database = Database(url, application="tests", settings=Settings())
    try:
        with database.begin(Caller("system")) as (connection, _):
            line = connection.connection.dbapi_connection.info  # libpq's own word of this line
            return line.ssl_in_use, line.ssl_attribute("protocol")
    finally:
        database.engine.dispose()


@pytest.mark.parametrize("mode", ["require", "verify-ca", "verify-full"])
def test_the_line_has_tls(server: Server, mode: str) -> None:
    assert ask(server.url(sslmode=mode, sslrootcert=server.root)) == (True, "TLSv1.3")


@pytest.mark.parametrize(
    ("host", "mode", "proof", "reason"),
    [
        ("localhost", "verify-full", "other", "certificate verify failed"),
        ("localhost", "verify-ca", "other", "certificate verify failed"),
        ("127.0.0.1", "verify-full", "root", "does not match host name"),
        ("localhost", "verify-full", "", "root certificate file"),
        ("localhost", "disable", "root", "no encryption"),
    ],
)
def test_what_cannot_be_trusted_is_refused_in_a_sentence(
    server: Server, tmp_path: Path, host: str, mode: str, proof: str, reason: str
) -> None:
    root = getattr(server, proof) if proof else tmp_path / "none.crt"
    with pytest.raises(StoreError) as refused:
        ask(server.url(host, sslmode=mode, sslrootcert=root))
    said = str(refused.value)
    assert reason in said
    assert "\n" not in said
    assert PASSWORD not in said
    assert quote(PASSWORD) not in said
