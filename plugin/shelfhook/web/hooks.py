"""`POST /hooks/<host>`: events come in here, and are answered when they are safe.

Under load Flask's own work (contexts, routing, header objects) costs more than everything that a
delivery needs, so deliveries are answered before it. Those that fail go on to Flask, which answers
them like every other error.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final, NamedTuple, NoReturn

from flask import Blueprint, request

from shelfhook.model import NewEvent, Receipt
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
REPEATED: Final = "the same delivery again; it is kept once"
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
        host = path.removeprefix(PREFIX)
        if FAILURE in environ:  # found by `rsgi.express`, which answers what goes well
            return self._refuse(host, environ, start_response)
        try:
            status, body = receive(self._web, host, environ)
        except Exception as error:  # noqa: BLE001 - Flask answers (and records) it, see `failed`
            environ[FAILURE] = error
            return self._refuse(host, environ, start_response)
        length = ("Content-Length", str(len(body)))
        start_response(STATUS[status], [*SECURITY, ("Content-Type", JSON), length])
        return [body]

    def _refuse(
        self, host: str, environ: WSGIEnvironment, start_response: StartResponse
    ) -> Iterable[bytes]:
        """Remember a failure that is the sender's, and let Flask answer it."""
        error = environ[FAILURE]
        if isinstance(error, Problem):
            self._web.refusals.note(host, error.status, error.detail, environ)
        return self._application(environ, start_response)


@blueprint.post("/hooks/<host>")
def failed(host: str) -> NoReturn:  # noqa: ARG001 - the route's parameter
    """Hand over why a delivery failed."""
    error: Exception = request.environ[FAILURE]
    raise error


class Taken(NamedTuple):
    """What a delivery says.

    Attributes:
        status: of the answer, if any of the events is new.
        note: the whole answer to a delivery that says nothing for us; else empty.
    """

    events: Sequence[NewEvent]
    status: int = 202
    note: str = ""


def receive(web: Web, host: str, environ: Mapping[str, Any]) -> tuple[int, bytes]:
    """Take a delivery in: 202 after its commit, 200 if all of it was known already."""
    sender = admit(web, host, environ)
    body = bodies.read(environ, web.limit)
    now = web.clock.now()
    taken = understand(web, sender, environ, body, now)
    receipts = web.store.inbox.accept(taken.events, now) if taken.events else ()
    note_repeat(web, host, environ, receipts)
    return told(taken, receipts)


def note_repeat(
    web: Web, host: str, environ: Mapping[str, Any], receipts: Sequence[Receipt]
) -> None:
    """Note a delivery that came again beside those that were turned away; waits for nothing."""
    if receipts and all(one.duplicate for one in receipts):
        web.refusals.note(host, 200, REPEATED, environ)


def admit(web: Web, host: str, environ: Mapping[str, Any]) -> Sender:
    """Who sends, judged by all that can be judged before the body is read."""
    sender = web.senders.get(host)
    if sender is None:
        raise _unknown(web, host, environ)
    if not sender.signed(environ) and (wrong := sender.token_fault(environ)):
        raise unauthorized(wrong)
    return sender


def understand(
    web: Web, sender: Sender, environ: Mapping[str, Any], body: bytes, now: float
) -> Taken:
    """Judge the signature, if that decides, and read the events."""
    host = sender.host
    if sender.signed(environ) and (wrong := sender.signature_fault(environ, body, now)):
        raise unauthorized(wrong)
    if environ.get("QUERY_STRING") or environ.get("CONTENT_TYPE") not in PLAINLY_JSON:
        return _foreign(web, host, environ, body)
    document = bodies.parse(environ, body)
    if not deliveries.ours(document):
        return _foreign(web, host, environ, body)
    delivery = environ.get("HTTP_WEBHOOK_ID", "")
    return Taken(deliveries.events(host, document, delivery, web.libraries))


def _foreign(web: Web, host: str, environ: Mapping[str, Any], body: bytes) -> Taken:
    """Read what may be in others' words, or names its library in the URL."""
    delivery = environ.get("HTTP_WEBHOOK_ID", "")
    library = documents.library_of(environ)
    document = documents.read(environ, body, anything=bool(library))
    if deliveries.ours(document, strict=bool(library)):
        if library:
            meant = letters.named(host, library, web.libraries)
            document = deliveries.of_library(document, meant)
        return Taken(deliveries.events(host, document, delivery, web.libraries))
    dialect = letters.dialect_of(document, library)
    if dialect is None:  # says what is wrong, and what we know
        return Taken(deliveries.events(host, document, delivery, web.libraries))
    letter = letters.read(host, document, dialect, delivery, web.libraries, library)
    if not letter.events:
        return Taken((), 200, f"nothing to do for this news of {letter.sender}")
    return Taken(letter.events, letter.status)


def told(taken: Taken, receipts: Sequence[Receipt]) -> tuple[int, bytes]:
    """Status and body of the answer after the commit; 200 if all was known already."""
    if not receipts:
        return 200, dump({"events": [], "note": taken.note})
    shown = [{"id": one.event_id, "duplicate": one.duplicate} for one in receipts]
    status = 200 if all(one.duplicate for one in receipts) else taken.status
    return status, dump({"id": receipts[0].event_id, "events": shown})


def _unknown(web: Web, host: str, environ: Mapping[str, Any]) -> Problem:
    """Which hosts there are is told only to whoever shows the API's token."""
    wrong = Sender(host, None, None, web.doors.opens_hooks).token_fault(environ)
    if wrong:
        return unauthorized(wrong)
    return Problem(404, f"unknown host; known: {', '.join(sorted(web.senders))}", field="host")
