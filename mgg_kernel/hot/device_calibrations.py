"""Calibrations of test devices, and which tests were fired on a device that was out of it."""

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import Connection, Select, column, func, select, table
from sqlalchemy.sql.expression import TableClause

from mgg_kernel.device_calibration import CalibrationState
from mgg_kernel.errors import ConflictError, NotFoundError
from mgg_kernel.hot.tables import device_calibrations, users

__all__ = [
    "DeviceCalibration",
    "TestCalibration",
    "add_calibration",
    "calibration_of_test",
    "device_state",
    "get_calibration",
    "list_calibrations",
    "out_of_calibration",
    "withdraw_calibration",
]

_OF_TEST = ("test_result_id", "name", "device", "tested_on", "tested_on_is_known", "state")


@dataclass(frozen=True)
class DeviceCalibration:
    """A calibration of a test device; `valid_until` is the last day on which it holds."""

    id: int
    device: str
    calibrated_on: date
    valid_until: date
    certificate: str
    note: str
    created_by: str
    created_at: datetime
    withdrawn_at: datetime | None
    withdrawn_by: str | None
    withdrawn_because: str | None


@dataclass(frozen=True)
class TestCalibration:
    """Whether a test's device was in calibration on the day of the test.

    Where that day is not known (`tested_on_is_known`), it is the day on which it was stored.
    """

    __test__ = False  # not one of pytest's

    test_result_id: int
    name: str
    device: str | None
    tested_on: date
    tested_on_is_known: bool
    state: CalibrationState


def add_calibration(
    connection: Connection,
    device: str,
    calibrated_on: date,
    valid_until: date,
    certificate: str = "",
    note: str = "",
) -> DeviceCalibration:
    """Add a calibration of a device that is in the catalogue.

    Raises:
        ConflictError: the same one is there already.
    """
    known = device_calibrations.c
    same = connection.execute(
        select(known.id).where(
            known.device == device,
            known.calibrated_on == calibrated_on,
            known.valid_until == valid_until,
            known.certificate == certificate,
            known.withdrawn_at.is_(None),
        )
    ).scalar_one_or_none()
    if same is not None:
        raise ConflictError(f"This calibration of '{device}' is there already: number {same}.")
    values = {
        "device": device,
        "calibrated_on": calibrated_on,
        "valid_until": valid_until,
        "certificate": certificate,
        "note": note,
    }
    new_id = connection.execute(
        device_calibrations.insert().values(values).returning(known.id)
    ).scalar_one()
    return get_calibration(connection, new_id)


def get_calibration(connection: Connection, calibration_id: int) -> DeviceCalibration:
    """Return a calibration.

    Raises:
        NotFoundError: there is none of that number.
    """
    wanted = _query().where(device_calibrations.c.id == calibration_id)
    row = connection.execute(wanted).one_or_none()
    if row is None:
        raise NotFoundError(
            f"There is no calibration {calibration_id}; 'mgg catalog calibrations' lists them."
        )
    return DeviceCalibration(**row._mapping)


def list_calibrations(connection: Connection, device: str | None = None) -> list[DeviceCalibration]:
    """Return the calibrations, also withdrawn ones: by device, newest first."""
    known = device_calibrations.c
    query = _query().order_by(known.device, known.calibrated_on.desc(), known.id.desc())
    if device is not None:
        query = query.where(known.device == device)
    return [DeviceCalibration(**row._mapping) for row in connection.execute(query)]


def withdraw_calibration(connection: Connection, calibration_id: int, because: str) -> bool:
    """Withdraw a calibration that stands; returns False where this user may not."""
    # Who and when are filled in by the database.
    changed = connection.execute(
        device_calibrations.update()
        .where(device_calibrations.c.id == calibration_id)
        .values(withdrawn_because=because)
    )
    return changed.rowcount == 1


def device_state(connection: Connection, device: str, day: date) -> CalibrationState:
    """Return whether a device was in calibration on a day."""
    state: CalibrationState = connection.execute(
        select(func.device_calibration_state(device, day))
    ).scalar_one()
    return state


def calibration_of_test(connection: Connection, test_id: int) -> TestCalibration:
    """Return whether a test's device was in calibration on its day, as is known by now.

    Raises:
        NotFoundError: there is no such test, or this user may not see it.
    """
    view = _view("v_test_calibration")
    row = connection.execute(select(view).where(view.c.test_result_id == test_id)).one_or_none()
    if row is None:
        raise NotFoundError(f"There is no test {test_id}, or you may not see it.")
    return TestCalibration(**row._mapping)


def out_of_calibration(connection: Connection, limit: int) -> list[TestCalibration]:
    """Return the newest tests, newest first, whose devices were out of calibration."""
    view = _view("v_tests_out_of_calibration")
    newest = select(view).order_by(view.c.test_result_id.desc()).limit(limit)
    return [TestCalibration(**row._mapping) for row in connection.execute(newest)]


def _view(name: str) -> TableClause:
    return table(name, *(column(field) for field in _OF_TEST))


def _query() -> "Select[tuple[object, ...]]":
    maker, taker = users.alias("maker"), users.alias("taker")
    known = device_calibrations.c
    return select(
        known.id,
        known.device,
        known.calibrated_on,
        known.valid_until,
        known.certificate,
        known.note,
        func.coalesce(maker.c.username, "another team").label("created_by"),
        known.created_at,
        known.withdrawn_at,
        taker.c.username.label("withdrawn_by"),
        known.withdrawn_because,
    ).select_from(
        device_calibrations.outerjoin(maker, maker.c.id == known.created_by).outerjoin(
            taker, taker.c.id == known.withdrawn_by
        )
    )
