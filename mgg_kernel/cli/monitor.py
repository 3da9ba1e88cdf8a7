"""``mgg monitor``: how the machine, the database, the archive and the backups are."""

import argparse
from dataclasses import asdict
from typing import Any

from mgg_kernel.cli.answer import Answer, table

__all__ = ["add_verbs"]


def add_verbs(verbs: Any, common: argparse.ArgumentParser) -> None:
    """Add the verbs of this module."""
    monitor = verbs.add_parser("monitor", parents=[common], help="look after the lab's machine")
    monitor.add_argument(
        "--alert", action="store_true", help="tell of what changed, by webhook or mail"
    )
    monitor.set_defaults(run=_run)


def _run(arguments: argparse.Namespace) -> Answer:
    from mgg_kernel.workspace import open as open_workspace
    from mgg_kernel.workspace.alerts import send_alerts

    with open_workspace(application="command") as workspace:
        report = workspace.monitor.report()
        told = send_alerts(workspace.settings, report) if arguments.alert else []
    rows = [(one.state, one.name, one.text) for one in report.checks]
    document = {
        "moment": report.moment.isoformat(),
        "state": report.state,
        "checks": [asdict(one) for one in report.checks],
        "alerts": [one.name for one in told],
    }
    return Answer(document, table(["state", "check", ""], rows), done=report.state != "bad")
