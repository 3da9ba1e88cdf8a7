"""How far a backup, a check or a restore is, for whoever waits."""

from collections.abc import Callable
from dataclasses import dataclass

__all__ = ["BackupProgress", "Listener", "silent"]


@dataclass(frozen=True)
class BackupProgress:
    """How far it is.

    Attributes:
        stage: ``database``, ``files``, ``check``, ``restore`` or ``compare``.
        done: of that stage, so far.
        total: of that stage, altogether; 0 while that is not known.
        unit: what is counted, such as ``files``, ``tables`` or ``MB``.
    """

    stage: str
    done: int
    total: int
    unit: str


Listener = Callable[[BackupProgress], None]


def silent(progress: BackupProgress) -> None:
    """Tell nobody."""
    del progress
