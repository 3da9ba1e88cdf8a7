"""Reports: what the scheduled notebooks call, and what runs, keeps and checks them."""

from mgg_kernel.reports.accuracy import monthly_accuracy_report
from mgg_kernel.reports.archiving import archive_table
from mgg_kernel.reports.calibrating import calibration_report
from mgg_kernel.reports.checking import health_report, seal_report
from mgg_kernel.reports.daily import daily_lab_report
from mgg_kernel.reports.runner import Made, run_report
from mgg_kernel.reports.verifying import Difference, Verdict, verify_report
from mgg_kernel.reports.weekly import weekly_comparison_report

__all__ = [
    "Difference",
    "Made",
    "Verdict",
    "archive_table",
    "calibration_report",
    "daily_lab_report",
    "health_report",
    "monthly_accuracy_report",
    "run_report",
    "seal_report",
    "verify_report",
    "weekly_comparison_report",
]
