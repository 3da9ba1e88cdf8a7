"""``ws.tests.set_tested_on`` and ``calibration_state``: the day of a test, and its device then."""

from collections.abc import Sequence
from datetime import date

from mgg_kernel.errors import AccessError, IngestError
from mgg_kernel.hot import device_calibrations, test_results
from mgg_kernel.hot.device_calibrations import TestCalibration
from mgg_kernel.hot.log import write_log
from mgg_kernel.workspace.catalogue_checks import checked_day
from mgg_kernel.workspace.device_calibrations import today
from mgg_kernel.workspace.office import Office
from mgg_kernel.workspace.temperatures import TemperaturesDesk

__all__ = ["TestDaysDesk", "checked_tested_on"]


def checked_tested_on(office: Office, day: date | str | None) -> date | None:
    """Return the day of a test as it can be stored; None: not known.

    Raises:
        IngestError: it is no day, or is still to come.
    """
    if day is None:
        return None
    with office.transaction() as connection:
        return checked_day(day, "day of a test", today=today(connection), error=IngestError)


class TestDaysDesk(TemperaturesDesk):
    """What the desk of tests says of days, and of the devices on them."""

    __test__ = False  # not one of pytest's

    def set_tested_on(self, ids: Sequence[int], day: date | str | None) -> None:
        """Say on which day tests were fired: of all of them, or of none.

        Args:
            ids: of the tests.
            day: the day, or the text ``YYYY-MM-DD``; None: not known.

        Raises:
            IngestError: it is no day, or is still to come.
            NotFoundError: there is no such test, or this account may not see it.
            AccessError: one is somebody else's and the acting account is no administrator.
        """
        action = "set the day of a test"
        with self._office.doing("work", "ingest", action, ", ".join(map(str, ids))):
            checked = checked_tested_on(self._office, day)
            with self._office.transaction() as connection:
                for test_id in ids:
                    test = test_results.get_test(connection, test_id)
                    if not test_results.set_tested_on(connection, test_id, checked):
                        raise AccessError(
                            f"The test {test_id} is {test.created_by}'s; ask them or an "
                            "administrator."
                        )
                    write_log(
                        connection,
                        "ingest",
                        action,
                        object_type="test_results",
                        object_id=test_id,
                        details={
                            "from": test.tested_on and test.tested_on.isoformat(),
                            "to": checked and checked.isoformat(),
                        },
                    )

    def calibration_state(self, test_id: int) -> TestCalibration:
        """Return whether a test's device was in calibration on its day, as is known by now.

        The day is that on which it was fired, where known, else that on which it was stored.  A
        test without a recipe has no device, and its state is ``unknown``.

        Raises:
            NotFoundError: there is none of that id, or this account may not see it.
        """
        with self._office.transaction() as connection:
            return device_calibrations.calibration_of_test(connection, test_id)
