"""The endpoints of libraries, and those of the server itself: health, user, tasks, events."""

from shelfhook.sandbox import dto
from shelfhook.sandbox.events import pump
from shelfhook.sandbox.message import HttpError, Response, Write, answer
from shelfhook.sandbox.records import Book, Library
from shelfhook.sandbox.routing import Call, Route
from shelfhook.sandbox.world import World

_INFO = {
    "git": {"branch": "master", "commit": {"id": "sandbox", "time": "2025-01-01T00:00:00Z"}},
    "build": {"artifact": "komga", "name": "komga", "version": "1.26.3", "group": "komga"},
}


def routes(world: World) -> list[Route]:
    """Give the table of these endpoints."""
    api = _Server(world)
    one = "/api/v1/libraries/{libraryId}"
    return [
        Route("GET", "/actuator/health", lambda _: answer({"status": "UP"}), public=True),
        Route("GET", "/actuator/info", lambda _: answer(_INFO), admin=True),
        Route("GET", "/api/v2/users/me", api.me),
        Route("DELETE", "/api/v1/tasks", api.clear_tasks, admin=True),
        Route("GET", "/sse/v1/events", api.events),
        Route("GET", "/api/v1/libraries", api.libraries),
        Route("GET", one, api.library),
        Route("PATCH", one, api.patch, admin=True),
        Route("POST", f"{one}/scan", api.scan, admin=True),
        Route("POST", f"{one}/analyze", api.analyze, admin=True),
        Route("POST", f"{one}/metadata/refresh", api.refresh, admin=True),
        Route("POST", f"{one}/empty-trash", api.empty_trash, admin=True),
    ]


class _Server:
    def __init__(self, world: World) -> None:
        self._world = world
        self._catalogue = world.catalogue

    def me(self, call: Call) -> Response:
        return answer(call.user.dto() if call.user is not None else {})

    def clear_tasks(self, _: Call) -> Response:
        return answer(self._world.tasks.clear())

    def libraries(self, call: Call) -> Response:
        with self._catalogue.lock:
            rows = list(self._catalogue.libraries.values())
        return answer([dto.library(row, full_root=call.admin) for row in rows])

    def _library(self, call: Call) -> Library:
        with self._catalogue.lock:
            return self._catalogue.library(call.params["libraryId"])

    def _books(self, call: Call) -> list[Book]:
        library = self._library(call)
        with self._catalogue.lock:
            return [b for b in self._catalogue.books.values() if b.library_id == library.id]

    def library(self, call: Call) -> Response:
        return answer(dto.library(self._library(call), full_root=call.admin))

    def patch(self, call: Call) -> Response:
        """Store switches, such as `convertToCbz`; the sandbox shows them and does nothing more."""
        library = self._library(call)
        given = call.request.json_object()
        switches = {name: value for name, value in given.items() if isinstance(value, bool)}
        known = dto.LIBRARY_SWITCHES
        if given.keys() - known or len(switches) < len(given):
            raise HttpError(400, f"only switches can be set here: {', '.join(sorted(known))}")
        with self._catalogue.lock:
            library.switches.update(switches)
            self._world.hub.publish("LibraryChanged", {"libraryId": library.id})
        return Response(204)

    def scan(self, call: Call) -> Response:
        self._world.librarian.scan(self._library(call), deep=call.request.flag("deep"))
        return Response(202)

    def analyze(self, call: Call) -> Response:
        self._world.librarian.analyze(self._books(call))
        return Response(202)

    def refresh(self, call: Call) -> Response:
        self._world.librarian.refresh(self._books(call))
        return Response(202)

    def empty_trash(self, call: Call) -> Response:
        self._world.librarian.empty_trash(self._library(call))
        return Response(202)

    def events(self, call: Call) -> Response:
        """Answer with a stream; an `sse_break` fault ends it after so many events."""
        rule = self._world.faults.rule("sse_break", "GET", call.request.path)
        break_after = rule.number("events") if rule is not None else float("inf")
        options = self._world.options

        def stream(write: Write) -> None:
            subscription = self._world.hub.subscribe()
            try:
                pump(
                    subscription,
                    write,
                    heartbeat_s=options.heartbeat_s,
                    status_s=options.task_status_s,
                    status=self._world.tasks.counts if call.admin else None,
                    break_after=break_after,
                )
            finally:
                self._world.hub.leave(subscription)

        headers = {"Content-Type": "text/event-stream", "Cache-Control": "no-cache"}
        return Response(200, headers=headers, stream=stream)
