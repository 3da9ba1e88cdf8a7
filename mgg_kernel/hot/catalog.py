"""The catalogue: the codes of igniters, propellants, vessels and devices that a lab has."""

from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass

from sqlalchemy import Connection, func, select
from sqlalchemy.dialects.postgresql import insert

from mgg_kernel.errors import ConflictError, NotFoundError, RecipeError, SettingsError
from mgg_kernel.hot.tables import catalogue_history, catalogue_tables, vessels
from mgg_kernel.recipe import Recipe

__all__ = [
    "KINDS",
    "CatalogueEntry",
    "add_entry",
    "add_missing",
    "codes_of",
    "edit_entry",
    "get_entry",
    "list_entries",
    "require_known",
    "set_active",
    "vessel_uses",
]

KINDS = {
    "igniter_types": "igniter type",
    "nc_types": "NC type",
    "gp_types": "GP type",
    "vessels": "vessel",
    "test_devices": "test device",
}
"""The catalogue's tables, and what an entry of each is called."""


@dataclass(frozen=True)
class CatalogueEntry:
    """A code of the catalogue, and how often it was changed: 1 is as it was added.

    The volume [mL] is that of a vessel and None elsewhere; maker, serial number and the full range
    of its sensor [MPa] are those of a test device.
    """

    code: str
    description: str
    is_active: bool
    volume_ml: float | None = None
    version: int = 1
    maker: str = ""
    serial_number: str = ""
    sensor_range_mpa: float | None = None


def list_entries(connection: Connection, kind: str) -> list[CatalogueEntry]:
    """Return the entries of a kind, by code.

    Args:
        connection: a transaction of anybody.
        kind: a key of :data:`KINDS`.
    """
    table = catalogue_tables[_kind(kind)]
    rows = connection.execute(select(table).order_by(table.c.code))
    return [CatalogueEntry(**row._mapping) for row in rows]


def get_entry(connection: Connection, kind: str, code: str) -> CatalogueEntry:
    """Return an entry.

    Raises:
        NotFoundError: there is no such code.
    """
    table = catalogue_tables[_kind(kind)]
    row = connection.execute(select(table).where(table.c.code == code)).one_or_none()
    if row is None:
        raise NotFoundError(
            f"There is no {KINDS[kind]} '{code}'; 'mgg catalog list' shows what there is."
        )
    return CatalogueEntry(**row._mapping)


def edit_entry(
    connection: Connection, kind: str, code: str, changes: Mapping[str, object], version: int
) -> CatalogueEntry:
    """Change fields of an entry, if it still is the version that was looked at.

    Args:
        connection: a transaction of an engineer.
        kind: a key of :data:`KINDS`.
        code: of the entry.
        changes: fields of :class:`CatalogueEntry` and what they become.
        version: the entry's version as it was read.

    Raises:
        NotFoundError: there is no such code.
        ConflictError: somebody has changed the entry meanwhile.
    """
    table = catalogue_tables[_kind(kind)]
    changed = connection.execute(
        table.update().where(table.c.code == code, table.c.version == version).values(**changes)
    )
    now = get_entry(connection, kind, code)
    if changed.rowcount == 0:
        last = connection.execute(
            select(catalogue_history.c.actor)
            .where(catalogue_history.c.kind == kind, catalogue_history.c.code == code)
            .order_by(catalogue_history.c.id.desc())
            .limit(1)
        ).scalar_one_or_none()
        raise ConflictError(
            f"The {KINDS[kind]} '{code}' is at version {now.version} by now (last changed by "
            f"{last or 'somebody'}), not {version}; look at it again and repeat the edit."
        )
    return now


def vessel_uses(connection: Connection, code: str) -> int:
    """Return how many tests and imported products, of all teams, were fired in a vessel."""
    return int(connection.execute(select(func.vessel_uses(code))).scalar_one())


def add_entry(connection: Connection, kind: str, entry: CatalogueEntry) -> None:
    """Add an entry.

    Raises:
        ConflictError: the code is there already.
    """
    table = catalogue_tables[_kind(kind)]
    values = {"code": entry.code, "description": entry.description}
    if table is vessels:
        values["volume_ml"] = entry.volume_ml  # type: ignore[assignment]
    added = connection.execute(
        insert(table).values(values).on_conflict_do_nothing().returning(table.c.code)
    )
    if added.one_or_none() is None:
        raise ConflictError(f"The {KINDS[kind]} '{entry.code}' is in the catalogue already.")


def add_missing(
    connection: Connection, entries: Iterable[tuple[str, CatalogueEntry]]
) -> list[tuple[str, str]]:
    """Add the entries whose codes are not there, and return kind and code of those that were not.

    Args:
        connection: a transaction of an engineer.
        entries: kind and entry each; those that are there keep their description and volume.
    """
    added = []
    for kind, entry in entries:
        with suppress(ConflictError):
            add_entry(connection, kind, entry)
            added.append((kind, entry.code))
    return added


def set_active(connection: Connection, kind: str, code: str, active: bool) -> bool:
    """Offer a code for new recipes, or stop doing so; returns False if there is no such code."""
    table = catalogue_tables[_kind(kind)]
    changed = connection.execute(
        table.update().where(table.c.code == code).values(is_active=active)
    )
    return changed.rowcount == 1


def codes_of(recipe: Recipe) -> list[tuple[str, str]]:
    """Return kind and code of everything that a recipe is made of."""
    return [
        ("igniter_types", recipe.igniter_type),
        *(("nc_types", charge.type_code) for charge in recipe.nc),
        *([("gp_types", recipe.gp.type_code)] if recipe.gp else []),
        ("vessels", recipe.vessel),
        ("test_devices", recipe.test_device),
    ]


def require_known(connection: Connection, recipe: Recipe) -> None:
    """Check that all codes of a recipe are in the catalogue and in use.

    Raises:
        RecipeError: a code is not; it names the code and those that are known.
    """
    for kind, code in codes_of(recipe):
        known = [entry.code for entry in list_entries(connection, kind) if entry.is_active]
        if code not in known:
            raise RecipeError(
                f"The {KINDS[kind]} '{code}' is not in the catalogue (known: "
                f"{', '.join(known) or 'none'}); an engineer can add it with "
                f"'mgg catalog add {kind} {code}'."
            )


def _kind(kind: str) -> str:
    if kind not in KINDS:
        raise SettingsError(f"'{kind}' is no part of the catalogue; there are {', '.join(KINDS)}.")
    return kind
