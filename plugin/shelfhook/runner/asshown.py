"""Apply: exactly what a dry run has shown, of every item that still is as it was then."""

from __future__ import annotations

from typing import cast

from shelfhook.errors import ItemChanged
from shelfhook.model import (
    Change,
    ChangeKind,
    ChangeState,
    Item,
    Job,
    LedgerChange,
    LedgerItem,
)
from shelfhook.ports import Covers, Host, Lists
from shelfhook.runner import planning
from shelfhook.runner.filework import FileWork
from shelfhook.runner.guard import Hold
from shelfhook.runner.making import has, unlike
from shelfhook.runner.proposals import Entities, Proposal
from shelfhook.store.ledger import Ledger


class AsShown:
    """Proposes a dry run's changes again. An item that is another meanwhile is refused whole."""

    def __init__(self, parent: Job, host: Host, ledger: Ledger, files: FileWork) -> None:
        self._parent = parent
        self._host = host
        self._ledger = ledger
        self._files = files

    def propose(self, entry: LedgerItem, hold: Hold) -> Proposal:
        """The changes that were shown; those that have come true by themselves are left out."""
        states = (ChangeState.PLANNED,)
        rows = self._ledger.changes_of_item(self._parent.num, entry.item.id, states)
        entities: Entities = {}
        changes = [row.change for row in rows if not self._is_done(row, entities, hold)]
        return Proposal(planning.in_order(changes), (), entities)

    def ended_badly(self, entry: LedgerItem) -> None:
        """Each item has only its own changes."""

    def _is_done(self, row: LedgerChange, entities: Entities, hold: Hold) -> bool:
        """Whether a change has come true already.

        Raises:
            ItemChanged: it is neither as it was shown nor as it shall become.
        """
        change = row.change
        if change.kind is ChangeKind.FIELDS:
            return self._fields_are_done(row, self._entity(change, entities, hold))
        if change.kind is ChangeKind.FILE:
            if not self._files.is_as_stamped(change.before):
                raise ItemChanged(
                    f"the file {change.before['path']} has changed since it was shown"
                )
        elif change.kind is ChangeKind.LIST:
            return self._list_is_done(change)
        elif change.kind is ChangeKind.COVER:
            chosen = cast(Covers, self._host).cover(change.entity, change.entity_id)
            if chosen != change.before.get("cover", ""):
                raise ItemChanged(f"another cover was chosen for {change.entity_id} since")
        return False

    def _fields_are_done(self, row: LedgerChange, now: Item) -> bool:
        after = row.change.after
        if has(now, after):
            return True
        result = planning.apply(now, row.change)
        same = planning.digest(self._host.fingerprint(result)) == row.left
        if not (same and has(now, row.change.before)):
            raise ItemChanged(
                f"the {now.entity} {now.name!r} has changed since it was shown:"
                f" {_told(now, row.change)}"
            )
        return False

    def _entity(self, change: Change, entities: Entities, hold: Hold) -> Item:
        key = (change.entity, change.entity_id)
        if key not in entities:
            if change.entity == "series":
                hold.series(change.entity_id)
                entities[key] = self._host.series(change.entity_id)
            else:
                entities[key] = self._host.item(change.entity_id)
        return entities[key]

    def _list_is_done(self, change: Change) -> bool:
        there = cast(Lists, self._host).find_list(change.entity, change.entity_id)
        members = None if there is None else list(there.members)
        if members == change.after["members"]:
            return True
        if members != change.before["members"]:
            raise ItemChanged(f"the {change.entity} {change.entity_id!r} has changed since")
        return False


def _told(now: Item, change: Change) -> str:
    return unlike(now, change.before) or "in fields beside those that were shown"
