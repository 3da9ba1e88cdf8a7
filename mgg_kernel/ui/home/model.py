"""What the Home page knows, without any widget."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Literal

from traitlets import HasTraits, Instance

from mgg_kernel.workspace import Workspace
from mgg_kernel.workspace.overview import Keeping, Overview
from mgg_kernel.workspace.rights import RIGHTS

__all__ = ["Card", "HomeModel", "Kind", "State"]

Kind = Literal[
    "unlinked",
    "failing",
    "doubtful",
    "calibration",
    "quarantine",
    "archive",
    "backup",
    "chain",
    "disk",
    "running",
]
State = Literal["calm", "attention", "alarm"]

MIN_FREE_SHARE = 0.1
ALARM_FREE_SHARE = 0.03
BACKUP_EVERY = timedelta(days=2)
VERIFY_EVERY = timedelta(days=8)


@dataclass(frozen=True)
class Card:
    """One thing that may need attention.

    Attributes:
        kind: what it is about.
        state: whether it does.
        values: the numbers of its words.
        page: the page where it is seen to; empty: on none.
        query: what that page is asked for.
    """

    kind: Kind
    state: State
    values: dict[str, object]
    page: str = ""
    query: dict[str, object] = field(default_factory=dict)


class HomeModel(HasTraits):
    """The Home page.

    Args:
        ws: the workspace of whoever looks.
    """

    found = Instance(Overview, allow_none=True)
    """What was found; None: not yet looked."""

    def __init__(self, ws: Workspace) -> None:
        super().__init__()
        self._ws = ws
        self.may_work = False
        self.timezone = ws.settings.timezone

    def load(self) -> None:
        """Look, or look again."""
        self.may_work = self._ws.user.role in RIGHTS["work"]
        self.found = self._ws.overview.look()

    @property
    def cards(self) -> tuple[Card, ...]:
        """What may need attention: what does comes first."""
        if self.found is None:
            return ()
        counts = self.found.counts
        made = [
            _counted("failing", counts.failing, "compare", score=counts.worst_score or 0.0),
            _counted("doubtful", counts.doubtful, "ingest"),
            _counted("calibration", counts.out_of_calibration, ""),
        ]
        if counts.worst_id is not None:
            made[0].query["comparison"] = counts.worst_id
        if self.may_work:
            made.append(_counted("unlinked", counts.unlinked, "ingest"))
            made.append(_counted("quarantine", counts.quarantined, "ingest"))
        if self.found.keeping is not None:
            made += _kept(self.found.keeping, datetime.now(UTC))
        made.append(Card("running", "calm", {"count": counts.running}))
        order = ("alarm", "attention", "calm")
        return tuple(sorted(made, key=lambda card: order.index(card.state)))

    @property
    def attention(self) -> int:
        """How many things need attention."""
        return sum(card.state != "calm" for card in self.cards)


def _counted(kind: Kind, count: int, page: str, **values: object) -> Card:
    return Card(kind, "attention" if count else "calm", {"count": count, **values}, page)


def _kept(keeping: Keeping, now: datetime) -> list[Card]:
    share = keeping.free_bytes / keeping.total_bytes
    disk: State = (
        "alarm" if share < ALARM_FREE_SHARE else "attention" if share < MIN_FREE_SHARE else "calm"
    )
    backup_is_old = keeping.backed_up_at is None or now - keeping.backed_up_at > BACKUP_EVERY
    chain: State = "calm"
    if keeping.findings:
        chain = "alarm"
    elif keeping.verified_at is None or now - keeping.verified_at > VERIFY_EVERY:
        chain = "attention"
    return [
        _counted("archive", keeping.due, "archive", held=keeping.held),
        Card(
            "backup",
            "attention" if backup_is_old else "calm",
            {"at": keeping.backed_up_at},
            "archive",
        ),
        Card(
            "chain",
            chain,
            {
                "count": keeping.chain_number,
                "at": keeping.verified_at,
                "findings": keeping.findings or 0,
            },
            "log",
        ),
        Card("disk", disk, {"free": keeping.free_bytes, "share": share}, "archive"),
    ]
