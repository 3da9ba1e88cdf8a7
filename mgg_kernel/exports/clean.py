"""Text that came from files and people, made fit to be shown."""

import unicodedata

__all__ = ["visible"]

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
