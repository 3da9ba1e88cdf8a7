"""How far the archiver is, for whoever waits."""

from collections.abc import Callable
from dataclasses import dataclass

__all__ = ["ArchiveProgress", "Listener"]


@dataclass(frozen=True)
class ArchiveProgress:
    """How far a period is.

    Attributes:
        table: whose rows.
        period: name of the period.
        stage: ``counting``, ``exporting``, ``checking`` or ``archived``.
        rows: rows exported so far.
        rows_total: rows of the period; 0 while they are counted.
        elapsed_s: since the period was begun [s].
    """

    table: str
    period: str
    stage: str
    rows: int
    rows_total: int
    elapsed_s: float

    @property
    def rows_per_s(self) -> float:
        """Mean speed so far [1/s]."""
        return self.rows / self.elapsed_s if self.elapsed_s > 0 else 0.0

    @property
    def left_s(self) -> float | None:
        """Time left for the export at that speed [s]; None while there is none."""
        speed = self.rows_per_s
        return (self.rows_total - self.rows) / speed if speed > 0 else None


Listener = Callable[[ArchiveProgress], None]
