"""A job on the terminal or as JSON: how it ended, what it changed, what failed."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict
from itertools import islice
from typing import Any

from rich.console import Console
from rich.markup import escape

from shelfhook import progress
from shelfhook.cli import terminal
from shelfhook.cli.differences import differences_of
from shelfhook.clock import SystemClock
from shelfhook.model import Job, LedgerItem, Outcome, Trigger
from shelfhook.store import Store
from shelfhook.store.findings import Wanted

FIRST = 8
"""How many changes and failures are shown unasked."""


def document(job: Job) -> dict[str, Any]:
    """A job as the API shows it, so that a script needs to learn one form only."""
    from shelfhook.web import shapes  # loads Flask: only for JSON

    return shapes.job(job, SystemClock().now())


def items_document(store: Store, job: Job, items: list[LedgerItem]) -> list[dict[str, Any]]:
    """Items with their changes as the API shows them."""
    from shelfhook.web import shapes

    changes = store.ledger.changes_of(job.num, [item.seq for item in items])
    return [shapes.item(item, [c for c in changes if c.seq == item.seq]) for item in items]


def show(store: Store, job: Job, *, as_json: bool) -> None:
    """How a job ended, with the first changes and failures."""
    if as_json:
        terminal.print_json(document(job))
        return
    console = terminal.results()
    headline(console, job)
    console.print(terminal.outcomes(asdict(job.counts)))
    show_changes(console, store, job, FIRST)
    for outcome, count in (
        (Outcome.FAILED, job.counts.failed),
        (Outcome.SKIPPED, job.counts.skipped),
    ):
        show_items(console, store, job, outcome, count)
    found = store.findings.counts(Wanted(job=job.num))
    if found:
        total = sum(found.values())
        noun = "finding" if total == 1 else "findings"
        console.print(f"{total:,} {noun}: shelfhook findings --job {job.short}")
    if job.dry_run and job.counts.planned:
        command = f"undo {job.parent[:8]}" if job.trigger is Trigger.UNDO else f"apply {job.short}"
        console.print(f"To do exactly this: shelfhook {command}")


def show_items(console: Console, store: Store, job: Job, outcome: Outcome, count: int) -> None:
    """The first items that ended like this, with the reason."""
    shown = store.ledger.items(job.num, outcome=outcome, limit=FIRST) if count else []
    style = terminal.STYLES[outcome]
    for item in shown:
        console.print(f"[{style}]{outcome}[/] {escape(item.item.name)}: {escape(item.reason)}")
    if count > len(shown):
        console.print(f"All of them: shelfhook jobs {job.short} --outcome {outcome}")


def headline(console: Console, job: Job) -> None:
    """One line on a job."""
    where = f" of library {job.library}" if job.library else ""
    dry = " (dry run: nothing was changed)" if job.dry_run else ""
    took = f" in {progress.span(_seconds(job))}" if job.finished_at else ""
    reason = f": {job.reason}" if job.reason else ""
    console.print(
        f"[bold]Job {job.short}[/] {escape(job.routine)}{escape(where)}{dry}:"
        f" {job.counts.processed:,} items, {job.state}{took}{escape(reason)}",
        soft_wrap=True,
    )


def show_changes(console: Console, store: Store, job: Job, limit: int) -> None:
    """The first changes of a job, before → after."""
    changes = store.ledger.changes(job.num, limit=limit, gathered=False)
    if not changes:
        return
    seqs = {change.seq for change in changes}
    names = {item.seq: item.item.name for item in _items(store, job, seqs)}
    shown = [
        difference
        for one in changes
        for difference in differences_of(names.get(one.seq, ""), asdict(one.change))
    ]
    terminal.print_differences(console, islice(shown, limit))


def _items(store: Store, job: Job, seqs: Iterable[int]) -> list[LedgerItem]:
    """A few items by their numbers."""
    return [
        item
        for seq in sorted(set(seqs))
        for item in store.ledger.items(job.num, after=seq - 1, limit=1)
    ]


def _seconds(job: Job) -> float:
    return (job.finished_at or 0.0) - (job.started_at or job.created_at)
