"""Workspaces for the tests of the cold store: a fresh database each, and results of long ago."""

import itertools
import os
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Any, Self
from urllib.parse import quote

import psycopg2
from conftest import PASSWORD
from sqlalchemy import text

from mgg_kernel.cold.place import FolderPlace, archive_place
from mgg_kernel.curve import PTCurve
from mgg_kernel.hot import simulations, test_results
from mgg_kernel.hot.database import Caller, owner_engine
from mgg_kernel.hot.embedded import EmbeddedServer
from mgg_kernel.hot.models import store_model
from mgg_kernel.hot.recipes import store_recipe
from mgg_kernel.hot.secrets_file import SecretsFolder
from mgg_kernel.hot.test_results import NewTest
from mgg_kernel.ingest import example_curve
from mgg_kernel.recipe import Recipe
from mgg_kernel.settings import Settings
from mgg_kernel.simulation import default_model
from mgg_kernel.workspace import Foundation, Workspace

NAME = "archive"
_numbers = itertools.count(1)
_PARTITIONS = text("SELECT make_partitions(:day, :day)")


def day(year: int, month: int, day_of_month: int, hour: int = 12) -> datetime:
    return datetime(year, month, day_of_month, hour, tzinfo=UTC)


def short_curve(seed: int, step: int = 20) -> PTCurve:
    """A curve of 200 samples."""
    curve = example_curve(seed=seed)
    return PTCurve(curve.time_ms[::step], curve.pressure_mpa[::step])


class ArchiveLab:
    """A workspace on a database of its own."""

    def __init__(self, settings: Settings, owner_url: str) -> None:
        self.settings = settings
        self.owner_url = owner_url
        self.foundation = Foundation(settings, application="tests")
        self.curves: dict[tuple[str, int], PTCurve] = {}

    @property
    def place(self) -> FolderPlace:
        place = archive_place(self.settings)
        assert isinstance(place, FolderPlace), "the tests of buckets ask the bucket itself"
        return place

    def open_as(self, username: str = "admin") -> Workspace:
        return Workspace(self.foundation, Caller(username))

    def add_test(
        self,
        at: datetime,
        curve: PTCurve | None = None,
        before_commit: Callable[[], object] = lambda: None,
        sha256: str | None = None,
    ) -> int:
        """Store a test as it was at another time; its upload is made up, or one that is there."""
        number = next(_numbers)
        curve = curve or short_curve(number)
        new = NewTest(
            name=f"T{number}",
            product=None,
            curve=curve,
            time_unit="ms",
            pressure_unit="MPa",
            remarks=(),
            file_name=f"T{number}.xlsx",
            sha256=sha256 or f"{number:064x}",
            size_bytes=1,
            sheet="Sheet1",
            curve_number=1,
            recorded_at=at,
        )
        with self.foundation.database.begin(Caller("wang")) as (connection, _):
            connection.execute(_PARTITIONS, {"day": at.date()})
            test_id = test_results.store_test(connection, new)
            before_commit()
        self.curves["test", test_id] = curve
        return test_id

    def add_simulation(self, at: datetime) -> int:
        number = next(_numbers)
        curve, model = short_curve(number), default_model()
        recipe = Recipe.parse(
            igniter="135",
            nc=[f"B:{500 + number}"],
            shell="22",
            current="1.2",
            vessel="10-892",
            device="Y-H",
        )
        with self.foundation.database.begin(Caller("wang")) as (connection, _):
            connection.execute(_PARTITIONS, {"day": at.date()})
            simulation_id = simulations.store_simulation(
                connection,
                recipe_id=store_recipe(connection, recipe),
                model_version_id=store_model(
                    connection,
                    name=model.name,
                    parameters=model.document.plain(),
                    fingerprint=model.fingerprint,
                ),
                work_order_id=None,
                curve=curve,
                features=curve.features(),
                warnings=(),
                t_end_ms=40.0,
                dt_ms=0.01,
                recorded_at=at,
            )
        self.curves["simulation", simulation_id] = curve
        return simulation_id

    def add_log(self, at: datetime, action: str = "long ago", details: str = "{}") -> None:
        """Write an entry of another time, which only the owner can."""
        with self.foundation.database.begin(Caller("admin")) as (connection, _):
            connection.execute(_PARTITIONS, {"day": at.date()})
        self.ask(
            "INSERT INTO operation_logs (recorded_at, actor, session_actor, log_type, action,"
            " outcome, application, details) VALUES (%s, 'wang', 'mgg_app', 'system', %s, 'done',"
            " 'tests', %s) RETURNING id",
            at,
            action,
            details,
        )

    def ask(self, statement: str, *values: Any) -> list[tuple[Any, ...]]:
        """Run a statement as the database's owner, past the workspace."""
        return ask(self.owner_url, statement, *values)

    def count(self, statement: str, *values: Any) -> int:
        ((number,),) = self.ask(statement, *values)
        return int(number)

    def hot_rows(self, table: str = "test_time_series") -> int:
        return self.count(f"SELECT count(*) FROM {table}")

    def assert_each_curve_once(self) -> None:
        """Every curve that was stored is read as it was, and is hot or in the books, not both."""
        desk = self.open_as()
        for (kind, number), curve in self.curves.items():
            read = desk.tests.curve if kind == "test" else desk.simulations.curve
            assert read(number) == curve, (kind, number)
            table, key = ("test_time_series", "test_result_id")
            if kind == "simulation":
                table, key = ("simulation_time_series", "simulation_id")
            hot = self.count(f"SELECT count(*) FROM {table} WHERE {key} = %s", number)
            cold = self.count(
                "SELECT coalesce(sum(a.sample_count), 0) FROM archived_curves a"
                f" JOIN archive_batches b ON b.id = a.batch_id AND b.state = 'archived'"
                f" WHERE a.{key} = %s",
                number,
            )
            assert (hot, cold) in ((len(curve), 0), (0, len(curve))), (kind, number)

    def files(self) -> list[str]:
        return [self.place.named(path) for path in self.place.files()]

    def close(self) -> None:
        self.foundation.close()


_RESET = """
SET session_replication_role = replica;
TRUNCATE archived_curves, archive_batches, archive_holds, curve_signatures, pt_comparisons,
    test_result_files, test_time_series, test_results, simulation_time_series,
    forward_simulations, model_versions, operation_logs RESTART IDENTITY CASCADE;
DELETE FROM audit_seals WHERE last_number > 0;
UPDATE retention_policies SET hot_days = CASE table_name
    WHEN 'operation_logs' THEN 90 WHEN 'simulation_time_series' THEN 180
    WHEN 'test_results' THEN 730 ELSE 365 END;
DO $$
DECLARE
    part record;
BEGIN
    FOR part IN
        SELECT p.name FROM unnest(ARRAY['operation_logs', 'test_time_series',
            'simulation_time_series']) AS t (parent), archive_partitions(t.parent) AS p
        WHERE p.upper <= now()
    LOOP
        EXECUTE format('DROP TABLE %I', part.name);
    END LOOP;
END
$$;
"""


class ArchiveServer:
    """A database for tests of the cold store on one of the servers that the tests share."""

    def __init__(self, foundation: Foundation, debian: Any) -> None:
        if debian is None:
            assert foundation.server is not None
            server = foundation.server
            server.ensure_database(NAME)
            self.owner_url = server.owner_url(NAME)
            password = SecretsFolder(foundation.settings.secrets_dir).get("database-app")
            self.app_url = server.connection_url("mgg_app", str(password), NAME)
        else:
            if not ask(debian.owner_url(), "SELECT 1 FROM pg_database WHERE datname = %s", NAME):
                debian.create_database(NAME)
            self.owner_url = debian.owner_url(NAME)
            self.app_url = debian.connection_url("mgg_app", quote(PASSWORD), NAME)
        folder = foundation.settings.data_dir / NAME
        made = Foundation(
            Settings(data_dir=folder, database_url=self.owner_url),
            application="tests",
            upgrade=True,
        )
        admin = Workspace(made, Caller("admin"))
        if len(admin.users.list()) < 5:
            admin.users.add("wang", "engineer", password=PASSWORD)
            admin.users.add("boss", "user", password=PASSWORD)
            admin.users.add("stranger", "engineer", password=PASSWORD, team="elsewhere")
        made.close()

    def make(self, folder: Path, **settings: Any) -> ArchiveLab:
        """Empty the database and open a workspace on it."""
        ask(self.owner_url, _RESET)
        made = Settings(data_dir=folder, database_url=self.app_url, **settings)
        return ArchiveLab(made, self.owner_url)


def ask(url: str, statement: str, *values: Any) -> list[tuple[Any, ...]]:
    """Run a statement as the owner of a database."""
    connection = psycopg2.connect(url)
    try:
        connection.autocommit = True
        with connection.cursor() as cursor:
            cursor.execute(statement, values or None)
            return cursor.fetchall() if cursor.description else []
    finally:
        connection.close()


def engine_of(lab: ArchiveLab) -> Any:
    """An engine of the owner, for a transaction that stays open."""
    return owner_engine(lab.owner_url)


class Victim:
    """The program that archives and is killed (archive_victim.py)."""

    def __init__(self, lab: ArchiveLab, server: EmbeddedServer | None = None) -> None:
        self._server = server
        assert lab.settings.database_url is not None
        self._process = subprocess.Popen(
            [sys.executable, Path(__file__).with_name("archive_victim.py")],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env={
                **os.environ,
                "MGG_DATA_DIR": str(lab.settings.data_dir),
                "MGG_DATABASE_URL": lab.settings.database_url.get_secret_value(),
            },
        )
        assert self._answer() == "ready"

    def run(self, point: str, deed: str, delay_ms: float = 0.0) -> str:
        """Archive, with a blow at a point, and return how that ended."""
        pid = self._server.status().pid if self._server is not None else 0
        assert self._process.stdin is not None
        self._process.stdin.write(f"{point} {deed} {delay_ms} {pid}\n")
        self._process.stdin.flush()
        return self._answer()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.wait(timeout=60)
        assert self._process.stdout is not None
        self._process.stdout.close()

    def _answer(self) -> str:
        assert self._process.stdout is not None
        return self._process.stdout.readline().removesuffix("\n")
