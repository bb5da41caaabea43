"""`POST /hooks/<host>`: events come in here, and are answered when they are safe.

Under load Flask's own work (contexts, routing, header objects) costs more than everything that a
delivery needs, so deliveries are answered before it. Those that fail go on to Flask, which answers
them like every other error.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final, NoReturn

from flask import Blueprint, request

from shelfhook.model import NewEvent
from shelfhook.web import bodies, deliveries
from shelfhook.web.context import Web
from shelfhook.web.dialects import documents, letters
from shelfhook.web.guard import unauthorized
from shelfhook.web.lean import JSON, SECURITY, dump
from shelfhook.web.problems import Problem
from shelfhook.web.senders import Sender

if TYPE_CHECKING:  # exists for type checkers only
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

blueprint = Blueprint("hooks", __name__)

PREFIX: Final = "/hooks/"
FAILURE: Final = "shelfhook.failure"
PLAINLY_JSON: Final = frozenset(("application/json", "", None))
"""What our own senders announce; everything else is looked at more closely."""
STATUS: Final = {200: "200 OK", 202: "202 Accepted"}


class Express:
    """Answers deliveries in front of the application (a WSGI middleware)."""

    def __init__(self, web: Web, application: WSGIApplication) -> None:
        self._web = web
        self._application = application

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer a delivery; pass everything else on."""
        path = environ["PATH_INFO"]
        if environ["REQUEST_METHOD"] != "POST" or not path.startswith(PREFIX):
            return self._application(environ, start_response)
        try:
            status, body = receive(self._web, path.removeprefix(PREFIX), environ)
        except Exception as error:  # noqa: BLE001 - Flask answers (and records) it, see `failed`
            environ[FAILURE] = error
            if isinstance(error, Problem):  # the rest is no fault of the sender
                host = path.removeprefix(PREFIX)
                self._web.refusals.note(host, error.status, error.detail, environ)
            return self._application(environ, start_response)
        length = ("Content-Length", str(len(body)))
        start_response(STATUS[status], [*SECURITY, ("Content-Type", JSON), length])
        return [body]


@blueprint.post("/hooks/<host>")
def failed(host: str) -> NoReturn:  # noqa: ARG001 - the route's parameter
    """Hand over why a delivery failed."""
    error: Exception = request.environ[FAILURE]
    raise error


def receive(web: Web, host: str, environ: Mapping[str, Any]) -> tuple[int, bytes]:
    """Take a delivery in: 202 after its commit, 200 if all of it was known already."""
    sender = web.senders.get(host)
    if sender is None:
        raise _unknown(web, host, environ)
    signed = sender.signed(environ)
    wrong = "" if signed else sender.token_fault(environ)
    if wrong:  # before its body is read
        raise unauthorized(wrong)
    body = bodies.read(environ, web.limit)
    now = web.clock.now()
    if signed and (wrong := sender.signature_fault(environ, body, now)):
        raise unauthorized(wrong)
    delivery = environ.get("HTTP_WEBHOOK_ID", "")
    if environ.get("QUERY_STRING") or environ.get("CONTENT_TYPE") not in PLAINLY_JSON:
        return _receive_foreign(web, host, environ, body, now)
    document = bodies.parse(environ, body)
    if not deliveries.ours(document):
        return _receive_foreign(web, host, environ, body, now)
    events = deliveries.events(host, document, delivery, web.libraries)
    return _accept(web, events, now)


def _receive_foreign(
    web: Web, host: str, environ: Mapping[str, Any], body: bytes, now: float
) -> tuple[int, bytes]:
    """Take in what may be in others' words, or names its library in the URL."""
    delivery = environ.get("HTTP_WEBHOOK_ID", "")
    library = documents.library_of(environ)
    document = documents.read(environ, body, anything=bool(library))
    if deliveries.ours(document, strict=bool(library)):
        if library:
            meant = letters.named(host, library, web.libraries)
            document = deliveries.of_library(document, meant)
        return _accept(web, deliveries.events(host, document, delivery, web.libraries), now)
    dialect = letters.dialect_of(document, library)
    if dialect is None:  # says what is wrong, and what we know
        return _accept(web, deliveries.events(host, document, delivery, web.libraries), now)
    letter = letters.read(host, document, dialect, delivery, web.libraries, library)
    if not letter.events:
        return 200, dump({"events": [], "note": f"nothing to do for this news of {letter.sender}"})
    return _accept(web, letter.events, now, letter.status)


def _accept(
    web: Web, events: Sequence[NewEvent], now: float, status: int = 202
) -> tuple[int, bytes]:
    """Commit events; 200 if all of them were known already."""
    receipts = web.store.inbox.accept(events, now)
    shown = [{"id": one.event_id, "duplicate": one.duplicate} for one in receipts]
    if all(one.duplicate for one in receipts):
        status = 200
    return status, dump({"id": receipts[0].event_id, "events": shown})


def _unknown(web: Web, host: str, environ: Mapping[str, Any]) -> Problem:
    """Which hosts there are is told only to whoever shows the API's token."""
    wrong = Sender(host, web.token, None).token_fault(environ)
    if wrong:
        return unauthorized(wrong)
    return Problem(404, f"unknown host; known: {', '.join(sorted(web.senders))}", field="host")
