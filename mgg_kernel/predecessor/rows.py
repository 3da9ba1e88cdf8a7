"""What comes out of an old database: rows as far as they can be understood, with what is wrong."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from mgg_kernel.curve import PTCurve
from mgg_kernel.recipe import Recipe

__all__ = ["OldCurve", "OldOrder", "OldRow", "OldUser"]


@dataclass(frozen=True)
class OldRow:
    """A row of the old database.

    Attributes:
        table: its table there.
        key: its primary key there, as text.
        digest: SHA-256 of all its columns.
        raw: its columns without secrets, for whoever has to look at a refused one.
        problem: why it cannot be brought in; empty if it can.
        remarks: what was understood in one of several ways, a sentence each.
    """

    table: str
    key: str
    digest: str
    raw: dict[str, Any] = field(repr=False)
    problem: str = ""
    remarks: tuple[str, ...] = ()


@dataclass(frozen=True)
class OldUser(OldRow):
    """An account.  `role` is one of ours; `password_hash` is bcrypt's, or None."""

    username: str = ""
    display_name: str = ""
    role: str = "user"
    phone: str | None = None
    email: str | None = None
    password_hash: str | None = field(default=None, repr=False)
    is_active: bool = True


@dataclass(frozen=True)
class OldOrder(OldRow):
    """A work order; `number` is what people call it there."""

    number: str = ""
    owner: str | None = None
    created_at: datetime | None = None


@dataclass(frozen=True)
class OldCurve(OldRow):
    """A simulation or a test.

    Attributes:
        owner: key of the account that made it; None where nobody is told.
        order: number of its work order; None without one.
        name: what it is called.
        recipe: what was fired; None where none is told, and `recipe_problem` says why if it is
            told but makes no sense.
        simulation: key of the simulation that a test belongs to.
        curve: the curve; None where `problem` says why.
        file_name: name of the file that a test came from.
        file_path: where that file was.
        created_at: when it was made.
    """

    owner: str | None = None
    order: str | None = None
    name: str = ""
    recipe: Recipe | None = None
    recipe_problem: str = ""
    simulation: str | None = None
    curve: PTCurve | None = field(default=None, repr=False)
    file_name: str = ""
    file_path: str = ""
    created_at: datetime | None = None
