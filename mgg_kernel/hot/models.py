"""Versions of the simulation model: parameters that were used once stay on record."""

from typing import Any

from sqlalchemy import Connection, select
from sqlalchemy.dialects.postgresql import insert

from mgg_kernel._version import __version__
from mgg_kernel.hot.tables import model_versions

__all__ = ["active_model", "store_model"]


def store_model(
    connection: Connection, *, name: str, parameters: dict[str, Any], fingerprint: str
) -> int:
    """Return the id of the version with these parameters, adding it as proposed where it is new.

    Args:
        connection: a transaction of somebody who may simulate.
        name: what people call the model.
        parameters: the model as a JSON document.
        fingerprint: SHA-256 of that document in its canonical form.
    """
    query = select(model_versions.c.id).where(model_versions.c.fingerprint == fingerprint)
    known = connection.execute(query).scalar_one_or_none()
    if known is not None:
        return int(known)
    connection.execute(
        insert(model_versions)
        .values(name=name, parameters=parameters, fingerprint=fingerprint, code_version=__version__)
        .on_conflict_do_nothing()
    )
    return int(connection.execute(query).scalar_one())


def active_model(connection: Connection) -> dict[str, Any] | None:
    """Return the parameters of the version in use, or None where none was activated."""
    query = select(model_versions.c.parameters).where(model_versions.c.state == "active")
    return connection.execute(query).scalar_one_or_none()
