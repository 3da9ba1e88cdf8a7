"""The dashboards that exist, in the order of the rail."""

import os
from dataclasses import dataclass
from pathlib import Path

from mgg_kernel._paths import dashboards_dir
from mgg_kernel.web.words import LANGUAGES, Language
from mgg_kernel.workspace.rights import RIGHTS, Right

__all__ = ["PAGES", "Page", "pages_folder", "present_pages"]


@dataclass(frozen=True)
class Page:
    """A dashboard.

    Attributes:
        name: its path, ``/<name>``, and its notebook, ``<name>.ipynb``.
        titles: its title in each language.
        icon: the path of its icon, drawn with a line in a square of 24 units.
        right: what an account must be allowed to see it.
    """

    name: str
    titles: tuple[str, str]
    icon: str
    right: Right = "look"

    @property
    def notebook(self) -> str:
        """Name of the page's notebook."""
        return f"{self.name}.ipynb"

    def title(self, language: Language) -> str:
        """Return the title in one language."""
        return self.titles[LANGUAGES.index(language)]

    def is_for(self, role: str) -> bool:
        """Tell whether an account of this role may see it."""
        return role in RIGHTS[self.right]


def pages_folder() -> Path:
    """Return the folder of the notebooks: ours, or the one of ``MGG_DASHBOARDS_DIR``."""
    return Path(os.environ.get("MGG_DASHBOARDS_DIR") or dashboards_dir())


def present_pages(folder: Path) -> list[Page]:
    """Return the pages whose notebook is in a folder, in the order of the rail."""
    return [page for page in PAGES if (folder / page.notebook).is_file()]


PAGES = (
    Page("home", ("Home", "首页"), "M4 11l8-7 8 7v8a1 1 0 0 1-1 1h-4v-6H9v6H5a1 1 0 0 1-1-1z"),
    Page(
        "ingest",
        ("Ingest", "数据导入"),
        "M12 15V4m0 0L8 8m4-4 4 4M4 15v4a1 1 0 0 0 1 1h14a1 1 0 0 0 1-1v-4",
    ),
    Page("simulate", ("Simulate", "正向仿真"), "M4 20V4m0 16h16M7 16c4 0 3-10 7-10 3 0 3 4 6 4"),
    Page("reverse", ("Reverse", "逆向仿真"), "M20 12a8 8 0 1 1-3-6.2M20 3v4h-4M12 8v4l3 2"),
    Page(
        "compare",
        ("Compare", "PT曲线对比"),
        "M4 4v16h16M7 16c3 0 3-9 6-9s3 6 7 6M7 13c4 0 3-3 6-3s4 6 7 7",
    ),
    Page(
        "orders",
        ("Work orders", "工单"),
        "M6 3h9l4 4v13a1 1 0 0 1-1 1H6a1 1 0 0 1-1-1V4a1 1 0 0 1 1-1zM9 12h6M9 16h6M9 8h3",
    ),
    Page(
        "archive",
        ("Archive", "归档与监控"),
        "M4 4h16v5H4zM5 9v10a1 1 0 0 0 1 1h12a1 1 0 0 0 1-1V9M10 13h4",
    ),
    Page("reports", ("Reports", "报告"), "M5 3h14v18H5zM8 17v-4M12 17V9M16 17v-6"),
    Page(
        "log",
        ("Operation log", "操作日志"),
        "M8 6h12M8 12h12M8 18h12M4 6h.01M4 12h.01M4 18h.01",
    ),
    Page(
        "users",
        ("Users", "用户"),
        "M9 11a3.5 3.5 0 1 0 0-7 3.5 3.5 0 0 0 0 7zM3 20c0-4 3-6 6-6s6 2 6 6"
        "M16 4.5a3.5 3.5 0 0 1 0 6.5M18 14.5c2 .8 3 2.7 3 5.5",
        "manage accounts",
    ),
)
