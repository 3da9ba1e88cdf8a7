"""Following the chain over entries that come in nearly any order, in memory that does not grow.

What was followed is kept as stretches without a gap; of entries that come nearly in the chain's
order there is one, so a log of any length takes the memory of a few.
"""

from bisect import bisect_left
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal

from mgg_kernel.audit.encoding import link_of

__all__ = ["ChainFinding", "ChainWalk", "Entry", "Kind"]

Kind = Literal["altered", "removed", "inserted", "cut", "unreadable"]
MOST_FINDINGS = 1_000


@dataclass(frozen=True)
class Entry:
    """Where an entry is, and its link.

    Attributes:
        id: of the entry.
        recorded_at: when it was written, as it says.
        file: the cold file that it is in; None: PostgreSQL.
        number: its place in the chain.
        previous: the hash that it follows.
        hash: its own.
    """

    id: int
    recorded_at: datetime
    file: str | None
    number: int
    previous: str
    hash: str

    @property
    def place(self) -> str:
        """Where it is, in words."""
        return f"the file {self.file}" if self.file else "PostgreSQL"


@dataclass(frozen=True)
class ChainFinding:
    """Something that shows that the log was rewritten.

    Attributes:
        kind: ``altered``, ``removed``, ``inserted``, ``cut`` (a published head is not in the
            chain), ``unreadable`` (a file).
        number: place in the chain, where it is known.
        id: of the entry, or of the last one before a gap.
        recorded_at: of that entry.
        file: the cold file; None: PostgreSQL.
        text: what was found, for a person.
    """

    kind: Kind
    text: str
    number: int | None = None
    id: int | None = None
    recorded_at: datetime | None = None
    file: str | None = None


@dataclass
class _Stretch:
    first: Entry
    last: Entry


class ChainWalk:
    """Follows a chain; :meth:`end` tells what is missing.

    Args:
        known: hashes that are known from elsewhere, by number: of seals.
        published: the same, of heads that were published.
    """

    def __init__(self, known: dict[int, str], published: dict[int, str]) -> None:
        self._known, self._published = known, published
        self._stretches: list[_Stretch] = []
        self.findings: list[ChainFinding] = []
        self.finding_count = 0
        self.followed = 0

    def find(self, kind: Kind, words: str, entry: Entry | None = None) -> None:
        """Keep a finding; of very many the first thousand."""
        self.finding_count += 1
        if len(self.findings) >= MOST_FINDINGS:
            return
        if entry is None:
            self.findings.append(ChainFinding(kind, words))
        else:
            self.findings.append(
                ChainFinding(kind, words, entry.number, entry.id, entry.recorded_at, entry.file)
            )

    def add(self, entry: Entry, digest: str) -> None:
        """Follow the link of one entry.

        Args:
            entry: it.
            digest: of what the entry says now.
        """
        self.followed += 1
        if link_of(entry.number, entry.previous, digest) != entry.hash:
            self.find("altered", "it does not say any more what was sealed", entry)
        elif self._known.get(entry.number, entry.hash) != entry.hash:
            self.find("altered", "its hash is not the one that the database's books know", entry)
        elif self._published.get(entry.number, entry.hash) != entry.hash:
            self.find("altered", "its hash is not the one that was published", entry)
        self._place(entry)

    def _place(self, entry: Entry) -> None:
        stretches = self._stretches
        if stretches and stretches[-1].last.number + 1 == entry.number:
            at = len(stretches)
        else:
            at = bisect_left(stretches, entry.number, key=lambda one: one.first.number)
        left = stretches[at - 1] if at else None
        right = stretches[at] if at < len(stretches) else None
        if (left is not None and left.last.number >= entry.number) or (
            right is not None and right.first.number == entry.number
        ):
            self.find("inserted", "another entry has the same place in the chain", entry)
            return
        stretch = _Stretch(entry, entry)
        if left is not None and left.last.number + 1 == entry.number:
            self._require_link(left.last, entry)
            left.last, stretch = entry, left
        else:
            stretches.insert(at, stretch)
            at += 1
        if right is not None and right.first.number == entry.number + 1:
            self._require_link(entry, right.first)
            stretch.last = right.last
            del stretches[at]

    def _require_link(self, one: Entry, following: Entry) -> None:
        if following.previous != one.hash:
            self.find("altered", "the entry behind it in the chain follows another one", one)

    def end(self, beginning: str, last_sealed: int) -> None:
        """Tell what is missing.

        Args:
            beginning: the hash that the first link follows.
            last_sealed: how far the database's books say that the chain reaches.
        """
        before = Entry(0, datetime.min.replace(tzinfo=UTC), None, 0, "", beginning)
        for stretch in self._stretches:
            missing = stretch.first.number - before.number - 1
            if missing:
                self._find_gap(before, missing, stretch.first)
            elif before.number == 0 and stretch.first.previous != beginning:
                self.find("altered", "it does not follow the beginning of the chain", stretch.first)
            before = stretch.last
        if before.number < last_sealed:
            self._find_gap(before, last_sealed - before.number, None)
        reach = max(before.number, last_sealed)
        for number in sorted(self._published):
            if number > reach:
                words = f"entry {number} of the chain was published, but it ends at {reach}"
                self.findings.append(ChainFinding("cut", words, reach + 1))
                self.finding_count += 1
                return

    def _find_gap(self, before: Entry, missing: int, after: Entry | None) -> None:
        first = before.number + 1
        what = (
            f"entry {first} of the chain is"
            if missing == 1
            else (f"entries {first} to {before.number + missing} of the chain are")
        )
        known = before if before.number else after
        beside = ""
        if known is not None:
            side = "behind" if known is before else "before"
            moment = f"{known.recorded_at:%Y-%m-%d %H:%M:%S}"
            beside = f", {side} the entry {known.id} of {moment} in {known.place}"
        self.finding_count += 1
        if len(self.findings) < MOST_FINDINGS:
            self.findings.append(
                ChainFinding(
                    "removed",
                    f"{what} missing{beside}",
                    first,
                    known.id if known else None,
                    known.recorded_at if known else None,
                    known.file if known else None,
                )
            )
