"""`/`: what goes on, what comes next, what needs somebody."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from flask import Blueprint

from shelfhook.model import JobState, Severity
from shelfhook.store.findings import Wanted
from shelfhook.store.status import Beat
from shelfhook.web.context import Web, current
from shelfhook.web.health import alive
from shelfhook.web.lean import Answer
from shelfhook.web.pages import hostviews, jobviews, schedules, words
from shelfhook.web.pages.rendering import page
from shelfhook.web.schedules import due_times

blueprint = Blueprint("page_overview", __name__)

RECENT = 8
NEXT = 4
MOST_LIVE = 20
MOST_FINDINGS = 99
"""So many are counted; where there are more the page says so."""


@dataclass(frozen=True, slots=True)
class Tally:
    """How many there are; `more` if nobody has counted to the end."""

    count: int
    more: bool = False

    @property
    def text(self) -> str:
        """The number, or that it is larger."""
        return f"{words.number(self.count)}+" if self.more else words.number(self.count)


@dataclass(frozen=True, slots=True)
class Attention:
    """Something that somebody should look at."""

    text: str
    remedy: str
    tone: str
    endpoint: str


@blueprint.get("/")
def show() -> Answer:
    """The overview."""
    web = current()
    now, beats = web.clock.now(), web.store.status.beats()
    names = jobviews.Names(beats)
    states = (JobState.RUNNING, JobState.PAUSED, JobState.QUEUED)
    live = [
        jobviews.view(job, names, now)
        for job in web.store.jobs.page(states=states, limit=MOST_LIVE)[::-1]
    ]
    recent = [jobviews.view(job, names, now) for job in web.store.jobs.page(limit=RECENT)]
    hosts = hostviews.views(web, beats, now)
    planned = schedules.all_of(
        web.context.settings.routines,
        due_times(beats),
        web.store.switches.all(),
        now,
    )
    errors, findings = _findings(web)
    aside = quarantined(web)
    return page(
        "overview.html",
        live=live,
        recent=[job for job in recent if not job.live],
        hosts=hosts,
        schedules=planned[:NEXT],
        findings=findings,
        errors=errors,
        quarantine=aside,
        attention=_attention(beats, now, hosts, live),
        first_start=not recent,
        routines=list(web.context.settings.routines),
    )


def _findings(web: Web) -> tuple[Tally, Tally]:
    """Errors, and findings of any severity."""
    found = []
    for severity in (str(Severity.ERROR), ""):
        rows = web.store.findings.page(Wanted(severity=severity), MOST_FINDINGS + 1)
        found.append(Tally(min(len(rows), MOST_FINDINGS), len(rows) > MOST_FINDINGS))
    return found[0], found[1]


def quarantined(web: Web) -> Tally:
    """How many items are set aside."""
    least = web.context.settings.engine.quarantine_after
    rows = web.store.states.failing(least, limit=MOST_FINDINGS + 1) if least else []
    return Tally(min(len(rows), MOST_FINDINGS), len(rows) > MOST_FINDINGS)


def _attention(
    beats: Sequence[Beat],
    now: float,
    hosts: Sequence[hostviews.HostView],
    live: Sequence[jobviews.JobView],
) -> list[Attention]:
    """What is not as it should be, the worst first."""
    found = []
    if not alive(beats, now):
        told = "The engine is not running: nothing is done at present"
        remedy = "Events are kept and worked off once it runs. Start it with `shelfhook serve`."
        found.append(Attention(told, remedy, "bad", "page_hosts.show"))
    for host in hosts:
        if host.tone in ("bad", "warn"):
            told = f"{host.name} is {host.state}"
            why = host.down or host.message or "No word from it for a while."
            found.append(Attention(told, why, host.tone, "page_hosts.show"))
    for job in live:
        if job.stalled:
            told = f"{job.routine} makes no progress"
            remedy = "The log shows what its workers wait for; cancelling it is safe."
            found.append(Attention(told, remedy, "warn", "page_jobs.listed"))
    return found
