"""Tables in files: whole or not at all, with little memory."""

import csv
import os
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import IO, TYPE_CHECKING

from mgg_kernel.errors import SimulationError

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["write_batches", "write_table"]

GROUP_BYTES = 4 * 1024 * 1024
"""Rows are gathered to row groups of about this size."""

WARNING_SEPARATOR = " | "


def write_table(table: "pa.Table", path: Path | str) -> int:
    """Write the table of a sweep to a ``.parquet`` or ``.csv`` file, and return its rows.

    Raises:
        SimulationError: the name ends otherwise, or the file cannot be written.
    """
    return write_batches(table.to_batches(), table.schema, Path(path))


def write_batches(batches: Iterable["pa.RecordBatch"], schema: "pa.Schema", path: Path) -> int:
    """Write batches as they come, and return the number of rows.

    Args:
        batches: all of the one schema.
        schema: the columns.
        path: see :func:`write_table`.

    Raises:
        SimulationError: the name ends otherwise, or the file cannot be written.
    """
    write = _writer(path, schema)
    try:
        with _whole(path) as file:
            return write(batches, schema, file)
    except OSError as error:
        raise SimulationError(f"{path} cannot be written: {error.strerror or error}.") from None


Write = Callable[[Iterable["pa.RecordBatch"], "pa.Schema", IO[bytes]], int]


def _writer(path: Path, schema: "pa.Schema") -> Write:
    suffix = path.suffix.lower()
    if suffix == ".parquet":
        return _write_parquet
    if suffix != ".csv":
        raise SimulationError(f"{path.name} is no name for a table; end it with .parquet or .csv.")
    if "curve_mpa" in schema.names:
        raise SimulationError("A CSV file holds no curves; write a .parquet file.")
    return _write_csv


def _write_parquet(
    batches: Iterable["pa.RecordBatch"], schema: "pa.Schema", file: IO[bytes]
) -> int:
    import pyarrow as pa
    import pyarrow.parquet as pq

    count, kept, size = 0, [], 0
    with pq.ParquetWriter(file, schema, compression="zstd") as writer:
        for batch in batches:
            kept.append(batch)
            size += batch.nbytes
            count += batch.num_rows
            if size >= GROUP_BYTES:
                writer.write_table(pa.Table.from_batches(kept, schema))
                kept, size = [], 0
        if kept:
            writer.write_table(pa.Table.from_batches(kept, schema))
    return count


def _write_csv(batches: Iterable["pa.RecordBatch"], schema: "pa.Schema", file: IO[bytes]) -> int:
    from io import TextIOWrapper

    count = 0
    text = TextIOWrapper(file, encoding="utf-8", newline="")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(schema.names)
    for batch in batches:
        columns = [column.to_pylist() for column in batch.columns]
        writer.writerows([_cell(value) for value in row] for row in zip(*columns, strict=True))
        count += batch.num_rows
    text.flush()
    text.detach()
    return count


def _cell(value: object) -> object:
    return WARNING_SEPARATOR.join(value) if isinstance(value, list) else value


@contextmanager
def _whole(path: Path) -> Iterator[IO[bytes]]:
    """Open a file that takes the place of `path` when all of it is on the disk, else vanishes."""
    # delete=False, because it is renamed; the name of one that a crash left tells what it was.
    with NamedTemporaryFile(
        dir=path.parent, prefix=f".{path.name}.", suffix=".part", delete=False
    ) as file:
        part = Path(file.name)
        try:
            yield file.file
            file.flush()
            os.fsync(file.fileno())
            # As the person's other files, not as a secret one.
            mask = os.umask(0)
            os.umask(mask)
            part.chmod(0o666 & ~mask)
            part.replace(path)
        except BaseException:
            part.unlink(missing_ok=True)
            raise
