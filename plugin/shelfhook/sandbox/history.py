"""What the sandbox has done to files, as Komga's history tells it."""

import threading
import time

from shelfhook.sandbox.ids import id_of, stamp
from shelfhook.sandbox.records import Book, JsonObject


class History:
    """Remembers happenings; safe to call from many threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()  # guards the rows
        self._rows: list[JsonObject] = []

    def record(self, kind: str, book: Book, properties: dict[str, str]) -> None:
        """Remember that something was done to a book."""
        with self._lock:
            row: JsonObject = {
                "id": id_of("history", str(len(self._rows))),
                "type": kind,
                "timestamp": stamp(time.time()),
                "bookId": book.id,
                "seriesId": book.series_id,
                "properties": {"name": book.url, **properties},
            }
            self._rows.append(row)

    def newest(self) -> list[JsonObject]:
        """Give all, newest first."""
        with self._lock:
            return self._rows[::-1]
