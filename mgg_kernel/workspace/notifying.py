"""Telling somebody that something went wrong: by a webhook, by mail, or by neither."""

import json
import smtplib
import ssl
import urllib.error
import urllib.request
from email.message import EmailMessage
from urllib.parse import unquote, urlsplit

from mgg_kernel.settings import Settings

__all__ = ["notify"]

PATIENCE_S = 15.0


def notify(settings: Settings, subject: str, text: str) -> list[str]:
    """Tell whoever is to be told; without settings nobody is.

    What is told is lost if it cannot be sent, and never stands in the way of what happened.

    Args:
        settings: whom, and by which way.
        subject: one line.
        text: the rest.

    Returns:
        A sentence for each way that did not work.
    """
    troubles = []
    if settings.alert_webhook is not None:
        url = settings.alert_webhook.get_secret_value()
        if problem := _post(url, subject, text):
            troubles.append(f"The webhook of MGG_ALERT_WEBHOOK was not told: {problem}.")
    if settings.alert_smtp is not None and (problem := _mail(settings, subject, text)):
        troubles.append(f"The mail server of MGG_ALERT_SMTP was not told: {problem}.")
    return troubles


def _post(url: str, subject: str, text: str) -> str | None:
    body = json.dumps({"subject": subject, "text": f"{subject}\n{text}"}).encode("utf-8")
    try:
        request = urllib.request.Request(  # noqa: S310 - the settings allow http and https
            url, body, {"Content-Type": "application/json"}
        )
        with urllib.request.urlopen(request, timeout=PATIENCE_S):  # noqa: S310
            return None
    except urllib.error.HTTPError as error:
        error.close()
        return f"it answered {error.code}"
    except (OSError, ValueError) as error:
        return str(getattr(error, "reason", error))


def _mail(settings: Settings, subject: str, text: str) -> str | None:
    assert settings.alert_smtp is not None, "asked before"
    if not settings.alert_to:
        return "MGG_ALERT_TO names nobody"
    server = urlsplit(settings.alert_smtp.get_secret_value())
    message = EmailMessage()
    message["Subject"] = subject
    message["From"] = settings.alert_from
    message["To"] = settings.alert_to
    message.set_content(text)
    try:
        with _connected(server.scheme, server.hostname or "", server.port) as line:
            if server.username:
                line.login(unquote(server.username), unquote(server.password or ""))
            line.send_message(message)
    except (OSError, smtplib.SMTPException, ValueError) as error:
        return str(error)
    return None


def _connected(scheme: str, host: str, port: int | None) -> smtplib.SMTP:
    if scheme == "smtps":
        context = ssl.create_default_context()
        return smtplib.SMTP_SSL(host, port or 465, timeout=PATIENCE_S, context=context)
    line = smtplib.SMTP(host, port or 25, timeout=PATIENCE_S)
    if scheme == "smtp+starttls":
        line.starttls(context=ssl.create_default_context())
    return line
