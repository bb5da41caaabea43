"""What a script looks up besides: what waits in the inbox, one event, a schedule's fire log."""

from __future__ import annotations

import re
from typing import Annotated, Final

from flask import Blueprint
from pydantic import Field

from shelfhook.errors import Unknown
from shelfhook.web import shapes
from shelfhook.web.bodies import Query, query_as
from shelfhook.web.context import current
from shelfhook.web.jobs import Limit, next_page
from shelfhook.web.lean import Answer, answer

blueprint = Blueprint("lookups", __name__, url_prefix="/api/v1")

EVENT_ID: Final = re.compile(r"[0-9a-f]{32}")
LATEST: Final = 1e11
"""Seconds since the epoch beyond which no date can be told."""


class LogQuery(Query):
    """One page of a fire log; `before` is the last page's earliest due time (epoch seconds)."""

    before: Annotated[float, Field(ge=0, le=LATEST, allow_inf_nan=False)] | None = None
    limit: Limit = 50


@blueprint.get("/inbox")
def waiting() -> Answer:
    """What waits for a job, by host and library."""
    query_as(Query)
    found = current().store.inbox.waiting()
    return answer({"waiting": [shapes.waiting(one) for one in found]})


@blueprint.get("/events/<event_id>")
def event(event_id: str) -> Answer:
    """What became of one event: its state, and the jobs that have taken it."""
    query_as(Query)
    inbox = current().store.inbox
    found = inbox.get(event_id) if EVENT_ID.fullmatch(event_id) else None
    if found is None:
        raise Unknown("event", "", None)
    return answer(shapes.event(found, inbox.jobs_of([found.seq]).get(found.seq, [])))


@blueprint.get("/schedules/<routine>/fires")
def fires(routine: str) -> Answer:
    """The fire log of one schedule, newest due time first."""
    query = query_as(LogQuery)
    web = current()
    settings = web.context.settings.routines.get(routine)
    if settings is None or not settings.triggers.cron:
        raise Unknown("schedule", "", None)
    before = None if query.before is None else (query.before, 0)  # no two are due at one time
    found = web.store.schedules.page(routine, before=before, limit=query.limit + 1)
    shown, more = found[: query.limit], len(found) > query.limit
    return answer(
        {
            "fires": [shapes.fire(one) for one in shown],
            "next": next_page("before", shown[-1].due_at) if more else None,
        }
    )
