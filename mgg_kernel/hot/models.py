"""Versions of the simulation model: parameters that were used once stay on record."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import Connection, Row, Select, func, select
from sqlalchemy.dialects.postgresql import insert

from mgg_kernel._version import __version__
from mgg_kernel.errors import ConflictError, NotFoundError
from mgg_kernel.hot.tables import model_versions, users

__all__ = [
    "ModelState",
    "ModelVersion",
    "activate_model",
    "active_model",
    "get_model",
    "list_models",
    "model_parameters",
    "retire_model",
    "store_model",
]

ModelState = Literal["proposed", "active", "retired"]


@dataclass(frozen=True)
class ModelVersion:
    """A version of the model, without its parameters.

    Attributes:
        id: number of the version.
        name: what people call it.
        state: proposed, active (the one in use; there is at most one) or retired.
        fingerprint: SHA-256 of its parameters.
        data_fingerprint: SHA-256 of what it was fitted to; None where it was not fitted.
        code_version: version of the program that made it.
        validation: how good it is, as it was proposed.
        note: what its maker says of it.
        created_at: when it was proposed.
        created_by: who proposed it.
        activated_at: when it was put to use, the last time.
        retired_at: when it was retired; None where it is in use.
    """

    id: int
    name: str
    state: ModelState
    fingerprint: str
    data_fingerprint: str | None
    code_version: str
    validation: dict[str, Any]
    note: str
    created_at: datetime
    created_by: str
    activated_at: datetime | None
    retired_at: datetime | None


def store_model(
    connection: Connection,
    *,
    name: str,
    parameters: dict[str, Any],
    fingerprint: str,
    data_fingerprint: str | None = None,
    validation: dict[str, Any] | None = None,
    note: str = "",
) -> int:
    """Return the id of the version with these parameters, adding it as proposed where it is new.

    Args:
        connection: a transaction of somebody who may simulate.
        name: what people call the model.
        parameters: the model as a JSON document.
        fingerprint: SHA-256 of that document in its canonical form.
        data_fingerprint: SHA-256 of what it was fitted to.
        validation: how good it is, as plain JSON values.
        note: a remark.
    """
    query = select(model_versions.c.id).where(model_versions.c.fingerprint == fingerprint)
    known = connection.execute(query).scalar_one_or_none()
    if known is not None:
        return int(known)
    connection.execute(
        insert(model_versions)
        .values(
            name=name,
            parameters=parameters,
            fingerprint=fingerprint,
            data_fingerprint=data_fingerprint,
            validation=validation or {},
            note=note,
            code_version=__version__,
        )
        .on_conflict_do_nothing()
    )
    return int(connection.execute(query).scalar_one())


def active_model(connection: Connection) -> dict[str, Any] | None:
    """Return the parameters of the version in use, or None where none was activated."""
    query = select(model_versions.c.parameters).where(model_versions.c.state == "active")
    return connection.execute(query).scalar_one_or_none()


def model_parameters(connection: Connection, model_id: int) -> dict[str, Any]:
    """Return the parameters of a version as a JSON document.

    Raises:
        NotFoundError: there is no such version.
    """
    query = select(model_versions.c.parameters).where(model_versions.c.id == model_id)
    found: dict[str, Any] | None = connection.execute(query).scalar_one_or_none()
    if found is None:
        raise _missing(model_id)
    return found


def list_models(connection: Connection) -> list[ModelVersion]:
    """Return all versions, the newest first."""
    rows = connection.execute(_query().order_by(model_versions.c.id.desc()))
    return [_version(row) for row in rows]


def get_model(connection: Connection, model_id: int) -> ModelVersion:
    """Return a version.

    Raises:
        NotFoundError: there is none of that id.
    """
    row = connection.execute(_query().where(model_versions.c.id == model_id)).one_or_none()
    if row is None:
        raise _missing(model_id)
    return _version(row)


def activate_model(connection: Connection, model_id: int) -> list[int]:
    """Put a version to use and retire the one that was; returns the ids of what was retired.

    Whoever does so at the same time waits, so that there is never more than one in use.

    Raises:
        NotFoundError: there is no such version.
        ConflictError: it is in use already.
    """
    _lock(connection)
    if get_model(connection, model_id).state == "active":
        raise ConflictError(f"Model version {model_id} is in use already.")
    changed = model_versions.c
    retired = connection.execute(
        model_versions.update()
        .where(changed.state == "active")
        .values(state="retired")
        .returning(changed.id)
    ).scalars()
    former = [int(each) for each in retired]
    connection.execute(model_versions.update().where(changed.id == model_id).values(state="active"))
    return former


def retire_model(connection: Connection, model_id: int) -> None:
    """Retire a version; where it was in use, the program's own model is used from now on.

    Raises:
        NotFoundError: there is no such version.
        ConflictError: it is retired already.
    """
    _lock(connection)
    if get_model(connection, model_id).state == "retired":
        raise ConflictError(f"Model version {model_id} is retired already.")
    connection.execute(
        model_versions.update().where(model_versions.c.id == model_id).values(state="retired")
    )


def _lock(connection: Connection) -> None:
    connection.execute(select(func.pg_advisory_xact_lock(func.hashtext("mgg:model_versions"))))


def _missing(model_id: int) -> NotFoundError:
    return NotFoundError(f"There is no model version {model_id}; 'mgg models list' shows them.")


def _query() -> "Select[tuple[object, ...]]":
    columns = model_versions.c
    return select(
        columns.id,
        columns.name,
        columns.state,
        columns.fingerprint,
        columns.data_fingerprint,
        columns.code_version,
        columns.validation,
        columns.note,
        columns.created_at,
        users.c.username.label("created_by"),
        columns.activated_at,
        columns.retired_at,
    ).select_from(model_versions.join(users, users.c.id == columns.created_by))


def _version(row: "Row[tuple[object, ...]]") -> ModelVersion:
    return ModelVersion(**row._mapping)
