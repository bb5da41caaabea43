"""`shelfhook jobs`: list jobs, show one, cancel one. Reads the store; needs no service."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from datetime import datetime

from rich.text import Text

from shelfhook.cli import report, terminal, who
from shelfhook.cli.place import Place
from shelfhook.clock import SystemClock
from shelfhook.model import Job, JobState, Outcome, Wish
from shelfhook.store import Store

STATE_STYLES = {
    JobState.RUNNING: "cyan",
    JobState.PAUSED: "yellow",
    JobState.COMPLETED: "green",
    JobState.FAILED: "bold red",
    JobState.CANCELLED: "magenta",
}


def list_all(place: Place, limit: int, *, as_json: bool) -> int:
    """The latest jobs, newest first."""
    with _store(place) as store:
        found = store.jobs.page(limit=limit)
    if as_json:
        terminal.print_json({"jobs": [report.document(job) for job in found]})
        return 0
    if not found:
        terminal.results().print("There is no job yet. Start one: shelfhook run process-all")
        return 0
    made = terminal.table("job", "routine", "trigger", "state", "items", "outcomes", "begun")
    for column in made.columns[:5]:
        column.no_wrap = True
    for job in found:
        made.add_row(
            job.short,
            Text(job.routine),
            str(job.trigger),
            Text(job.state, STATE_STYLES.get(job.state, "")),
            _done(job),
            Text(_counts(job)),
            _when(job.started_at),
        )
    terminal.results().print(made)
    return 0


def show(place: Place, job_id: str, outcome: Outcome | None, limit: int, *, as_json: bool) -> int:
    """One job with its items (of one outcome, if asked for) and changes."""
    with _store(place) as store:
        job = store.jobs.get(job_id.lower())
        if as_json:
            items = store.ledger.items(job.num, outcome=outcome, limit=limit)
            shown = report.items_document(store, job, items)
            terminal.print_json({**report.document(job), "items": shown})
            return 0
        console = terminal.results()
        report.headline(console, job)
        console.print(terminal.outcomes(asdict(job.counts)))
        if outcome is None:
            report.show_changes(console, store, job, limit)
        for one in (outcome,) if outcome else (Outcome.FAILED, Outcome.SKIPPED):
            _print_items(store, job, one, limit)
    return 0


def cancel(place: Place, job_id: str, *, as_json: bool) -> int:
    """Wish for a job's end; the engine grants it within a moment."""
    with _store(place) as store:
        job = store.jobs.wish(job_id.lower(), Wish.CANCEL, SystemClock().now(), who.user())
    if as_json:
        terminal.print_json(report.document(job))
    elif job.state.final:
        terminal.results().print(f"Job {job.short} is {job.state}.")
    else:
        terminal.results().print(f"Job {job.short} will be cancelled by the engine.")
    return 0


def _print_items(store: Store, job: Job, outcome: Outcome, limit: int) -> None:
    items = store.ledger.items(job.num, outcome=outcome, limit=limit)
    if not items:
        return
    made = terminal.table(str(outcome), "id", "tries", "reason")
    for item in items:
        made.add_row(Text(item.item.name), item.item.id, str(item.attempts), Text(item.reason))
    terminal.results().print(made)


@contextmanager
def _store(place: Place) -> Iterator[Store]:
    with Store(place.parts().settings.paths.database_url) as store:
        yield store


def _done(job: Job) -> str:
    return f"{job.counts.processed:,}" + ("" if job.total is None else f" of {job.total:,}")


def _counts(job: Job) -> str:
    counts = asdict(job.counts)
    return ", ".join(f"{counts[one]:,} {one}" for one in Outcome if counts[one])


def _when(seconds: float | None) -> str:
    if seconds is None:
        return ""
    return datetime.fromtimestamp(seconds).astimezone().isoformat(" ", "seconds")[:19]
