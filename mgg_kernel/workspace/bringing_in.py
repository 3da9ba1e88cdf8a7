"""One row of the predecessor's database after the other, each under whoever made it."""

import hashlib
import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal
from zoneinfo import ZoneInfo

import numpy as np
from sqlalchemy import Connection, select, text

from mgg_kernel.curve import PTCurve
from mgg_kernel.errors import AccessError, ConflictError, IngestError, StoreError
from mgg_kernel.hot import catalog, models, simulations, test_results
from mgg_kernel.hot import users as accounts
from mgg_kernel.hot.catalog import KINDS, CatalogueEntry
from mgg_kernel.hot.database import Caller, User
from mgg_kernel.hot.migrated_rows import (
    Booked,
    book,
    booked,
    bring_in_account,
    bring_in_order,
    merged_curve,
)
from mgg_kernel.hot.personal import seal_contact
from mgg_kernel.hot.recipes import store_recipe
from mgg_kernel.hot.sealing import Sealer
from mgg_kernel.hot.secrets_file import SecretsFolder
from mgg_kernel.hot.tables import forward_simulations, teams
from mgg_kernel.hot.tables import users as users_table
from mgg_kernel.ingest.names import display_name, display_text
from mgg_kernel.predecessor import OldCurve, OldOrder, OldRow, OldUser
from mgg_kernel.quality import quality_flags
from mgg_kernel.recipe import Recipe
from mgg_kernel.workspace.office import Office

__all__ = ["BringingIn", "Outcome", "curve_digest"]

Outcome = Literal["moved", "merged", "refused", "known"]
End = tuple[Outcome, str, str]
"""What became of a row, where it is, and a remark."""

DESCRIPTION = "brought in from an old database"
LARGEST_FILE_BYTES = 200 * 1024 * 1024
_PARTITIONS = text("SELECT make_partitions(:day, :day)")


def curve_digest(curve: PTCurve) -> str:
    """Return the SHA-256 of a curve's times and pressures, bit for bit."""
    digest = hashlib.sha256(curve.time_ms.astype("<f8").tobytes())
    digest.update(curve.pressure_mpa.astype("<f8").tobytes())
    return digest.hexdigest()


class BringingIn:
    """Brings rows in, in the order of accounts, orders, simulations and tests.

    Args:
        office: of an administrator.
        source: the name of the old database in the books.
        vessels_ml: volumes of vessels that are not in the catalogue [mL].
        files: folder with uploaded files, or None.
        dry_run: whether nothing is stored.
    """

    def __init__(
        self,
        office: Office,
        source: str,
        vessels_ml: Mapping[str, float],
        files: Path | None,
        *,
        dry_run: bool,
    ) -> None:
        self._office, self._source, self._dry_run = office, source, dry_run
        self._vessels_ml, self._files = dict(vessels_ml), files
        self._admin: User = office.user
        self._zone = ZoneInfo(office.settings.timezone)
        with office.transaction() as connection:
            self._books = booked(connection, source)
            self._accounts = {one.username: one for one in accounts.list_accounts(connection)}
            self._known = {
                kind: {entry.code for entry in catalog.list_entries(connection, kind)}
                for kind in KINDS
            }
        self._people: dict[str, str] = {}
        self._to_close: list[str] = []
        self._orders: dict[str, str] = {}
        self._recipes: dict[str, Recipe] = {}

    def user(self, row: OldUser) -> End:
        """Bring in an account; one whose name is taken here is that account."""
        known = self._known_end(row)
        self._people[row.key] = row.username
        if known is None and row.username in self._accounts:
            remark = "an account of this name is here already and stays as it is"
            return self._book(row, "merged", "users", row.username, remark)
        if not row.is_active:
            self._to_close.append(row.username)
        if known is not None:
            return known
        remark = "it is an administrator here too" if row.role == "admin" else ""
        if not row.is_active:
            remark = "it is closed, as it was"
        if not self._dry_run:
            with self._office.transaction() as connection:
                self._add_account(connection, row)
                self._enter(connection, row, "moved", "users", row.username, remark)
                found = accounts.list_accounts(connection)
            self._accounts = {one.username: one for one in found}
        return "moved", f"users {row.username}", remark

    def order(self, row: OldOrder) -> End:
        """Bring in a work order under a number of ours; its old one is its title."""
        end = self._known_end(row)
        if end is not None:
            self._orders[row.number] = self._books[row.table, row.key].target_key
            return end
        title = display_text(row.number, longest=200)
        created_at = row.created_at or datetime.now(UTC)
        owner, remark = self._owner(row.owner)
        if self._dry_run:
            return "moved", "work_orders", remark
        with self._office.transaction() as connection:
            order_id = bring_in_order(connection, owner.username, title, created_at, self._zone)
            self._enter(connection, row, "moved", "work_orders", str(order_id), remark)
        self._orders[row.number] = str(order_id)
        return "moved", f"work_orders {order_id}", remark

    def simulation(self, row: OldCurve) -> End:
        """Bring in a simulation; the same curve of the same recipe is one."""
        if row.recipe is not None:
            self._recipes[row.key] = row.recipe
        if (end := self._known_end(row)) is not None:
            return end
        if row.recipe is None:
            told = row.recipe_problem or "it names no recipe"
            raise IngestError(f"A simulation needs a recipe, but {told}.")
        self._require_codes(row.recipe)
        assert row.curve is not None, "a row without a curve has a problem"
        owner, remark = self._owner(row.owner)
        # What makes two simulations one: the recipe counts as well.
        digest = curve_digest(row.curve)
        if self._dry_run:
            return "moved", "forward_simulations", remark
        with self._office.transaction() as connection:
            same = merged_curve(connection, self._source, row.table, digest)
            if same is not None and self._has_recipe(connection, int(same), row.recipe):
                told = f"it is the same as simulation {same}"
                self._enter(connection, row, "merged", "forward_simulations", same, told, digest)
                return "merged", f"forward_simulations {same}", told
        with _filing(self._office, owner, row.created_at) as connection:
            number = simulations.store_simulation(
                connection,
                recipe_id=store_recipe(connection, row.recipe),
                model_version_id=self._model_version(connection),
                work_order_id=self._order_id(row),
                curve=row.curve,
                features=row.curve.features(),
                warnings=(f"Brought in from {self._source}; another program simulated it.",),
                t_end_ms=float(row.curve.time_ms[-1]),
                dt_ms=float(np.median(np.diff(row.curve.time_ms))),
                recorded_at=row.created_at,
                code_version=f"{self._source} {row.table} {row.key}"[:200],
            )
            table = "forward_simulations"
            self._enter(connection, row, "moved", table, str(number), remark, digest)
        return "moved", f"forward_simulations {number}", remark

    def test(self, row: OldCurve) -> End:
        """Bring in a test; the same curve of the same bytes is one, as in ingest."""
        if (end := self._known_end(row)) is not None:
            return end
        assert row.curve is not None, "a row without a curve has a problem"
        recipe, remarks = self._recipe_of_test(row)
        owner, remark = self._owner(row.owner)
        remarks += [remark] if remark else []
        data, file_name = self._original(row)
        told = "; ".join(remarks)
        if self._dry_run:
            return "moved", "test_results", told
        sha256, digest = hashlib.sha256(data).hexdigest(), curve_digest(row.curve)
        self._office.files.put(data)
        with _filing(self._office, owner, row.created_at) as connection:
            test_results.lock_file(connection, sha256)
            place, same = 1, test_results.find_test(connection, sha256, 1)
            while same is not None:
                if curve_digest(self._office.read_curve(connection, "test", same.id)) == digest:
                    told = f"it is the same as test {same.id}"
                    target = str(same.id)
                    self._enter(connection, row, "merged", "test_results", target, told, digest)
                    return "merged", f"test_results {same.id}", told
                place += 1
                same = test_results.find_test(connection, sha256, place)
            name = display_text(row.name, longest=120) or f"{row.table} {row.key}"
            number = test_results.store_test(
                connection,
                test_results.NewTest(
                    name=name.rsplit(".", 1)[0] or name,
                    product=None,
                    curve=row.curve,
                    time_unit="ms",
                    pressure_unit="MPa",
                    remarks=(f"Brought in from {self._source}, {row.table} {row.key}.",),
                    file_name=file_name,
                    sha256=sha256,
                    size_bytes=len(data),
                    sheet=row.table,
                    curve_number=place,
                    recipe_id=store_recipe(connection, recipe) if recipe else None,
                    work_order_id=self._order_id(row),
                    recorded_at=row.created_at,
                    flags=quality_flags(row.curve),
                    recipe_source="given" if recipe else None,
                ),
            )
            self._enter(connection, row, "moved", "test_results", str(number), told, digest)
        return "moved", f"test_results {number}", told

    def finish(self) -> None:
        """Close the accounts that were closed; until now their rows had to be filed."""
        if self._dry_run:
            return
        with self._office.transaction() as connection:
            for username in self._to_close:
                entry = self._accounts.get(username)
                if entry is not None and entry.is_active and username != self._admin.username:
                    accounts.change_account(connection, username, is_active=False)

    def _known_end(self, row: OldRow) -> End | None:
        entry = self._books.get((row.table, row.key))
        if entry is None:
            return None
        if entry.row_sha256 != row.digest:
            raise ConflictError(
                f"This row was brought in before as {entry.target_table} {entry.target_key} and "
                "was changed in the old database since; what is here stays as it is."
            )
        return "known", f"{entry.target_table} {entry.target_key}", entry.remark

    def _book(
        self, row: OldRow, outcome: Literal["moved", "merged"], table: str, key: str, remark: str
    ) -> End:
        if not self._dry_run:
            with self._office.transaction() as connection:
                self._enter(connection, row, outcome, table, key, remark)
        return outcome, f"{table} {key}", remark

    def _enter(
        self,
        connection: Connection,
        row: OldRow,
        outcome: Literal["moved", "merged"],
        table: str,
        key: str,
        remark: str,
        curve_sha256: str | None = None,
    ) -> None:
        told = "; ".join(filter(None, (*row.remarks, remark)))[:2000]
        entry = Booked(row.table, row.key, row.digest, outcome, table, key, curve_sha256, told)
        book(connection, self._admin.username, self._source, entry)

    def _add_account(self, connection: Connection, row: OldUser) -> None:
        own_team = (
            select(teams.c.id)
            .join(users_table, users_table.c.team_id == teams.c.id)
            .where(users_table.c.id == self._admin.id)
        )
        bring_in_account(
            connection,
            username=row.username,
            display_name=display_text(row.display_name, longest=100) or row.username,
            role=row.role,
            team=connection.execute(own_team).scalar_one(),
            # Of a closed one nobody may log in while its rows are filed.
            password_hash=row.password_hash if row.is_active else None,
            **self._contact(connection, row),
        )

    def _contact(self, connection: Connection, row: OldUser) -> dict[str, str | None]:
        # What is no address or number was of no use there either; the account is brought in.
        sealer = Sealer(SecretsFolder(self._office.settings.secrets_dir))
        sealed: dict[str, str | None] = {}
        for column, value in (("email", row.email), ("phone", row.phone)):
            with suppress(AccessError):
                sealed |= seal_contact(connection, sealer, row.username, **{column: value})
        return sealed

    def _owner(self, key: str | None) -> tuple[Caller, str]:
        """Return who files a row: its maker, or the administrator where that one may not."""
        username = self._people.get(key or "")
        account = self._accounts.get(username or "")
        if account is not None and account.is_active and account.role != "user":
            return Caller(account.username), ""
        if self._dry_run and username is not None and account is None:
            return Caller(self._admin.username), ""
        if username is None:
            why = "nobody is named as its maker" if key is None else f"its maker ({key}) is gone"
        else:
            why = f"its maker '{username}' may not file anything here"
        return Caller(self._admin.username), f"{why}, so '{self._admin.username}' has filed it"

    def _order_id(self, row: OldCurve) -> int | None:
        known = self._orders.get(row.order or "")
        return int(known) if known is not None else None

    def _recipe_of_test(self, row: OldCurve) -> tuple[Recipe | None, list[str]]:
        if row.recipe is not None:
            recipe: Recipe | None = row.recipe
        elif row.simulation is not None:
            recipe = self._recipes.get(row.simulation)
            if recipe is None:
                return None, [f"its simulation {row.simulation} is gone, so it names no recipe"]
        else:
            told = row.recipe_problem
            return None, [f"it names no recipe, since {told}"] if told else []
        assert recipe is not None, "found above"
        try:
            self._require_codes(recipe)
        except IngestError as error:
            return None, [f"it names no recipe, since {str(error).rstrip('.')}"]
        return recipe, []

    def _require_codes(self, recipe: Recipe) -> None:
        missing = [
            (kind, code) for kind, code in catalog.codes_of(recipe) if code not in self._known[kind]
        ]
        for kind, code in missing:
            if kind == "vessels" and code not in self._vessels_ml:
                raise IngestError(
                    f"The volume of the vessel '{code}' is not known; give it with --vessel "
                    f"{code}=ML, or add it with 'mgg catalog add vessels {code} --volume ML'."
                )
        if missing and not self._dry_run:
            entries = [
                (kind, CatalogueEntry(code, DESCRIPTION, True, self._vessels_ml.get(code)))
                if kind == "vessels"
                else (kind, CatalogueEntry(code, DESCRIPTION, True))
                for kind, code in missing
            ]
            with self._office.transaction() as connection:
                catalog.add_missing(connection, entries)
        for kind, code in missing:
            self._known[kind].add(code)

    def _has_recipe(self, connection: Connection, simulation_id: int, recipe: Recipe) -> bool:
        stored = select(forward_simulations.c.id).where(forward_simulations.c.id == simulation_id)
        if connection.execute(stored).scalar_one_or_none() is None:
            return False
        return simulations.get_simulation(connection, simulation_id).recipe == recipe

    def _model_version(self, connection: Connection) -> int:
        name = f"Predecessor, {self._source}"
        parameters = {"brought_in_from": self._source}
        canonical = json.dumps(parameters, sort_keys=True).encode()
        return models.store_model(
            connection,
            name=name,
            parameters=parameters,
            fingerprint=hashlib.sha256(canonical).hexdigest(),
            note="Stands for the program that made these simulations; it cannot be put to use.",
        )

    def _original(self, row: OldCurve) -> tuple[bytes, str]:
        """Return bytes and name of the file that a test came from, or of one that stands for it."""
        name = display_name(row.file_name or f"{row.table} {row.key}")
        if self._files is not None:
            for known in (row.file_path, row.file_name):
                last = known.replace("\\", "/").rsplit("/", 1)[-1]
                path = self._files / last
                if last not in ("", ".", "..") and path.is_file():
                    return _read(path), name
        assert row.curve is not None, "a row without a curve has a problem"
        document = {
            "time_ms": row.curve.time_ms.tolist(),
            "pressure_mpa": row.curve.pressure_mpa.tolist(),
        }
        return json.dumps(document).encode(), f"{name[:110]}.json"


@contextmanager
def _filing(office: Office, owner: Caller, at: datetime | None) -> Iterator[Connection]:
    """Open a transaction in which somebody files a row of an earlier day."""
    with office.database.begin(owner) as (connection, _):
        if at is not None:
            connection.execute(_PARTITIONS, {"day": at.date()})
        yield connection


def _read(path: Path) -> bytes:
    try:
        if path.stat().st_size > LARGEST_FILE_BYTES:
            raise StoreError(f"{path} is larger than {LARGEST_FILE_BYTES >> 20} MiB; leave it out.")
        return path.read_bytes()
    except OSError as error:
        raise StoreError(f"{path} cannot be read: {error.strerror}.") from None
