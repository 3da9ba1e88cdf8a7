"""Forward simulations in the database: the recipe, what came out, and the curve."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, Row, Select, func, or_, select

from mgg_kernel._version import __version__
from mgg_kernel.curve import Features, PTCurve
from mgg_kernel.errors import NotFoundError
from mgg_kernel.hot.recipes import RECIPE_COLUMNS, recipe_from_row, recipe_id
from mgg_kernel.hot.samples import write_simulation_curve
from mgg_kernel.hot.search import contains
from mgg_kernel.hot.signatures import write_signature
from mgg_kernel.hot.tables import forward_simulations, model_versions, recipes, users
from mgg_kernel.recipe import Recipe

__all__ = [
    "SimulationSummary",
    "count_simulations",
    "find_simulation",
    "get_simulation",
    "list_simulations",
    "store_simulation",
]


@dataclass(frozen=True)
class SimulationSummary:
    """A stored simulation without its samples."""

    id: int
    recipe: Recipe
    model_name: str
    model_fingerprint: str
    sample_count: int
    peak_pressure_mpa: float
    peak_time_ms: float
    ignition_time_ms: float | None
    warnings: tuple[str, ...]
    code_version: str
    created_at: datetime
    created_by: str


def find_simulation(
    connection: Connection, recipe: Recipe, *, fingerprint: str, t_end_ms: float, dt_ms: float
) -> int | None:
    """Return the id of the simulation of this recipe by this model and program, if it is there."""
    known = recipe_id(connection, recipe)
    query = (
        select(forward_simulations.c.id)
        .join(model_versions, model_versions.c.id == forward_simulations.c.model_version_id)
        .where(
            forward_simulations.c.team_id == func.mgg_team_id(),
            forward_simulations.c.recipe_id == known,
            model_versions.c.fingerprint == fingerprint,
            forward_simulations.c.t_end_ms == t_end_ms,
            forward_simulations.c.dt_ms == dt_ms,
            forward_simulations.c.code_version == __version__,
        )
    )
    return connection.execute(query).scalar_one_or_none() if known is not None else None


def store_simulation(
    connection: Connection,
    *,
    recipe_id: int,
    model_version_id: int,
    work_order_id: int | None,
    curve: PTCurve,
    features: Features,
    warnings: tuple[str, ...],
    t_end_ms: float,
    dt_ms: float,
    recorded_at: datetime | None = None,
    code_version: str = __version__,
) -> int:
    """Store a simulation with all its samples and its signature, and return its id.

    `recorded_at` and `code_version` are for history that is brought in; unset they mean now, and
    this program.

    Raises:
        ConflictError: the same simulation was stored by somebody else meanwhile.
    """
    row = connection.execute(
        forward_simulations.insert()
        .values(
            recipe_id=recipe_id,
            model_version_id=model_version_id,
            work_order_id=work_order_id,
            t_end_ms=t_end_ms,
            dt_ms=dt_ms,
            sample_count=len(curve),
            peak_pressure_mpa=features.peak_pressure_mpa,
            peak_time_ms=features.peak_time_ms,
            ignition_time_ms=features.ignition_time_ms,
            warnings=list(warnings),
            code_version=code_version,
            recorded_at=recorded_at or func.now(),
            created_at=recorded_at or func.now(),
        )
        .returning(forward_simulations.c.id, forward_simulations.c.recorded_at)
    ).one()
    write_simulation_curve(connection, row.id, curve, row.recorded_at)
    write_signature(connection, "simulation", row.id, curve)
    return int(row.id)


def get_simulation(connection: Connection, simulation_id: int) -> SimulationSummary:
    """Return a simulation.

    Raises:
        NotFoundError: there is none of that id, or this user may not see it.
    """
    query = _query().where(forward_simulations.c.id == simulation_id)
    row = connection.execute(query).one_or_none()
    if row is None:
        raise NotFoundError(f"There is no simulation {simulation_id}, or you may not see it.")
    return _summary(row)


def list_simulations(
    connection: Connection, *, search: str | None = None, limit: int = 200, offset: int = 0
) -> list[SimulationSummary]:
    """Return the newest simulations, newest first.

    Args:
        connection: a transaction of the user who looks.
        search: only those whose recipe's codes, model or maker contain this text.
        limit: at most so many.
        offset: leave out so many.
    """
    newest = forward_simulations.c.created_at.desc(), forward_simulations.c.id.desc()
    query = _matching(search).order_by(*newest).limit(limit).offset(offset)
    return [_summary(row) for row in connection.execute(query)]


def count_simulations(connection: Connection, *, search: str | None = None) -> int:
    """Return how many simulations :func:`list_simulations` would list without a limit."""
    ids = _matching(search).with_only_columns(forward_simulations.c.id)
    total: int = connection.execute(select(func.count()).select_from(ids.subquery())).scalar_one()
    return total


def _matching(search: str | None) -> "Select[tuple[object, ...]]":
    query = _query().where(forward_simulations.c.deleted_at.is_(None))
    if search:
        codes = ("igniter_type", "nc_type_1", "nc_type_2", "gp_type", "vessel", "test_device")
        texts = [recipes.c[name] for name in codes] + [model_versions.c.name, users.c.username]
        query = query.where(or_(*(contains(column, search) for column in texts)))
    return query


def _query() -> "Select[tuple[object, ...]]":
    return select(
        forward_simulations.c.id,
        model_versions.c.name,
        model_versions.c.fingerprint,
        forward_simulations.c.sample_count,
        forward_simulations.c.peak_pressure_mpa,
        forward_simulations.c.peak_time_ms,
        forward_simulations.c.ignition_time_ms,
        forward_simulations.c.warnings,
        forward_simulations.c.code_version,
        forward_simulations.c.created_at,
        users.c.username,
        *RECIPE_COLUMNS,
    ).select_from(
        forward_simulations.join(recipes, recipes.c.id == forward_simulations.c.recipe_id)
        .join(model_versions, model_versions.c.id == forward_simulations.c.model_version_id)
        .join(users, users.c.id == forward_simulations.c.created_by)
    )


def _summary(row: "Row[tuple[object, ...]]") -> SimulationSummary:
    values = row._mapping
    recipe = recipe_from_row(values)
    assert recipe is not None, "a simulation's recipe_id is NOT NULL"
    return SimulationSummary(
        id=values["id"],
        recipe=recipe,
        model_name=values["name"],
        model_fingerprint=values["fingerprint"],
        sample_count=values["sample_count"],
        peak_pressure_mpa=values["peak_pressure_mpa"],
        peak_time_ms=values["peak_time_ms"],
        ignition_time_ms=values["ignition_time_ms"],
        warnings=tuple(values["warnings"]),
        code_version=values["code_version"],
        created_at=values["created_at"],
        created_by=values["username"],
    )
