"""The endpoints of covers and of pages."""

from collections.abc import Callable
from functools import partial
from pathlib import Path

from shelfhook.sandbox.addition import grey_png
from shelfhook.sandbox.archive import is_image, read_page
from shelfhook.sandbox.covers import Cover, Owner, Picture
from shelfhook.sandbox.form import file_of
from shelfhook.sandbox.message import HttpError, Response, answer
from shelfhook.sandbox.pictures import look_at
from shelfhook.sandbox.records import Book
from shelfhook.sandbox.routing import Call, Route
from shelfhook.sandbox.world import World

LARGEST_UPLOAD = 1024 * 1024  # bytes: what Spring allows where nobody has said otherwise
_SYNTHETIC_SHADES = 40
Find = Callable[[Call], Owner]


def routes(world: World) -> list[Route]:
    """Give the table of these endpoints."""
    api = _Covers(world)
    return [
        Route("GET", "/api/v1/books/{bookId}/pages/{pageNumber}", api.page),
        *_routes(api, "/api/v1/books/{bookId}/thumbnails", api.book),
        *_routes(api, "/api/v1/series/{seriesId}/thumbnails", api.series),
    ]


def _routes(api: "_Covers", every: str, find: Find) -> list[Route]:
    one = f"{every}/{{thumbnailId}}"
    return [
        Route("GET", every, partial(api.listing, find)),
        Route("POST", every, partial(api.add, find), admin=True),
        Route("GET", one, partial(api.image, find)),
        Route("DELETE", one, partial(api.delete, find), admin=True),
        Route("PUT", f"{one}/selected", partial(api.select, find), admin=True),
    ]


class _Covers:
    def __init__(self, world: World) -> None:
        self._catalogue = world.catalogue
        self._covers = world.covers

    def book(self, call: Call) -> Book:
        with self._catalogue.lock:
            return self._catalogue.book(call.params["bookId"])

    def series(self, call: Call) -> Owner:
        with self._catalogue.lock:
            return self._catalogue.one_series(call.params["seriesId"])

    def _cover(self, owner: Owner, call: Call) -> Cover:
        return self._covers.one(owner, call.params["thumbnailId"])

    def listing(self, find: Find, call: Call) -> Response:
        owner = find(call)
        with self._catalogue.lock:
            return answer([row.dto(owner) for row in self._covers.of(owner)])

    def add(self, find: Find, call: Call) -> Response:
        """Keep a picture. Spring, not Komga, refuses a large one, and with a 500 (komga#664)."""
        owner = find(call)
        content = file_of(call.request)
        if len(content) > LARGEST_UPLOAD:
            raise HttpError(500, "Maximum upload size exceeded")
        if not is_image(content):
            raise HttpError(415)
        selected = call.request.text("selected", "true").lower() == "true"
        picture = look_at(content)
        with self._catalogue.lock:
            return answer(self._covers.add(owner, picture, selected=selected).dto(owner))

    def image(self, find: Find, call: Call) -> Response:
        owner = find(call)
        with self._catalogue.lock:
            cover = self._cover(owner, call)
        if cover.picture is not None:
            return _image(cover.picture)
        return self._page_of(self.book(call), 1)

    def select(self, find: Find, call: Call) -> Response:
        owner = find(call)
        with self._catalogue.lock:
            self._covers.select(owner, self._cover(owner, call))
        return Response(202)

    def delete(self, find: Find, call: Call) -> Response:
        owner = find(call)
        with self._catalogue.lock:
            self._covers.remove(owner, self._cover(owner, call))
        return Response(202)

    def page(self, call: Call) -> Response:
        text = call.params["pageNumber"]
        if not text.isdecimal():
            raise HttpError(400, "the page number is none")
        number = int(text) + call.request.flag("zero_based")
        return self._page_of(self.book(call), number)

    def _page_of(self, book: Book, number: int) -> Response:
        if book.media.status != "READY":
            raise HttpError(404, "Book analysis failed")
        if not 1 <= number <= book.media.pages:
            raise HttpError(400, "Page number does not exist")
        if self._catalogue.libraries[book.library_id].root is None:
            return _image(look_at(grey_png(number * _SYNTHETIC_SHADES % 256)))
        content = read_page(Path(book.url), number)
        if content is None:
            raise HttpError(404, "File not found, it may have moved")
        return _image(look_at(content))


def _image(picture: Picture) -> Response:
    return Response(200, picture.content, {"Content-Type": picture.media_type})
