"""A small server as one might find it: a bearer token, JSON to read, forms to write. For tests."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Mapping, Sequence
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Self
from urllib.parse import parse_qs, unquote, urlsplit

from shelfhook.model import Value
from shelfhook.ports import Clock, Host, HostOptions
from tests.hosts.contract import Shelf

KEYS = {"t1ny-admin-key": True, "t1ny-reader-key": False}
LONGEST = 200
TEXT = "Ünï サガ 'q\" <b> & \\ + % = \U0001f4da"


class Tinyshelf:
    """Two shelves of books in memory. The lock guards them.

    `unready` holds how often each book's writes are refused before it is ready.
    """

    def __init__(self, count: int = 30) -> None:
        self.lock = threading.Lock()
        self.books: dict[str, dict[str, Any]] = {}
        self.unready: dict[str, int] = {}
        for number in range(count):
            self.add(number)
        self._http = _Server(("127.0.0.1", 0), _Handler)
        self._http.shelf = self
        self.url = f"http://127.0.0.1:{self._http.server_address[1]}/tiny"

    def add(self, number: int) -> str:
        book_id = f"{number:08x}"
        with self.lock:
            self.books[book_id] = {
                "id": book_id,
                "shelf": "main",
                "file": f"Book {number:04}.cbz",
                "size": 10 + number,
                "title": f"Book {number}",
                "tags": "old, paper",
                "note": f"A note on {number}",
            }
        return book_id

    def __enter__(self) -> Self:
        self._thread = threading.Thread(target=self._http.serve_forever, args=(0.01,))
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._http.shutdown()
        self._thread.join()
        self._http.server_close()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 64
    shelf: Tinyshelf

    def handle_error(self, *_: Any) -> None:
        """Clients hang up on purpose."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1
    server: _Server

    def log_message(self, *_: Any) -> None:
        """Say nothing."""

    def do_GET(self) -> None:
        self._answer(b"")

    def do_PUT(self) -> None:
        self._answer(self.rfile.read(int(self.headers.get("Content-Length", 0))))

    def _answer(self, body: bytes) -> None:
        status, content = self._do(body)
        data = content if isinstance(content, bytes) else json.dumps(content).encode()
        kind = "application/octet-stream" if isinstance(content, bytes) else "application/json"
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)
        self.wfile.flush()

    def _do(self, body: bytes) -> tuple[int, Any]:
        parts = urlsplit(self.path)
        place = [unquote(part) for part in parts.path.split("/")[1:]]
        key = self.headers.get("Authorization", "").removeprefix("Bearer ")
        if place[:2] != ["tiny", "api"]:
            return 404, {"error": "nothing here"}
        if place[2:] == ["info"]:
            return 200, {"version": "1.2"}
        if key not in KEYS:
            return 401, {"error": "who are you?"}
        query = {name: values[0] for name, values in parse_qs(parts.query).items()}
        return self._known(place[2:], query, body, may_write=KEYS[key])

    def _known(
        self, place: list[str], query: Mapping[str, str], body: bytes, *, may_write: bool
    ) -> tuple[int, Any]:
        shelf = self.server.shelf
        with shelf.lock:
            match place:
                case ["me"]:
                    name = "admin" if may_write else "reader"
                    return 200, {"name": name, "may_write": may_write}
                case ["shelves"]:
                    return 200, [{"id": "main", "name": "Main"}, {"id": "empty", "name": "Empty"}]
                case ["books"]:
                    ours = [one for one in shelf.books.values() if one["shelf"] == query["shelf"]]
                    start = int(query["offset"])
                    return 200, ours[start : start + min(100, int(query["limit"]))]
                case ["books", book_id, *rest] if book_id in shelf.books:
                    if self.command == "PUT":
                        return _write(shelf, book_id, body) if may_write else (403, {})
                    book = shelf.books[book_id]
                    return 200, b"x" * book["size"] if rest == ["file"] else book
        return 404, {"error": "no such book"}


def _write(shelf: Tinyshelf, book_id: str, body: bytes) -> tuple[int, Any]:
    """Replace title and tags, both: what is not in the form is empty afterwards."""
    if shelf.unready.get(book_id, 0) > 0:
        shelf.unready[book_id] -= 1
        return 400, {"error": "the book is not ready"}
    form = {name: values[0] for name, values in parse_qs(body.decode()).items()}
    title = form.get("title", "").strip()
    if len(title) > LONGEST:
        return 400, {"error": f"a title has at most {LONGEST} letters"}
    tags = sorted({tag.strip() for tag in form.get("tags", "").split(",")} - {""})
    shelf.books[book_id].update(title=title, tags=", ".join(tags))
    return 200, {"success": 1}


class TinyshelfShelf(Shelf):
    """The server for the contract suite, with whichever adapter."""

    kind = "tinyshelf"

    def __init__(self, server: Tinyshelf, adapter: Callable[[HostOptions, Clock], Host]) -> None:
        self.server, self._adapter = server, adapter
        self.url, self.library = server.url, "main"
        self._count = 1_000

    def connect(self, options: HostOptions, clock: Clock) -> Host:
        return self._adapter(options, clock)

    def login(self) -> Mapping[str, str]:
        return {"api_key": "t1ny-admin-key"}

    def reader_login(self) -> Mapping[str, str]:
        return {"api_key": "t1ny-reader-key"}

    def books(self) -> Sequence[str]:
        with self.server.lock:
            return list(self.server.books)

    def series(self) -> Sequence[str]:
        raise self.cannot("knows no series")

    def held(self, entity: str, entity_id: str) -> Mapping[str, Any]:
        with self.server.lock:
            book = dict(self.server.books[entity_id])
        return {**book, "tags": [tag for tag in book["tags"].split(", ") if tag]}

    def alter(self, entity: str, entity_id: str) -> None:
        self._count += 1
        with self.server.lock:
            self.server.books[entity_id]["title"] = f"Altered {self._count}"

    def delete(self, book: str) -> None:
        with self.server.lock:
            del self.server.books[book]

    def add(self) -> str:
        self._count += 1
        return self.server.add(self._count)

    def touch(self, book: str) -> None:
        with self.server.lock:
            self.server.books[book]["size"] += 1

    def file(self, book: str) -> bytes:
        return b"x" * int(self.server.books[book]["size"])

    def samples(self, entity: str) -> Mapping[str, Sequence[Value]]:
        return {
            "title": ["A title", f" {TEXT} ", ""],
            "tags": [["b", "a"], [" a", "a ", "b, c", TEXT], None],
        }

    def refused(self, entity: str) -> Mapping[str, Value]:
        return {"title": "x" * (LONGEST + 1)}

    @contextmanager
    def many(self, count: int) -> Any:
        with Tinyshelf(count) as server:
            yield TinyshelfShelf(server, self._adapter)
