"""Text that came from files and people, made fit to be shown."""

import unicodedata

__all__ = ["begins_formula", "visible"]

# What spreadsheets take for the begin of a formula, some of them only behind a tab or a new line;
# the wide forms are those of Chinese and Japanese input.
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")

# Marks that turn the direction of what follows: a name could show itself backward with them.
_TURNING = set("\u200e\u200f\u061c\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


def visible(text: str) -> str:
    """Return a text on one line, with control and direction marks replaced by ``\ufffd``.

    Neither XML nor a spreadsheet takes control characters, and a mark of direction can make a name
    look like another one.
    """
    return "".join(
        " "
        if letter in "\n\r\t\u2028\u2029"
        else "\ufffd"
        if letter in _TURNING
        or unicodedata.category(letter) in ("Cc", "Cs")
        or letter in "\ufffe\uffff"
        else letter
        for letter in text
    )


def begins_formula(text: str) -> bool:
    """Return whether a spreadsheet might take a text for a formula."""
    return text.startswith(_FORMULA)
