"""Products of imported recipe databases: the recipe, and the averages of its shots.

Of a team's product on a sheet one row holds.  Where a later import says something else, that row
is marked as superseded and a new one holds, so nothing that was ever imported is lost.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, Select, func, or_, select

from mgg_kernel.hot.recipes import RECIPE_COLUMNS, recipe_from_row, store_recipe
from mgg_kernel.hot.search import contains
from mgg_kernel.hot.tables import recipe_records, recipes, users
from mgg_kernel.recipe import Recipe

__all__ = [
    "NewRecord",
    "RecipeRecord",
    "list_records",
    "lock_records",
    "own_records",
    "store_record",
    "supersede",
]

_OWN = ("id", "product", "sheet", "ignition_time_ms", "peak_time_ms", "peak_pressure_mpa")
_ORIGIN = ("file_name", "sha256", "created_at", "superseded_at")


@dataclass(frozen=True)
class NewRecord:
    """What is stored of a product."""

    product: str
    sheet: str
    recipe: Recipe
    ignition_time_ms: float
    peak_time_ms: float
    peak_pressure_mpa: float
    file_name: str
    sha256: str


@dataclass(frozen=True)
class RecipeRecord:
    """A stored product; `superseded_at` is None for what holds today."""

    id: int
    product: str
    sheet: str
    recipe: Recipe
    ignition_time_ms: float
    peak_time_ms: float
    peak_pressure_mpa: float
    file_name: str
    sha256: str
    created_at: datetime
    created_by: str
    superseded_at: datetime | None

    def says(self, new: NewRecord) -> bool:
        """Tell whether an import says the same, from whatever file."""
        return (self.recipe, self.ignition_time_ms, self.peak_time_ms, self.peak_pressure_mpa) == (
            new.recipe,
            new.ignition_time_ms,
            new.peak_time_ms,
            new.peak_pressure_mpa,
        )


def lock_records(connection: Connection) -> None:
    """Make whoever imports at the same time wait until this transaction has ended."""
    connection.execute(select(func.pg_advisory_xact_lock(func.hashtext("mgg:recipe_records"))))


def own_records(connection: Connection) -> dict[tuple[str, str], RecipeRecord]:
    """Return what holds today in the user's own team, by sheet and product."""
    query = _query().where(
        recipe_records.c.team_id == func.mgg_team_id(), recipe_records.c.superseded_at.is_(None)
    )
    records = [_record(row) for row in connection.execute(query)]
    return {(record.sheet, record.product): record for record in records}


def store_record(connection: Connection, new: NewRecord) -> int:
    """Store a product with its recipe, and return the row's id.

    Raises:
        RecipeError: a code of the recipe is not in the catalogue, or was withdrawn.
    """
    values = {name: getattr(new, name) for name in NewRecord.__dataclass_fields__}
    values["recipe_id"] = store_recipe(connection, values.pop("recipe"))
    added = connection.execute(
        recipe_records.insert().values(values).returning(recipe_records.c.id)
    )
    return int(added.scalar_one())


def supersede(connection: Connection, record: RecipeRecord) -> None:
    """Mark a row as history."""
    connection.execute(
        recipe_records.update()
        .where(recipe_records.c.id == record.id)
        .values(superseded_at=func.now())
    )


def list_records(
    connection: Connection, *, search: str | None = None, history: bool = False, limit: int = 1000
) -> list[RecipeRecord]:
    """Return products, those of the newest import first and in the order of its file.

    Args:
        connection: a transaction of the user who looks.
        search: only those whose product, sheet, file or importer contains this text.
        history: those that a later import superseded too.
        limit: at most so many.
    """
    query = _query().order_by(recipe_records.c.created_at.desc(), recipe_records.c.id)
    if not history:
        query = query.where(recipe_records.c.superseded_at.is_(None))
    if search and search.strip():
        texts = (
            recipe_records.c.product,
            recipe_records.c.sheet,
            recipe_records.c.file_name,
            users.c.username,
        )
        query = query.where(or_(*(contains(column, search) for column in texts)))
    return [_record(row) for row in connection.execute(query.limit(limit))]


def _query() -> "Select[tuple[Any, ...]]":
    own = [recipe_records.c[name] for name in (*_OWN, *_ORIGIN)]
    return select(*own, users.c.username, *RECIPE_COLUMNS).select_from(
        recipe_records.join(recipes, recipes.c.id == recipe_records.c.recipe_id).join(
            users, users.c.id == recipe_records.c.created_by
        )
    )


def _record(row: "Row[tuple[Any, ...]]") -> RecipeRecord:
    values = row._mapping
    recipe = recipe_from_row(values)
    assert recipe is not None, "recipe_id is NOT NULL"
    return RecipeRecord(
        **{name: values[name] for name in (*_OWN, *_ORIGIN)},
        created_by=values["username"],
        recipe=recipe,
    )
