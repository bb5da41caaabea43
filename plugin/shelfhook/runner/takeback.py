"""Undo: what an earlier job left is put back, wherever nobody has touched it since."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import cast

from shelfhook.errors import Gone
from shelfhook.files.standing import Standing
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
from shelfhook.ports import Covers, Host, Lists
from shelfhook.runner import planning
from shelfhook.runner.filework import FileWork
from shelfhook.runner.guard import Hold
from shelfhook.runner.hostmade import is_open, unknown
from shelfhook.runner.planning import has, unlike
from shelfhook.runner.proposals import Entities, Proposal, read_entity
from shelfhook.store.ledger import Ledger

MADE = (ChangeState.APPLIED, ChangeState.INTENDED)
"""An intended change may have reached the host before a crash or an error."""


class TakeBack:
    """Takes back one job's changes, the last first.

    A change is put back if its entity looks just as the job left it; if it looks as before the job,
    there is nothing to do; anything else is a conflict, which is named and left alone.
    """

    def __init__(
        self, parent: Job, host: Host, ledger: Ledger, files: FileWork, *, dry_run: bool
    ) -> None:
        self._parent = parent
        self._dry_run = dry_run
        self._host = host
        self._ledger = ledger
        self._files = files

    def propose(self, entry: LedgerItem, hold: Hold, done: Sequence[Change]) -> Proposal:
        """The changes that restore what was before the job, and the conflicts."""
        del done  # what is restored already is recognised by itself
        rows = self._ledger.changes_of_item(self._parent.num, entry.item.id, MADE)
        back = _Back(self._host, self._files, hold, settle=not self._dry_run)
        for row in reversed(rows):
            back.take(row)
        return back.proposal(entry)

    def ended_badly(self, entry: LedgerItem) -> None:
        """Each item has only its own changes."""


class _Back:
    """One item's changes on their way back. `_now` is how its entities will look by then."""

    def __init__(self, host: Host, files: FileWork, hold: Hold, *, settle: bool) -> None:
        self._settle = settle
        self._host = host
        self._files = files
        self._hold = hold
        self._read: Entities = {}
        self._now: Entities = {}
        self._changes: list[Change] = []
        self._conflicts: list[str] = []
        self._book_was_changed = False
        self._reformatted = False

    def take(self, row: LedgerChange) -> None:
        """Add what takes this change back."""
        take = {
            ChangeKind.FIELDS: self._fields,
            ChangeKind.FILE: self._file,
            ChangeKind.LIST: self._list,
            ChangeKind.COVER: self._cover,
        }.get(row.change.kind)  # a command cannot be taken back
        if take is not None:
            take(row)

    def proposal(self, entry: LedgerItem) -> Proposal:
        """All of it; but nothing of a book that somebody has changed in any way.

        Else its file would come back, and with it what the host reads from that into the fields.
        """
        fields = [change for key in self._now if (change := self._merged(key))]
        changes = [*fields, *self._changes, *self._commands(entry)]
        if self._book_was_changed:
            changes = [change for change in changes if change.entity != "book"]
        made = planning.in_order(changes)
        findings = tuple(
            Finding(
                "undo.conflict",
                Severity.WARNING,
                conflict,
                "compare it with the job's changes, and change it by hand if need be",
                action="undo",
            )
            for conflict in self._conflicts
        )
        refused = f"conflict: {'; '.join(self._conflicts)}" if self._conflicts else ""
        return Proposal(made, findings, self._read, refused)

    def _fields(self, row: LedgerChange) -> None:
        change = row.change
        try:
            now = self._entity(change)
        except Gone as error:
            self._conflict(change, str(error))
            return
        if has(now, change.before):
            return
        if is_open(row):
            self._conflict(change, unknown(row, now))
            return
        left = planning.digest(self._host.fingerprint(now)) == row.left
        if left if row.left else has(now, change.after):
            restored = replace(now, fields={**now.fields, **change.before})
            self._now[now.entity, now.id] = restored
        else:
            self._conflict(change, f"the {change.entity} was changed since: {_told(now, change)}")

    def _conflict(self, change: Change, told: str) -> None:
        self._conflicts.append(told)
        self._book_was_changed = self._book_was_changed or change.entity == "book"

    def _entity(self, change: Change) -> Item:
        key = (change.entity, change.entity_id)
        if key not in self._now:
            found = read_entity(self._host, change, self._hold)
            self._read[key] = self._now[key] = found
        return self._now[key]

    def _merged(self, key: tuple[str, str]) -> Change | None:
        """One write for each entity, whatever number of changes it takes back."""
        read, now = self._read[key], self._now[key]
        names = [n for n in now.fields if not planning.alike(now.fields[n], read.fields.get(n))]
        if not names:
            return None
        before = {name: read.fields.get(name) for name in names}
        after = {name: now.fields[name] for name in names}
        return Change(ChangeKind.FIELDS, *key, before=before, after=after, action="undo")

    def _file(self, row: LedgerChange) -> None:
        found = self._files.standing(row, settle=self._settle)
        if found is Standing.NEW:
            self._changes.append(self._files.back(row))
            after = row.change.after
            same_name = after["path"] == row.change.before["path"]
            self._reformatted = self._reformatted or (same_name and "comicinfo" not in after)
        elif found is Standing.OTHER:
            path = row.change.after["path"]
            self._conflict(row.change, f"the file {path} was changed since")

    def _list(self, row: LedgerChange) -> None:
        change = row.change
        there = cast(Lists, self._host).find_list(change.entity, change.entity_id)
        members = None if there is None else list(there.members)
        if members == change.before["members"]:
            return
        if members != change.after["members"]:
            self._conflict(change, f"the {change.entity} {change.entity_id!r} was changed since")
            return
        ordered = change.after.get("ordered", True) if there is None else there.ordered
        self._changes.append(
            Change(
                ChangeKind.LIST,
                change.entity,
                change.entity_id,
                before={"members": members, "ordered": ordered},
                after={
                    "members": change.before["members"],
                    "ordered": change.before.get("ordered", ordered),
                },
                action="undo",
            )
        )

    def _cover(self, row: LedgerChange) -> None:
        change = row.change
        chosen = cast(Covers, self._host).cover(change.entity, change.entity_id)
        if chosen == change.before.get("cover"):
            return
        if chosen != row.left:
            self._conflict(change, f"another cover was chosen for the {change.entity} since")
            return
        after = {"cover": change.before.get("cover", "")}
        if "page" in change.before:  # the undo of an undo
            after["page"] = change.before["page"]
        before = {"cover": chosen, "page": change.after.get("page", 1)}
        self._changes.append(
            Change(ChangeKind.COVER, change.entity, change.entity_id, before, after, action="undo")
        )

    def _commands(self, entry: LedgerItem) -> list[Change]:
        """A file that is of another format again must be opened anew by the host.

        But not one whose ComicInfo.xml alone is the old one: the host would read that into fields
        that were put back.
        """
        if not self._reformatted or "analyze" not in self._host.capabilities:
            return []
        command = Change(ChangeKind.COMMAND, "book", entry.item.id, command="analyze")
        return [command]


def _told(now: Item, change: Change) -> str:
    return unlike(now, change.after) or "fields that the job did not write are not as they were"
