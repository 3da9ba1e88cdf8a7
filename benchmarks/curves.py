"""How long curves take into PostgreSQL and out again."""

import io
import itertools
import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import text

from benchmarks.measure import Result, compare_speed
from mgg_kernel.curve import PTCurve
from mgg_kernel.hot.database import Caller
from mgg_kernel.hot.samples import pack_rows, read_test_curve
from mgg_kernel.hot.test_results import NewTest, store_test
from mgg_kernel.ingest import example_curve, write_lab_workbook
from mgg_kernel.settings import Settings
from mgg_kernel.workspace import Foundation, Workspace

__all__ = ["measure"]

PAIRS = 21
ADMIN = Caller("admin")
PLAIN = (
    "CREATE TABLE plain (test_result_id bigint, sequence_number integer, time_ms float8,"
    " pressure_mpa float8, recorded_at timestamptz, PRIMARY KEY (test_result_id, sequence_number,"
    " recorded_at))"
)


def measure() -> Iterator[Result]:
    """Measure on an embedded server of its own."""
    with tempfile.TemporaryDirectory(prefix="mgg-bench-") as folder:
        Path(folder).chmod(0o711)
        foundation = Foundation(Settings(data_dir=Path(folder)), application="bench")
        try:
            yield from _measure(foundation)
        finally:
            foundation.close()


def _measure(foundation: Foundation) -> Iterator[Result]:
    curve = example_curve(seed=1)
    numbers = itertools.count()

    def store() -> int:
        test = NewTest(
            name="bench",
            product=None,
            curve=curve,
            time_unit="ms",
            pressure_unit="MPa",
            remarks=(),
            file_name="bench.xlsx",
            sha256=f"{next(numbers):064x}",
            size_bytes=1,
            sheet="Sheet1",
            curve_number=1,
        )
        with foundation.database.begin(ADMIN) as (connection, _):
            return store_test(connection, test)

    recorded_at = datetime(2026, 1, 1, tzinfo=UTC)
    packed = iter([pack_rows(number, curve, recorded_at) for number in range(PAIRS + 1)])

    def copy_plain() -> None:
        with foundation.database.begin(ADMIN) as (connection, _):
            driver = connection.connection.driver_connection
            with driver.cursor() as cursor:  # type: ignore[union-attr]
                cursor.copy_expert(
                    "COPY plain FROM STDIN (FORMAT binary)", io.BytesIO(next(packed))
                )

    _make_plain_table(foundation)
    yield compare_speed(
        "store a test of 4,000 samples, checks and all, in one transaction",
        store,
        "COPY binary of the same rows into a bare table with the key",
        copy_plain,
        target=1.25,
        pairs=PAIRS,
    )

    test_id = store()

    def read() -> PTCurve:
        with foundation.database.begin(ADMIN) as (connection, _):
            return read_test_curve(connection, test_id)

    def read_rows() -> None:
        query = text(
            "SELECT time_ms, pressure_mpa FROM test_curve_samples WHERE test_result_id = :id"
            " ORDER BY sequence_number"
        )
        with foundation.database.begin(ADMIN) as (connection, _):
            rows = connection.execute(query, {"id": test_id}).all()
            PTCurve(*zip(*rows, strict=True))

    assert read() == curve
    yield compare_speed(
        "read a hot curve of 4,000 samples",
        read,
        "the same rows by SELECT",
        read_rows,
        target=0.5,
        pairs=PAIRS,
    )
    yield _whole_way(foundation, numbers)


def _whole_way(foundation: Foundation, numbers: Iterator[int]) -> Result:
    import openpyxl

    desk = Workspace(foundation, ADMIN).tests
    workbooks = [write_lab_workbook(example_curve(seed=100 + n), str(n)) for n in range(12)]
    left = iter(workbooks)

    def by_openpyxl() -> None:
        sheet = openpyxl.load_workbook(io.BytesIO(workbooks[0]), read_only=True).active
        assert sheet is not None
        assert sum(1 for _ in sheet.iter_rows(values_only=True)) > 4000

    return compare_speed(
        "ingest a lab workbook: read, checked, stored, logged",
        lambda: desk.ingest(next(left), f"bench{next(numbers)}.xlsx"),
        "openpyxl, read-only, reading alone",
        by_openpyxl,
        target=1.0,
        pairs=11,
    )


def _make_plain_table(foundation: Foundation) -> None:
    from mgg_kernel.hot.database import owner_engine

    assert foundation.server is not None
    with owner_engine(foundation.server.owner_url("mgg_simulation")).begin() as connection:
        connection.execute(text(PLAIN))
        connection.execute(text("GRANT ALL ON plain TO mgg_admin"))
