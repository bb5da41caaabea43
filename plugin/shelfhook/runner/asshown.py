"""Apply: exactly what a dry run has shown, of every entity that still is as it was then."""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast

from shelfhook.errors import Gone, ItemChanged
from shelfhook.model import (
    Change,
    ChangeKind,
    ChangeState,
    Finding,
    Item,
    Job,
    LedgerChange,
    LedgerItem,
    Severity,
)
from shelfhook.ports import Covers, Host
from shelfhook.runner import planning
from shelfhook.runner.aswhole import Wholes, whole_of
from shelfhook.runner.filework import FileWork
from shelfhook.runner.guard import Hold
from shelfhook.runner.planning import has, unlike
from shelfhook.runner.proposals import Entities, Proposal, members_now, read_entity
from shelfhook.store.ledger import Ledger

BEGUN = (ChangeState.INTENDED, ChangeState.APPLIED)


class AsShown:
    """Proposes a dry run's changes again.

    An entity that is another meanwhile is refused with all that was shown of it: of a book its
    fields, its file, its cover and its commands. So are all books of a series that were to be
    changed as a whole, if one of them is.

    Args:
        parent: the dry run.
        job_num: of the job that applies it.
    """

    def __init__(
        self, parent: Job, host: Host, ledger: Ledger, files: FileWork, job_num: int
    ) -> None:
        self._parent = parent
        self._host = host
        self._ledger = ledger
        self._files = files
        self._job_num = job_num
        self._wholes = Wholes(parent.num, ledger)

    def propose(self, entry: LedgerItem, hold: Hold, done: Sequence[Change]) -> Proposal:
        """The changes that were shown; those that have come true by themselves are left out."""
        shown = _Shown(self._host, self._files, hold, done)
        for row in self._rows(entry.item.id):
            shown.take(row)
        for whole in shown.wholes():
            shown.refuse_book(self._wholes.hindrance(whole, lambda book: self._why_not(book, hold)))
        return shown.proposal()

    def _rows(self, item_id: str) -> Sequence[LedgerChange]:
        return self._ledger.changes_of_item(self._parent.num, item_id, (ChangeState.PLANNED,))

    def _why_not(self, book: str, hold: Hold) -> str:
        """Why a book is not as it was shown; only looks. What this job has made of it is ours."""
        ours = self._ledger.changes_of_item(self._job_num, book, BEGUN)
        shown = _Shown(self._host, self._files, hold, [row.change for row in ours])
        for row in self._rows(book):
            if row.change.entity == "book":  # another worker may hold the series: left alone
                shown.take(row)
        return shown.refused_book

    def ended_badly(self, entry: LedgerItem) -> None:
        """Each item has only its own changes."""


class _Shown:
    """One item's changes. `_now` is how its entities look, and will look with what was taken."""

    def __init__(self, host: Host, files: FileWork, hold: Hold, done: Sequence[Change]) -> None:
        self._host = host
        self._files = files
        self._hold = hold
        self._done = done
        self._read: Entities = {}
        self._now: Entities = {}
        self._changes: list[Change] = []
        self._refused: dict[str, str] = {}
        """By the kind of entity, why nothing of it is done."""

    def take(self, row: LedgerChange) -> None:
        """Add a change, unless it has come true, or its entity is another meanwhile."""
        if row.change.entity in self._refused:
            return
        try:
            if not self._is_done(row):
                self._changes.append(row.change)
        except (ItemChanged, Gone) as error:
            self._refused[row.change.entity] = str(error)

    @property
    def refused_book(self) -> str:
        """Why nothing of the book is done; "" if all of it is."""
        return self._refused.get("book", "")

    def refuse_book(self, reason: str) -> None:
        """Do nothing of the book, if there is a reason, and none yet."""
        if reason:
            self._refused.setdefault("book", reason)

    def wholes(self) -> set[str]:
        """What this item is to be changed together with others for."""
        if self.refused_book:
            return set()
        return {whole for change in self._changes if (whole := whole_of(change))}

    def proposal(self) -> Proposal:
        """All of it."""
        left = [change for change in self._changes if change.entity not in self._refused]
        findings = tuple(
            Finding(
                "apply.changed-since",
                Severity.WARNING,
                told,
                "make a new dry run, and apply that",
                action="apply",
            )
            for told in self._refused.values()
        )
        refused = "; ".join(self._refused.values())
        return Proposal(planning.in_order(left), findings, self._read, refused)

    def _is_done(self, row: LedgerChange) -> bool:
        """Whether a change has come true already.

        Raises:
            ItemChanged: it is neither as it was shown nor as it shall become.
            Gone: there is nothing to change any more.
        """
        change = row.change
        if change.kind is ChangeKind.FIELDS:
            return self._fields_are_done(row, self._entity(change))
        if change.kind is ChangeKind.LIST:
            return self._list_is_done(change)
        ours = [one for one in self._done if one.kind in (ChangeKind.FILE, ChangeKind.COVER)]
        if any(one.kind is change.kind and one.after == change.after for one in ours):
            return True
        if not ours:  # what the host has made of our own file is no edit
            self._check_fields(row, self._entity(change))
        if change.kind is ChangeKind.FILE and not self._files.is_as_stamped(change.before):
            raise ItemChanged(f"the file {change.before['path']} has changed since it was shown")
        if change.kind is ChangeKind.COVER:
            self._check_cover(change)
        return False

    def _fields_are_done(self, row: LedgerChange, now: Item) -> bool:
        if has(now, row.change.after):
            return True
        result = planning.apply(now, row.change)
        if not (has(now, row.change.before) and self._digest(result) == row.left):
            raise _changed(now, row.change)
        self._now[now.entity, now.id] = result
        return False

    def _check_fields(self, row: LedgerChange, now: Item) -> None:
        if row.left and self._digest(now) != row.left:
            raise _changed(now, row.change)

    def _check_cover(self, change: Change) -> None:
        chosen = cast(Covers, self._host).cover(change.entity, change.entity_id)
        if chosen != change.before.get("cover", ""):
            raise ItemChanged(f"another cover was chosen for {change.entity_id} since")

    def _list_is_done(self, change: Change) -> bool:
        members = members_now(self._host, change)
        if members == change.after["members"]:
            return True
        if members != change.before["members"]:
            raise ItemChanged(f"the {change.entity} {change.entity_id!r} has changed since")
        return False

    def _entity(self, change: Change) -> Item:
        key = (change.entity, change.entity_id)
        if key not in self._now:
            found = read_entity(self._host, change, self._hold)
            self._read[key] = self._now[key] = found
        return self._now[key]

    def _digest(self, item: Item) -> str:
        return planning.digest(self._host.fingerprint(item))


def _changed(now: Item, change: Change) -> ItemChanged:
    told = unlike(now, change.before) if change.kind is ChangeKind.FIELDS else ""
    told = told or "in fields beside those that were shown"
    return ItemChanged(f"the {now.entity} {now.name!r} has changed since it was shown: {told}")
