"""Curves in and out of PostgreSQL, by binary COPY instead of row by row.

Format: PostgreSQL documentation, *COPY*, "Binary Format".  A row is a count of fields (int16),
then each field as its length (int32) and its big-endian bytes.
"""

import io
from datetime import UTC, datetime
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Connection

from mgg_kernel.curve import PTCurve
from mgg_kernel.errors import NotFoundError

__all__ = [
    "copy_rows",
    "pack_rows",
    "read_simulation_curve",
    "read_test_curve",
    "write_simulation_curve",
    "write_test_curve",
]

_SIGNATURE = b"PGCOPY\n\xff\r\n\x00" + bytes(8)
_TRAILER = b"\xff\xff"
_POSTGRES_EPOCH = datetime(2000, 1, 1, tzinfo=UTC)

_WRITE_ROW = np.dtype(
    [
        ("fields", ">i2"),
        ("id_length", ">i4"),
        ("id", ">i8"),
        ("number_length", ">i4"),
        ("number", ">i4"),
        ("time_length", ">i4"),
        ("time", ">f8"),
        ("pressure_length", ">i4"),
        ("pressure", ">f8"),
        ("recorded_length", ">i4"),
        ("recorded", ">i8"),
    ]
)
_READ_ROW = np.dtype(
    [
        ("fields", ">i2"),
        ("time_length", ">i4"),
        ("time", ">f8"),
        ("pressure_length", ">i4"),
        ("pressure", ">f8"),
    ]
)

_WRITE_TEST = (
    "COPY test_time_series (test_result_id, sequence_number, time_ms, pressure_mpa, recorded_at)"
    " FROM STDIN (FORMAT binary)"
)
_WRITE_SIMULATION = (
    "COPY simulation_time_series (simulation_id, sequence_number, time_ms, pressure_mpa,"
    " recorded_at) FROM STDIN (FORMAT binary)"
)
# COPY takes no bound parameters; the driver's mogrify puts the id in, quoted as an integer.
_READ_TEST = (
    "COPY (SELECT time_ms, pressure_mpa FROM test_curve_samples"
    " WHERE test_result_id = %s ORDER BY sequence_number) TO STDOUT (FORMAT binary)"
)
_READ_SIMULATION = (
    "COPY (SELECT time_ms, pressure_mpa FROM simulation_curve_samples"
    " WHERE simulation_id = %s ORDER BY sequence_number) TO STDOUT (FORMAT binary)"
)


def write_test_curve(
    connection: Connection, test_id: int, curve: PTCurve, recorded_at: datetime
) -> None:
    """Write all samples of a test, in the transaction that makes its row.

    Args:
        connection: a transaction of somebody who may add tests.
        test_id: the test's id.
        curve: the samples.
        recorded_at: the test's `recorded_at`, which decides the month they are kept in.
    """
    _write(connection, _WRITE_TEST, test_id, curve, recorded_at)


def write_simulation_curve(
    connection: Connection, simulation_id: int, curve: PTCurve, recorded_at: datetime
) -> None:
    """Write all samples of a simulation; see :func:`write_test_curve`."""
    _write(connection, _WRITE_SIMULATION, simulation_id, curve, recorded_at)


def read_test_curve(connection: Connection, test_id: int) -> PTCurve:
    """Read a test's samples.

    Raises:
        NotFoundError: there is no such test, or this user may not see it.
    """
    return _read(connection, _READ_TEST, test_id, "test")


def read_simulation_curve(connection: Connection, simulation_id: int) -> PTCurve:
    """Read a simulation's samples.

    Raises:
        NotFoundError: there is no such simulation, or this user may not see it.
    """
    return _read(connection, _READ_SIMULATION, simulation_id, "simulation")


def _cursor(connection: Connection) -> Any:
    """Return a cursor of the driver, since COPY goes past SQLAlchemy."""
    driver: Any = connection.connection.driver_connection
    return driver.cursor()


def pack_rows(owner_id: int, curve: PTCurve, recorded_at: datetime) -> bytes:
    """Return the rows of a curve in the form that COPY reads.

    Args:
        owner_id: id of the test or simulation.
        curve: the samples.
        recorded_at: what all rows hold.
    """
    rows = np.empty(len(curve), dtype=_WRITE_ROW)
    rows["fields"] = 5
    rows["id_length"] = rows["time_length"] = rows["pressure_length"] = rows["recorded_length"] = 8
    rows["number_length"] = 4
    rows["id"] = owner_id
    rows["number"] = np.arange(len(curve))
    rows["time"] = curve.time_ms
    rows["pressure"] = curve.pressure_mpa
    age = recorded_at - _POSTGRES_EPOCH
    rows["recorded"] = (age.days * 86_400 + age.seconds) * 1_000_000 + age.microseconds
    return _SIGNATURE + rows.tobytes() + _TRAILER


def _write(
    connection: Connection, statement: str, owner_id: int, curve: PTCurve, recorded_at: datetime
) -> None:
    with _cursor(connection) as cursor:
        cursor.copy_expert(statement, io.BytesIO(pack_rows(owner_id, curve, recorded_at)))


def copy_rows(
    connection: Connection, statement: str, parameters: tuple[Any, ...], row: np.dtype[Any]
) -> NDArray[Any]:
    """Return the rows of a query by binary COPY.

    Args:
        connection: a transaction of the user who reads.
        statement: ``COPY (SELECT …) TO STDOUT (FORMAT binary)``, of columns that are not NULL.
        parameters: what its placeholders stand for.
        row: a row as COPY writes it: the count of fields, then length and bytes of each.
    """
    buffer = io.BytesIO()
    with _cursor(connection) as cursor:
        cursor.copy_expert(cursor.mogrify(statement, parameters).decode(), buffer)
    return np.frombuffer(buffer.getbuffer()[len(_SIGNATURE) : -len(_TRAILER)], dtype=row)


def _read(connection: Connection, statement: str, owner_id: int, what: str) -> PTCurve:
    rows = copy_rows(connection, statement, (owner_id,), _READ_ROW)
    if rows.size == 0:
        raise NotFoundError(f"There is no {what} {owner_id}, or you may not see it.")
    return PTCurve(rows["time"], rows["pressure"])
