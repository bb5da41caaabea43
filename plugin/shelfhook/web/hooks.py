"""`POST /hooks/<host>`: events come in here, and are answered when they are safe."""

from __future__ import annotations

from flask import Blueprint, request

from shelfhook.web import bodies, deliveries
from shelfhook.web.context import current
from shelfhook.web.guard import unauthorized
from shelfhook.web.lean import Answer, answer
from shelfhook.web.problems import Problem

blueprint = Blueprint("hooks", __name__)


@blueprint.post("/hooks/<host>")
def receive(host: str) -> Answer:
    """Take a delivery in: 202 after its commit, 200 if all of it was known already."""
    web = current()
    environ = request.environ
    sender = web.senders.get(host)
    if sender is None:
        raise Problem(404, f"unknown host; known: {', '.join(sorted(web.senders))}", field="host")
    signed = sender.signed(environ)
    wrong = "" if signed else sender.token_fault(environ)
    if wrong:  # before its body is read
        raise unauthorized(wrong)
    body = bodies.read(environ, web.limit)
    now = web.clock.now()
    if signed and (wrong := sender.signature_fault(environ, body, now)):
        raise unauthorized(wrong)
    document = bodies.parse(environ, body)
    delivery = environ.get("HTTP_WEBHOOK_ID", "")
    events = deliveries.events(host, document, delivery, web.libraries)
    receipts = web.store.inbox.accept(events, now)
    return answer(
        {
            "id": receipts[0].event_id,
            "events": [{"id": one.event_id, "duplicate": one.duplicate} for one in receipts],
        },
        200 if all(one.duplicate for one in receipts) else 202,
    )
