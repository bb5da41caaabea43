"""A Komga that knows books by number and answers each call after 5 ms. A process of its own.

The selector is `select`: its time-outs have microseconds, where epoll's are rounded up to whole
milliseconds and would make 5 ms into 6.
"""

from __future__ import annotations

import asyncio
import json
import selectors
import sys
from typing import Any

DELAY = 0.005
BOOK: dict[str, Any] = {
    "seriesId": "SERIES",
    "seriesTitle": "Series",
    "libraryId": "LIB",
    "number": 1,
    "oneshot": False,
    "created": "2024-01-01T00:00:00Z",
    "lastModified": "2024-01-01T00:00:00Z",
    "fileLastModified": "2024-01-01T00:00:00Z",
    "fileHash": "",
    "deleted": False,
    "size": "1 MiB",
    "sizeBytes": 1_048_576,
    "media": {
        "status": "READY",
        "mediaType": "application/zip",
        "pagesCount": 20,
        "comment": "",
        "epubDivinaCompatible": False,
        "epubIsKepub": False,
        "mediaProfile": "DIVINA",
    },
    "metadata": {
        "title": "before",
        "titleLock": False,
        "number": "1",
        "numberLock": False,
        "numberSort": 1.0,
        "numberSortLock": False,
        "summary": "",
        "summaryLock": False,
        "releaseDateLock": False,
        "authors": [],
        "authorsLock": False,
        "tags": [],
        "tagsLock": False,
        "isbn": "",
        "isbnLock": False,
        "links": [],
        "linksLock": False,
        "created": "2024-01-01T00:00:00Z",
        "lastModified": "2024-01-01T00:00:00Z",
    },
}


def book(number: str) -> dict[str, Any]:
    return {**BOOK, "id": number, "name": f"book {number}", "url": f"/lib/book {number}.cbz"}


def answer(method: str, path: str, books: int) -> bytes:
    """Status line, headers and body for a request."""
    route, _, query = path.partition("?")
    if method == "PATCH":
        return b"HTTP/1.1 204 No Content\r\n\r\n"
    if route == "/api/v1/books/list":
        wanted = dict(part.split("=", 1) for part in query.split("&") if "=" in part)
        page, size = int(wanted.get("page", 0)), int(wanted.get("size", 20))
        content = [book(str(n)) for n in range(page * size, min(books, (page + 1) * size))]
        document: Any = {
            "content": content,
            "totalElements": books,
            "totalPages": -(-books // size),
            "number": page,
            "size": size,
            "numberOfElements": len(content),
            "first": page == 0,
            "last": (page + 1) * size >= books,
            "empty": not content,
        }
    elif route.startswith("/api/v1/books/"):
        document = book(route.rsplit("/", 1)[1])
    elif route == "/api/v1/libraries":
        document = [{"id": "LIB", "name": "Library", "root": "/lib"}]
    elif route == "/api/v2/users/me":
        document = {"id": "1", "email": "a@example.org", "roles": ["ADMIN"]}
    else:
        document = {"status": "UP"}
    body = json.dumps(document).encode()
    return (
        b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: "
        + str(len(body)).encode()
        + b"\r\n\r\n"
        + body
    )


class Slow(asyncio.Protocol):
    """One connection; requests on it come one after the other."""

    def __init__(self, books: int) -> None:
        self._books = books
        self._received = b""

    def connection_made(self, transport: Any) -> None:
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._received += data
        head, end, rest = self._received.partition(b"\r\n\r\n")
        if not end:
            return
        length = 0
        for line in head.split(b"\r\n")[1:]:
            name, _, value = line.partition(b":")
            if name.lower() == b"content-length":
                length = int(value)
        if len(rest) < length:
            return
        self._received = rest[length:]
        method, path, _ = head.split(b" ", 2)
        made = answer(method.decode(), path.decode(), self._books)
        asyncio.get_running_loop().call_later(DELAY, self._send, made)

    def _send(self, made: bytes) -> None:
        if not self._transport.is_closing():
            self._transport.write(made)


async def main(books: int) -> None:
    server = await asyncio.get_running_loop().create_server(lambda: Slow(books), "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    with asyncio.Runner(
        loop_factory=lambda: asyncio.SelectorEventLoop(selectors.SelectSelector())
    ) as runner:
        runner.run(main(int(sys.argv[1])))
