"""The tables of ``sql/schema.sql`` as far as the stores' SQLAlchemy expressions name them.

Only names and types stand here; keys, checks and rights live in the SQL.  A test holds these
columns against a real database.
"""

from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    Date,
    DateTime,
    Float,
    Integer,
    LargeBinary,
    Numeric,
    Text,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.schema import Column, MetaData, Table
from sqlalchemy.types import TypeEngine

__all__ = [
    "audit_seals",
    "catalogue_history",
    "catalogue_tables",
    "corridors",
    "curve_signatures",
    "device_calibrations",
    "forward_simulations",
    "import_profiles",
    "metadata",
    "migrated_rows",
    "model_versions",
    "operation_logs",
    "pt_comparisons",
    "quarantined_files",
    "recipe_records",
    "recipes",
    "report_runs",
    "reverse_simulations",
    "teams",
    "test_result_files",
    "test_results",
    "user_sessions",
    "users",
    "vessels",
    "work_orders",
]

metadata = MetaData()

_int, _big, _text, _bool, _float = Integer(), BigInteger(), Text(), Boolean(), Float()
_time, _milli, _json, _bytes = DateTime(timezone=True), Numeric(9, 3), JSONB(), LargeBinary()
_day = Date()


def _table(table: str, /, **columns: TypeEngine[Any]) -> Table:
    return Table(table, metadata, *(Column(column, kind) for column, kind in columns.items()))


teams = _table("teams", id=_int, name=_text)

users = _table(
    "users",
    id=_int,
    username=_text,
    display_name=_text,
    email=_text,
    phone=_text,
    role=_text,
    team_id=_int,
    password_hash=_text,
    is_active=_bool,
    database_login=_text,
    created_at=_time,
)

user_sessions = _table(
    "user_sessions",
    token_sha256=_bytes,
    user_id=_int,
    address=_text,
    created_at=_time,
    expires_at=_time,
    ended_at=_time,
)

_entry: dict[str, TypeEngine[Any]] = {
    "code": _text,
    "description": _text,
    "is_active": _bool,
    "version": _int,
}

vessels = _table("vessels", **_entry, volume_ml=_float)

test_devices = _table(
    "test_devices", **_entry, maker=_text, serial_number=_text, sensor_range_mpa=_float
)

catalogue_tables = {
    name: _table(name, **_entry) for name in ("igniter_types", "nc_types", "gp_types")
} | {"vessels": vessels, "test_devices": test_devices}

device_calibrations = _table(
    "device_calibrations",
    id=_big,
    device=_text,
    calibrated_on=_day,
    valid_until=_day,
    certificate=_text,
    note=_text,
    created_by=_int,
    created_at=_time,
    withdrawn_at=_time,
    withdrawn_by=_int,
    withdrawn_because=_text,
)

catalogue_history = _table(
    "catalogue_history",
    id=_big,
    recorded_at=_time,
    actor=_text,
    session_actor=_text,
    kind=_text,
    code=_text,
    action=_text,
    before=_json,
    after=_json,
)

recipes = _table(
    "recipes",
    id=_int,
    team_id=_int,
    igniter_type=_text,
    nc_type_1=_text,
    nc_mass_1_mg=_milli,
    nc_type_2=_text,
    nc_mass_2_mg=_milli,
    gp_type=_text,
    gp_mass_mg=_milli,
    shell_height_mm=_milli,
    firing_current_a=_milli,
    sensor_range_mpa=_milli,
    vessel=_text,
    test_device=_text,
)

recipe_records = _table(
    "recipe_records",
    id=_big,
    team_id=_int,
    product=_text,
    sheet=_text,
    recipe_id=_int,
    ignition_time_ms=_float,
    peak_time_ms=_float,
    peak_pressure_mpa=_float,
    file_name=_text,
    sha256=_text,
    created_by=_int,
    created_at=_time,
    superseded_at=_time,
)

work_orders = _table(
    "work_orders",
    id=_int,
    team_id=_int,
    work_order_number=_text,
    recipe_id=_int,
    title=_text,
    status=_text,
    priority=_text,
    created_by=_int,
    created_at=_time,
    closed_at=_time,
    reverse_simulation_id=_big,
)

model_versions = _table(
    "model_versions",
    id=_int,
    name=_text,
    state=_text,
    parameters=_json,
    fingerprint=_text,
    data_fingerprint=_text,
    code_version=_text,
    validation=_json,
    created_by=_int,
    created_at=_time,
    note=_text,
    activated_at=_time,
    retired_at=_time,
)

forward_simulations = _table(
    "forward_simulations",
    id=_big,
    team_id=_int,
    recipe_id=_int,
    model_version_id=_int,
    work_order_id=_int,
    t_end_ms=_float,
    dt_ms=_float,
    sample_count=_int,
    peak_pressure_mpa=_float,
    peak_time_ms=_float,
    ignition_time_ms=_float,
    warnings=_json,
    code_version=_text,
    created_by=_int,
    created_at=_time,
    recorded_at=_time,
    deleted_at=_time,
    deleted_by=_int,
)

reverse_simulations = _table(
    "reverse_simulations",
    id=_big,
    team_id=_int,
    model_version_id=_int,
    work_order_id=_int,
    target=_json,
    constraints=_json,
    candidates=_json,
    code_version=_text,
    created_by=_int,
    created_at=_time,
    deleted_at=_time,
    deleted_by=_int,
    title=_text,
    tested=_json,
    outcome=_json,
)

test_results = _table(
    "test_results",
    id=_big,
    team_id=_int,
    recipe_id=_int,
    work_order_id=_int,
    name=_text,
    product=_text,
    sample_count=_int,
    time_unit=_text,
    pressure_unit=_text,
    baseline_mpa=_float,
    peak_pressure_mpa=_float,
    peak_time_ms=_float,
    ignition_time_ms=_float,
    warnings=_json,
    created_by=_int,
    created_at=_time,
    recorded_at=_time,
    deleted_at=_time,
    deleted_by=_int,
    conditioning_temperature_c=_float,
    quality=_json,
    recipe_source=_text,
    tested_on=_day,
)

import_profiles = _table(
    "import_profiles",
    id=_big,
    team_id=_int,
    name=_text,
    layout=_json,
    choice=_json,
    created_by=_int,
    created_at=_time,
    deleted_at=_time,
    deleted_by=_int,
)

quarantined_files = _table(
    "quarantined_files",
    id=_big,
    team_id=_int,
    sha256=_text,
    size_bytes=_big,
    file_name=_text,
    reason=_text,
    created_by=_int,
    created_at=_time,
    settled_at=_time,
    settled_by=_int,
    outcome=_text,
)

test_result_files = _table(
    "test_result_files",
    test_result_id=_big,
    team_id=_int,
    sha256=_text,
    size_bytes=_big,
    file_name=_text,
    sheet=_text,
    curve_number=_int,
)

curve_signatures = _table(
    "curve_signatures",
    test_result_id=_big,
    simulation_id=_big,
    team_id=_int,
    version=_int,
    cells_mpa=_bytes,
)

pt_comparisons = _table(
    "pt_comparisons",
    id=_big,
    simulation_id=_big,
    test_result_id=_big,
    peak_pressure_diff_mpa=_float,
    peak_pressure_diff_percent=_float,
    peak_time_diff_ms=_float,
    ignition_time_diff_ms=_float,
    impulse_diff_mpa_ms=_float,
    rmse_mpa=_float,
    mae_mpa=_float,
    correlation=_float,
    r_squared=_float,
    settings=_json,
    note=_text,
    created_by=_int,
    created_at=_time,
)

corridors = _table(
    "corridors",
    id=_big,
    team_id=_int,
    name=_text,
    version=_int,
    limits=_json,
    note=_text,
    provenance=_json,
    code_version=_text,
    created_by=_int,
    created_at=_time,
    deleted_at=_time,
    deleted_by=_int,
)

migrated_rows = _table(
    "migrated_rows",
    source=_text,
    source_table=_text,
    source_key=_text,
    row_sha256=_text,
    outcome=_text,
    target_table=_text,
    target_key=_text,
    curve_sha256=_text,
    remark=_text,
    created_by=_int,
    created_at=_time,
)

report_runs = _table(
    "report_runs",
    id=_big,
    name=_text,
    parameters=_json,
    idempotency_key=_text,
    state=_text,
    manifest=_json,
    error=_text,
    created_by=_int,
    created_at=_time,
    finished_at=_time,
    team_id=_int,
    period=_text,
    repetition=_int,
    attempts=_int,
    answer=_text,
    error_name=_text,
    numbers_digest=_text,
    manifest_sha256=_text,
    folder=_text,
)

operation_logs = _table(
    "operation_logs",
    id=_big,
    recorded_at=_time,
    actor=_text,
    user_id=_int,
    session_actor=_text,
    log_type=_text,
    action=_text,
    object_type=_text,
    object_id=_text,
    outcome=_text,
    address=_text,
    application=_text,
    details=_json,
    digest=_text,
    chain_number=_big,
    previous_hash=_text,
    hash=_text,
)

audit_seals = _table(
    "audit_seals",
    last_number=_big,
    head=_text,
    sealed_at=_time,
    note=_json,
)
