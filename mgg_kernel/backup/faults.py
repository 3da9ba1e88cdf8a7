"""Named moments of a backup, at which a test may end the program.

Nothing that a person can say reaches :data:`hook`: no setting, no environment variable, no option.
"""

from collections.abc import Callable

__all__ = ["POINTS", "reach"]

POINTS = (
    "locked",
    "cleaned",
    "snapshot",
    "dumping",
    "dumped",
    "copied",
    "bundled",
    "manifest",
    "published",
)
"""The moments, in the order of a backup."""

hook: Callable[[str], None] | None = None
"""Called with each moment; set by the crash tests from inside their own program."""


def reach(point: str) -> None:
    """Say that a moment is reached."""
    if hook is not None:
        hook(point)
