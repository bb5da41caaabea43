"""`/inbox`: what has happened, what is held for quiet, what was refused."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from flask import Blueprint, url_for

from shelfhook.model import BRIDGED, Event, EventKind
from shelfhook.store.taken import TakenBy
from shelfhook.web.context import current
from shelfhook.web.lean import Answer
from shelfhook.web.pages import forms, jobviews, records, words
from shelfhook.web.pages.rendering import page
from shelfhook.web.pages.words import Moment

blueprint = Blueprint("page_inbox", __name__)

PAGE = 50
REPEATED: Final = 200
"""Status of the deliveries that were known already; the others were refused."""
KINDS: Final = {
    EventKind.LIBRARY_SCANNED: "Library scanned",
    EventKind.ITEM_ADDED: "Book added",
    EventKind.ITEM_CHANGED: "Book changed",
    EventKind.ITEM_REMOVED: "Book removed",
    EventKind.ROUTINE_CALLED: "Routine called",
}
STATES: Final = {
    "waiting": ("held for quiet", "info"),
    "taken": ("became a job", "good"),
    "dropped": ("set aside", "quiet"),
}


@dataclass(frozen=True, slots=True)
class EventView:
    """One event."""

    seq: int
    kind: str
    host: str
    library: str
    item: str
    routine: str
    via: str
    delivery: str
    received: Moment | None
    state: str
    tone: str
    note: str
    jobs: tuple[TakenBy, ...]


@dataclass(frozen=True, slots=True)
class HoldView:
    """Events that wait."""

    host: str
    library: str
    count: int
    since: Moment | None
    due: Moment | None
    due_in: str
    latest_in: str
    reason: str


@blueprint.get("/inbox")
def show() -> Answer:
    """One page of events, with what waits and what was refused above it."""
    before = forms.whole("before")
    web = current()
    now, beats = web.clock.now(), web.store.status.beats()
    names = jobviews.Names(beats)
    found = web.store.inbox.page(before=before, limit=PAGE + 1)
    shown = found[:PAGE]
    taken = web.store.taken.by_events([one.seq for one in shown]) if shown else []
    held = records.holds(web.store, web.context.settings)
    web.refusals.flush(wait=True)
    noted = [(one, words.moment(one.at)) for one in records.rejections(web.store)]
    return page(
        "inbox.html",
        events=[_event(one, names, taken) for one in shown],
        holds=[_hold(one, names, now) for one in held],
        rejections=[one for one in noted if one[0].status != REPEATED],
        repeats=[one for one in noted if one[0].status == REPEATED],
        older=url_for("page_inbox.show", before=shown[-1].seq) if found[PAGE:] else "",
        newest=url_for("page_inbox.show") if before is not None else "",
        hosts=list(web.context.settings.hosts),
        quiet=words.span(web.context.settings.engine.quiet_seconds),
    )


def _event(one: Event, names: jobviews.Names, taken: Sequence[TakenBy]) -> EventView:
    state, tone = STATES.get(one.state, (one.state, "quiet"))
    return EventView(
        seq=one.seq,
        kind=KINDS[one.kind],
        host=one.host,
        library=names.library(one.host, one.library) if one.library else "",
        item=one.item,
        routine=one.routine,
        via=_via(one),
        delivery=one.delivery,
        received=words.moment(one.received_at),
        state=state,
        tone=tone,
        note=one.note,
        jobs=tuple(job for job in taken if job.event_seq == one.seq),
    )


def _via(one: Event) -> str:
    """Which way it came."""
    if one.kind is EventKind.ROUTINE_CALLED:
        return "schedule" if one.delivery.startswith("schedule:") else "by hand"
    return "heard from the server" if one.delivery.startswith(BRIDGED) else "webhook"


def _hold(one: records.Hold, names: jobviews.Names, now: float) -> HoldView:
    return HoldView(
        host=one.host,
        library=names.library(one.host, one.library),
        count=one.count,
        since=words.moment(one.since),
        due=words.moment(one.due),
        due_in=words.until(one.due, now) if one.due is not None else "",
        latest_in=words.until(one.latest, now) if one.latest is not None else "",
        reason=one.reason,
    )
