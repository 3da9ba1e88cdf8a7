"""``ws.recipes``: recipe databases, from the workbook to the catalogue and the store."""

from dataclasses import dataclass, replace

from sqlalchemy import Connection

from mgg_kernel.errors import IngestError
from mgg_kernel.hot import recipe_records
from mgg_kernel.hot.catalog import KINDS, CatalogueEntry, add_missing, codes_of, list_entries
from mgg_kernel.hot.log import write_log
from mgg_kernel.hot.recipe_records import NewRecord, RecipeRecord
from mgg_kernel.hot.test_results import lock_file
from mgg_kernel.ingest import Limits, display_name, read_recipe_workbook
from mgg_kernel.ingest.recipes import RecipeBook, RecipeRow, Reported
from mgg_kernel.workspace.office import Office

__all__ = ["RecipeImport", "Recipes"]

MIB = 1024 * 1024


@dataclass(frozen=True)
class RecipeImport:
    """What became of a recipe database.

    Attributes:
        file: the file's name.
        stored: products that were stored; those that replaced what an earlier import said too.
        replaced: how many of these replaced something.
        unchanged: products that were stored already and are the same.
        reported: what is wrong; the rows of these were not stored.
        added_codes: kind and code of what was added to the catalogue.
        notes: what else is worth knowing, a sentence each.
    """

    file: str
    stored: int = 0
    replaced: int = 0
    unchanged: int = 0
    reported: tuple[Reported, ...] = ()
    added_codes: tuple[tuple[str, str], ...] = ()
    notes: tuple[str, ...] = ()


class Recipes:
    """The products of recipe databases that the acting account may see."""

    def __init__(self, office: Office) -> None:
        self._office = office

    def inspect(self, data: bytes, name: str) -> RecipeBook:
        """Read a recipe database and store nothing.

        Args:
            data: the file's bytes.
            name: the file's name, for messages.

        Raises:
            IngestError: the file is refused.
        """
        limit_mib = self._office.settings.upload_limit_mib
        if len(data) > limit_mib * MIB:
            raise IngestError(
                f"{display_name(name)} has {len(data) / MIB:.1f} MiB, more than the {limit_mib} "
                "MiB that may be uploaded; split it, or have MGG_UPLOAD_LIMIT_MIB raised."
            )
        return read_recipe_workbook(data, name, limits=Limits(file_bytes=limit_mib * MIB))

    def import_workbook(self, data: bytes, name: str) -> RecipeImport:
        """Store the sound rows of a recipe database; the others are reported.

        File, catalogue, recipes, products and log land together or not at all.  A product is
        known by its name and sheet: what is the same as before stays, what differs replaces the
        row before it, which is kept as history.  Products that a later file lacks stay.

        Args:
            data: the file's bytes.
            name: the file's name as it was sent.

        Raises:
            IngestError: the file is refused.
            AccessError: the acting account may not import.
        """
        shown = display_name(name)
        with self._office.doing("work", "ingest", "import recipes", shown):
            book = self.inspect(data, name)
            with self._office.transaction() as connection:
                # Whoever sends the same bytes, or imports at all, waits here for our end.
                lock_file(connection, book.sha256)
                recipe_records.lock_records(connection)
                is_new = False
                try:
                    result = _store(connection, book)
                    if result.stored:
                        is_new = self._office.files.put(data).created
                    _log(connection, book, result)
                except BaseException:
                    # The lock still holds others off, so a file that we made is named by nobody.
                    if is_new:
                        self._office.files.remove(book.sha256)
                    raise
        return result

    # Last in the class: below it, list would be this method and not the type.
    def list(
        self, search: str | None = None, *, history: bool = False, limit: int = 1000
    ) -> list[RecipeRecord]:
        """Return products whose name, sheet, file or importer match.

        Args:
            search: the text to look for; None: all.
            history: those that a later import superseded too.
            limit: at most so many; those of the newest import come first.
        """
        with self._office.transaction() as connection:
            return recipe_records.list_records(
                connection, search=search, history=history, limit=limit
            )


def _store(connection: Connection, book: RecipeBook) -> RecipeImport:
    known = recipe_records.own_records(connection)
    result = RecipeImport(book.name, reported=book.reported, notes=book.notes)
    to_store: list[tuple[RecipeRow, NewRecord]] = []
    for row in book.rows:
        new = _new_record(book, row)
        before = known.get((row.sheet, row.product))
        if new is None:
            continue
        if before is not None and before.says(new):
            result = replace(result, unchanged=result.unchanged + 1)
        else:
            to_store.append((row, new))
    result = _fill_catalogue(connection, book, [new for _, new in to_store], result)
    withdrawn = {
        (kind, entry.code)
        for kind in KINDS
        for entry in list_entries(connection, kind)
        if not entry.is_active
    }
    for row, new in to_store:
        off = [code for code in codes_of(new.recipe) if code in withdrawn]
        if off:
            result = replace(result, reported=(*result.reported, _withdrawn(row, *off[0])))
            continue
        before = known.get((row.sheet, row.product))
        if before is not None:
            recipe_records.supersede(connection, before)
            result = replace(result, replaced=result.replaced + 1)
        recipe_records.store_record(connection, new)
        result = replace(result, stored=result.stored + 1)
    return result


def _new_record(book: RecipeBook, row: RecipeRow) -> NewRecord | None:
    """Return what is stored of a row; None for one that is reported."""
    if (
        row.reported
        or row.recipe is None
        or row.ignition_time_ms is None
        or row.peak_time_ms is None
        or row.peak_pressure_mpa is None
    ):
        return None
    return NewRecord(
        product=row.product,
        sheet=row.sheet,
        recipe=row.recipe,
        ignition_time_ms=row.ignition_time_ms,
        peak_time_ms=row.peak_time_ms,
        peak_pressure_mpa=row.peak_pressure_mpa,
        file_name=book.name,
        sha256=book.sha256,
    )


def _fill_catalogue(
    connection: Connection, book: RecipeBook, records: list[NewRecord], result: RecipeImport
) -> RecipeImport:
    """Add the codes that are new, and tell of vessels that the catalogue knows otherwise."""
    needed = {code: None for record in records for code in codes_of(record.recipe)}
    volumes_ml = book.vessel_volumes_ml
    added = add_missing(
        connection,
        [
            (kind, CatalogueEntry(code, f"from {book.name}", True, _volume(volumes_ml, kind, code)))
            for kind, code in needed
        ],
    )
    differing = [
        f"The vessel '{entry.code}' has {entry.volume_ml:g} mL in the catalogue and "
        f"{volumes_ml[entry.code]:g} mL by its code; the catalogue's volume was kept."
        for entry in list_entries(connection, "vessels")
        if ("vessels", entry.code) in needed and entry.volume_ml != volumes_ml[entry.code]
    ]
    return replace(result, added_codes=tuple(added), notes=(*result.notes, *differing))


def _volume(volumes_ml: dict[str, float], kind: str, code: str) -> float | None:
    return volumes_ml[code] if kind == "vessels" else None


def _withdrawn(row: RecipeRow, kind: str, code: str) -> Reported:
    problem = (
        f"Sheet '{row.sheet}', cell {row.cell}: the {KINDS[kind]} '{code}' was withdrawn from the "
        f"catalogue; choose another, or offer it again with ws.catalog.set_active('{kind}', "
        f"'{code}', True)."
    )
    return Reported(row.sheet, row.cell, row.product, problem)


def _log(connection: Connection, book: RecipeBook, result: RecipeImport) -> None:
    write_log(
        connection,
        "ingest",
        "import recipes",
        object_type="recipe_records",
        object_id=book.name,
        details={
            "sha256": book.sha256,
            "stored": result.stored,
            "replaced": result.replaced,
            "unchanged": result.unchanged,
            "reported": len(result.reported),
            "added_codes": [f"{kind} {code}" for kind, code in result.added_codes],
        },
    )
