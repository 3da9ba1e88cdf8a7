"""A document's data as Parquet, with units at the columns and everything else in the metadata."""

import json
from typing import IO, Any

from mgg_kernel.exports.document import Document

__all__ = ["METADATA_KEY", "write_parquet"]

METADATA_KEY = "mgg"
_UNITS = {"_mpa_per_ms": "MPa/ms", "_mpa_ms": "MPa·ms", "_mpa": "MPa", "_ms": "ms", "_percent": "%"}


def write_parquet(document: Document, file: IO[bytes]) -> None:
    """Write the data; the metadata of the schema hold one JSON table under ``mgg``.

    Args:
        document: what to write.
        file: open for writing bytes.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    columns = list(zip(*document.data.rows, strict=True)) or [()] * len(document.data.header)
    arrays = [pa.array(list(column), from_pandas=True) for column in columns]
    fields = [
        pa.field(name, array.type, metadata=_about(name))
        for name, array in zip(document.data.header, arrays, strict=True)
    ]
    told = {"kind": document.kind, "title": document.title, **document.metadata}
    metadata = {METADATA_KEY: json.dumps(told, ensure_ascii=True)}
    pq.write_table(pa.table(arrays, schema=pa.schema(fields, metadata=metadata)), file)


def _about(name: str) -> dict[str, Any] | None:
    unit = next((unit for end, unit in _UNITS.items() if name.endswith(end)), None)
    return None if unit is None else {"unit": unit}
