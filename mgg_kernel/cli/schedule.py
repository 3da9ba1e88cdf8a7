"""``mgg schedule``: what runs by the clock."""

import argparse
import sys
import time
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from mgg_kernel.cli.answer import Answer, table

__all__ = ["add_verbs"]

LOOK_EVERY_S = 2.0


def add_verbs(verbs: Any, common: argparse.ArgumentParser) -> None:
    """Add the verbs of this module."""
    schedule = verbs.add_parser("schedule", help="what runs by the clock (定时任务)")
    actions = schedule.add_subparsers(dest="action", metavar="ACTION", required=True)
    listed = actions.add_parser("list", parents=[common], help="show what runs when")
    listed.set_defaults(run=_list)
    run = actions.add_parser(
        "run", parents=[common], help="run what is due until Ctrl-C; 'mgg up' does the same"
    )
    run.add_argument("--once", action="store_true", help="run what is due now, and stop")
    run.set_defaults(run=_run)
    export = actions.add_parser(
        "export", parents=[common], help="print the schedules for a server's own scheduler"
    )
    export.add_argument("kind", choices=("systemd", "cron"))
    export.set_defaults(run=_export)


def _tell(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def _list(arguments: argparse.Namespace) -> Answer:
    del arguments
    from mgg_kernel.reports.schedules import schedules
    from mgg_kernel.settings import load_settings

    settings = load_settings()
    zone, now = ZoneInfo(settings.timezone), datetime.now(UTC)
    rows = [
        (one.name, str(one.rule), f"{one.rule.next_due(now, zone).astimezone(zone):%Y-%m-%d %H:%M}")
        for one in schedules(settings)
    ]
    names = ("report", "when", "next")
    return Answer(
        {
            "timezone": settings.timezone,
            "schedules": [dict(zip(names, row, strict=True)) for row in rows],
        },
        f"{table(names, rows)}\n\nTimes of {settings.timezone}; MGG_SCHEDULE changes them.",
    )


def _run(arguments: argparse.Namespace) -> Answer:
    from mgg_kernel.reports.scheduler import ACTOR, Scheduler, start_process
    from mgg_kernel.workspace import open as open_workspace

    with open_workspace(ACTOR, application="scheduler") as workspace:
        scheduler = Scheduler(workspace, lambda due: start_process(workspace.settings, due), _tell)
        try:
            scheduler.tick()
            while not arguments.once or scheduler.doing is not None:
                time.sleep(LOOK_EVERY_S)
                scheduler.tick()
        finally:
            scheduler.stop()
    return Answer({"done": True}, "Nothing more is due.")


def _export(arguments: argparse.Namespace) -> Answer:
    from mgg_kernel.reports.schedules import as_cron, as_systemd
    from mgg_kernel.settings import load_settings

    settings = load_settings()
    text = as_cron(settings) if arguments.kind == "cron" else as_systemd(settings)
    return Answer({"kind": arguments.kind, "text": text}, text)
