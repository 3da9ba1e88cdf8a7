"""What a request tells: where it came from, its language and theme, and where to go next."""

import ipaddress
import re
from typing import Any, Literal
from urllib.parse import urlsplit

from mgg_kernel.web.words import LANGUAGES, Language, best_language

__all__ = ["LANGUAGE_COOKIE", "SCHEME_COOKIE", "THEME_COOKIE", "Theme"]
__all__ += ["is_encrypted", "language_of", "remember_language", "safe_next", "scheme_of"]
__all__ += ["theme_of"]

Theme = Literal["light", "dark", "auto"]
LANGUAGE_COOKIE = "mgg-lang"
THEME_COOKIE = "mgg-theme"
# What the browser's own preference was when it last asked: a kernel draws before any script runs.
SCHEME_COOKIE = "mgg-scheme"
YEAR_S = 365 * 24 * 3600
_NOT_IN_A_PATH = re.compile(r"[\x00-\x20\\]")


def safe_next(target: str, fallback: str = "/") -> str:
    """Return `target` if it is a path on this server, else `fallback`.

    Browsers drop blanks and read a backslash as a slash, and two slashes at the start mean
    another host, so that all of these are refused.
    """
    if _NOT_IN_A_PATH.search(target) or not target.startswith("/") or target.startswith("//"):
        return fallback
    try:
        parts = urlsplit(target)
    except ValueError:
        return fallback
    if parts.scheme or parts.netloc or parts.path in ("/login", "/logout"):
        return fallback
    return target


def is_encrypted(handler: Any) -> bool:
    """Tell whether the browser speaks TLS, to us or to a reverse proxy on this machine.

    ``X-Forwarded-Proto`` is believed only of a neighbour on the loopback address.
    """
    request = handler.request
    if request.protocol == "https":
        return True
    forwarded = request.headers.get("X-Forwarded-Proto", "").split(",")[-1].strip().lower()
    return forwarded == "https" and _is_loopback(request.remote_ip)


def language_of(handler: Any) -> Language:
    """Return the language to answer in: chosen now, chosen before, or the browser's."""
    for choice in (_asked_language(handler), handler.get_cookie(LANGUAGE_COOKIE)):
        for language in LANGUAGES:
            if choice == language:
                return language
    return best_language(handler.request.headers.get("Accept-Language", ""))


def remember_language(handler: Any) -> bool:
    """Keep the language that ``?lang=`` asks for in a cookie; False if it asks for none."""
    choice = _asked_language(handler)
    if choice not in LANGUAGES:
        return False
    handler.set_cookie(
        LANGUAGE_COOKIE,
        choice,
        path="/",
        max_age=YEAR_S,
        samesite="Lax",
        secure=is_encrypted(handler),
    )
    return True


def theme_of(handler: Any) -> Theme:
    """Return the theme that was chosen; ``auto`` follows the browser."""
    choice = handler.get_cookie(THEME_COOKIE)
    if choice == "light":
        return "light"
    return "dark" if choice == "dark" else "auto"


def scheme_of(handler: Any) -> Literal["light", "dark"]:
    """Return the colours to draw with now."""
    theme = theme_of(handler)
    if theme == "auto":
        return "dark" if handler.get_cookie(SCHEME_COOKIE) == "dark" else "light"
    return theme


def _asked_language(handler: Any) -> str | None:
    choice: str | None = handler.get_query_argument("lang", None)
    return choice


def _is_loopback(address: str) -> bool:
    try:
        return ipaddress.ip_address(address).is_loopback
    except ValueError:
        return False
