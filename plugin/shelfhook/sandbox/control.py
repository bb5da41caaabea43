"""The sandbox's own endpoints under `/sandbox/`: no authentication, no faults, no journal.

Paths that take `at_least` and `timeout` wait for that many before they answer: tests wait for
what they need instead of sleeping.
"""

from collections.abc import Mapping
from pathlib import Path

from shelfhook.sandbox import addition
from shelfhook.sandbox.journal import Filter
from shelfhook.sandbox.message import HttpError, Request, Response, answer
from shelfhook.sandbox.options import WebhookTarget
from shelfhook.sandbox.records import Book, Media
from shelfhook.sandbox.routing import Call, Route
from shelfhook.sandbox.state import state
from shelfhook.sandbox.subjects import MEDIA_STATUSES
from shelfhook.sandbox.world import World


def routes(world: World) -> list[Route]:
    """Give the table of the control endpoints."""
    control = _Control(world)
    return [
        Route("GET", "/sandbox/status", control.status),
        Route("GET", "/sandbox/state", control.state),
        Route("GET", "/sandbox/journal", control.journal),
        Route("GET", "/sandbox/journal/summary", control.summary),
        Route("DELETE", "/sandbox/journal", control.clear_journal),
        Route("GET", "/sandbox/faults", control.faults),
        Route("PUT", "/sandbox/faults", control.set_faults),
        Route("GET", "/sandbox/held", control.held),
        Route("GET", "/sandbox/tasks", control.tasks),
        Route("PUT", "/sandbox/tasks", control.set_tasks),
        Route("GET", "/sandbox/streams", control.streams),
        Route("DELETE", "/sandbox/streams", control.end_streams),
        Route("DELETE", "/sandbox/sessions", control.end_sessions),
        Route("POST", "/sandbox/events", control.publish),
        Route("GET", "/sandbox/webhooks", control.webhooks),
        Route("PUT", "/sandbox/webhook", control.set_webhook),
        Route("POST", "/sandbox/libraries/{libraryId}/books", control.add),
        Route("POST", "/sandbox/books/{bookId}/vanish", control.vanish),
        Route("PUT", "/sandbox/books/{bookId}/media", control.set_media),
    ]


class _Control:
    def __init__(self, world: World) -> None:
        self._world = world

    def status(self, _: Call) -> Response:
        return answer(self._world.status())

    def state(self, _: Call) -> Response:
        return answer(state(self._world))

    def journal(self, call: Call) -> Response:
        which = _filter(call.request)
        at_least = _at_least(call.request)
        if not at_least:
            return answer({"entries": self._world.journal.entries(which)})
        found = self._world.journal.wait(which, at_least, _timeout(call.request))
        return answer({"entries": found})

    def summary(self, _: Call) -> Response:
        return answer(self._world.journal.summary())

    def clear_journal(self, _: Call) -> Response:
        self._world.journal.clear()
        return Response(204)

    def faults(self, _: Call) -> Response:
        return answer(self._world.faults.state())

    def set_faults(self, call: Call) -> Response:
        try:
            self._world.faults.set(call.request.json_object())
            if call.request.json_object().get("offline"):
                self._world.hub.end_streams()
        except (TypeError, ValueError) as wrong:
            raise HttpError(400, str(wrong)) from None
        return answer(self._world.faults.state())

    def held(self, call: Call) -> Response:
        held = self._world.faults.wait_held(_at_least(call.request), _timeout(call.request))
        return answer({"held": held})

    def tasks(self, call: Call) -> Response:
        """Give the queue; with a timeout, wait until it is empty first."""
        idle = self._world.tasks.wait_idle(_timeout(call.request))
        return answer({"idle": idle, **self._world.tasks.counts()})

    def set_tasks(self, call: Call) -> Response:
        body = call.request.json_object()
        stuck = body.get("stuck")
        paused = body.get("paused")
        self._world.tasks.control(
            paused=bool(paused) if paused is not None else None,
            stuck={str(k): int(v) for k, v in stuck.items()} if isinstance(stuck, dict) else None,
        )
        return answer(self._world.tasks.counts())

    def streams(self, call: Call) -> Response:
        timeout = _timeout(call.request)
        return answer({"clients": self._world.hub.wait_clients(_at_least(call.request), timeout)})

    def end_streams(self, _: Call) -> Response:
        self._world.hub.end_streams()
        return Response(204)

    def end_sessions(self, _: Call) -> Response:
        self._world.users.forget_sessions()
        return Response(204)

    def publish(self, call: Call) -> Response:
        """Send any event to the streams: `{"event": name, "data": {...}}`."""
        body = call.request.json_object()
        data = body.get("data")
        self._world.hub.publish(_needed(body, "event"), data if isinstance(data, dict) else {})
        return Response(204)

    def webhooks(self, call: Call) -> Response:
        timeout = _timeout(call.request)
        ended = self._world.webhook.wait(_at_least(call.request), timeout)
        return answer({"deliveries": ended})

    def set_webhook(self, call: Call) -> Response:
        """Aim the webhook: `{"url", "token", "secret"}`, or `{}` for nowhere."""
        body = {name: str(value) for name, value in call.request.json_object().items() if value}
        target = (
            WebhookTarget(_needed(body, "url"), body.get("token"), body.get("secret"))
            if body
            else None
        )
        self._world.webhook.aim(target)
        return Response(204)

    def _book(self, call: Call) -> Book:
        with self._world.catalogue.lock:
            return self._world.catalogue.book(call.params["bookId"])

    def add(self, call: Call) -> Response:
        """Put a small book into the library's folder: `{"series", "name"}`; a scan finds it."""
        with self._world.catalogue.lock:
            library = self._world.catalogue.library(call.params["libraryId"])
        if library.root is None:
            raise HttpError(400, "a synthetic library has no folder")
        body = call.request.json_object()
        path = addition.add_book(library.root, _needed(body, "series"), _needed(body, "name"))
        return answer({"path": str(path)})

    def vanish(self, call: Call) -> Response:
        """Make a book vanish, row and file, as if someone deleted it a moment ago."""
        book = self._book(call)
        if self._world.catalogue.libraries[book.library_id].root is not None:
            Path(book.url).unlink(missing_ok=True)
        self._world.librarian.remove(book)
        return Response(204)

    def set_media(self, call: Call) -> Response:
        """Set what an analysis would say: `{"status", "comment"}`."""
        body = call.request.json_object()
        if body.get("status") not in MEDIA_STATUSES:
            raise HttpError(400, f"status must be one of {', '.join(MEDIA_STATUSES)}")
        book = self._book(call)
        with self._world.catalogue.lock:
            old = book.media
            comment = str(body.get("comment", ""))
            book.media = Media(str(body["status"]), old.media_type, old.pages, comment)
            self._world.catalogue.structure += 1
        return Response(204)


def _needed(body: Mapping[str, object], name: str) -> str:
    value = body.get(name)
    if not isinstance(value, str) or not value:
        raise HttpError(400, f"{name} is needed")
    return value


def _filter(request: Request) -> Filter:
    return Filter(
        since=int(request.number("since", 0)),
        method=request.text("method").upper() or None,
        route=request.text("route") or None,
        book_id=request.text("book") or None,
        writes=request.flag("writes"),
        applied=request.flag("applied"),
    )


def _at_least(request: Request) -> int:
    return int(request.number("at_least", 0))


def _timeout(request: Request) -> float:
    return request.number("timeout", 0)
