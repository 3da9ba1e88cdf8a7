"""The scheduler: due moments by the lab's clock, each served once, through restarts and a month."""

import time
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from archive_help import ArchiveLab
from report_help import REPORT, forget_runs, write_report
from sqlalchemy import text

from mgg_kernel.errors import ReportError, SettingsError
from mgg_kernel.hot.database import Caller
from mgg_kernel.hot.report_runs import Ending, begin_run, end_run
from mgg_kernel.reports.periods import closed_before, parse_period
from mgg_kernel.reports.rules import parse_rule
from mgg_kernel.reports.scheduler import ACTOR, Due, Job, Scheduler, start_process
from mgg_kernel.reports.schedules import Schedule, as_cron, as_systemd, schedules
from mgg_kernel.settings import Settings
from mgg_kernel.workspace import Workspace

BERLIN, SHANGHAI = ZoneInfo("Europe/Berlin"), ZoneInfo("Asia/Shanghai")


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)


@pytest.mark.parametrize(
    ("rule", "now", "zone", "last", "following"),
    [
        ("daily 06:00", "2026-01-31T05:59+08", SHANGHAI, "2026-01-30T06+08", "2026-01-31T06+08"),
        ("daily 06:00", "2026-01-31T06:00+08", SHANGHAI, "2026-01-31T06+08", "2026-02-01T06+08"),
        ("hourly :05", "2026-01-31T12:04Z", SHANGHAI, "2026-01-31T11:05Z", "2026-01-31T12:05Z"),
        (
            "weekly mon 06:30",
            "2026-11-23T06:29+01",
            BERLIN,
            "2026-11-16T06:30+01",
            "2026-11-23T06:30+01",
        ),
        ("monthly 28 00:00", "2026-03-01T00Z", BERLIN, "2026-02-28T00+01", "2026-03-28T00+01"),
        # 02:30 is skipped on 29 March 2026: due when the clocks have been put forward, at 03:30.
        ("daily 02:30", "2026-03-29T12Z", BERLIN, "2026-03-29T03:30+02", "2026-03-30T02:30+02"),
        # 02:30 comes twice on 25 October 2026: due the first time, and not the second.
        ("daily 02:30", "2026-10-25T12Z", BERLIN, "2026-10-25T02:30+02", "2026-10-26T02:30+01"),
        ("daily 02:30", "2026-10-25T01:29Z", BERLIN, "2026-10-25T02:30+02", "2026-10-26T02:30+01"),
    ],
)
def test_the_clock_on_the_wall(
    rule: str, now: str, zone: ZoneInfo, last: str, following: str
) -> None:
    one = parse_rule(rule)
    assert str(one) == rule
    assert one.last_due(at(now), zone) == at(last)
    assert one.next_due(at(now), zone) == at(following)


@pytest.mark.parametrize("text", ["", "daily", "daily 25:00", "weekly 06:00", "monthly 29 06:00"])
def test_what_is_no_rule(text: str) -> None:
    with pytest.raises(SettingsError, match="is no schedule"):
        parse_rule(text)


def test_periods_are_of_the_labs_days() -> None:
    assert parse_period("2026-01", SHANGHAI).start == at("2026-01-01T00+08")
    assert parse_period("2026-W53", SHANGHAI).end == at("2027-01-04T00+08")
    assert parse_period("2026-10-25", BERLIN).end - parse_period(
        "2026-10-25", BERLIN
    ).start == timedelta(hours=25)
    now = at("2026-01-01T00:30+08")
    kinds = ("day", "week", "month", "moment")
    assert [closed_before(kind, now, SHANGHAI) for kind in kinds] == [
        "2025-12-31",
        "2025-W52",
        "2025-12",
        "2025-12-31T16:30:00Z",
    ]
    for name in ("2026-13", "2026-W54", "2026-02-30", "soon", ""):
        with pytest.raises(ReportError, match="is no period"):
            parse_period(name, SHANGHAI)


def test_the_setting_changes_the_schedules() -> None:
    names = [one.name for one in schedules(Settings())]
    assert {"archive", "audit_seal", "calibrate", "health"} < set(names)
    changed = schedules(Settings(schedule="archive=off; daily_lab_report = daily 07:30"))
    assert {one.name: str(one.rule) for one in changed}["daily_lab_report"] == "daily 07:30"
    assert [one.name for one in changed] == [name for name in names if name != "archive"]
    for wrong in ("nosuch=daily 07:30", "archive", "archive=sometimes"):
        with pytest.raises(SettingsError):
            schedules(Settings(schedule=wrong))


def test_the_schedules_as_cron_and_systemd() -> None:
    settings = Settings(timezone="Asia/Shanghai", report_language="zh")
    lines = as_cron(settings).splitlines()
    assert lines[0] == "CRON_TZ=Asia/Shanghai"
    assert "20 6 * * mon mgg report run weekly_comparison_report -p language=zh" in lines
    units = as_systemd(settings)
    assert "OnCalendar=Mon *-*-* 06:20:00 Asia/Shanghai\nPersistent=true" in units
    assert "ExecStart=/opt/mgg/.venv/bin/mgg report run archive\n" in units
    assert units.count(".timer\n") == len(schedules(settings))


class Lab:
    """A scheduler whose reports are made by a row in the database and nothing else."""

    def __init__(self, lab: ArchiveLab) -> None:
        self.ws = Workspace(lab.foundation, Caller(ACTOR))
        self.lab = lab
        self.made: list[Due] = []
        self.ends = "done"
        self.scheduler = self.restart()

    def restart(self) -> Scheduler:
        self.scheduler = Scheduler(self.ws, self._start, lambda _: None)
        self.scheduler._owed_since = at("2025-01-01T00Z")
        return self.scheduler

    def _start(self, due: Due) -> Job:
        self.made.append(due)
        with self.lab.foundation.database.begin(Caller(ACTOR)) as (connection, _):
            name, period = due.schedule.name, due.period
            count = connection.execute(text("SELECT count(*) FROM report_runs")).scalar_one()
            number = begin_run(
                connection,
                name=name,
                parameters={},
                period=period,
                key=f"{name} {period} {count if self.ends != 'done' else ''}",
                repetition=0,
            )
            ending = {
                "done": Ending("done", 1),
                "killed": Ending("failed", 1, error_name="Killed", error="It was killed."),
                "failed": Ending("failed", 1, error_name="ValueError", error="It cannot."),
            }[self.ends]
            end_run(connection, number, ending)
        return Ended()


class Ended:
    def poll(self) -> int | None:
        return 0

    def stop(self) -> None:
        raise AssertionError("it has ended")


@pytest.fixture
def clockwork(lab: ArchiveLab) -> Iterator[Lab]:
    forget_runs(lab)
    # A report's row takes a fraction of a millisecond, and a month has many.
    lab.settings.__dict__["timezone"] = "Europe/Berlin"
    yield Lab(lab)
    forget_runs(lab)


@pytest.mark.parametrize("archive_server", ["embedded"], indirect=True)
def test_a_month_with_restarts_has_each_run_once(clockwork: Lab) -> None:
    """March 2026 in Berlin, where the clocks are put forward on the 29th; a restart each 7 hours.

    The scheduler looks every 20 minutes, so that it is late for everything, and some moments find
    several due.
    """
    now, number = at("2026-03-01T00:00+01"), 0
    # What was due before is caught up with once; the month is counted from here.
    for _ in range(20):
        clockwork.scheduler.tick(now)
    before = len(clockwork.made)
    assert before == len(clockwork.scheduler.schedules), "each was owed, and just once"
    clockwork.made.clear()
    while now < at("2026-04-01T00:00+02"):
        now += timedelta(minutes=20)
        number += 1
        if number % 21 == 0:
            clockwork.restart()
        for _ in range(3):
            clockwork.scheduler.tick(now)
    counts = Counter(due.schedule.name for due in clockwork.made)
    assert counts == {
        "archive": 31,
        "audit_seal": 31 * 24 - 1,
        "backup": 31,
        "calibrate": 5,
        "daily_lab_report": 31,
        "health": 31,
        "monthly_accuracy_report": 1,
        "restore_drill": 1,
        "weekly_comparison_report": 5,
    }
    assert len({(due.schedule.name, due.period) for due in clockwork.made}) == len(clockwork.made)
    days = [due.period for due in clockwork.made if due.schedule.name == "daily_lab_report"]
    assert days[0] == "2026-02-28"
    assert days[-1] == "2026-03-30"
    assert [d.period for d in clockwork.made if d.schedule.name == "monthly_accuracy_report"] == [
        "2026-02"
    ]


@pytest.mark.parametrize("archive_server", ["embedded"], indirect=True)
def test_what_was_missed_is_caught_up_once_and_failures_are_not_repeated(clockwork: Lab) -> None:
    def made_at(now: str) -> list[str]:
        clockwork.made.clear()
        for _ in range(30):
            clockwork.scheduler.tick(at(now))
        return sorted(due.schedule.name for due in clockwork.made)

    every = sorted(one.name for one in clockwork.scheduler.schedules)
    assert made_at("2026-05-04T07:00+02") == every
    clockwork.restart()
    assert made_at("2026-05-04T07:00+02") == [], "a restart makes nothing twice"
    clockwork.restart()
    # Four days during which nothing ran.
    missed = made_at("2026-05-08T07:00+02")
    assert missed == ["archive", "audit_seal", "backup", "daily_lab_report", "health"]
    assert {d.period for d in clockwork.made if d.schedule.name == "daily_lab_report"} == {
        "2026-05-07"
    }
    clockwork.ends = "failed"
    assert made_at("2026-05-08T08:06+02") == ["audit_seal"], "what fails is not tried all day"
    clockwork.restart()
    assert made_at("2026-05-08T08:07+02") == []
    clockwork.ends = "killed"
    assert made_at("2026-05-08T09:06+02") == ["audit_seal"] * 3, "what is killed, a few times"
    clockwork.restart()
    assert made_at("2026-05-08T09:07+02") == []


@pytest.mark.parametrize("archive_server", ["embedded"], indirect=True)
def test_a_new_lab_owes_nothing(clockwork: Lab) -> None:
    clockwork.restart()._owed_since = None
    # A second after its first account: what is due by the clock of the test may be owed already.
    clockwork.scheduler.tick(clockwork.scheduler._since() + timedelta(seconds=1))
    assert clockwork.made == []


@pytest.mark.parametrize("archive_server", ["embedded"], indirect=True)
def test_a_real_run_that_is_broken_off_is_made_again(
    lab: ArchiveLab, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The scheduler's own process: stopped while the notebook runs, it is made at the next look."""
    folder = tmp_path / "notebooks"
    folder.mkdir()
    forget_runs(lab)
    monkeypatch.setenv("MGG_SCHEDULED_DIR", str(folder))
    mark = folder / "mark"
    code = f"from pathlib import Path\nimport time\nmark = Path({str(mark)!r})\n"
    code += "if not mark.exists():\n    mark.touch()\n    time.sleep(600)\n"
    write_report(folder, "small", code + REPORT)
    ws = Workspace(lab.foundation, Caller(ACTOR))
    settings = lab.settings.model_copy(update={"schedule": "small=hourly :00"})
    scheduler = Scheduler(ws, lambda due: start_process(settings, due), lambda _: None)
    scheduler.schedules = [Schedule("small", parse_rule("hourly :00"))]
    scheduler._owed_since = at("2025-01-01T00Z")
    now = at("2026-05-08T09:30Z")

    def wait_for(condition: object) -> None:
        for _ in range(1200):
            if condition():  # type: ignore[operator]
                return
            time.sleep(0.05)
        raise AssertionError((lab.settings.logs_dir / "scheduler.log").read_text())

    scheduler.tick(now)
    wait_for(mark.exists)
    scheduler.stop()
    (run,) = ws.reports.list()
    assert (run.state, run.error_name) == ("failed", "Interrupted")
    scheduler.tick(now)

    def is_done() -> bool:
        scheduler.tick(now)
        return scheduler.doing is None

    wait_for(is_done)
    assert [one.state for one in ws.reports.list()] == ["done", "failed"]
    assert {one.period for one in ws.reports.list()} == {"2026-05-08T09:00:00Z"}
    forget_runs(lab)
