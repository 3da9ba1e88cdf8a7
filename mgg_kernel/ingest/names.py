"""Untrusted text made fit to be shown: file names, sheet names, cells."""

import unicodedata

__all__ = ["display_name", "display_text"]

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
