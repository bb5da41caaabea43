"""One item: read → plan → (a dry run ends here) → record before, durably → apply → outcome."""

from __future__ import annotations

import logging
import random
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from shelfhook.errors import HostDown, ShelfhookError
from shelfhook.model import (
    Change,
    ChangeKind,
    ChangeState,
    Item,
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


@dataclass(frozen=True, slots=True)
class Postponed:
    """An item that must be done later because its host is down."""

    item: LedgerItem
    error: HostDown


@dataclass(frozen=True, slots=True)
class Work:
    """Does items of one job; called by all workers of its pool. Never raises.

    Attributes:
        resumed_before: items numbered below this may have been begun before a crash.
        stopping: set when nothing more shall be waited for.
        report: hears of each attempt whether the host was overloaded.
        seconds: time limit of one item with all its attempts.
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

    def __call__(self, entry: LedgerItem) -> Result | Postponed:
        """Do one item and say how it ended."""
        if log.isEnabledFor(logging.INFO):
            log.info("Processing item: %s", entry.item.name)
        begun = self.clock.monotonic()
        prior = self._prior(entry)
        attempt = 0
        while True:
            attempt += 1
            try:
                self.guard.take(self.host.name, entry.item.id)
                try:
                    outcome, applied, mark = self._attempt(entry, prior)
                finally:
                    self.guard.give(self.host.name, entry.item.id)
            except HostDown as error:
                return Postponed(entry, error)
            except Exception as error:  # noqa: BLE001 - a thread's root: recorded as the outcome
                self.report(error)
                pause = retry_pause(error, attempt, self.policy, random.random())  # noqa: S311 - jitter
                spent = self.clock.monotonic() - begun
                if pause is None or spent + pause > self.seconds or self._stopped(pause):
                    return self._ended_badly(entry, error, attempt, begun)
                continue
            self.report(None)
            seconds = self.clock.monotonic() - begun
            return Result(entry.seq, entry.item.id, outcome, "", attempt, seconds, applied, mark)

    def _attempt(
        self, entry: LedgerItem, prior: list[LedgerChange]
    ) -> tuple[Outcome, tuple[int, ...], str]:
        """Read, plan and apply once; gives outcome, applied changes and fingerprint."""
        item = self.host.item(entry.item.id)
        planned = planning.plan(item, self.actions, self.context)
        done = tuple(known.id for known in prior if planning.came_true(item, known.change))
        if not planned:
            if done:
                return Outcome.CHANGED, done, self.host.fingerprint(item)
            return Outcome.UNCHANGED, (), ""
        if self.job.dry_run:
            self.ledger.intend(self.job.num, entry.seq, planned, ChangeState.PLANNED)
            return Outcome.PLANNED, (), ""
        ids = self._record(entry, planned, prior)
        for change in planned:
            self._apply(change)
            item = planning.apply(item, change)
        return Outcome.CHANGED, (*done, *ids), self._left(item, planned)

    def _record(
        self, entry: LedgerItem, planned: Sequence[Change], prior: list[LedgerChange]
    ) -> tuple[int, ...]:
        """Record the changes before they are made; a repeat finds its own record again."""
        known = {repr(change.change): change.id for change in prior}
        fresh = [change for change in planned if repr(change) not in known]
        if fresh:
            ids = self.ledger.intend(self.job.num, entry.seq, fresh, ChangeState.INTENDED)
            for change_id, change in zip(ids, fresh, strict=True):
                prior.append(LedgerChange(change_id, entry.seq, change, ChangeState.INTENDED))
                known[repr(change)] = change_id
        return tuple(known[repr(change)] for change in planned)

    def _apply(self, change: Change) -> None:
        if change.kind is ChangeKind.FIELDS:
            self.host.write(change.entity, change.entity_id, change.after)
        else:
            self.host.command(change.entity, change.entity_id, change.command)

    def _left(self, item: Item, planned: Sequence[Change]) -> str:
        """Fingerprint of the state we leave; unknown after a command, which changes more."""
        if any(change.kind is ChangeKind.COMMAND for change in planned):
            return ""
        return self.host.fingerprint(item)

    def _prior(self, entry: LedgerItem) -> list[LedgerChange]:
        """What was recorded for this item before a crash; nothing for an item of this run."""
        if entry.seq >= self.resumed_before:
            return []
        return self.ledger.changes_of(self.job.num, [entry.seq])

    def _stopped(self, pause: float) -> bool:
        return self.clock.wait(self.stopping, pause)

    def _ended_badly(
        self, entry: LedgerItem, error: Exception, attempt: int, begun: float
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
        return Result(entry.seq, entry.item.id, outcome, reason[:1000], attempt, seconds)
