"""``ws.catalog``: the codes that recipes are made of."""

from typing import Any

from sqlalchemy import Connection

from mgg_kernel.errors import ConflictError, NotFoundError, SettingsError
from mgg_kernel.hot import catalog
from mgg_kernel.hot.catalog import KINDS, CatalogueEntry
from mgg_kernel.hot.catalogue_history import CatalogueChange, list_changes
from mgg_kernel.hot.log import write_log
from mgg_kernel.workspace.catalogue_checks import checked_size, checked_text
from mgg_kernel.workspace.device_calibrations import CalibrationsDesk

__all__ = ["Catalog"]


class Catalog(CalibrationsDesk):
    """The catalogue, which all teams share."""

    def igniter_types(self) -> list[CatalogueEntry]:
        """Return the igniters (点火具)."""
        return self.list("igniter_types")

    def nc_types(self) -> list[CatalogueEntry]:
        """Return the NC types."""
        return self.list("nc_types")

    def gp_types(self) -> list[CatalogueEntry]:
        """Return the GP types."""
        return self.list("gp_types")

    def vessels(self) -> list[CatalogueEntry]:
        """Return the vessels with their volumes (容积)."""
        return self.list("vessels")

    def test_devices(self) -> list[CatalogueEntry]:
        """Return the test devices (测试设备)."""
        return self.list("test_devices")

    def get(self, kind: str, code: str) -> CatalogueEntry:
        """Return an entry.

        Raises:
            NotFoundError: there is no such code.
        """
        with self._office.transaction() as connection:
            return catalog.get_entry(connection, kind, code)

    def history(
        self, kind: str | None = None, code: str | None = None, *, limit: int = 200
    ) -> list[CatalogueChange]:
        """Return the newest changes, of one kind or code where given, newest first.

        The history of a test device holds its calibrations too.
        """
        with self._office.transaction() as connection:
            return list_changes(connection, kind, code, limit=limit)

    def add(
        self, kind: str, code: str, *, description: str = "", volume_ml: float | None = None
    ) -> CatalogueEntry:
        """Add a code.

        Args:
            kind: a key of :data:`mgg_kernel.hot.catalog.KINDS`.
            code: the code as it stands in recipes.
            description: what it is.
            volume_ml: a vessel's volume [mL]; none for other kinds.

        Raises:
            AccessError: the acting account may not.
            ConflictError: the code is there already.
            SettingsError: the code or the volume cannot be used.
        """
        with self._office.doing("work", "catalog", "add to the catalogue", f"{kind} {code}"):
            entry = CatalogueEntry(
                code.strip(),
                checked_text(description, "description", blank=True),
                True,
                _volume(kind, volume_ml),
            )
            with self._office.transaction() as connection:
                catalog.add_entry(connection, kind, entry)
                _log(connection, "add to the catalogue", kind, entry.code)
        return entry

    def edit(
        self,
        kind: str,
        code: str,
        *,
        version: int | None = None,
        description: str | None = None,
        volume_ml: float | None = None,
        maker: str | None = None,
        serial_number: str | None = None,
        sensor_range_mpa: float | None = None,
    ) -> CatalogueEntry:
        """Change what is said of a code; what is not given stays as it is.

        Args:
            kind: a key of :data:`mgg_kernel.hot.catalog.KINDS`.
            code: the code itself, which never changes.
            version: the entry's version as it was looked at; None: as it is now.
            description: what it is.
            volume_ml: a vessel's volume [mL]; it stays once something was fired in the vessel.
            maker: who made a test device.
            serial_number: of a test device.
            sensor_range_mpa: full range of a test device's own sensor [MPa].

        Raises:
            AccessError: the acting account may not.
            NotFoundError: there is no such code.
            ConflictError: somebody has changed the entry meanwhile, or the volume is in use.
            SettingsError: nothing is to be changed, or to something that cannot be used.
        """
        with self._office.doing("work", "catalog", "edit the catalogue", f"{kind} {code}"):
            changes = _changes(kind, description, volume_ml, maker, serial_number, sensor_range_mpa)
            with self._office.transaction() as connection:
                before = catalog.get_entry(connection, kind, code)
                if changes.get("volume_ml", before.volume_ml) != before.volume_ml:
                    _require_unused(connection, before)
                wanted = before.version if version is None else version
                after = catalog.edit_entry(connection, kind, code, changes, wanted)
                _log(connection, "edit the catalogue", kind, code, sorted(changes))
        return after

    def set_active(self, kind: str, code: str, active: bool) -> None:
        """Offer a code for new recipes, or stop doing so.

        Raises:
            AccessError: the acting account may not.
            NotFoundError: there is no such code.
        """
        action = "offer a code" if active else "withdraw a code"
        with (
            self._office.doing("work", "catalog", action, f"{kind} {code}"),
            self._office.transaction() as connection,
        ):
            if not catalog.set_active(connection, kind, code, active):
                raise NotFoundError(
                    f"There is no {KINDS[kind]} '{code}'; 'mgg catalog list' shows what there is."
                )
            _log(connection, action, kind, code)

    # Last in the class: below it, list would be this method and not the type.
    def list(self, kind: str) -> list[CatalogueEntry]:
        """Return the entries of one kind: a key of :data:`mgg_kernel.hot.catalog.KINDS`."""
        with self._office.transaction() as connection:
            return catalog.list_entries(connection, kind)


def _log(
    connection: Connection, action: str, kind: str, code: str, fields: list[str] | None = None
) -> None:
    details = {"fields": fields} if fields else None
    write_log(connection, "catalog", action, object_type=kind, object_id=code, details=details)


def _volume(kind: str, volume_ml: float | None) -> float | None:
    if kind != "vessels":
        if volume_ml is not None:
            raise SettingsError(f"A volume is told of vessels, not of {kind}; leave it out.")
        return None
    if volume_ml is None:
        raise SettingsError("A vessel needs its volume; give it in mL.")
    return checked_size(volume_ml, "volume", "mL")


def _changes(
    kind: str,
    description: str | None,
    volume_ml: float | None,
    maker: str | None,
    serial_number: str | None,
    sensor_range_mpa: float | None,
) -> dict[str, Any]:
    changes: dict[str, Any] = {}
    if description is not None:
        changes["description"] = checked_text(description, "description")
    if volume_ml is not None:
        changes["volume_ml"] = _volume(kind, volume_ml)
    if maker is not None:
        changes["maker"] = checked_text(maker, "maker")
    if serial_number is not None:
        changes["serial_number"] = checked_text(serial_number, "serial number")
    if sensor_range_mpa is not None:
        changes["sensor_range_mpa"] = checked_size(sensor_range_mpa, "sensor range", "MPa")
    if not changes:
        raise SettingsError("Nothing is to be changed; say what, such as a description.")
    if kind != "test_devices" and changes.keys() & {"maker", "serial_number", "sensor_range_mpa"}:
        raise SettingsError(
            f"Maker, serial number and sensor range are told of test_devices, not of {kind}; "
            "write them into the description."
        )
    return changes


def _require_unused(connection: Connection, vessel: CatalogueEntry) -> None:
    uses = catalog.vessel_uses(connection, vessel.code)
    if uses:
        raise ConflictError(
            f"The vessel '{vessel.code}' keeps its {vessel.volume_ml:g} mL, because stored tests "
            f"or products ({uses}) were fired in it and would mean something else; add a new code "
            "for the new volume."
        )
