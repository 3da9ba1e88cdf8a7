"""Bringing in the predecessor's database: what moves, what is refused, and nothing twice."""

import json
import sqlite3
import zlib
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from predecessor_help import DAY, OLD_PASSWORD, bump, compact, normalised, series_json

from mgg_kernel.cli import main
from mgg_kernel.curve import PTCurve
from mgg_kernel.errors import AccessError, IngestError, LoginError, SimulationError
from mgg_kernel.hot.database import Caller
from mgg_kernel.workspace import Foundation, Workspace

OpenAs = Callable[[str], Workspace]
AT = datetime(2024, 2, 29, 8, 15, 0, 250_000, tzinfo=UTC)


@pytest.fixture
def prefix(foundation: Foundation, request: pytest.FixtureRequest) -> str:
    """Letters that no other test uses, on either server."""
    return f"mg{zlib.crc32(request.node.name.encode()) % 10**6:06d}"


class Kept(Workspace):
    """A workspace that a command may close as it likes."""

    def close(self) -> None:
        pass


@pytest.fixture
def as_admin(foundation: Foundation, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("signal.signal", lambda number, handler: None)  # not those of the tests
    monkeypatch.setattr(
        "mgg_kernel.workspace.open", lambda **_: Kept(foundation, Caller("admin", None))
    )


def reasons(report: object) -> dict[tuple[str, str], str]:
    return {(row.table, row.key): row.reason for row in report.refused}  # type: ignore[attr-defined]


def targets(report: object) -> dict[tuple[str, str], str]:
    return {(row.table, row.key): row.target for row in report.rows}  # type: ignore[attr-defined]


def number(target: str) -> int:
    return int(target.split()[1])


def test_a_compact_database(
    foundation: Foundation, open_as: OpenAs, tmp_path: Path, prefix: str
) -> None:
    admin = open_as("admin")
    path = compact(tmp_path / f"{prefix}.db", prefix)
    before = path.read_bytes()

    planned = admin.migrations.sqlite(path, dry_run=True)
    assert {row.outcome for row in planned.rows} <= {"moved", "merged", "refused"}
    assert f"{prefix}li" not in {one.username for one in admin.users.list()}

    report = admin.migrations.sqlite(path)
    assert path.read_bytes() == before
    assert report.shape == "compact"
    assert report.left == (("leftover", 2),)
    told = {table: {e: n for e, n in found.items() if n} for table, found in report.counts.items()}
    assert told == {
        "user": {"moved": 3, "refused": 1},
        "work order": {"moved": 2},
        "simulation": {"moved": 2, "merged": 1, "refused": 2},
        "test_result": {"moved": 4, "merged": 1, "refused": 2},
    }
    why = reasons(report)
    assert why["user", "4"] == "it has no name"
    assert "--vessel" in why["simulation", "4"]
    assert "sample 200 of its curve has the pressure inf" in why["simulation", "5"]
    assert "sample 200 of its curve has the pressure nan" in why["test_result", "4"]
    assert why["test_result", "7"] == "its curve is no JSON"
    assert report.differing == ()
    assert report.proved == 8

    where = targets(report)
    test = admin.tests.get(number(where["test_result", "1"]))
    assert (test.created_at, test.created_by) == (AT, f"{prefix}li")
    assert admin.tests.curve(test.id) == PTCurve(*bump(48.0, prefix))
    assert test.recipe == admin.simulations.get(number(where["simulation", "1"])).recipe
    assert test.recipe is not None
    assert str(test.recipe).startswith("igniter 135, NC B:701.5 mg, shell 22 mm, 1.2 A")
    assert str(test.recipe).endswith("sensor 100 MPa")
    assert json.loads(admin.tests.original(test.id))["pressure_mpa"] == bump(48.0, prefix)[1]
    gone = admin.tests.get(number(where["test_result", "3"]))
    assert gone.recipe is None
    assert gone.created_by == f"{prefix}-e-7"
    nobodys = admin.tests.get(number(where["test_result", "5"]))
    assert nobodys.created_by == "admin"
    order = next(one for one in admin.work_orders.list() if one.title == f"工单/{prefix}-7")
    assert order.created_at == AT
    simulation = admin.simulations.get(number(where["simulation", "3"]))
    assert [str(charge) for charge in simulation.recipe.nc] == ["B:702.5", "C:11.5"]
    assert simulation.created_by == f"{prefix}gone"
    people = {one.username: one for one in admin.users.list()}
    assert not people[f"{prefix}gone"].is_active

    with sqlite3.connect(path) as base:
        base.execute(
            "INSERT INTO test_result VALUES (8, 1, NULL, ?, '', ?, ?)",
            (f"{prefix}8.xlsx", series_json(*bump(45.0, prefix)), DAY),
        )
        base.execute("UPDATE test_result SET filename = 'other.xlsx' WHERE id = 2")
    base.close()
    again = admin.migrations.sqlite(path, vessels_ml={f"{prefix}-V": 12.0})
    assert {row.key for row in again.rows if row.outcome == "moved"} == {"4", "8"}
    assert "was changed in the old database since" in reasons(again)["test_result", "2"]
    assert again.counts["user"]["known"] == 3
    assert again.proved == 10


def test_an_old_password_is_taken_once_and_then_argon2s(
    foundation: Foundation, open_as: OpenAs, tmp_path: Path, prefix: str
) -> None:
    admin = open_as("admin")
    admin.migrations.sqlite(compact(tmp_path / f"{prefix}.db", prefix))
    name = f"{prefix}li"

    def stored() -> str:
        with foundation.database.begin_login(Caller(name)) as connection:
            query = f"SELECT password_hash FROM users WHERE username = '{name}'"
            return str(connection.exec_driver_sql(query).scalar_one())

    # The phone number came along, sealed.
    assert admin.users.personal(name).phone == "139"
    with foundation.database.begin(Caller("admin")) as (connection, _):
        query = f"SELECT phone FROM users WHERE username = '{name}'"
        assert connection.exec_driver_sql(query).scalar_one().startswith("v1:")
    assert stored().startswith("$2b$")
    with pytest.raises(LoginError):
        foundation.accounts.login(name, "wrong password", "127.0.0.1", "test")
    assert stored().startswith("$2b$")
    assert foundation.accounts.login(name, OLD_PASSWORD, "127.0.0.1", "test")
    assert stored().startswith("$argon2id$")
    assert foundation.accounts.login(name, OLD_PASSWORD, "127.0.0.1", "test")
    with pytest.raises(LoginError):
        foundation.accounts.login(f"{prefix}gone", OLD_PASSWORD, "127.0.0.1", "test")
    with pytest.raises(LoginError):
        foundation.accounts.login(f"{prefix}-e-7", "abc", "127.0.0.1", "test")


def test_a_normalised_database(open_as: OpenAs, tmp_path: Path, prefix: str) -> None:
    admin = open_as("admin")
    uploads = tmp_path / "uploads"
    uploads.mkdir()
    (uploads / f"{prefix}n.xlsx").write_bytes(b"the bytes that were sent " + prefix.encode())
    path = normalised(tmp_path / f"{prefix}.sqlite", prefix)
    report = admin.migrations.sqlite(path, timezone="Asia/Shanghai", files=uploads)
    assert report.shape == "normalised"
    assert report.left == (("pt_comparisons", 1),)
    assert {key for key, reason in reasons(report).items()} == {("test_results", "22")}
    assert reasons(report)["test_results", "22"] == "it holds no curve"
    where = targets(report)
    test = admin.tests.get(number(where["test_results", "21"]))
    assert test.created_at == datetime(2024, 2, 29, 0, 15, 0, 250_000, tzinfo=UTC)
    assert admin.tests.curve(test.id) == PTCurve(*bump(43.0, prefix))
    assert admin.tests.original(test.id).startswith(b"the bytes that were sent")
    assert test.file_name == f"{prefix}n.xlsx"
    assert test.work_order is not None
    assert admin.work_orders.get(test.work_order).title == f"{prefix}-№3"
    simulation = admin.simulations.get(number(where["forward_simulations", "11"]))
    assert admin.simulations.curve(simulation.id) == PTCurve(*bump(44.0, prefix))
    version = next(one for one in admin.models.list() if one.name == simulation.model_name)
    with pytest.raises(SimulationError):
        admin.models.activate(version.id)


def test_a_run_that_was_cut_off_is_started_again(
    foundation: Foundation, open_as: OpenAs, tmp_path: Path, prefix: str
) -> None:
    admin = open_as("admin")
    path = compact(tmp_path / f"{prefix}.db", prefix)

    class CutError(Exception):
        pass

    def cut(table: str, done: int) -> None:
        if (table, done) == ("test_result", 2):
            raise CutError

    with pytest.raises(CutError):
        admin.migrations.sqlite(path, progress=cut)
    report = admin.migrations.sqlite(path)
    known = {(row.table, row.key) for row in report.rows if row.outcome == "known"}
    assert {("simulation", "1"), ("test_result", "1"), ("test_result", "2")} <= known
    assert report.proved == 8
    listed = [one for one in admin.tests.list(prefix) if not one.is_deleted]
    assert len(listed) == 4


def test_only_an_administrator_and_only_an_old_database(open_as: OpenAs, tmp_path: Path) -> None:
    path = compact(tmp_path / "some.db", "mgx")
    with pytest.raises(AccessError):
        open_as("wang").migrations.sqlite(path)
    admin = open_as("admin")
    (tmp_path / "text.db").write_text("no database")
    with pytest.raises(IngestError, match="is no SQLite database"):
        admin.migrations.sqlite(tmp_path / "text.db")
    with pytest.raises(IngestError, match="cannot be read"):
        admin.migrations.sqlite(tmp_path / "missing.db")
    damaged = bytearray(path.read_bytes())
    damaged[5000:9000] = bytes(4000)
    (tmp_path / "damaged.db").write_bytes(damaged)
    with pytest.raises(IngestError, match="cannot be read"):
        admin.migrations.sqlite(tmp_path / "damaged.db")
    with sqlite3.connect(tmp_path / "other.db") as base:
        base.execute("CREATE TABLE songs (id, title)")
    base.close()
    with pytest.raises(IngestError, match="none of the tables"):
        admin.migrations.sqlite(tmp_path / "other.db")
    with pytest.raises(IngestError, match="is no time zone"):
        admin.migrations.sqlite(path, timezone="Nowhere/At all")


@pytest.mark.usefixtures("as_admin")
def test_the_command(
    open_as: OpenAs, tmp_path: Path, prefix: str, capsys: pytest.CaptureFixture[str]
) -> None:
    path = compact(tmp_path / f"{prefix}.db", prefix)
    report = tmp_path / "report.jsonl"
    words = ["migrate", "sqlite", str(path), "--report", str(report), "--vessel", f"{prefix}-V=12"]
    assert main([*words, "--json"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert document["counts"]["simulation"] == {"moved": 3, "merged": 1, "known": 0, "refused": 1}
    rows = [json.loads(line) for line in report.read_text().splitlines()]
    assert len(rows) == sum(sum(ends.values()) for ends in document["counts"].values())
    refused = next(row for row in rows if row["key"] == "4" and row["table"] == "user")
    assert "password_hash" not in refused["raw"]
    assert main(words) == 0
    shown = capsys.readouterr().out
    assert "9 curves were read again and are those of the old database." in shown
    assert main(["migrate", "sqlite", str(path), "--vessel", "X"]) == 1
