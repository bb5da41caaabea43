"""The endpoints of collections and read lists."""

from shelfhook.sandbox.lists import COLLECTION, READ_LIST, List, Lists
from shelfhook.sandbox.message import Response, answer
from shelfhook.sandbox.paging import page_of, page_request
from shelfhook.sandbox.routing import Call, Route
from shelfhook.sandbox.world import World


def routes(world: World) -> list[Route]:
    """Give the table of these endpoints."""
    collections, read_lists = world.lists[COLLECTION], world.lists[READ_LIST]
    return [
        *_routes(world, collections),
        *_routes(world, read_lists),
        Route(
            "GET",
            "/api/v1/series/{seriesId}/collections",
            _Api(world, collections).holding_series,
        ),
        Route("GET", "/api/v1/books/{bookId}/readlists", _Api(world, read_lists).holding_book),
    ]


def _routes(world: World, lists: Lists) -> list[Route]:
    api = _Api(world, lists)
    every = f"/api/v1/{lists.kind.plural}"
    one = f"{every}/{{id}}"
    return [
        Route("GET", every, api.listing),
        Route("POST", every, api.add, admin=True),
        Route("GET", one, api.get),
        Route("PATCH", one, api.patch, admin=True),
        Route("DELETE", one, api.delete, admin=True),
    ]


class _Api:
    def __init__(self, world: World, lists: Lists) -> None:
        self._catalogue = world.catalogue
        self._lists = lists

    def _list(self, call: Call) -> List:
        return self._lists.one(call.params["id"])

    def get(self, call: Call) -> Response:
        with self._catalogue.lock:
            return answer(self._list(call).dto(self._lists.kind))

    def listing(self, call: Call) -> Response:
        wanted = page_request(call.request, {})
        with self._catalogue.lock:
            rows = self._lists.search(call.request.text("search"))
            page = page_of(rows, wanted, lambda row: row.dto(self._lists.kind))
        return answer(page)

    def add(self, call: Call) -> Response:
        body = call.request.json_object()
        with self._catalogue.lock:
            return answer(self._lists.add(body).dto(self._lists.kind))

    def patch(self, call: Call) -> Response:
        body = call.request.json_object()
        with self._catalogue.lock:
            self._lists.change(self._list(call), body)
        return Response(204)

    def delete(self, call: Call) -> Response:
        with self._catalogue.lock:
            self._lists.remove(self._list(call))
        return Response(204)

    def holding_series(self, call: Call) -> Response:
        with self._catalogue.lock:
            return self._holding(self._catalogue.one_series(call.params["seriesId"]).id)

    def holding_book(self, call: Call) -> Response:
        with self._catalogue.lock:
            return self._holding(self._catalogue.book(call.params["bookId"]).id)

    def _holding(self, member: str) -> Response:
        return answer([row.dto(self._lists.kind) for row in self._lists.holding(member)])
