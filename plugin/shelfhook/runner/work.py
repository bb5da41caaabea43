"""One item: read → plan → (a dry run ends here) → record before, durably → apply → outcome."""

from __future__ import annotations

import logging
import random
import threading
from collections.abc import Callable
from dataclasses import dataclass, field

from shelfhook.errors import Cancelled, HostDown, ShelfhookError, StoreUnavailable, Transient
from shelfhook.model import (
    Job,
    LedgerChange,
    LedgerItem,
    Outcome,
    Result,
    Shelf,
)
from shelfhook.ports import Clock, Host
from shelfhook.rules import UNFINISHED, RetryPolicy, mark_of, marked, outcome_of, retry_pause
from shelfhook.runner import commanding
from shelfhook.runner.commanding import Commanded, Look
from shelfhook.runner.guard import Guard, Hold
from shelfhook.runner.hostmade import HostMade
from shelfhook.runner.lookback import LookBack
from shelfhook.runner.making import Making, Trace
from shelfhook.runner.proposals import Proposal, Proposer, is_wish
from shelfhook.runner.skips import Skips
from shelfhook.runner.telling import ITEM
from shelfhook.store.ledger import Ledger

log = logging.getLogger("shelfhook.item")

POISON = 5
"""Times that an item may bring its host down, which was well just before, until it has failed."""
LONG = 30.0
"""Seconds that a host may ask an item to wait; if it asks for more, the whole job rests."""


@dataclass(frozen=True, slots=True)
class Postponed:
    """An item that must be done later: its host is down, or (no error) the job stops."""

    item: LedgerItem | Look
    error: HostDown | None


@dataclass(frozen=True, slots=True)
class Work:
    """Does items of one job; called by all workers of its pool.

    Raises only StoreUnavailable, which ends the job's run: it waits again until the store is back.

    Attributes:
        resumed_before: items numbered below this may have been begun before a crash.
        stopping: set when nothing more shall be waited for.
        report: hears of each attempt whether the host was overloaded.
        told: hears what goes into the job's log: a kind, and what happened to an item.
        seconds: time limit of one item with all its attempts.
        recorded: numbers of postponed items with changes in the ledger; set.add is atomic.
    """

    job: Job
    host: Host
    proposer: Proposer
    making: Making
    back: LookBack
    ledger: Ledger
    guard: Guard
    clock: Clock
    policy: RetryPolicy
    stopping: threading.Event
    report: Callable[[Exception | None], None]
    skips: Skips
    host_made: HostMade
    seconds: float = 300.0
    told: Callable[[str, str], None] = lambda _kind, _message: None
    resumed_before: int = 0
    recorded: set[int] = field(default_factory=set)
    strikes: dict[int, int] = field(default_factory=dict)

    def __call__(self, entry: LedgerItem | Look) -> Result | Postponed | Commanded:
        """Do one item and say how it ended; or give its commands, if it has its outcome."""
        ITEM.set((entry.entry if isinstance(entry, Look) else entry).item.id)
        if isinstance(entry, Look):
            return self._finish(entry.entry, entry, lambda: commanding.look(entry, self.host_made))
        if entry.outcome is not None:
            return self._finish(entry, entry, lambda: self._give(entry))
        if entry.known is not None and (skipped := self.skips.skipped(entry)):
            return skipped
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
                with Hold(self.guard, self.host.name, entry.item.id) as hold:
                    outcome, reason = self._attempt(entry, prior, trace, hold)
            except HostDown as error:
                if well and self._is_poison(entry):
                    return self._ended_badly(entry, error, attempt, begun, trace)
                return self._postponed(entry, error, prior)
            except Cancelled as error:
                if not self.stopping.is_set():
                    return self._ended_badly(entry, error, attempt, begun, trace)
                return self._postponed(entry, None, prior)  # a worker process went with the engine
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
                self.told("retried", f"{entry.item.name}: {error}; again in {pause:.1f} s")
                if self.clock.wait(self.stopping, pause):
                    return self._postponed(entry, None, prior)
                continue
            self.report(None)
            seconds = self.clock.monotonic() - begun
            return self._result(entry, outcome, reason, attempt, seconds, trace)

    def _give(self, entry: LedgerItem) -> Commanded:
        return commanding.give(entry, self.job.num, self.host, self.ledger, self.host_made)

    def _finish(
        self, entry: LedgerItem, task: LedgerItem | Look, step: Callable[[], Commanded]
    ) -> Postponed | Commanded:
        """Do what is left of an item that has its outcome; again if the host asks for patience.

        Whatever else goes wrong is a finding: one item never ends the others' work.
        """
        attempt = 0
        while True:
            attempt += 1
            try:
                well = self.host.down_until() is None
                with Hold(self.guard, self.host.name, entry.item.id):
                    return step()
            except HostDown as error:
                if well and self._is_poison(entry):
                    return commanding.failed(entry, error)
                return Postponed(task, error)
            except Transient as error:
                self.report(error)
                pause = retry_pause(error, attempt, self.policy, random.random())  # noqa: S311 - jitter
                if pause is None:
                    return commanding.failed(entry, error)
                if self.clock.wait(self.stopping, pause):
                    return Postponed(task, None)
            except StoreUnavailable:
                raise
            except Exception as error:  # a thread's root: recorded as a finding
                if not isinstance(error, ShelfhookError):
                    log.exception("What is left of item %s failed unexpectedly", entry.item.name)
                return commanding.failed(entry, error)

    def _attempt(
        self, entry: LedgerItem, prior: list[LedgerChange], trace: Trace, hold: Hold
    ) -> tuple[Outcome, str]:
        """Read, plan and apply once; what the host has taken is noted in `trace` as it happens."""
        made = self.back.before(prior, trace) if prior else ()
        proposal = self.proposer.propose(entry, hold, made)
        item = proposal.entities.get(("book", entry.item.id))
        if item is not None:
            trace.seen = item.fingerprint
        elif proposal.known_as:
            trace.seen = proposal.known_as
        if known := mark_of(entry.item.fingerprint):
            trace.mark = proposal.series_mark or known
        if prior:
            self.back.after(prior, proposal, trace)
        elif not (proposal.changes or proposal.findings or proposal.refused or proposal.again):
            return Outcome.UNCHANGED, ""  # nearly always, in a library that is tidy
        trace.findings = proposal.findings
        if trace.findings and item is not None:
            trace.shelf = Shelf(item.series_name, item.library)
        trace.unfinished = proposal.unfinished
        if self.skips.was_commanded(entry, marked(trace.seen, trace.mark), proposal):
            proposal.changes = ()
        if not proposal.changes:
            return self._without_changes(proposal, trace)
        real = not all(is_wish(change) for change in proposal.changes)
        with self.making.ready(entry, proposal) as steps:
            self.making.check_unchanged(steps, proposal)
            ids = self.making.note(entry, steps, prior)
            if self.job.dry_run:
                return (Outcome.PLANNED if real else Outcome.UNCHANGED), proposal.refused
            for number, step in zip(ids, steps, strict=True):
                self.making.make(number, step, proposal.entities, trace)
        done = real or self._has_changed(prior, trace)
        return (Outcome.CHANGED if done else Outcome.UNCHANGED), proposal.refused

    def _without_changes(self, proposal: Proposal, trace: Trace) -> tuple[Outcome, str]:
        if trace.applied:
            return Outcome.CHANGED, proposal.refused
        return (Outcome.SKIPPED if proposal.refused else Outcome.UNCHANGED), proposal.refused

    def _has_changed(self, prior: list[LedgerChange], trace: Trace) -> bool:
        return any(row.id in trace.applied and not is_wish(row.change) for row in prior)

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
            self.told("failed", f"{entry.item.name}: {reason}")
        self.proposer.ended_badly(entry)
        seconds = self.clock.monotonic() - begun
        return self._result(entry, outcome, reason, attempt, seconds, trace)

    def _seen(self, entry: LedgerItem, outcome: Outcome, trace: Trace) -> str:
        """What the item is known by afterwards; "" if nothing new is known of it."""
        if outcome is Outcome.FAILED:
            return entry.item.fingerprint
        return UNFINISHED if trace.unfinished else marked(trace.seen, trace.mark)

    def _result(
        self,
        entry: LedgerItem,
        outcome: Outcome,
        reason: str,
        attempts: int,
        seconds: float,
        trace: Trace,
    ) -> Result:
        return Result(
            entry.seq,
            entry.item.id,
            outcome,
            reason[:1000],
            attempts,
            seconds,
            tuple(trace.applied),
            trace.left,
            self._seen(entry, outcome, trace),
            trace.findings,
            entry.item.name if outcome is Outcome.FAILED else "",
            trace.shelf,
        )
