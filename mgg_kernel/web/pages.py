"""The dashboards that exist, in the order of the rail."""

from dataclasses import dataclass

from mgg_kernel.web.words import LANGUAGES, Language

__all__ = ["PAGES", "Page"]


@dataclass(frozen=True)
class Page:
    """A dashboard.

    Attributes:
        name: its path, ``/<name>``, and its notebook, ``<name>.ipynb``.
        titles: its title in each language.
        icon: the path of its icon, drawn with a line in a square of 24 units.
    """

    name: str
    titles: tuple[str, str]
    icon: str

    @property
    def notebook(self) -> str:
        """Name of the page's notebook."""
        return f"{self.name}.ipynb"

    def title(self, language: Language) -> str:
        """Return the title in one language."""
        return self.titles[LANGUAGES.index(language)]


PAGES = (
    Page(
        "ingest",
        ("Ingest", "数据导入"),
        "M12 15V4m0 0L8 8m4-4 4 4M4 15v4a1 1 0 0 0 1 1h14a1 1 0 0 0 1-1v-4",
    ),
    Page(
        "compare",
        ("Compare", "PT曲线对比"),
        "M4 4v16h16M7 16c3 0 3-9 6-9s3 6 7 6M7 13c4 0 3-3 6-3s4 6 7 7",
    ),
)
