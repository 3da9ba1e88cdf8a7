"""Phone numbers and e-mail addresses: sealed at rest, opened for administrators alone."""

import base64
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from conftest import PASSWORD, OpenAs
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from sqlalchemy import text

from mgg_kernel.errors import AccessError, NotFoundError, SchemaError, StoreError
from mgg_kernel.hot.database import Caller, owner_engine
from mgg_kernel.hot.embedded import EmbeddedServer
from mgg_kernel.hot.schema import schema_status, upgrade_schema
from mgg_kernel.hot.sealing import Sealer
from mgg_kernel.hot.secrets_file import SecretsFolder
from mgg_kernel.settings import Settings
from mgg_kernel.workspace import Foundation, Workspace

PHONE, EMAIL = "138-0000-1234", "lin@example.cn"


@pytest.fixture
def sealer(tmp_path: Path) -> Sealer:
    return Sealer(SecretsFolder(tmp_path / "secrets"))


@pytest.fixture
def lin(open_as: OpenAs) -> Iterator[str]:
    """An account with contact data."""
    admin = open_as("admin")
    if "lin" not in {one.username for one in admin.users.list()}:
        admin.users.add("lin", "engineer", password=PASSWORD)
    admin.users.set_contact("lin", email=EMAIL, phone=PHONE)
    yield "lin"
    admin.users.set_contact("lin", email=None, phone=None)


def stored(foundation: Foundation, username: str) -> tuple[str | None, str | None]:
    with foundation.database.begin(Caller("admin")) as (connection, _):
        row = connection.execute(
            text("SELECT email, phone FROM users WHERE username = :name"), {"name": username}
        ).one()
    return row.email, row.phone


def test_a_seal_is_aes_gcm_bound_to_its_place(sealer: Sealer, tmp_path: Path) -> None:
    sealed = sealer.seal("电话 138", "users.lin.phone")
    form, number, body = sealed.split(":")
    assert (form, number) == ("v1", "1")
    raw = base64.urlsafe_b64decode(body + "=" * (-len(body) % 4))
    key = base64.urlsafe_b64decode((tmp_path / "secrets" / "field-key-1").read_text().strip() + "=")
    assert len(key) == 32
    # Opened by the library alone, as docs/database.md says how.
    opened = AESGCM(key).decrypt(raw[:12], raw[12:], b"v1:1:users.lin.phone")
    assert opened.decode() == "电话 138"
    assert (tmp_path / "secrets" / "field-key-1").stat().st_mode & 0o777 == 0o600
    assert sealer.seal("电话 138", "users.lin.phone") != sealed, "a nonce of its own each time"
    for place in ("users.lin.email", "users.wang.phone"):
        with pytest.raises(StoreError, match="another key, or was changed"):
            sealer.open(sealed, place)
    for bad in (sealed[:-6], "v1:1:", "plain", "v2:" + sealed[3:], sealed.replace("v1:1", "v1:x")):
        with pytest.raises(StoreError, match="another key, or was changed"):
            sealer.open(bad, "users.lin.phone")
    with pytest.raises(StoreError, match="field-key-7 of sealed values is not in"):
        sealer.open(sealed.replace("v1:1", "v1:7"), "users.lin.phone")


def test_what_is_stored_says_nothing(lin: str, foundation: Foundation, open_as: OpenAs) -> None:
    for value in stored(foundation, lin):
        assert value is not None
        assert value.startswith("v1:")
        assert PHONE not in value
        assert "example" not in value
    found = open_as("admin").users.personal(lin)
    assert (found.email, found.phone) == (EMAIL, PHONE)
    assert PHONE not in repr(found)
    # Neither does the log, which says that they were set and read, and by whom.
    told = open_as("admin").log.list(log_type="account", limit=20)
    assert {"set contact data", "read contact data"} <= {one.action for one in told}
    assert PHONE not in str(told)
    assert EMAIL not in str(told)
    open_as("admin").users.set_contact(lin, email="  ", phone=None)
    assert stored(foundation, lin) == (None, None)


def test_others_read_nothing_of_it(lin: str, foundation: Foundation, open_as: OpenAs) -> None:
    for name in ("wang", "boss", lin):
        with pytest.raises(AccessError):
            open_as(name).users.personal(lin)
        with pytest.raises(AccessError):
            open_as(name).users.set_contact(lin, email=None, phone=None)
        with pytest.raises(AccessError):
            open_as(name).users.rotate_key()
        with (
            pytest.raises(AccessError, match="refuses"),
            foundation.database.begin(Caller(name)) as (connection, _),
        ):
            connection.execute(text("SELECT phone FROM users"))
    with pytest.raises(NotFoundError):
        open_as("admin").users.personal("nobody-here")


def test_the_database_takes_nothing_that_is_not_sealed(lin: str, foundation: Foundation) -> None:
    for column, value in (("phone", PHONE), ("email", EMAIL)):
        with (
            pytest.raises(StoreError, match="check"),
            foundation.database.begin(Caller("admin")) as (connection, _),
        ):
            connection.execute(text(f"UPDATE users SET {column} = :v"), {"v": value})


def test_a_value_moved_to_another_row_is_found(
    lin: str, foundation: Foundation, open_as: OpenAs
) -> None:
    with foundation.database.begin(Caller("admin")) as (connection, _):
        connection.execute(
            text(
                "UPDATE users SET phone = (SELECT phone FROM users WHERE username = 'lin')"
                " WHERE username = 'sun'"
            )
        )
    with pytest.raises(StoreError, match=r"users\.sun\.phone"):
        open_as("admin").users.personal("sun")
    with foundation.database.begin(Caller("admin")) as (connection, _):
        connection.execute(text("UPDATE users SET phone = NULL WHERE username = 'sun'"))


def test_another_key_and_a_lost_one(lin: str, foundation: Foundation, open_as: OpenAs) -> None:
    admin = open_as("admin")
    before = stored(foundation, lin)
    with foundation.database.begin(Caller("admin")) as (connection, _):
        sealed = connection.execute(
            text("SELECT count(*) FROM users WHERE email IS NOT NULL OR phone IS NOT NULL")
        ).scalar_one()
    number, count = admin.users.rotate_key()
    assert number >= 2
    assert count == sealed
    for old, new in zip(before, stored(foundation, lin), strict=True):
        assert new is not None
        assert new.startswith(f"v1:{number}:")
        assert new != old
    assert admin.users.personal(lin).phone == PHONE
    key = foundation.settings.secrets_dir / f"field-key-{number}"
    aside = key.with_name("aside")
    shutil.move(key, aside)
    try:
        with pytest.raises(StoreError, match=rf"{key.name} of sealed values is not in"):
            admin.users.personal(lin)
        # Nothing is sealed with a key that does not open what is there: another server's, say.
        for change in (
            lambda: admin.users.set_contact("sun", email=EMAIL, phone=None),
            admin.users.rotate_key,
        ):
            with pytest.raises(StoreError, match="is not in"):
                change()
        assert not key.exists()
    finally:
        shutil.move(aside, key)
    assert admin.users.personal(lin).email == EMAIL


@pytest.mark.parametrize("bad", ["lin", "a@b@c", "a b@c", "@c", "x" * 101 + "@y"])
def test_what_is_no_address_is_refused(bad: str, lin: str, open_as: OpenAs) -> None:
    with pytest.raises(AccessError, match="no e-mail address"):
        open_as("admin").users.set_contact(lin, email=bad, phone=None)
    with pytest.raises(AccessError, match="up to 40 signs"):
        open_as("admin").users.set_contact(lin, email=None, phone="1" * 41)
    assert open_as("admin").users.personal(lin).phone == PHONE


def test_an_upgrade_seals_what_was_plain(open_folder: Path) -> None:
    settings = Settings(data_dir=open_folder / "older")
    server = EmbeddedServer(settings.data_dir)
    server.start()
    try:
        server.ensure_database("mgg_simulation")
        engine = owner_engine(server.owner_url("mgg_simulation"))
        with engine.begin() as connection:
            upgrade_schema(connection, to="0018")
            connection.execute(
                text(
                    "INSERT INTO users (username, display_name, role, team_id, email, phone)"
                    " SELECT 'lin', 'Lin', 'user', id, :email, :phone FROM teams"
                ),
                {"email": EMAIL, "phone": PHONE},
            )
        # Without the key nothing is lost: the upgrade is refused as a whole.
        with pytest.raises(SchemaError, match="mgg db upgrade"), engine.begin() as connection:
            upgrade_schema(connection)
        with engine.begin() as connection:
            assert schema_status(connection).current == "0018"
            kept = connection.execute(text("SELECT phone FROM users WHERE username = 'lin'"))
            assert kept.scalar_one() == PHONE
        engine.dispose()
        upgraded = Foundation(settings, application="tests", upgrade=True)
        try:
            assert stored(upgraded, "lin")[1].startswith("v1:1:")  # type: ignore[union-attr]
            found = Workspace(upgraded, Caller("admin")).users.personal("lin")
            assert (found.email, found.phone) == (EMAIL, PHONE)
        finally:
            upgraded.close()
    finally:
        server.stop(even_if_in_use=True)
