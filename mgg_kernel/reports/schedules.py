"""What runs when: the program's own times, and what the setting ``MGG_SCHEDULE`` makes of them."""

import shlex
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from mgg_kernel.errors import ReportError, SettingsError
from mgg_kernel.reports.catalogue import report_kind
from mgg_kernel.reports.periods import closed_before
from mgg_kernel.reports.rules import Rule, parse_rule
from mgg_kernel.settings import Settings

__all__ = ["Schedule", "as_cron", "as_systemd", "schedules"]

TIMES = {
    "backup": "daily 01:10",
    "archive": "daily 02:10",
    "calibrate": "weekly sun 03:10",
    "restore_drill": "monthly 2 04:10",
    "health": "daily 05:40",
    "daily_lab_report": "daily 06:00",
    "weekly_comparison_report": "weekly mon 06:20",
    "monthly_accuracy_report": "monthly 1 06:40",
    "audit_seal": "hourly :05",
}
WITHOUT_LANGUAGE = frozenset({"archive", "backup", "restore_drill"})


@dataclass(frozen=True)
class Schedule:
    """A report that is made by the clock."""

    name: str
    rule: Rule
    parameters: tuple[tuple[str, str], ...] = ()

    def period(self, due: datetime, zone: ZoneInfo) -> str:
        """Return what the run is about that was due at a moment.

        With name and parameters it is what two runs must not share, so that each moment is served
        once, however often the scheduler is started.
        """
        return closed_before(report_kind(self.name).period, due, zone)

    def words(self, period: str | None = None) -> list[str]:
        """Return the words after ``mgg`` that make it."""
        about = [] if period is None else ["--period", period]
        given = [word for name, value in self.parameters for word in ("-p", f"{name}={value}")]
        return ["report", "run", self.name, *about, *given]


def schedules(settings: Settings) -> list[Schedule]:
    """Return what runs by the clock, as the settings have it.

    Raises:
        SettingsError: ``MGG_SCHEDULE`` cannot be read, or names no report.
    """
    times = {name: rule for name, rule in TIMES.items() if _is_there(name)}
    for part in filter(None, (one.strip() for one in settings.schedule.split(";"))):
        name, equals, rule = (word.strip() for word in part.partition("="))
        if not equals or not _is_there(name):
            raise SettingsError(
                f"The setting MGG_SCHEDULE names no report in '{part}'; write, say, "
                "daily_lab_report=daily 07:30; archive=off."
            )
        times[name] = rule
    return [
        Schedule(name, parse_rule(rule), _parameters(name, settings))
        for name, rule in times.items()
        if rule != "off"
    ]


def as_cron(settings: Settings) -> str:
    """Return the schedules as a crontab."""
    lines = [
        f"CRON_TZ={settings.timezone}",
        f"MGG_DATA_DIR={settings.data_dir}",
        "MGG_ACTOR=system",
    ]
    lines += [f"{one.rule.cron()} mgg {shlex.join(one.words())}" for one in schedules(settings)]
    return "\n".join(lines)


def as_systemd(settings: Settings) -> str:
    """Return the schedules as systemd units, each behind a comment with the name of its file."""
    zone = ZoneInfo(settings.timezone)
    units = []
    for one in schedules(settings):
        unit = f"mgg-{one.name.replace('_', '-')}"
        units += [
            f"# /etc/systemd/system/{unit}.service",
            "[Unit]",
            f"Description=MGG Workspace: {one.name}",
            "After=network-online.target postgresql.service",
            "",
            "[Service]",
            "Type=oneshot",
            "User=mgg",
            f"Environment=MGG_DATA_DIR={settings.data_dir} MGG_ACTOR=system",
            "EnvironmentFile=-/etc/mgg/mgg.env",
            f"ExecStart=/opt/mgg/.venv/bin/mgg {shlex.join(one.words())}",
            "",
            f"# /etc/systemd/system/{unit}.timer",
            "[Unit]",
            f"Description=MGG Workspace: {one.name}, {one.rule}",
            "",
            "[Timer]",
            f"OnCalendar={one.rule.on_calendar(zone)}",
            "Persistent=true",
            "",
            "[Install]",
            "WantedBy=timers.target",
            "",
        ]
    return "\n".join(units).rstrip()


def _is_there(name: str) -> bool:
    try:
        return report_kind(name).notebook.is_file()
    except ReportError:
        return False


def _parameters(name: str, settings: Settings) -> tuple[tuple[str, str], ...]:
    return () if name in WITHOUT_LANGUAGE else (("language", settings.report_language),)
