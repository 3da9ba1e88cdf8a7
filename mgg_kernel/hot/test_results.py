"""Tests in the database: the result, the file it came from, and the curve."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal

from sqlalchemy import Connection, Row, Select, String, cast, func, or_, select, union

from mgg_kernel.curve import PTCurve
from mgg_kernel.errors import NotFoundError
from mgg_kernel.hot.recipes import RECIPE_COLUMNS, recipe_from_row
from mgg_kernel.hot.samples import write_test_curve
from mgg_kernel.hot.search import contains
from mgg_kernel.hot.signatures import write_signature
from mgg_kernel.hot.tables import (
    quarantined_files,
    recipe_records,
    recipes,
    test_result_files,
    test_results,
    users,
    work_orders,
)
from mgg_kernel.quality import QualityFlag
from mgg_kernel.recipe import Recipe

__all__ = [
    "NewTest",
    "RecipeSource",
    "TestSummary",
    "count_tests",
    "find_test",
    "get_test",
    "list_tests",
    "lock_file",
    "mark_deleted",
    "set_link",
    "set_temperature",
    "set_tested_on",
    "store_test",
    "stored_hashes",
]


RecipeSource = Literal["given", "work order", "remark", "file name", "choice"]
"""How a test came to its recipe."""


@dataclass(frozen=True)
class NewTest:
    """Everything that is stored of a test; `recorded_at` only where it is not now."""

    name: str
    product: str | None
    curve: PTCurve
    time_unit: str
    pressure_unit: str
    remarks: tuple[str, ...]
    file_name: str
    sha256: str
    size_bytes: int
    sheet: str
    curve_number: int
    recipe_id: int | None = None
    work_order_id: int | None = None
    recorded_at: datetime | None = None
    conditioning_temperature_c: float | None = None
    flags: tuple[QualityFlag, ...] = ()
    recipe_source: RecipeSource | None = None
    tested_on: date | None = None


@dataclass(frozen=True)
class TestSummary:
    """A stored test without its samples.

    `remarks` are what was said when it was read, `flags` what its record lacks; `recipe_source`
    tells how it came to its recipe.
    """

    __test__ = False  # not one of pytest's

    id: int
    name: str
    product: str | None
    file_name: str
    sha256: str
    sheet: str
    sample_count: int
    baseline_mpa: float
    peak_pressure_mpa: float
    peak_time_ms: float
    ignition_time_ms: float | None
    remarks: tuple[str, ...]
    flags: tuple[QualityFlag, ...]
    recipe: Recipe | None
    recipe_source: RecipeSource | None
    work_order: str | None
    conditioning_temperature_c: float | None
    tested_on: date | None
    created_at: datetime
    created_by: str
    is_deleted: bool

    @property
    def warnings(self) -> tuple[str, ...]:
        """What an engineer should know, a sentence each."""
        return self.remarks + tuple(flag.sentence for flag in self.flags)


def lock_file(connection: Connection, sha256: str) -> None:
    """Make whoever stores the same bytes wait until this transaction has ended."""
    connection.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(sha256, 0))))


def find_test(connection: Connection, sha256: str, curve_number: int) -> TestSummary | None:
    """Return the test that was made from this curve of these bytes, deleted or not, if any."""
    query = _query().where(
        test_result_files.c.team_id == func.mgg_team_id(),
        test_result_files.c.sha256 == sha256,
        test_result_files.c.curve_number == curve_number,
    )
    row = connection.execute(query).one_or_none()
    return _summary(row) if row else None


def store_test(connection: Connection, test: NewTest) -> int:
    """Store a test with its file's record, all its samples and its signature; return its id."""
    features = test.curve.features()
    row = connection.execute(
        test_results.insert()
        .values(
            recipe_id=test.recipe_id,
            work_order_id=test.work_order_id,
            name=test.name,
            product=test.product,
            sample_count=len(test.curve),
            time_unit=test.time_unit,
            pressure_unit=test.pressure_unit,
            baseline_mpa=features.baseline_mpa,
            peak_pressure_mpa=features.peak_pressure_mpa,
            peak_time_ms=features.peak_time_ms,
            ignition_time_ms=features.ignition_time_ms,
            warnings=list(test.remarks),
            quality=[flag.plain() for flag in test.flags],
            recipe_source=test.recipe_source if test.recipe_id else None,
            conditioning_temperature_c=test.conditioning_temperature_c,
            tested_on=test.tested_on,
            recorded_at=test.recorded_at or func.now(),
            created_at=test.recorded_at or func.now(),
        )
        .returning(test_results.c.id, test_results.c.recorded_at)
    ).one()
    connection.execute(
        test_result_files.insert().values(
            test_result_id=row.id,
            sha256=test.sha256,
            size_bytes=test.size_bytes,
            file_name=test.file_name,
            sheet=test.sheet,
            curve_number=test.curve_number,
        )
    )
    write_test_curve(connection, row.id, test.curve, row.recorded_at)
    write_signature(connection, "test", row.id, test.curve)
    return int(row.id)


def get_test(connection: Connection, test_id: int) -> TestSummary:
    """Return a test, deleted or not.

    Raises:
        NotFoundError: there is none of that id, or this user may not see it.
    """
    row = connection.execute(_query().where(test_results.c.id == test_id)).one_or_none()
    if row is None:
        raise NotFoundError(f"There is no test {test_id}, or you may not see it.")
    return _summary(row)


def list_tests(
    connection: Connection,
    *,
    search: str | None = None,
    unlinked: bool = False,
    limit: int = 200,
    offset: int = 0,
) -> list[TestSummary]:
    """Return the newest tests, newest first.

    Args:
        connection: a transaction of the user who looks.
        search: only those whose name, product, file, work order or maker contains this text,
            or whose id it is.
        unlinked: only those that name no recipe.
        limit: at most so many.
        offset: leave out so many.
    """
    query = _matching(search, unlinked)
    newest = test_results.c.created_at.desc(), test_results.c.id.desc()
    rows = connection.execute(query.order_by(*newest).limit(limit).offset(offset))
    return [_summary(row) for row in rows]


def count_tests(
    connection: Connection, *, search: str | None = None, unlinked: bool = False
) -> int:
    """Return how many tests :func:`list_tests` would list without a limit."""
    ids = _matching(search, unlinked).with_only_columns(test_results.c.id)
    total: int = connection.execute(select(func.count()).select_from(ids.subquery())).scalar_one()
    return total


def _matching(search: str | None, unlinked: bool) -> "Select[tuple[object, ...]]":
    query = _query().where(test_results.c.deleted_at.is_(None))
    if unlinked:
        query = query.where(test_results.c.recipe_id.is_(None))
    if search and search.strip():
        texts = (
            test_results.c.name,
            test_results.c.product,
            test_result_files.c.file_name,
            work_orders.c.work_order_number,
            users.c.username,
        )
        query = query.where(
            or_(
                *(contains(column, search) for column in texts),
                cast(test_results.c.id, String) == search.strip(),
            )
        )
    return query


def mark_deleted(connection: Connection, test_id: int, deleted: bool) -> bool:
    """Mark a test as deleted, or take that back; returns False where this user may not."""
    changed = connection.execute(
        test_results.update()
        .where(test_results.c.id == test_id)
        .values(
            deleted_at=func.now() if deleted else None,
            deleted_by=func.mgg_actor_id() if deleted else None,
        )
    )
    return changed.rowcount == 1


def set_temperature(connection: Connection, test_id: int, temperature_c: float | None) -> bool:
    """Say what a test was conditioned at [°C]; returns False where this user may not."""
    changed = connection.execute(
        test_results.update()
        .where(test_results.c.id == test_id)
        .values(conditioning_temperature_c=temperature_c)
    )
    return changed.rowcount == 1


def set_link(
    connection: Connection,
    test_id: int,
    *,
    recipe_id: int | None,
    work_order_id: int | None,
    source: RecipeSource | None,
    flags: tuple[QualityFlag, ...],
) -> bool:
    """Say what was fired in a test; returns False where this user may not.

    Args:
        connection: a transaction of an engineer.
        test_id: of the test.
        recipe_id: what was fired; None: not known.
        work_order_id: what it was fired for; None: for none.
        source: how that is known; None without a recipe.
        flags: what its record lacks, now that the sensor is known or not.
    """
    changed = connection.execute(
        test_results.update()
        .where(test_results.c.id == test_id)
        .values(
            recipe_id=recipe_id,
            work_order_id=work_order_id,
            recipe_source=source,
            quality=[flag.plain() for flag in flags],
        )
    )
    return changed.rowcount == 1


def set_tested_on(connection: Connection, test_id: int, day: date | None) -> bool:
    """Say on which day a test was fired; returns False where this user may not."""
    changed = connection.execute(
        test_results.update().where(test_results.c.id == test_id).values(tested_on=day)
    )
    return changed.rowcount == 1


def stored_hashes(connection: Connection) -> set[str]:
    """Return the SHA-256 of every file that is named (all teams: for an administrator).

    Tests name theirs, and so do the products of an imported recipe database and the files in
    quarantine.
    """
    kept = select(quarantined_files.c.sha256).where(quarantined_files.c.settled_at.is_(None))
    named = union(select(test_result_files.c.sha256), select(recipe_records.c.sha256), kept)
    return set(connection.execute(named).scalars())


def _query() -> "Select[tuple[object, ...]]":
    return select(
        test_results.c.id,
        test_results.c.name,
        test_results.c.product,
        test_result_files.c.file_name,
        test_result_files.c.sha256,
        test_result_files.c.sheet,
        test_results.c.sample_count,
        test_results.c.baseline_mpa,
        test_results.c.peak_pressure_mpa,
        test_results.c.peak_time_ms,
        test_results.c.ignition_time_ms,
        test_results.c.warnings,
        test_results.c.quality,
        test_results.c.recipe_source,
        test_results.c.conditioning_temperature_c,
        test_results.c.tested_on,
        work_orders.c.work_order_number,
        test_results.c.created_at,
        users.c.username,
        test_results.c.deleted_at,
        *RECIPE_COLUMNS,
    ).select_from(
        test_results.join(
            test_result_files, test_result_files.c.test_result_id == test_results.c.id
        )
        .join(users, users.c.id == test_results.c.created_by)
        .outerjoin(recipes, recipes.c.id == test_results.c.recipe_id)
        .outerjoin(work_orders, work_orders.c.id == test_results.c.work_order_id)
    )


def _summary(row: "Row[tuple[object, ...]]") -> TestSummary:
    values = row._mapping
    plain = (
        "id name product file_name sha256 sheet sample_count baseline_mpa peak_pressure_mpa"
        " peak_time_ms ignition_time_ms conditioning_temperature_c tested_on recipe_source"
        " created_at"
    )
    return TestSummary(
        **{name: values[name] for name in plain.split()},
        remarks=tuple(values["warnings"]),
        flags=tuple(QualityFlag.from_plain(flag) for flag in values["quality"]),
        recipe=recipe_from_row(values),
        work_order=values["work_order_number"],
        created_by=values["username"],
        is_deleted=values["deleted_at"] is not None,
    )
