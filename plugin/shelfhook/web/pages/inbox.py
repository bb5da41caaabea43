"""`/inbox`: what has happened, what is held for quiet, what was refused."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from flask import Blueprint, url_for

from shelfhook.model import BRIDGED, Event, EventKind
from shelfhook.store.inbox import Hold, TakenBy
from shelfhook.web.context import current
from shelfhook.web.lean import Answer
from shelfhook.web.pages import forms, jobviews, words
from shelfhook.web.pages.rendering import page
from shelfhook.web.pages.words import Moment

blueprint = Blueprint("page_inbox", __name__)

PAGE = 50
REPEATED: Final = 200
"""Status of the deliveries that were known already; the others were refused."""
REFUSED: Final = 30
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
    jobs: Sequence[TakenBy]
    times: int
    """How often it came; a repeat adds nothing."""
    last: Moment | None


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
    taken = web.store.inbox.jobs_of([one.seq for one in shown])
    web.refusals.flush(wait=True)
    noted = [(one, words.moment(one.at)) for one in web.store.rejections.page(limit=REFUSED)]
    return page(
        "inbox.html",
        events=[_event(one, names, taken.get(one.seq, ())) for one in shown],
        holds=[_hold(one, names, now) for one in web.store.inbox.holds()],
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
        jobs=taken,
        times=one.repeats + 1,
        last=words.moment(one.repeated_at),
    )


def _via(one: Event) -> str:
    """Which way it came."""
    if one.kind is EventKind.ROUTINE_CALLED:
        return "schedule" if one.delivery.startswith("schedule:") else "by hand"
    return "heard from the server" if one.delivery.startswith(BRIDGED) else "webhook"


def _hold(one: Hold, names: jobviews.Names, now: float) -> HoldView:
    return HoldView(
        host=one.host,
        library=names.library(one.host, one.library),
        count=one.count,
        since=words.moment(one.first_at),
        due=words.moment(one.due_at),
        due_in=words.until(one.due_at, now) if one.due_at is not None else "",
        latest_in=words.until(one.latest_at, now) if one.latest_at is not None else "",
        reason=one.reason,
    )
