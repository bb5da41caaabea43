"""What Flask answers at the streams' paths: HEAD, errors, and a glance.

The streams themselves are served by the loop (`web.rsgi.streams`). What is wrong with a request
for one is found there and answered here, like every other error. Under a server without such a
loop (a test's client) one gets the state as it is, and the advice to come back.
"""

from __future__ import annotations

from flask import Blueprint, request

from shelfhook.web.context import current
from shelfhook.web.hooks import FAILURE
from shelfhook.web.lean import Answer
from shelfhook.web.live.clients import JobClient
from shelfhook.web.live.messages import job_key, of_job
from shelfhook.web.live.wanted import last_seen, wanted

blueprint = Blueprint("live", __name__)

COME_BACK = 2
"""Seconds after which a client may ask again."""
RETRY = b"retry: %d\n\n" % (COME_BACK * 1000)
MIMETYPE = "text/event-stream; charset=utf-8"
HEADERS = [("X-Accel-Buffering", "no")]
"""Tells nginx to pass on at once what we send."""


@blueprint.get("/api/v1/live")
@blueprint.get("/api/v1/jobs/<job_id>/events")
def glance(job_id: str = "") -> Answer:  # noqa: ARG001 - the route's parameter; `wanted` reads it
    """The state as it is."""
    failure = request.environ.get(FAILURE)
    if failure is not None:
        raise failure
    found = wanted(current(), request.environ)
    body = b""
    if found.events and found.job is not None:
        client = JobClient(job_key(found.job.num), {}, last_seen(request.environ))
        client.begin(of_job(found.job, current().clock.now()))
        body = client.take()
    if request.method == "HEAD":
        return Answer(None, headers=HEADERS, content_type=MIMETYPE)
    return Answer(RETRY + body, headers=HEADERS, content_type=MIMETYPE)
