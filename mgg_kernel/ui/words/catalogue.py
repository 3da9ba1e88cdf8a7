"""How words are looked up."""

from typing import Literal, get_args

from mgg_kernel.told import in_language
from mgg_kernel.ui.words.archive import ARCHIVE
from mgg_kernel.ui.words.calibration import CALIBRATION
from mgg_kernel.ui.words.compare import COMPARE
from mgg_kernel.ui.words.home import HOME
from mgg_kernel.ui.words.ingest import INGEST
from mgg_kernel.ui.words.log import LOG
from mgg_kernel.ui.words.lots import LOTS
from mgg_kernel.ui.words.orders import ORDERS
from mgg_kernel.ui.words.quality import QUALITY
from mgg_kernel.ui.words.reports import REPORTS
from mgg_kernel.ui.words.reverse import REVERSE
from mgg_kernel.ui.words.shared import SHARED
from mgg_kernel.ui.words.simulate import SIMULATE
from mgg_kernel.ui.words.users import USERS

__all__ = ["CATALOGUE", "LANGUAGES", "Language", "Words"]

Language = Literal["en", "zh"]
LANGUAGES: tuple[Language, ...] = get_args(Language)

CATALOGUE: dict[str, tuple[str, str]] = {
    **SHARED,
    **HOME,
    **LOG,
    **ARCHIVE,
    **INGEST,
    **COMPARE,
    **CALIBRATION,
    **LOTS,
    **ORDERS,
    **QUALITY,
    **REPORTS,
    **REVERSE,
    **SIMULATE,
    **USERS,
}
"""Texts by key, in the order of `LANGUAGES`; ``{name}`` stands for a value."""


class Words:
    """The texts of one language.

    Args:
        language: the language.
    """

    def __init__(self, language: Language) -> None:
        self.language = language
        self._column = LANGUAGES.index(language)

    def __call__(self, key: str, **values: object) -> str:
        """Return a text with its values put in.

        Args:
            key: a key of `CATALOGUE`.
            values: what its names in braces stand for.
        """
        return CATALOGUE[key][self._column].format(**values)

    def told(self, sentence: str) -> str:
        """Return what the kernel said in English in this language, or unchanged if not known."""
        return in_language(sentence, self.language)
