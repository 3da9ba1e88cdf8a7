"""Which role may do what: the one table that the workspace asks.

PostgreSQL enforces the same by grants and row-level security (``sql/schema.sql``); this table is
for refusing early, in words that a person understands.
"""

from typing import Literal

from mgg_kernel.errors import AccessError
from mgg_kernel.hot.database import Role, User

__all__ = ["RIGHTS", "Right", "require"]

Right = Literal["look", "work", "choose models", "manage accounts", "archive", "back up"]

RIGHTS: dict[Right, frozenset[Role]] = {
    # see dashboards, work orders, tests, simulations, comparisons
    "look": frozenset({"admin", "engineer", "user"}),
    # ingest, simulate, compare, catalogue, work orders, own results
    "work": frozenset({"admin", "engineer"}),
    # which model simulations use, for all teams
    "choose models": frozenset({"admin"}),
    "manage accounts": frozenset({"admin"}),
    # move old rows to the cold store and back, holds, retention, for all teams
    "archive": frozenset({"admin"}),
    # take everything that there is away, encrypted; see how the machine is
    "back up": frozenset({"admin"}),
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
