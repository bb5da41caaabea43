"""What an earlier attempt of an item has recorded, and what of it has come true."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import cast

from shelfhook.errors import Gone
from shelfhook.files import Standing
from shelfhook.model import Change, ChangeKind, ChangeState, Item, LedgerChange
from shelfhook.ports import Covers, Host
from shelfhook.rules import UNSETTLED
from shelfhook.runner import planning
from shelfhook.runner.filework import FileWork
from shelfhook.runner.making import Trace
from shelfhook.runner.proposals import Entities, Proposal, is_wish, members_now
from shelfhook.store.ledger import Ledger

OPEN = (ChangeState.INTENDED, ChangeState.PLANNED)
SEEN_FROM_OUTSIDE = (ChangeKind.FILE, ChangeKind.COVER)
"""Changes that are looked for before anybody plans: a plan would not know that they are ours."""


@dataclass(frozen=True, slots=True)
class LookBack:
    """Called by all workers of a job, each with its own item."""

    host: Host
    ledger: Ledger
    files: FileWork
    dry_run: bool

    def before(self, prior: Sequence[LedgerChange], trace: Trace) -> list[Change]:
        """Look before the item is read; gives the changes that have come true so far."""
        if not self.dry_run:
            for row in prior:
                if row.change.kind in SEEN_FROM_OUTSIDE and self._is_news(row, {}, trace):
                    trace.applied.append(row.id)
                    trace.wrote = True
                    trace.left = UNSETTLED
        return [row.change for row in prior if row.id in trace.applied]

    def after(self, prior: Sequence[LedgerChange], proposal: Proposal, trace: Trace) -> None:
        """Look at the rest, finish commands, and strike out what is planned no more."""
        for row in prior:
            if self._is_news(row, proposal.entities, trace):
                trace.applied.append(row.id)
                trace.wrote = True
                book = proposal.entities.get(("book", row.change.entity_id))
                if book is not None and row.change.kind is ChangeKind.FIELDS:
                    trace.left = self.host.fingerprint(book)
        if trace.applied and not self.dry_run:
            again = [
                row.change
                for row in prior
                if row.change.kind is ChangeKind.COMMAND
                and row.state is ChangeState.INTENDED
                and row.id not in trace.applied
                and row.change not in proposal.changes
            ]
            proposal.changes = (*proposal.changes, *again)
        self._supersede(prior, proposal.changes, trace)

    def _supersede(
        self, prior: Sequence[LedgerChange], planned: Sequence[Change], trace: Trace
    ) -> None:
        wanted = {_identity(change) for change in planned}
        gone = [
            row.id
            for row in prior
            if row.state in OPEN
            and row.change.kind is not ChangeKind.COMMAND
            and row.id not in trace.applied
            and _identity(row.change) not in wanted
        ]
        if gone:
            self.ledger.supersede(gone)

    def _is_news(self, row: LedgerChange, entities: Entities, trace: Trace) -> bool:
        return row.id not in trace.applied and self._has_come_true(row, entities)

    def _has_come_true(self, row: LedgerChange, entities: Entities) -> bool:
        """Whether the host already has what a change wanted (it was made before a crash, say)."""
        change = row.change
        if change.kind is ChangeKind.FIELDS:
            now = self._now(change, entities)
            return now is not None and planning.has(now, change.after)
        if row.state is ChangeState.PLANNED:
            return False
        if change.kind is ChangeKind.FILE:
            return bool(row.left) and self.files.standing(row) is Standing.NEW
        if change.kind is ChangeKind.COVER:
            return self._cover_has_come_true(row)
        if change.kind is ChangeKind.LIST and not is_wish(change):
            return members_now(self.host, change) == change.after["members"]
        return False

    def _cover_has_come_true(self, row: LedgerChange) -> bool:
        """Whether our cover is chosen. Its id may be lost: then it is any that was not there."""
        change = row.change
        chosen = cast(Covers, self.host).cover(change.entity, change.entity_id)
        if "page" not in change.after:
            return chosen == change.after.get("cover")
        if not row.left and chosen and chosen != change.before.get("cover", ""):
            self.ledger.note_left(row.id, chosen)
            return True
        return bool(row.left) and chosen == row.left

    def _now(self, change: Change, entities: Entities) -> Item | None:
        """The entity as it is now, read if the proposal did not."""
        found = entities.get((change.entity, change.entity_id))
        if found is not None:
            return found
        read = self.host.series if change.entity == "series" else self.host.item
        try:
            return read(change.entity_id)
        except Gone:
            return None


def _identity(change: Change) -> str:
    """The same for a change of a file before and after it was made ready."""
    if change.kind is ChangeKind.FILE:
        return json.dumps([change.entity_id, dict(change.after)], sort_keys=True)
    return planning.key_of(change)
