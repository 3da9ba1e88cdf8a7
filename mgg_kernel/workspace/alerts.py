"""Telling somebody when a check changes its state: once, by webhook or mail, off by default."""

import json
import smtplib
import urllib.error
import urllib.request
from collections.abc import Sequence
from email.message import EmailMessage
from pathlib import Path

from mgg_kernel.errors import StoreError
from mgg_kernel.settings import Settings
from mgg_kernel.workspace.monitor import Check, MonitorReport

__all__ = ["send_alerts"]

TIMEOUT_S = 10
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
        try:
            _webhook(settings, changed)
            _mail(settings, changed)
        except (OSError, smtplib.SMTPException, urllib.error.URLError) as error:
            raise StoreError(
                f"The alert could not be sent ({error}); check MGG_ALERT_WEBHOOK and "
                "MGG_ALERT_SMTP."
            ) from None
    draft = path.with_suffix(".new")
    draft.write_text(json.dumps({one.name: one.state for one in report.checks}), "utf-8")
    draft.replace(path)
    return changed


def _webhook(settings: Settings, changed: Sequence[Check]) -> None:
    if settings.alert_webhook is None:
        return
    url = settings.alert_webhook.get_secret_value()
    if not url.startswith(("http://", "https://")):
        raise OSError("MGG_ALERT_WEBHOOK is no http:// or https:// address")
    checks = [{"name": one.name, "state": one.state, "text": one.text} for one in changed]
    body = json.dumps({"text": _words(changed), "checks": checks}, ensure_ascii=False)
    request = urllib.request.Request(  # noqa: S310 - looked at above
        url, body.encode(), {"Content-Type": "application/json"}
    )
    with urllib.request.urlopen(request, timeout=TIMEOUT_S):  # noqa: S310
        pass


def _mail(settings: Settings, changed: Sequence[Check]) -> None:
    if settings.alert_smtp is None:
        return
    host, _, port = settings.alert_smtp.partition(":")
    message = EmailMessage()
    message["Subject"] = f"MGG: {', '.join(f'{one.name} {one.state}' for one in changed)}"
    message["From"] = settings.alert_from
    message["To"] = settings.alert_to or settings.alert_from
    message.set_content(_words(changed))
    with smtplib.SMTP(host, int(port or 25), timeout=TIMEOUT_S) as server:
        server.send_message(message)


def _words(changed: Sequence[Check]) -> str:
    return "\n".join(f"{one.state.upper()} {one.name}: {one.text}" for one in changed)


def _read(path: Path) -> dict[str, str]:
    try:
        return dict(json.loads(path.read_text("utf-8")))
    except (OSError, ValueError):
        return {}  # the first time, or a file that was spoiled: better told twice than never
