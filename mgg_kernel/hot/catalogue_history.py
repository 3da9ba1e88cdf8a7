"""What changed in the catalogue: rows that the database's own triggers write."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import Connection, select

from mgg_kernel.hot.tables import catalogue_history

__all__ = ["CatalogueChange", "list_changes"]


@dataclass(frozen=True)
class CatalogueChange:
    """A change: who, when, and the row as it was and as it is (None: there was or is none).

    `kind` is the table; calibrations are ``device_calibrations``, with the device as their code.
    """

    id: int
    recorded_at: datetime
    actor: str
    session_actor: str
    kind: str
    code: str
    action: Literal["added", "changed", "withdrawn", "removed"]
    before: dict[str, Any] | None
    after: dict[str, Any] | None

    @property
    def differences(self) -> dict[str, tuple[Any, Any]]:
        """The fields that are not as they were, without the version: before and after of each."""
        before, after = self.before or {}, self.after or {}
        return {
            name: (before.get(name), after.get(name))
            for name in {**before, **after}
            if name != "version" and before.get(name) != after.get(name)
        }


def list_changes(
    connection: Connection, kind: str | None = None, code: str | None = None, *, limit: int = 200
) -> list[CatalogueChange]:
    """Return the newest changes, newest first.

    Args:
        connection: a transaction of anybody.
        kind: only of this kind; of ``test_devices``, their calibrations are told too.
        code: only of this code.
        limit: at most so many.
    """
    table = catalogue_history
    columns = [table.c[name] for name in CatalogueChange.__dataclass_fields__]
    query = select(*columns).order_by(table.c.id.desc()).limit(limit)
    if kind is not None:
        kinds = (kind, "device_calibrations") if kind == "test_devices" else (kind,)
        query = query.where(table.c.kind.in_(kinds))
    if code is not None:
        query = query.where(table.c.code == code)
    return [CatalogueChange(**row._mapping) for row in connection.execute(query)]
