"""How an entry of the operation log is written down for its digest, and how two are linked.

PostgreSQL does the same (`audit_digest`, `audit_link` in ``sql/schema.sql``); a test holds both
against each other.  Each value has its length in bytes, so that no two entries are written alike.
"""

import hashlib
from collections.abc import Sequence

__all__ = ["CONTENT", "digest_of", "genesis_of", "link_of"]

CONTENT = (
    "id",
    "recorded_at",
    "actor",
    "user_id",
    "session_actor",
    "log_type",
    "action",
    "object_type",
    "object_id",
    "outcome",
    "address",
    "application",
    "details",
)
"""The columns that a digest covers, in this order: all that there are but the chain's own."""


def digest_of(values: Sequence[object]) -> str:
    """Return the digest of an entry.

    Args:
        values: those of `CONTENT`: the time in microseconds since 1970, the details as the text
            that PostgreSQL gives.
    """
    told = [b"mgg-log-1;"]
    for value in values:
        if value is None:
            told.append(b"-")
        else:
            text = str(value).encode()
            told.append(b"%d:%b," % (len(text), text))
    return hashlib.sha256(b"".join(told)).hexdigest()


def link_of(number: int, previous: str, digest: str) -> str:
    """Return the hash of an entry: of its place in the chain, the hash before it, its digest."""
    return hashlib.sha256(f"mgg-link-1;{number};{previous};{digest}".encode()).hexdigest()


def genesis_of(note: str) -> str:
    """Return the hash that the first link follows: of what was there before the chain."""
    return hashlib.sha256(f"mgg-genesis-1;{note}".encode()).hexdigest()
