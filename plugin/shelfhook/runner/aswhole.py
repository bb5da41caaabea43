"""Apply: changes that were shown for all books of a series together are made of all, or of none."""

from __future__ import annotations

import threading
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple, TypeAlias

from shelfhook.model import Change, ChangeKind, ChangeState
from shelfhook.store.ledger import Ledger

PAGE = 1_000


class Member(NamedTuple):
    """A book of a whole."""

    id: str
    name: str


Check: TypeAlias = "Callable[[str], str]"
"""Why what was shown of a book cannot be applied to it any more; "" if it can."""


@dataclass(slots=True)
class _Judged:
    """The lock is held while all books of a whole are read; the host's deadlines end that.

    Nobody who holds it takes another worker's item or series.
    """

    lock: threading.Lock = field(default_factory=threading.Lock)
    hindrance: str | None = None


class Wholes:
    """The wholes of one dry run, for the job that applies it. Called by all its workers.

    Knows the books that were shown as part of a whole, which are few: those of renamed series.
    """

    def __init__(self, shown_num: int, ledger: Ledger) -> None:
        self._num = shown_num
        self._ledger = ledger
        self._members: Mapping[str, Sequence[Member]] | None = None
        self._reading = threading.Lock()  # held while the dry run's changes are read, once
        self._judged: dict[str, _Judged] = {}

    def hindrance(self, whole: str, check: Check) -> str:
        """Which book is not as it was shown, and why; "" if all of them are. Judged once."""
        judged = self._judged.setdefault(whole, _Judged())  # atomic
        with judged.lock:
            if judged.hindrance is None:
                judged.hindrance = self._first(whole, check)
            return judged.hindrance

    def _first(self, whole: str, check: Check) -> str:
        for member in self._all().get(whole, ()):
            if why := check(member.id):
                return f"its series changes as a whole or not at all, and of {member.name}: {why}"
        return ""

    def _all(self) -> Mapping[str, Sequence[Member]]:
        with self._reading:
            if self._members is None:
                self._members = self._read()
            return self._members

    def _read(self) -> Mapping[str, Sequence[Member]]:
        found: defaultdict[str, list[Member]] = defaultdict(list)
        after, states = -1, (ChangeState.PLANNED,)
        while page := self._ledger.changed_items(self._num, states, after=after, limit=PAGE):
            after = page[-1].seq
            items = {row.seq: Member(row.item.id, row.item.name) for row in page}
            for row in self._ledger.changes_of(self._num, list(items)):
                if whole := whole_of(row.change):
                    found[whole].append(items[row.seq])
        return dict(found)


def whole_of(change: Change) -> str:
    """The whole that a change is a part of; "" if it stands alone."""
    return str(change.after.get("whole", "")) if change.kind is ChangeKind.FILE else ""
