"""The contract suite's shelf over a real ComicLib."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar

from shelfhook.hosts.lanraragi import LIBRARY, connect
from shelfhook.model import Value
from shelfhook.ports import Clock, Host, HostOptions
from tests.hosts.contract import Shelf
from tests.support.comiclib import PASSWORD, ComicLib

TEXT = "Ünï サガ 'q\" <b> & \\ + % = \U0001f4da"
STAMP = "date_added:"


class ComicLibShelf(Shelf):
    """All archives of a real server, seen in its database."""

    kind = "lanraragi"
    lists_at_once: ClassVar[str] = "the server tells all archives in one answer"
    reads_openly: ClassVar[str] = "these servers ask for the key only where something is changed"

    def __init__(self, server: ComicLib) -> None:
        self.server = server
        self.url, self.library = server.url, LIBRARY
        self._count = 0

    def connect(self, options: HostOptions, clock: Clock) -> Host:
        return connect(options, clock)

    def login(self) -> Mapping[str, str]:
        return {"api_key": PASSWORD}

    def books(self) -> Sequence[str]:
        return self.server.ids()

    def held(self, entity: str, entity_id: str) -> Mapping[str, Any]:
        columns = ("title", "subtitle", "source", "path", "pagecount", "thumb")
        rows = self.server.sql(f"SELECT {','.join(columns)} FROM archives WHERE id = ?", entity_id)
        tags = self.server.sql("SELECT tag FROM tags WHERE archive_id = ? ORDER BY tag", entity_id)
        return {
            **dict(zip(columns, rows[0], strict=True)),
            "tags": [tag for (tag,) in tags if tag and not tag.startswith(STAMP)],
            "added": [tag for (tag,) in tags if tag.startswith(STAMP)],
            "categories": self.server.sql(
                "SELECT category_name FROM categories_association WHERE archive_id = ?", entity_id
            ),
        }

    def alter(self, entity: str, entity_id: str) -> None:
        self._count += 1
        title = f"Altered {self._count}"
        self.server.sql("UPDATE archives SET title = ? WHERE id = ?", title, entity_id)

    def delete(self, book: str) -> None:
        (self.server.content / self.held("book", book)["path"]).unlink()  # or a scan brings it back
        self.server.sql("DELETE FROM tags WHERE archive_id = ?", book)
        self.server.sql("DELETE FROM archives WHERE id = ?", book)

    def samples(self, entity: str) -> Mapping[str, Sequence[Value]]:
        return {
            "title": ["A title", f" {TEXT}\n", "a\r\nb\tc", "", TEXT],
            "tags": [
                ["artist:Fiona Staples", "b", "a"],
                [" a", "a ", "A", "b, c", "artist : x", TEXT],
                ["#", "a;b", "a:b:c", "é", "e\u0301"],
                None,
                "one",
            ],
        }

    def add(self) -> str:
        return self.server.add()

    def touch(self, book: str) -> None:
        """As a scan with `SKIP_EXITS=0` does, but for the title, which that one resets."""
        path = Path(self.held("book", book)["path"])
        count = self.held("book", book)["pagecount"] + 1
        self.server.put(path.stem, count)
        self.server.sql("UPDATE archives SET pagecount = ? WHERE id = ?", count, book)

    def file(self, book: str) -> bytes:
        return (self.server.content / self.held("book", book)["path"]).read_bytes()
