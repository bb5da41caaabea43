"""The endpoints of books."""

from collections.abc import Iterator, Sequence
from pathlib import Path

from shelfhook.sandbox.conditions import compile_condition, reads_metadata
from shelfhook.sandbox.message import HttpError, Response, ViolationsError, answer
from shelfhook.sandbox.paging import BOOK_SORTS, PageRequest, page_of, page_request, sort_rows
from shelfhook.sandbox.patches import BOOK_FIELDS, read_patch
from shelfhook.sandbox.records import Book, JsonObject
from shelfhook.sandbox.routing import Call, Route
from shelfhook.sandbox.subjects import BOOK_SUBJECTS
from shelfhook.sandbox.world import World


def routes(world: World) -> list[Route]:
    """Give the table of the endpoints of books."""
    api = _Books(world)
    one = "/api/v1/books/{bookId}"
    return [
        Route("POST", "/api/v1/books/list", api.listing),
        Route("PATCH", "/api/v1/books/metadata", api.patch_many, admin=True),
        Route("GET", one, api.get),
        Route("GET", f"{one}/file", api.file),
        Route("PATCH", f"{one}/metadata", api.patch, admin=True),
        Route("POST", f"{one}/analyze", api.analyze, admin=True),
        Route("POST", f"{one}/metadata/refresh", api.refresh, admin=True),
    ]


class _Books:
    def __init__(self, world: World) -> None:
        self._world = world
        self._catalogue = world.catalogue

    def _dto(self, book: Book, *, admin: bool) -> JsonObject:
        series = self._catalogue.series[book.series_id]
        return self._world.dto.book(book, series, full_url=admin)

    def _book(self, call: Call) -> Book:
        with self._catalogue.lock:
            return self._catalogue.book(call.params["bookId"])

    def get(self, call: Call) -> Response:
        with self._catalogue.lock:
            return answer(self._dto(self._book(call), admin=call.admin))

    def listing(self, call: Call) -> Response:
        condition = call.request.json_object().get("condition")
        wanted = page_request(call.request, BOOK_SORTS)
        with self._catalogue.lock:
            rows = self._rows(condition, wanted)
            page = page_of(rows, wanted, lambda book: self._dto(book, admin=call.admin))
        return answer(page)

    def _rows(self, condition: object, wanted: PageRequest) -> Sequence[Book]:
        test = compile_condition(condition, BOOK_SUBJECTS)
        by_content = reads_metadata(condition, BOOK_SUBJECTS) or any(
            name.startswith("metadata.") for name, _ in wanted.order
        )

        def make() -> Sequence[Book]:
            rows = [book for book in self._catalogue.books.values() if test(book)]
            rows.sort(key=lambda book: book.id)  # unsorted has some order, but not a telling one
            sort_rows(rows, wanted.order, BOOK_SORTS)
            return rows

        key = f"{condition!r} {wanted.order!r}"
        return self._catalogue.listed_books(key, make, by_content=by_content)

    def file(self, call: Call) -> Response:
        book = self._book(call)
        try:
            content = Path(book.url).read_bytes()
        except OSError:
            raise HttpError(404, "File not found, it may have moved") from None
        name = Path(book.url).name.replace('"', "").encode("ascii", "replace").decode()
        headers = {
            "Content-Type": book.media.media_type or "application/octet-stream",
            "Content-Disposition": f'attachment; filename="{name}"',
        }
        return Response(200, content, headers)

    def patch(self, call: Call) -> Response:
        values = read_patch(call.request.json_object(), BOOK_FIELDS)
        with self._catalogue.lock:
            self._world.librarian.patch_books([(self._book(call), values)])
        return Response(204)

    def patch_many(self, call: Call) -> Response:
        """Patch several books: unknown ids are skipped, and what came before an error stays."""
        with self._catalogue.lock:
            self._world.librarian.patch_books(self._patches(call.request.json_object()))
        return Response(204)

    def _patches(self, bodies: JsonObject) -> Iterator[tuple[Book, JsonObject]]:
        for book_id, body in bodies.items():
            if not isinstance(body, dict):
                raise ViolationsError([(book_id, "must be an object")])
            values = read_patch(body, BOOK_FIELDS)
            book = self._catalogue.books.get(book_id)
            if book is not None:
                yield book, values

    def analyze(self, call: Call) -> Response:
        self._world.librarian.analyze([self._book(call)])
        return Response(202)

    def refresh(self, call: Call) -> Response:
        self._world.librarian.refresh([self._book(call)])
        return Response(202)
