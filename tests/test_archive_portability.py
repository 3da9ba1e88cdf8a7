"""The same cold files read by pandas, PyArrow, DuckDB and Spark: equal to the last bit."""

import json
import os
import shutil
import subprocess
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd
import pyarrow.parquet as pq
import pytest
from archive_help import ArchiveLab, day

pytestmark = pytest.mark.parametrize("archive_server", ["embedded"], indirect=True)

PROJECT = Path(__file__).parents[1]
SPARK_PYTHON = Path(
    os.environ.get("MGG_SPARK_PYTHON") or PROJECT / ".venv-spark" / "bin" / "python"
)
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
Rows = tuple[list[str], list[list[Any]]]
AWKWARD = '{"file": "曲线 \\"1\\".xlsx", "n": 0.1}'


def plain(value: Any) -> Any:
    """One form for what the readers give: times as microseconds, nothing as None."""
    if isinstance(value, datetime):  # a pandas Timestamp is one
        return (value.astimezone(UTC) - EPOCH) // timedelta(microseconds=1)
    if value is None or value is pd.NaT or (isinstance(value, float) and value != value):
        return None
    return value.item() if hasattr(value, "item") else value


def by_pandas(paths: list[str]) -> Rows:
    frame = pd.concat([pd.read_parquet(path) for path in paths])
    rows = frame.astype(object).itertuples(index=False)
    return list(frame.columns), [[plain(value) for value in row] for row in rows]


def by_pyarrow(paths: list[str]) -> Rows:
    table = pq.read_table(paths if len(paths) > 1 else paths[0])
    columns = [column.to_pylist() for column in table.columns]
    return table.column_names, [list(map(plain, row)) for row in zip(*columns, strict=True)]


def by_duckdb(paths: list[str]) -> Rows:
    with duckdb.connect(":memory:", config={"autoload_known_extensions": False}) as connection:
        connection.execute("SET TimeZone = 'UTC'")
        # Epochs, so that no conversion of time zones by the client stands between.
        kinds = connection.execute(
            "SELECT column_name, column_type FROM (DESCRIBE SELECT * FROM read_parquet(?))", [paths]
        ).fetchall()
        wanted = ", ".join(
            f"epoch_us({name}) AS {name}" if kind.startswith("TIMESTAMP") else name
            for name, kind in kinds
        )
        found = connection.execute(f"SELECT {wanted} FROM read_parquet(?)", [paths])
        return [name for name, _ in kinds], [list(map(plain, row)) for row in found.fetchall()]


def by_spark(paths: list[str]) -> Rows:
    if shutil.which("java") is None or not SPARK_PYTHON.is_file():
        pytest.skip(
            "no Spark here: 'make spark' installs it and runs this test; it needs Java, such as "
            "Debian's openjdk-17-jre-headless"
        )
    done = subprocess.run(
        [SPARK_PYTHON, Path(__file__).with_name("spark_reads.py"), *paths],
        capture_output=True,
        text=True,
        check=False,
        # The venv's own modules, and UTC for the times that Spark hands out without a zone.
        env={
            **{name: value for name, value in os.environ.items() if name != "PYTHONPATH"},
            "TZ": "UTC",
            "PYSPARK_PYTHON": str(SPARK_PYTHON),
        },
    )
    assert done.returncode == 0, done.stderr[-2000:]
    names, *rows = map(json.loads, done.stdout.splitlines())
    return names, rows


READERS = [
    by_pandas,
    by_pyarrow,
    by_duckdb,
    pytest.param(by_spark, marks=pytest.mark.spark),
]


@pytest.mark.parametrize("read", READERS)
def test_all_readers_find_the_same(lab: ArchiveLab, read: Callable[[list[str]], Rows]) -> None:
    numbers = [lab.add_test(day(2024, 2, 29)), lab.add_test(day(2024, 5, 1))]
    simulation = lab.add_simulation(day(2024, 2, 1))
    lab.add_log(day(2024, 3, 31, 1), "换班 'quoted'", AWKWARD)
    lab.open_as().archive.run()

    names, rows = read(_files(lab, "test_time_series"))
    assert names == ["test_result_id", "sequence_number", "time_ms", "pressure_mpa", "recorded_at"]
    assert len(rows) == 400
    for number, at in zip(numbers, (day(2024, 2, 29), day(2024, 5, 1)), strict=True):
        curve = lab.curves["test", number]
        mine = sorted(row for row in rows if row[0] == number)
        assert [row[1] for row in mine] == list(range(200))
        assert [row[2] for row in mine] == curve.time_ms.tolist()
        assert [row[3] for row in mine] == curve.pressure_mpa.tolist()
        assert {row[4] for row in mine} == {round(at.timestamp() * 1_000_000)}

    names, rows = read(_files(lab, "simulation_time_series"))
    assert sorted(rows)[-1][3] == lab.curves["simulation", simulation].pressure_mpa[-1]

    names, rows = read(_files(lab, "operation_logs"))
    (entry,) = [
        dict(zip(names, row, strict=True)) for row in rows if row[names.index("actor")] == "wang"
    ]
    assert entry["action"] == "换班 'quoted'"
    assert json.loads(entry["details"]) == json.loads(AWKWARD)
    assert entry["object_type"] is entry["object_id"] is entry["address"] is None
    assert entry["recorded_at"] == round(day(2024, 3, 31, 1).timestamp() * 1_000_000)


def test_a_file_says_what_it_holds_and_in_which_units(lab: ArchiveLab) -> None:
    lab.add_test(day(2024, 2, 1))
    (batch,) = lab.open_as().archive.run()
    (path,) = _files(lab, "test_time_series")
    schema = pq.read_schema(path)
    told = {key.decode(): value.decode() for key, value in (schema.metadata or {}).items()}
    assert told["mgg.table"] == "test_time_series"
    assert told["mgg.batch"] == str(batch.id)
    assert told["mgg.schema_version"] == "1"
    assert told["mgg.period_start"] == "2024-01-01T00:00:00+00:00"
    assert json.loads(told["mgg.units"]) == {"time_ms": "ms", "pressure_mpa": "MPa"}
    units = {
        field.name: (field.metadata or {}).get(b"unit") for field in schema if field.name != "x"
    }
    assert units["time_ms"] == b"ms"
    assert units["pressure_mpa"] == b"MPa"
    assert units["sequence_number"] is None


def _files(lab: ArchiveLab, table: str) -> list[str]:
    return sorted(str(path) for path in lab.place.files() if f"/{table}/" in str(path))
