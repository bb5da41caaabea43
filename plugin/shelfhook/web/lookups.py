"""What a script looks up besides: what waits in the inbox, and one event."""

from __future__ import annotations

import re
from typing import Final

from flask import Blueprint

from shelfhook.errors import Unknown
from shelfhook.web import shapes
from shelfhook.web.bodies import Query, query_as
from shelfhook.web.context import current
from shelfhook.web.lean import Answer, answer

blueprint = Blueprint("lookups", __name__, url_prefix="/api/v1")

EVENT_ID: Final = re.compile(r"[0-9a-f]{32}")


@blueprint.get("/inbox")
def waiting() -> Answer:
    """What waits for a job, by host and library: since when, until when, and why."""
    query_as(Query)
    found = current().store.inbox.holds()
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
