"""``mgg log``: what was done, by whom, and how it ended."""

import argparse
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from mgg_kernel.cli.answer import Answer, table
from mgg_kernel.errors import SettingsError
from mgg_kernel.settings import load_settings

__all__ = ["add_verbs"]


def add_verbs(verbs: Any, common: argparse.ArgumentParser) -> None:
    """Add the verbs of this module."""
    log = verbs.add_parser("log", parents=[common], help="list what was done, newest first")
    log.add_argument("--type", metavar="KIND", help="only this kind, such as ingest or login")
    log.add_argument("--user", metavar="NAME", help="only what this account did")
    log.add_argument("--action", metavar="TEXT", help="only what was called just so")
    log.add_argument("--outcome", choices=("done", "refused", "failed"), help="only what ended so")
    log.add_argument("--since", metavar="TIME", help="a day or a moment, such as 2026-11-23T08:00")
    log.add_argument("--until", metavar="TIME", help="only what was done before this")
    log.add_argument("--limit", type=int, default=50, metavar="N", help="at most N (50)")
    log.set_defaults(run=_log)


def _log(arguments: argparse.Namespace) -> Answer:
    from mgg_kernel.workspace import open as open_workspace

    zone = ZoneInfo(load_settings().timezone)
    since, until = (_moment(words, zone) for words in (arguments.since, arguments.until))
    with open_workspace(application="command") as workspace:
        entries = workspace.log.list(
            log_type=arguments.type,
            actor=arguments.user,
            action=arguments.action,
            outcome=arguments.outcome,
            since=since,
            until=until,
            limit=arguments.limit,
        )
    rows = [
        {
            "id": entry.id,
            "recorded_at": entry.recorded_at.isoformat(),
            "actor": entry.actor,
            "log_type": entry.log_type,
            "action": entry.action,
            "object_type": entry.object_type,
            "object_id": entry.object_id,
            "outcome": entry.outcome,
            "address": entry.address,
            "application": entry.application,
            "details": entry.details,
        }
        for entry in entries
    ]
    shown = table(
        ["when", "who", "kind", "action", "what", "outcome", "reason"],
        [
            (
                f"{entry.recorded_at.astimezone(zone):%Y-%m-%d %H:%M:%S}",
                entry.actor,
                entry.log_type,
                entry.action,
                entry.object_id or "",
                entry.outcome,
                str(entry.details.get("reason", "")),
            )
            for entry in entries
        ],
    )
    return Answer({"entries": rows}, shown if entries else "Nothing like that was done.")


def _moment(words: str | None, zone: ZoneInfo) -> datetime | None:
    """Return a moment; one without a time zone is of the lab's."""
    if words is None:
        return None
    try:
        moment = datetime.fromisoformat(words)
    except ValueError:
        raise SettingsError(
            f"'{words}' is no moment; write a day as 2026-11-23, or 2026-11-23T08:00."
        ) from None
    return moment if moment.tzinfo is not None else moment.replace(tzinfo=zone)
