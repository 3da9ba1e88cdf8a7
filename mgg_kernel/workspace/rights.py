"""Which role may do what: the one table that the workspace asks.

PostgreSQL enforces the same by grants and row-level security (``sql/schema.sql``); this table is
for refusing early, in words that a person understands.
"""

from typing import Literal

from mgg_kernel.errors import AccessError
from mgg_kernel.hot.database import Role, User

__all__ = ["MEANING", "RIGHTS", "ROLES", "Right", "require", "table"]

Right = Literal[
    "look",
    "work",
    "JupyterLab",
    "delete own results",
    "delete any result",
    "restore",
    "choose models",
    "manage accounts",
    "end sessions",
    "archive",
    "retention",
    "back up",
]

ROLES: tuple[Role, ...] = ("admin", "engineer", "user")

_ALL: frozenset[Role] = frozenset({"admin", "engineer", "user"})
_WORKING: frozenset[Role] = frozenset({"admin", "engineer"})
_ADMIN: frozenset[Role] = frozenset({"admin"})

RIGHTS: dict[Right, frozenset[Role]] = {
    "look": _ALL,
    "work": _WORKING,
    "JupyterLab": _WORKING,
    "delete own results": _WORKING,
    "delete any result": _ADMIN,
    "restore": _WORKING,
    "choose models": _ADMIN,
    "manage accounts": _ADMIN,
    "end sessions": _ADMIN,
    "archive": _ADMIN,
    "retention": _ADMIN,
    "back up": _ADMIN,
}

MEANING: dict[Right, str] = {
    "look": "see dashboards, work orders, tests, simulations, comparisons and reports of the team",
    "work": "ingest, simulate, search in reverse, compare, calibrate, keep catalogue and orders",
    "JupyterLab": "use JupyterLab",
    "delete own results": "mark own results as deleted, and take that back",
    "delete any result": "the same with anybody's, of all teams",
    "restore": "restore samples of the team from the cold store; put and release holds",
    "choose models": "choose the model that simulations use, for all teams",
    "manage accounts": "add, change, close and reopen accounts; see all teams",
    "end sessions": "log anybody out",
    "archive": "move old rows to the cold store, verify it and the operation log",
    "retention": "change for how long rows stay in PostgreSQL",
    "back up": "take everything away, encrypted; see how the machine is",
}


def require(user: User, right: Right) -> None:
    """Check that a user's role has a right.

    Raises:
        AccessError: it has not.
    """
    if user.role not in RIGHTS[right]:
        allowed = " or ".join(sorted(RIGHTS[right]))
        raise AccessError(
            f"The account '{user.username}' has the role '{user.role}', but this needs {allowed}; "
            "ask an administrator."
        )


def table() -> str:
    """Return the table as it stands in ``docs/rights.md``."""
    lines = [f"| right | {' | '.join(ROLES)} | means |", "|---|" + "---|" * (len(ROLES) + 1)]
    for right, allowed in RIGHTS.items():
        marks = ["yes" if role in allowed else "no" for role in ROLES]
        lines.append(f"| {right} | {' | '.join(marks)} | {MEANING[right]} |")
    return "\n".join(lines) + "\n"
