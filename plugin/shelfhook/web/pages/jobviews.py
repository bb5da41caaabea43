"""A job as the pages show it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from shelfhook.model import Job, JobState, Trigger, Wish
from shelfhook.store.status import Beat
from shelfhook.web import shapes
from shelfhook.web.pages import words
from shelfhook.web.pages.words import Moment

WISHES = {
    Wish.CANCEL: "is being cancelled",
    Wish.PAUSE: "is being paused",
    Wish.RESUME: "is being resumed",
}


@dataclass(frozen=True, slots=True)
class JobView:
    """One job in words. `percent` is None while nobody knows how many items there are."""

    id: str
    short: str
    routine: str
    host: str
    library: str
    trigger: str
    by: str
    """Who asked for it; "" where nobody did."""
    state: str
    state_words: str
    tone: str
    live: bool
    dry_run: bool
    undo: bool
    summary: str
    processed: int
    total: int | None
    listed: int
    percent: float | None
    percent_words: str
    rate: str
    left: str
    reason: str
    wish: str
    asked: str
    stalled: bool
    limit: int
    created: Moment | None
    started: Moment | None
    finished: Moment | None
    took: str
    waited: str
    parent: str
    chosen: int
    everything: bool
    version: int


class Names:
    """What the hosts call their libraries, as the engine last heard."""

    def __init__(self, beats: Iterable[Beat]) -> None:
        self._known: Mapping[tuple[str, str], str] = {
            (beat.name.removeprefix("host:"), str(one["id"])): str(one["name"])
            for beat in beats
            if beat.name.startswith("host:")
            for one in beat.detail.get("libraries") or ()
        }

    def library(self, host: str, library: str) -> str:
        """A library's name; its id where the host has not told one."""
        return self._known.get((host, library), library) if library else "all libraries"

    def of_host(self, host: str) -> list[tuple[str, str]]:
        """Ids and names of a host's libraries."""
        return [(key[1], name) for key, name in self._known.items() if key[0] == host]


def view(job: Job, names: Names, now: float) -> JobView:
    """A job in words."""
    shape = shapes.job(job, now)
    state, tone = _state(job)
    percent = shape["percent"]
    left = shape["eta_seconds"]
    return JobView(
        id=job.id,
        short=job.short,
        routine=job.routine,
        host=job.host,
        library=names.library(job.host, job.library),
        trigger=words.TRIGGERS[job.trigger],
        by=job.requested_by,
        state=str(job.state),
        state_words=state,
        tone=tone,
        live=not job.state.final,
        dry_run=job.dry_run,
        undo=job.trigger is Trigger.UNDO,
        summary=words.summary(job.counts, job.total if job.total is not None else job.listed)
        if job.started_at is not None
        else "not begun yet",
        processed=job.counts.processed,
        total=job.total,
        listed=job.listed,
        percent=percent,
        percent_words=f"{percent:.0f} %" if percent is not None else "counting the books",
        rate=words.rate(shape["rate_per_second"]),
        left=f"about {words.span(left)} left" if left is not None else "",
        reason=job.reason,
        wish=WISHES[job.wish] if job.wish else "",
        asked=str(job.wish or ""),
        stalled=job.stalled_at is not None,
        limit=job.limit,
        created=words.moment(job.created_at),
        started=words.moment(job.started_at),
        finished=words.moment(job.finished_at),
        took=words.span((job.finished_at or now) - job.started_at) if job.started_at else "",
        waited=words.span(job.started_at - job.created_at) if job.started_at else "",
        parent=job.parent,
        chosen=len(job.items),
        everything=job.everything,
        version=job.version,
    )


def _state(job: Job) -> tuple[str, str]:
    """What the state is called, and its tone; a job that ended with failures says so."""
    name, tone = words.STATES[job.state]
    failed = job.counts.failed
    if job.state is JobState.COMPLETED and failed:
        return f"finished, {words.number(failed)} failed", "warn"
    return name, tone
