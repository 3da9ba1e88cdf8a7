"""The reports that there are: each a notebook in ``scheduled/``, and how it is run."""

import os
from dataclasses import dataclass
from pathlib import Path

from mgg_kernel._paths import scheduled_dir
from mgg_kernel.errors import ReportError
from mgg_kernel.reports.periods import PeriodKind

__all__ = ["REPORTS", "ReportKind", "report_kind", "reports_folder"]


def reports_folder() -> Path:
    """Return the folder of the notebooks: ours, or the one of ``MGG_SCHEDULED_DIR``."""
    return Path(os.environ.get("MGG_SCHEDULED_DIR") or scheduled_dir())


@dataclass(frozen=True)
class ReportKind:
    """A notebook that is run as a report.

    Attributes:
        name: of its notebook, without ``.ipynb``.
        titles: in English and in Chinese.
        period: what one run is about; ``moment`` is told apart by when it was asked for.
        timeout_s: after so long one attempt is ended.
        attempts: so often it is tried where what went wrong may pass.
        is_printed: whether there is a PDF of it.
    """

    name: str
    titles: tuple[str, str]
    period: PeriodKind
    timeout_s: float = 900.0
    attempts: int = 3
    is_printed: bool = True

    @property
    def notebook(self) -> Path:
        """The notebook."""
        return reports_folder() / f"{self.name}.ipynb"


REPORTS = {
    one.name: one
    for one in (
        ReportKind("daily_lab_report", ("Daily lab report", "实验室日报"), "day"),
        ReportKind("weekly_comparison_report", ("Weekly comparison", "每周对比报告"), "week"),
        ReportKind(
            "monthly_accuracy_report", ("Simulation accuracy", "月度仿真精度报告"), "month", 3600.0
        ),
        ReportKind("archive", ("Archive", "归档"), "moment", 4 * 3600.0, is_printed=False),
        ReportKind("audit_seal", ("Audit seal", "审计封存"), "moment", is_printed=False),
        ReportKind("calibrate", ("Model calibration", "模型标定"), "moment", 3600.0, 1),
        ReportKind("health", ("Health", "健康检查"), "moment", 300.0),
    )
}


def report_kind(name: str) -> ReportKind:
    """Return a report by its name; a notebook that lies in ``scheduled/`` beside ours is one too.

    Raises:
        ReportError: there is none of that name.
    """
    if name in REPORTS:
        return REPORTS[name]
    if name.isidentifier() and (reports_folder() / f"{name}.ipynb").is_file():
        title = name.replace("_", " ").capitalize()
        return ReportKind(name, (title, title), "moment")
    raise ReportError(f"There is no report '{name}'; there are {', '.join(sorted(REPORTS))}.")
