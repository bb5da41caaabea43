"""Changes of one item: recorded durably, then made one by one."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import cast

from shelfhook.errors import Transient
from shelfhook.model import (
    Change,
    ChangeKind,
    ChangeState,
    Finding,
    Item,
    LedgerChange,
    LedgerItem,
    Shelf,
)
from shelfhook.ports import Action, Covers, FileAction, Host, Lists, PlanContext
from shelfhook.rules import UNSETTLED
from shelfhook.runner import planning
from shelfhook.runner.filework import Build, FileWork, Ready
from shelfhook.runner.proposals import Entities, Proposal, is_wish
from shelfhook.store.ledger import Ledger


@dataclass(slots=True)
class Trace:
    """What has become of an item so far; filled as it happens, so that an error loses nothing.

    Attributes:
        applied: ids of changes that the host has taken.
        left: fingerprint of the state in which we left the item; "" if untouched.
        seen: fingerprint of the item that needs no further look while it stays like this.
        mark: the same of its series; "" where nobody asks for it.
        unfinished: it needs another look in any case.
        wrote: something else than a command was made, in whatever attempt.
        findings: what was found wrong.
        shelf: where the item stands.
    """

    applied: list[int] = field(default_factory=list)
    left: str = ""
    seen: str = ""
    mark: str = ""
    unfinished: bool = False
    wrote: bool = False
    findings: tuple[Finding, ...] = ()
    shelf: Shelf = field(default_factory=Shelf)


@dataclass(slots=True)
class Step:
    """A change that is ready to be made.

    Attributes:
        left: what undo will recognise it by.
        after: the entity once its fields are written, with the fingerprint of that state.
    """

    change: Change
    left: str = ""
    ready: Ready | None = None
    after: Item | None = None


@dataclass(frozen=True, slots=True)
class Making:
    """Records and makes changes for one job. Called by all its workers, each with its own item.

    Attributes:
        actions: by name, for the files that they build.
        deferred: set once a command waits until all items of the job are done.
    """

    job_num: int
    dry_run: bool
    host: Host
    ledger: Ledger
    files: FileWork
    context: PlanContext
    actions: Mapping[str, Action]
    deferred: threading.Event = field(default_factory=threading.Event)

    @contextmanager
    def ready(self, entry: LedgerItem, proposal: Proposal) -> Iterator[list[Step]]:
        """Get everything ready: new files are built. What was not made is thrown away again."""
        steps: list[Step] = []
        now = dict(proposal.entities)
        try:
            for change in proposal.changes:  # one by one: what is ready is thrown away on error
                steps.append(self._step(entry, change, now))  # noqa: PERF401
            yield steps
        finally:
            for step in steps:
                if step.ready is not None:
                    step.ready.abandon()  # a no-op once it is in its place

    def note(
        self, entry: LedgerItem, steps: Sequence[Step], prior: list[LedgerChange]
    ) -> list[int]:
        """Record the changes before they are made; a repeat finds its own record again."""
        if not prior:  # nearly always: the first attempt of an item of this run
            return self._note(entry, steps, prior)
        known = {planning.key_of(row.change): row for row in prior}
        keys = [planning.key_of(step.change) for step in steps]
        fresh = [step for step, key in zip(steps, keys, strict=True) if key not in known]
        self._note(entry, fresh, prior)
        for step, key in zip(steps, keys, strict=True):
            if key in known and known[key].left != step.left:
                self.ledger.note_left(known[key].id, step.left)
        ids = {planning.key_of(row.change): row.id for row in prior}
        return [ids[key] for key in keys]

    def check_unchanged(self, steps: Sequence[Step], proposal: Proposal) -> None:
        """To build a file may take long: nobody must have edited its book meanwhile.

        Raises:
            Transient: somebody has; what was planned is out of date.
        """
        if not any(step.ready for step in steps):
            return
        for (entity, entity_id), planned in proposal.entities.items():
            read = self.host.series if entity == "series" else self.host.item
            if self._digest(read(entity_id)) != self._digest(planned):
                raise Transient(f"{planned.name} was edited while its file was made")

    def _note(
        self, entry: LedgerItem, steps: Sequence[Step], prior: list[LedgerChange]
    ) -> list[int]:
        if not steps:
            return []
        noted = [(step.change, self._state(step.change), step.left) for step in steps]
        ids = self.ledger.note(self.job_num, entry.seq, noted)
        for number, (change, state, left) in zip(ids, noted, strict=True):
            prior.append(LedgerChange(number, entry.seq, change, state, left))
        return ids

    def make(self, number: int, step: Step, entities: Entities, trace: Trace) -> None:
        """Make one change, and note what it leaves."""
        change = step.change
        if is_wish(change):
            return  # stays gathered: the list is written when all items are done
        if change.kind is ChangeKind.COMMAND and trace.wrote:
            # What the host does with what was written touches the series too, and with it the other
            # books: they must be done first, or they would not be as they were planned and shown.
            self.deferred.set()
            return
        if change.kind is ChangeKind.FIELDS:
            self.host.write(change.entity, change.entity_id, change.after)
            self._wrote(step, entities, trace)
        elif change.kind is ChangeKind.COMMAND:
            self.host.command(change.entity, change.entity_id, change.command)
            trace.left = UNSETTLED  # a command changes more than we wrote
        elif step.ready is not None:
            step.ready.commit()
            trace.left = UNSETTLED
        elif change.kind is ChangeKind.COVER:
            self._cover(number, change)
            trace.left = trace.left or trace.seen  # no cover is a part of a fingerprint
        else:
            self._list(change)
        trace.applied.append(number)
        trace.wrote = trace.wrote or change.kind is not ChangeKind.COMMAND

    def _step(self, entry: LedgerItem, change: Change, now: Entities) -> Step:
        key = (change.entity, change.entity_id)
        if change.kind is ChangeKind.FIELDS:
            after = planning.apply(now[key], change)
            fingerprint = self.host.fingerprint(after)
            now[key] = after = replace(after, fingerprint=fingerprint)
            return Step(change, planning.digest(fingerprint), after=after)
        if self.dry_run:
            # What is applied later is applied to the book as it was shown.
            left = self._digest(now[key]) if key in now else ""
            return Step(self.files.stamped(change), left)
        if change.kind is not ChangeKind.FILE:
            return Step(change)
        ready = self.files.prepare(change, entry.item.id, self._builder(change))
        return Step(ready.change, ready.left, ready)

    def _digest(self, item: Item) -> str:
        return planning.digest(self.host.fingerprint(item))

    def _builder(self, change: Change) -> Build | None:
        action = self.actions.get(change.action)
        if action is None:
            return None
        build = cast(FileAction, action).build
        return lambda planned, target: build(planned, target, self.context)

    def _state(self, change: Change) -> ChangeState:
        if is_wish(change):
            return ChangeState.GATHERED
        return ChangeState.PLANNED if self.dry_run else ChangeState.INTENDED

    def _wrote(self, step: Step, entities: Entities, trace: Trace) -> None:
        after = step.after
        assert after is not None  # made with every change of fields
        entities[after.entity, after.id] = after
        if after.entity == "book":
            trace.left = trace.seen = after.fingerprint

    def _list(self, change: Change) -> None:
        lists = cast(Lists, self.host)
        there = lists.find_list(change.entity, change.entity_id)
        members = change.after["members"]
        if members is None:
            if there is not None:
                lists.remove_list(change.entity, there.id)
            return
        lists.write_list(
            change.entity,
            change.entity_id,
            cast("list[str]", members),
            ordered=bool(change.after.get("ordered")),
            list_id="" if there is None else there.id,
        )

    def _cover(self, number: int, change: Change) -> None:
        """Put a page on the cover, or (undo) choose the cover again that was there before."""
        covers = cast(Covers, self.host)
        entity, entity_id = change.entity, change.entity_id
        if "cover" in change.after and "page" not in change.after:
            left = str(change.after["cover"])
            # Removed first: a host without a cover of its own has nothing else to choose.
            covers.remove_cover(entity, entity_id, str(change.before["cover"]))
            if covers.cover(entity, entity_id) != left:
                covers.choose_cover(entity, entity_id, left)
        else:
            image = covers.page(entity_id, int(cast(int, change.after["page"])))
            left = covers.add_cover(entity, entity_id, image)
        self.ledger.note_left(number, left)
