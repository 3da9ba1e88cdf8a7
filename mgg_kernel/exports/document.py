"""What is exported, whatever the format: an answer, tables, a picture, and where it comes from."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from mgg_kernel._version import __version__
from mgg_kernel.exports.scene import Scene

__all__ = ["Document", "Origin", "Provenance", "Table", "Value", "flat"]

Value = str | int | float | bool | None


@dataclass(frozen=True)
class Table:
    """A table with a name for each column; units are in the names.

    Attributes:
        key: its name in a file, such as ``metrics``.
        title: its name for people.
        header: a name for each column.
        rows: the values, row by row.
    """

    key: str
    title: str
    header: tuple[str, ...]
    rows: tuple[tuple[Value, ...], ...]

    def pages(self, most: int = 7) -> "list[Table]":
        """Return it as tables that are not too wide for paper; each begins with the first column.

        Args:
            most: columns of each beside the first one.
        """
        if len(self.header) <= most + 1:
            return [self]
        parts = range(1, len(self.header), most)
        return [
            replace(
                self,
                header=(self.header[0], *self.header[at : at + most]),
                rows=tuple((row[0], *row[at : at + most]) for row in self.rows),
            )
            for at in parts
        ]


@dataclass(frozen=True)
class Document:
    """Something that can be written in any format.

    Attributes:
        kind: such as ``comparison``.
        title: a line for people.
        answer: what it comes to, in a sentence.
        data: the one table that CSV and Parquet hold.
        tables: the others; a workbook has a sheet for each.
        metadata: what CSV and Parquet carry beside the data, each one plain value.
        scene: a picture, or None.
        language: of its words; None: captions in English and Chinese.
    """

    kind: str
    title: str
    answer: str
    data: Table
    tables: tuple[Table, ...]
    metadata: Mapping[str, Value]
    scene: Scene | None = None
    language: str | None = None


@dataclass(frozen=True)
class Origin:
    """Where a curve comes from.

    Attributes:
        name: what it is called; for a file its name.
        id: its number in the workspace; None for a file.
        sha256: of the file it was read from; None where there is none.
        recipe: in words, where known.
        model: name of the simulation model and its fingerprint, where it was simulated.
    """

    name: str
    id: int | None = None
    sha256: str | None = None
    recipe: str | None = None
    model: str | None = None


@dataclass(frozen=True)
class Provenance:
    """Who exported what, when, and by which version of this program.

    Attributes:
        simulation: where the judged curve comes from.
        test: where the reference comes from.
        author: who exports.
        exported_at: when; with a time zone.
        comparison_id: number of the stored comparison; None where it is not stored.
        note: the remark stored with it.
        code_version: version of the program that writes the file.
    """

    simulation: Origin
    test: Origin
    author: str
    exported_at: datetime
    comparison_id: int | None = None
    note: str = ""
    code_version: str = __version__

    def plain(self) -> dict[str, Value]:
        """Return it as flat plain values."""
        found: dict[str, Value] = {"comparison_id": self.comparison_id, "note": self.note}
        for which, origin in (("simulation", self.simulation), ("test", self.test)):
            found |= {f"{which}_{name}": value for name, value in vars(origin).items()}
        at = self.exported_at.astimezone(UTC).isoformat(timespec="seconds")
        return found | {
            "exported_by": self.author,
            "exported_at_utc": at,
            "export_code_version": self.code_version,
        }


def flat(values: Mapping[str, Any], prefix: str = "") -> dict[str, Value]:
    """Return nested plain values as one flat table; a list becomes entries with numbers."""
    found: dict[str, Value] = {}
    for name, value in values.items():
        key = f"{prefix}{name}"
        if isinstance(value, Mapping):
            found |= flat(value, f"{key}.")
        elif isinstance(value, list | tuple):
            found |= flat({str(at): one for at, one in enumerate(value)}, f"{key}.")
        else:
            found[key] = value
    return found
