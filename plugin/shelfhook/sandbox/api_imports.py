"""The endpoints of the import of files, and of the history."""

from collections.abc import Mapping

from shelfhook.sandbox.importing import Wish
from shelfhook.sandbox.message import HttpError, Response, answer
from shelfhook.sandbox.paging import page_of, page_request
from shelfhook.sandbox.routing import Call, Route
from shelfhook.sandbox.world import World

_MODES = ("MOVE", "COPY", "HARDLINK")


def routes(world: World) -> list[Route]:
    """Give the table of these endpoints."""
    api = _Api(world)
    return [
        Route("POST", "/api/v1/books/import", api.import_books, admin=True),
        Route("GET", "/api/v1/history", api.history, admin=True),
    ]


class _Api:
    def __init__(self, world: World) -> None:
        self._world = world

    def import_books(self, call: Call) -> Response:
        """Queue imports: whether they can be done is found out later."""
        body = call.request.json_object()
        books, mode = body.get("books", []), body.get("copyMode")
        if mode not in _MODES or not isinstance(books, list):
            raise HttpError(400, "JSON parse error: copyMode or books is wrong")
        for wish in [_wish(book, copy=mode != "MOVE") for book in books]:
            self._world.importer.submit(wish)
        return Response(202)

    def history(self, call: Call) -> Response:
        # Komga sorts by other properties, too; newest first is its default
        wanted = page_request(call.request, {})
        return answer(page_of(self._world.history.newest(), wanted, lambda row: row))


def _wish(book: object, *, copy: bool) -> Wish:
    if not isinstance(book, Mapping):
        raise HttpError(400, "JSON parse error: a book is an object")
    source, series = book.get("sourceFile"), book.get("seriesId")
    if not isinstance(source, str) or not isinstance(series, str):
        raise HttpError(400, "JSON parse error: sourceFile or seriesId is missing")
    upgrades, name = book.get("upgradeBookId") or "", book.get("destinationName") or ""
    return Wish(source, series, str(upgrades), str(name), copy)
