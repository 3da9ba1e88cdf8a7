"""``ws.tests.set_temperature``: what tests were conditioned at before they were fired."""

from collections.abc import Sequence

from mgg_kernel.errors import AccessError, IngestError
from mgg_kernel.hot import test_results
from mgg_kernel.hot.log import write_log
from mgg_kernel.workspace.shots import ShotsDesk

__all__ = ["TemperaturesDesk", "checked_temperature"]

ABSOLUTE_ZERO_C, HOTTEST_C = -273.15, 200.0


def checked_temperature(temperature_c: float | None) -> float | None:
    """Return a conditioning temperature [°C] that can be stored; None: not known.

    Raises:
        IngestError: it is not above absolute zero and at most 200 °C.
    """
    if temperature_c is None:
        return None
    if not ABSOLUTE_ZERO_C < temperature_c <= HOTTEST_C:
        raise IngestError(
            f"{temperature_c:g} °C is no conditioning temperature; give degrees Celsius above "
            f"{ABSOLUTE_ZERO_C:g} and up to {HOTTEST_C:g}."
        )
    return float(temperature_c)


class TemperaturesDesk(ShotsDesk):
    """What the desk of tests says of temperatures."""

    def set_temperature(self, ids: Sequence[int], temperature_c: float | None) -> None:
        """Say what tests were conditioned at: of all of them, or of none.

        Args:
            ids: of the tests.
            temperature_c: conditioning temperature [°C]; None: not known.

        Raises:
            IngestError: the temperature makes no sense.
            NotFoundError: there is no such test, or this account may not see it.
            AccessError: one is somebody else's and the acting account is no administrator.
        """
        action = "set a temperature"
        with self._office.doing("work", "ingest", action, ", ".join(map(str, ids))):
            temperature = checked_temperature(temperature_c)
            with self._office.transaction() as connection:
                for test_id in ids:
                    test = test_results.get_test(connection, test_id)
                    if not test_results.set_temperature(connection, test_id, temperature):
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
                        details={"from_c": test.conditioning_temperature_c, "to_c": temperature},
                    )
