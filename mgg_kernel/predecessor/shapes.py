"""Rows of either shape, under whatever names their columns have, as one kind of rows."""

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from zoneinfo import ZoneInfo

from mgg_kernel.errors import MggError
from mgg_kernel.predecessor.recipes import recipe_of
from mgg_kernel.predecessor.rows import OldCurve, OldOrder, OldUser
from mgg_kernel.predecessor.values import curve_of_json, curve_of_samples, flag, moment, text

__all__ = [
    "PRESSURE_COLUMNS",
    "READ_TABLES",
    "TIME_COLUMNS",
    "column_of",
    "curve",
    "order",
    "order_number",
    "user",
]

READ_TABLES = frozenset(
    {
        *("user", "users", "simulation", "forward_simulations", "simulation_time_series"),
        *("test_result", "test_results", "test_time_series", "test_result_files"),
        *("work_order", "work_orders", "alembic_version"),
    }
)
TIME_COLUMNS = ("time_ms", "time", "time_point", "t", "x")
PRESSURE_COLUMNS = ("pressure_mpa", "pressure", "pressure_value", "p", "y")
ROLES = {
    "admin": "admin",
    "administrator": "admin",
    "engineer": "engineer",
    "research_engineer": "engineer",
    "lab_engineer": "engineer",
}
SECRET = ("password", "hash", "token", "secret")
_USERNAME = re.compile(r"[a-z0-9][a-z0-9._-]{0,39}")
_BCRYPT = re.compile(r"\$2[abxy]?\$\d\d\$[./A-Za-z0-9]{53}")


def column_of(columns: Iterable[str], names: Sequence[str]) -> str | None:
    """Return the first of some names that a table has as a column, whatever its case."""
    known = {column.casefold(): column for column in columns}
    return next((known[name] for name in names if name in known), None)


def user(table: str, key: str, digest: str, row: Mapping[str, Any]) -> OldUser:
    """Return an account."""
    remarks = []
    said, employee = text(row.get("username")), text(row.get("employee_id"))
    username = next(
        (one for one in (said.lower(), employee.lower()) if _USERNAME.fullmatch(one)),
        f"user-{re.sub(r'[^a-z0-9._-]', '-', key.lower())}"[:40],
    )
    if username != said:
        remarks.append(f"the account '{said[:60]}' becomes '{username}'")
    role = ROLES.get(text(row.get("role")).lower(), "user")
    stored = text(row.get("password_hash"))
    if stored and not _BCRYPT.fullmatch(stored):
        remarks.append("its password is kept in a form that is not known; give it a new one")
        stored = ""
    return OldUser(
        table,
        key,
        digest,
        _shown(row),
        problem="" if said else "it has no name",
        remarks=tuple(remarks),
        username=username,
        display_name=(text(row.get("display_name")) or said or username)[:100],
        role=role,
        phone=text(row.get("phone"))[:40] or None,
        email=text(row.get("email")) or None,
        password_hash=stored or None,
        is_active=flag(row.get("is_active"), True),
    )


def order_number(row: Mapping[str, Any]) -> str:
    """Return what people call a work order."""
    names = ("work_order_number", "order_number", "number", "work_order", "name", "title")
    return next((text(row[name]) for name in names if text(row.get(name))), "")


def order(table: str, key: str, digest: str, row: Mapping[str, Any], zone: ZoneInfo) -> OldOrder:
    """Return a work order."""
    number, problem, created_at = order_number(row), "", None
    try:
        created_at = moment(row.get("created_at"), zone)
    except MggError as error:
        problem = str(error)
    return OldOrder(
        table,
        key,
        digest,
        _shown(row),
        problem=problem if number else "it has no number",
        number=number,
        owner=_owner(row),
        created_at=created_at,
    )


def curve(
    table: str,
    key: str,
    digest: str,
    row: Mapping[str, Any],
    *,
    zone: ZoneInfo,
    time_unit_ms: float,
    samples: tuple[list[object], list[object]] | None,
    order_numbers: Mapping[str, str],
    with_curve: bool,
) -> OldCurve:
    """Return a simulation or a test.

    Args:
        table: its table.
        key: its key there.
        digest: of the row.
        row: its columns.
        zone: where the clock stood.
        time_unit_ms: milliseconds in a unit of its times.
        samples: times and pressures from a table of samples; None: they are in the row as JSON.
        order_numbers: number of each work order, by its key.
        with_curve: whether the curve is wanted.
    """
    problem, recipe_problem, found, recipe, created_at = "", "", None, None, None
    try:
        created_at = moment(row.get("created_at") or row.get("uploaded_at"), zone)
        if with_curve and samples is not None and samples[0]:
            found = curve_of_samples(*samples, time_unit_ms)
        elif with_curve:
            data = next(
                (row[name] for name in ("result_data", "data", "curve") if text(row.get(name))), ""
            )
            found = curve_of_json(data, time_unit_ms)
    except MggError as error:
        problem = str(error)
    try:
        recipe = recipe_of(row)
    except MggError as error:
        recipe_problem = str(error).rstrip(".")
    said_order = text(row.get("work_order")) or order_numbers.get(
        text(row.get("work_order_id")), ""
    )
    file_name = next(
        (text(row[name]) for name in ("filename", "file_name", "name") if text(row.get(name))), ""
    )
    return OldCurve(
        table,
        key,
        digest,
        _shown(row),
        problem=problem,
        owner=_owner(row),
        order=said_order or None,
        name=text(row.get("test_name")) or file_name,
        recipe=recipe,
        recipe_problem=recipe_problem,
        simulation=text(row.get("simulation_id")) or None,
        curve=found,
        file_name=file_name,
        file_path=text(row.get("file_path")),
        created_at=created_at,
    )


def _owner(row: Mapping[str, Any]) -> str | None:
    names = ("user_id", "created_by", "owner_id", "uploaded_by")
    return next((text(row[name]) for name in names if text(row.get(name))), None)


def _shown(row: Mapping[str, Any]) -> dict[str, Any]:
    """Return a row for people: without secrets, and whole, curves and all."""
    shown: dict[str, Any] = {}
    for name, value in row.items():
        if any(word in name.casefold() for word in SECRET):
            continue
        shown[name] = value.hex() if isinstance(value, bytes) else value
    return shown
