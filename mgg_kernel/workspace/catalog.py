"""``ws.catalog``: the codes that recipes are made of."""

from sqlalchemy import Connection

from mgg_kernel.hot import catalog
from mgg_kernel.hot.catalog import CatalogueEntry
from mgg_kernel.hot.log import write_log
from mgg_kernel.workspace.office import Office

__all__ = ["Catalog"]


class Catalog:
    """The catalogue, which all teams share."""

    def __init__(self, office: Office) -> None:
        self._office = office

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

    def list(self, kind: str) -> list[CatalogueEntry]:
        """Return the entries of one kind: a key of :data:`mgg_kernel.hot.catalog.KINDS`."""
        with self._office.transaction() as connection:
            return catalog.list_entries(connection, kind)

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
        entry = CatalogueEntry(code.strip(), description, True, volume_ml)
        with (
            self._office.doing("work", "catalog", "add to the catalogue", f"{kind} {code}"),
            self._office.transaction() as connection,
        ):
            catalog.add_entry(connection, kind, entry)
            _log(connection, "add to the catalogue", kind, code)
        return entry

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
            catalog.set_active(connection, kind, code, active)
            _log(connection, action, kind, code)


def _log(connection: Connection, action: str, kind: str, code: str) -> None:
    write_log(connection, "catalog", action, object_type=kind, object_id=code)
