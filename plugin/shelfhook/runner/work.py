"""One item: read → plan → (a dry run ends here) → record before, durably → apply → outcome."""

from __future__ import annotations

import logging
import random
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from shelfhook.errors import HostDown, ShelfhookError, StoreUnavailable, Transient
from shelfhook.model import (
    Change,
    ChangeKind,
    ChangeState,
    Job,
    LedgerChange,
    LedgerItem,
    Outcome,
    Result,
)
from shelfhook.ports import Action, Clock, Host, PlanContext
from shelfhook.rules import RetryPolicy, outcome_of, retry_pause
from shelfhook.runner import planning
from shelfhook.runner.guard import Guard
from shelfhook.store.ledger import Ledger

log = logging.getLogger("shelfhook.item")

POISON = 5
"""Times that an item may bring its host down, which was well just before, until it has failed."""
LONG = 30.0
"""Seconds that a host may ask an item to wait; if it asks for more, the whole job rests."""


@dataclass(frozen=True, slots=True)
class Postponed:
    """An item that must be done later: its host is down, or (no error) the job stops."""

    item: LedgerItem
    error: HostDown | None


@dataclass(slots=True)
class Trace:
    """What the host has taken of an item's changes so far, and the fingerprint that this left."""

    applied: list[int] = field(default_factory=list)
    left: str = ""


@dataclass(frozen=True, slots=True)
class Work:
    """Does items of one job; called by all workers of its pool.

    Raises only StoreUnavailable, which ends the job's run: it waits again until the store is back.

    Attributes:
        resumed_before: items numbered below this may have been begun before a crash.
        stopping: set when nothing more shall be waited for.
        report: hears of each attempt whether the host was overloaded.
        seconds: time limit of one item with all its attempts.
        recorded: numbers of postponed items with changes in the ledger; set.add is atomic.
    """

    job: Job
    host: Host
    actions: Sequence[Action]
    ledger: Ledger
    guard: Guard
    clock: Clock
    policy: RetryPolicy
    stopping: threading.Event
    report: Callable[[Exception | None], None]
    context: PlanContext
    seconds: float = 300.0
    resumed_before: int = 0
    recorded: set[int] = field(default_factory=set)
    strikes: dict[int, int] = field(default_factory=dict)

    def __call__(self, entry: LedgerItem) -> Result | Postponed:
        """Do one item and say how it ended."""
        if log.isEnabledFor(logging.INFO):
            log.info("Processing item: %s", entry.item.name)
        begun = self.clock.monotonic()
        prior = self._prior(entry)
        trace = Trace()
        attempt = 0
        while True:
            attempt += 1
            try:
                well = self.host.down_until() is None
                self.guard.take(self.host.name, entry.item.id)
                try:
                    outcome = self._attempt(entry, prior, trace)
                finally:
                    self.guard.give(self.host.name, entry.item.id)
            except HostDown as error:
                if well and self._is_poison(entry):
                    return self._ended_badly(entry, error, attempt, begun, trace)
                return self._postponed(entry, error, prior)
            except StoreUnavailable:
                raise  # not the item's fault, and nothing can be recorded now: ends the job's run
            except Exception as error:  # noqa: BLE001 - a thread's root: recorded as the outcome
                self.report(error)
                pause = retry_pause(error, attempt, self.policy, random.random())  # noqa: S311 - jitter
                spent = self.clock.monotonic() - begun
                if isinstance(error, Transient) and (error.retry_after or 0) > LONG:
                    # The host wants a rest that is longer than an item should wait: all rest.
                    if self._is_poison(entry):
                        return self._ended_badly(entry, error, attempt, begun, trace)
                    rest = HostDown(str(error), retry_after=error.retry_after)
                    return self._postponed(entry, rest, prior)
                if pause is None or spent + pause > self.seconds:
                    return self._ended_badly(entry, error, attempt, begun, trace)
                if self.clock.wait(self.stopping, pause):
                    return self._postponed(entry, None, prior)
                continue
            self.report(None)
            seconds = self.clock.monotonic() - begun
            applied = tuple(trace.applied)
            return Result(
                entry.seq, entry.item.id, outcome, "", attempt, seconds, applied, trace.left
            )

    def _attempt(self, entry: LedgerItem, prior: list[LedgerChange], trace: Trace) -> Outcome:
        """Read, plan and apply once; what the host has taken is noted in `trace` as it happens."""
        item = self.host.item(entry.item.id)
        planned = planning.plan(item, self.actions, self.context)
        done = [known.id for known in prior if planning.came_true(item, known.change)]
        trace.applied.extend(known for known in done if known not in trace.applied)
        if not planned:
            if not trace.applied:
                return Outcome.UNCHANGED
            trace.left = self.host.fingerprint(item)
            return Outcome.CHANGED
        if self.job.dry_run:
            self._record(entry, planned, prior, ChangeState.PLANNED)
            return Outcome.PLANNED
        ids = self._record(entry, planned, prior, ChangeState.INTENDED)
        for number, change in zip(ids, planned, strict=True):
            self._apply(change)
            item = planning.apply(item, change)
            trace.applied.append(number)
            # After a command the state is unknown: it changes more than we wrote.
            written = change.kind is ChangeKind.FIELDS
            trace.left = self.host.fingerprint(item) if written else ""
        return Outcome.CHANGED

    def _record(
        self,
        entry: LedgerItem,
        planned: Sequence[Change],
        prior: list[LedgerChange],
        state: ChangeState,
    ) -> tuple[int, ...]:
        """Record the changes before they are made; a repeat finds its own record again."""
        if not prior:  # nearly always: the first attempt of an item of this run
            ids = self.ledger.intend(self.job.num, entry.seq, planned, state)
            prior.extend(_noted(entry, ids, planned, state))
            return tuple(ids)
        known = {planning.key_of(change.change): change.id for change in prior}
        fresh = [change for change in planned if planning.key_of(change) not in known]
        if fresh:
            ids = self.ledger.intend(self.job.num, entry.seq, fresh, state)
            for noted in _noted(entry, ids, fresh, state):
                prior.append(noted)
                known[planning.key_of(noted.change)] = noted.id
        return tuple(known[planning.key_of(change)] for change in planned)

    def _apply(self, change: Change) -> None:
        if change.kind is ChangeKind.FIELDS:
            self.host.write(change.entity, change.entity_id, change.after)
        else:
            self.host.command(change.entity, change.entity_id, change.command)

    def _prior(self, entry: LedgerItem) -> list[LedgerChange]:
        """What was recorded for this item before a crash, or before its host went down."""
        if entry.seq >= self.resumed_before and entry.seq not in self.recorded:
            return []
        return self.ledger.changes_of(self.job.num, [entry.seq])

    def _postponed(
        self, entry: LedgerItem, error: HostDown | None, prior: list[LedgerChange]
    ) -> Postponed:
        if prior:
            self.recorded.add(entry.seq)
        return Postponed(entry, error)

    def _is_poison(self, entry: LedgerItem) -> bool:
        """Whether this item has brought a host down too often that was well just before."""
        count = self.strikes.get(entry.seq, 0) + 1
        self.strikes[entry.seq] = count
        return count >= POISON

    def _ended_badly(
        self, entry: LedgerItem, error: Exception, attempt: int, begun: float, trace: Trace
    ) -> Result:
        if isinstance(error, ShelfhookError):
            reason = str(error)
        else:
            reason = f"{type(error).__name__}: {error}"
            log.exception("Item %s failed unexpectedly", entry.item.name)
        outcome = outcome_of(error)
        if outcome is Outcome.FAILED:
            log.warning("Item %s failed: %s", entry.item.name, reason)
        seconds = self.clock.monotonic() - begun
        return Result(
            entry.seq,
            entry.item.id,
            outcome,
            reason[:1000],
            attempt,
            seconds,
            tuple(trace.applied),
            trace.left,
        )


def _noted(
    entry: LedgerItem, ids: Sequence[int], changes: Sequence[Change], state: ChangeState
) -> list[LedgerChange]:
    pairs = zip(ids, changes, strict=True)
    return [LedgerChange(one, entry.seq, change, state) for one, change in pairs]
