"""``ws.catalog.calibrate`` and its neighbours: calibrations of test devices."""

from datetime import date

from sqlalchemy import Connection, func, select

from mgg_kernel.device_calibration import CalibrationState
from mgg_kernel.errors import AccessError, ConflictError
from mgg_kernel.hot import catalog, device_calibrations
from mgg_kernel.hot.device_calibrations import DeviceCalibration, TestCalibration
from mgg_kernel.hot.log import write_log
from mgg_kernel.workspace.catalogue_checks import checked_day, checked_period, checked_text
from mgg_kernel.workspace.office import Office

__all__ = ["CalibrationsDesk", "today"]


def today(connection: Connection) -> date:
    """Return the day that it is in the lab's time zone."""
    day: date = connection.execute(select(func.current_date())).scalar_one()
    return day


class CalibrationsDesk:
    """What the desk of the catalogue says of calibrations, which all teams share."""

    def __init__(self, office: Office) -> None:
        self._office = office

    def calibrate(
        self,
        device: str,
        calibrated_on: date | str,
        valid_until: date | str,
        *,
        certificate: str = "",
        note: str = "",
    ) -> DeviceCalibration:
        """Enter a calibration of a test device.

        Args:
            device: its code in the catalogue.
            calibrated_on: the day, or the text ``YYYY-MM-DD``.
            valid_until: the last day on which it holds.
            certificate: number of the certificate.
            note: anything else.

        Raises:
            AccessError: the acting account may not.
            NotFoundError: there is no such device.
            ConflictError: the same calibration is there already.
            SettingsError: the days or the texts cannot be used.
        """
        action = "enter a calibration"
        with (
            self._office.doing("work", "catalog", action, device),
            self._office.transaction() as connection,
        ):
            first, last = checked_period(calibrated_on, valid_until, today(connection))
            texts = (
                checked_text(certificate, "certificate", blank=True),
                checked_text(note, "note", blank=True),
            )
            catalog.get_entry(connection, "test_devices", device)
            made = device_calibrations.add_calibration(connection, device, first, last, *texts)
            _log(connection, action, made)
            return made

    def withdraw_calibration(self, calibration_id: int, because: str) -> DeviceCalibration:
        """Withdraw a calibration that was wrong; it stays in the list, with the reason.

        Raises:
            AccessError: it is somebody else's and the acting account is no administrator.
            NotFoundError: there is none of that number.
            ConflictError: it was withdrawn already.
            SettingsError: the reason cannot be used.
        """
        action = "withdraw a calibration"
        with (
            self._office.doing("work", "catalog", action, calibration_id),
            self._office.transaction() as connection,
        ):
            reason = checked_text(because, "reason")
            known = device_calibrations.get_calibration(connection, calibration_id)
            if known.withdrawn_at is not None:
                raise ConflictError(
                    f"The calibration {calibration_id} was withdrawn on "
                    f"{known.withdrawn_at:%Y-%m-%d}: {known.withdrawn_because}."
                )
            if not device_calibrations.withdraw_calibration(connection, calibration_id, reason):
                raise AccessError(
                    f"The calibration {calibration_id} was entered by {known.created_by}; ask them "
                    "or an administrator."
                )
            _log(connection, action, known)
            return device_calibrations.get_calibration(connection, calibration_id)

    def calibrations(self, device: str | None = None) -> list[DeviceCalibration]:
        """Return the calibrations of a device or of all, also withdrawn ones, newest first."""
        with self._office.transaction() as connection:
            return device_calibrations.list_calibrations(connection, device)

    def calibration_state(self, device: str, day: date | str | None = None) -> CalibrationState:
        """Return whether a device was in calibration on a day (unset: today).

        ``expired``: the last calibration before the day had ended; ``not yet``: the first came
        later; ``unknown``: none is entered.

        Raises:
            NotFoundError: there is no such device.
            SettingsError: the day is none.
        """
        with self._office.transaction() as connection:
            catalog.get_entry(connection, "test_devices", device)
            asked = today(connection) if day is None else checked_day(day, "day")
            return device_calibrations.device_state(connection, device, asked)

    def tests_out_of_calibration(self, *, limit: int = 1000) -> list[TestCalibration]:
        """Return the newest tests whose devices were out of calibration, newest first.

        They are judged as it is known by now, not as it was when they were stored.
        """
        with self._office.transaction() as connection:
            return device_calibrations.out_of_calibration(connection, limit)


def _log(connection: Connection, action: str, calibration: DeviceCalibration) -> None:
    write_log(
        connection,
        "catalog",
        action,
        object_type="device_calibrations",
        object_id=calibration.id,
        details={
            "device": calibration.device,
            "calibrated_on": calibration.calibrated_on.isoformat(),
            "valid_until": calibration.valid_until.isoformat(),
        },
    )
