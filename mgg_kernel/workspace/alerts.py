"""Telling somebody when a check changes its state: once, by webhook or mail, off by default."""

import json
from collections.abc import Sequence
from pathlib import Path

from mgg_kernel.errors import StoreError
from mgg_kernel.settings import Settings
from mgg_kernel.workspace.monitor import Check, MonitorReport
from mgg_kernel.workspace.notifying import notify

__all__ = ["send_alerts"]

STATE_FILE = "monitor-state.json"


def send_alerts(settings: Settings, report: MonitorReport) -> Sequence[Check]:
    """Tell of each check whose state is another one than when it was last told.

    What could not be sent counts as not told and is tried again by the next call.

    Args:
        settings: where alerts go; with none set nothing is sent.
        report: of now.

    Returns:
        The checks that were told of.

    Raises:
        StoreError: the other side did not take it.
    """
    if settings.alert_webhook is None and settings.alert_smtp is None:
        return []
    path = settings.data_dir / STATE_FILE
    told = _read(path)
    changed = [one for one in report.checks if told.get(one.name, "ok") != one.state]
    if changed:
        subject = f"MGG: {', '.join(f'{one.name} {one.state}' for one in changed)}"
        troubles = notify(settings, subject, _words(changed))
        if troubles:
            raise StoreError(f"The alert could not be sent: {' '.join(troubles)}")
    draft = path.with_suffix(".new")
    draft.write_text(json.dumps({one.name: one.state for one in report.checks}), "utf-8")
    draft.replace(path)
    return changed


def _words(changed: Sequence[Check]) -> str:
    return "\n".join(f"{one.state.upper()} {one.name}: {one.text}" for one in changed)


def _read(path: Path) -> dict[str, str]:
    try:
        return dict(json.loads(path.read_text("utf-8")))
    except (OSError, ValueError):
        return {}  # the first time, or a file that was spoiled: better told twice than never
