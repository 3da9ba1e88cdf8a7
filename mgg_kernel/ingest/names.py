"""Untrusted text made fit to be shown: file names, sheet names, cells."""

import re
import unicodedata

__all__ = ["display_name", "display_text", "trap_in_name"]

# Controls, invisible formatting (right-to-left overrides among it), surrogates, unassigned
# code points, and the separators that start a new line.
_HIDDEN = {"Cc", "Cf", "Cs", "Cn", "Co", "Zl", "Zp"}


def display_text(text: str, *, longest: int = 80) -> str:
    """Return `text` on one line, without characters that cannot be seen.

    Args:
        text: any text.
        longest: characters after which it is cut, with an ellipsis.
    """
    normal = unicodedata.normalize("NFC", text[: 10 * longest])
    seen = (" " if c in "\t\r\n" else c for c in normal)
    line = " ".join("".join(c for c in seen if unicodedata.category(c) not in _HIDDEN).split())
    return line if len(line) <= longest else line[: longest - 1] + "…"


def display_name(name: str) -> str:
    """Return the last part of a file's name, fit to be shown; it is never used as a path."""
    last = name.replace("\\", "/").rstrip("/").rsplit("/", 1)[-1]
    shown = display_text(last, longest=120)
    return shown if shown.strip(".") else "unnamed file"


_TRAPS = (
    (re.compile(r"(?:^|[\\/])\.\.(?:[\\/]|$)"), "a way out of its folder (../)"),
    (
        re.compile("[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]"),
        "a mark that turns the text around",
    ),
    (re.compile("[\x00-\x1f\x7f-\x9f]"), "a control character"),
    (re.compile(r"<[A-Za-z/!?]"), "HTML"),
    # "+85C (2)" and "-35C" are temperatures: a sign counts only before a call or with | or !.
    (re.compile(r"^\s*(?:=|[@+-]\s*[A-Za-z_.]+\(|[@+-].*[|!])"), "the beginning of a formula"),
)


def trap_in_name(name: str) -> str | None:
    """Return what a name holds that no honest name does and some program may act on, or None."""
    last = re.split(r"[\\/]", name)[-1]
    for pattern, what in _TRAPS:
        if pattern.search(name) or pattern.search(last):
            return what
    return None
