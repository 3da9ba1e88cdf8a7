"""The one place where a page's errors are caught: each becomes a sentence that the viewer reads."""

import logging
import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from traitlets import HasTraits, Instance

from mgg_kernel.errors import (
    AccessError,
    ComparisonError,
    DatabaseDownError,
    IngestError,
    MggError,
    RecipeError,
    SimulationError,
)
from mgg_kernel.ui.words import Words

__all__ = ["Guard", "Trouble", "log_incidents_to"]

logger = logging.getLogger("mgg_kernel.ui")

# The most particular class first.
_HEADINGS: tuple[tuple[type[MggError], str], ...] = (
    (DatabaseDownError, "trouble.database"),
    (AccessError, "trouble.access"),
    (IngestError, "trouble.file"),
    (RecipeError, "trouble.recipe"),
    (SimulationError, "trouble.simulation"),
    (ComparisonError, "trouble.comparison"),
    (MggError, "trouble.other"),
)


@dataclass(frozen=True)
class Trouble:
    """What went wrong: a heading in the viewer's language, and one sentence.

    `incident` is the number under which the log tells more; None for an error that the workspace
    raised on purpose.
    """

    heading: str
    sentence: str
    incident: str | None = None


class Guard(HasTraits):
    """Runs what a viewer asked for, and keeps the trouble that came of it for showing.

    Args:
        t: the viewer's words.
    """

    trouble = Instance(Trouble, allow_none=True)

    def __init__(self, t: Words) -> None:
        super().__init__()
        self._t = t

    def run(self, action: Callable[..., Any], *arguments: Any) -> bool:
        """Do something for the viewer, forgetting earlier trouble; False if it failed."""
        self.trouble = None
        with self.watching() as ended:
            action(*arguments)
        return not ended

    @contextmanager
    def watching(self) -> Iterator[list[Trouble]]:
        """Keep the trouble of a block for showing; it is also in the list that is yielded."""
        found: list[Trouble] = []
        try:
            yield found
        except MggError as error:
            heading = next(key for kind, key in _HEADINGS if isinstance(error, kind))
            sentence = self._t.told(str(error))
            found.append(Trouble(self._t(heading), sentence))
        except Exception as error:
            incident = secrets.token_hex(4)
            logger.exception("Incident %s: %s", incident, error)
            sentence = self._t("trouble.unexpected", incident=incident)
            found.append(Trouble(self._t("trouble.other"), sentence, incident))
        if found:
            self.trouble = found[0]


def log_incidents_to(folder: Path) -> None:
    """Write incidents to ``incidents.log`` in a folder, which is made where it is missing."""
    folder.mkdir(parents=True, exist_ok=True)
    target = folder / "incidents.log"
    known = [h for h in logger.handlers if isinstance(h, logging.FileHandler)]
    if any(Path(handler.baseFilename) == target for handler in known):
        return
    handler = logging.FileHandler(target, encoding="utf-8", delay=True)
    handler.setFormatter(logging.Formatter("%(asctime)s %(process)d %(levelname)s %(message)s"))
    logger.addHandler(handler)
