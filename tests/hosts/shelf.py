"""What the contract suite asks of a server that it is run against, and the clock it runs by."""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from typing import Any, ClassVar

import pytest

from shelfhook.clock import SystemClock
from shelfhook.model import Value
from shelfhook.ports import Clock, Host, HostOptions


class Shelf:
    """A server with one library of at least twenty books that nobody else changes meanwhile.

    The first group must be there. What the second cannot offer stays as it is: tests that need it
    are skipped, and say why. Nothing here goes through the adapter.

    Attributes:
        kind: the host's kind.
        url: where the server is, with its base path; plain HTTP.
        library: id of the library.
        own_words: capabilities of this kind of host alone, its own commands among them.
        lists_at_once: why a listing cannot come page by page; "" if it does.
        edits_are_no_news: why `news` cannot tell that fields were edited; "" if it does.
        reads_openly: why anybody may read, with any login or none; "" if the host asks for one.
    """

    kind: ClassVar[str]
    own_words: ClassVar[frozenset[str]] = frozenset()
    lists_at_once: ClassVar[str] = ""
    edits_are_no_news: ClassVar[str] = ""
    reads_openly: ClassVar[str] = ""
    url: str
    library: str

    # -- must be there --

    def connect(self, options: HostOptions, clock: Clock) -> Host:
        """What the entry point names."""
        raise NotImplementedError

    def login(self) -> Mapping[str, str]:
        """`api_key`, or `username` and `password`, of an account that may do everything."""
        raise NotImplementedError

    def books(self) -> Sequence[str]:
        """Ids of all books that the library has now."""
        raise NotImplementedError

    def held(self, entity: str, entity_id: str) -> Mapping[str, Any]:
        """What the server holds of a book or series: the adapter's field names and its values.

        All that a write must leave alone belongs to it, under any other name; no times.
        """
        raise NotImplementedError

    def alter(self, entity: str, entity_id: str) -> None:
        """Give a book or series another title, each time another."""
        raise NotImplementedError

    def delete(self, book: str) -> None:
        """Take a book away, for good."""
        raise NotImplementedError

    def samples(self, entity: str) -> Mapping[str, Sequence[Value]]:
        """Values to write, by field, each other than the one before and than what is there first.

        For each field: an ordinary one, one that the host stores in another form (if there is any
        such), one that clears the field (if it can be), with all of Unicode where texts go.
        """
        raise NotImplementedError

    # -- may be there --

    def wrong_login(self) -> Mapping[str, str]:
        """A login of the right form that the server refuses."""
        secret = ("api_key", "password")
        return {k: f"Wr0ng{v[::-1]}" if k in secret else v for k, v in self.login().items()}

    def reader_login(self) -> Mapping[str, str]:
        """The login of an account that may read and not write."""
        raise self.cannot("has no account that may only read")

    def other_login(self) -> Mapping[str, str]:
        """Another way in: the password instead of the key, say."""
        raise self.cannot("has one way in")

    def series(self) -> Sequence[str]:
        """Ids of all series of the library."""
        raise self.cannot("has no series")

    def add(self) -> str:
        """A new book in the library; gives its id."""
        raise self.cannot("gets no new books")

    def touch(self, book: str) -> None:
        """Another file for a book, of another size; no field changes."""
        raise self.cannot("does not change files")

    def file(self, book: str) -> bytes:
        """A book's file."""
        raise self.cannot("holds no files")

    def refused(self, entity: str) -> Mapping[str, Value]:
        """A value that the server refuses."""
        raise self.cannot("refuses no value")

    def many(self, count: int) -> AbstractContextManager[Shelf]:
        """Another server, with so many books."""
        raise self.cannot("cannot hold many books")

    def behind(self, prefix: str) -> AbstractContextManager[str] | None:
        """URL of the server under a base path; None: a proxy that takes it away will do."""
        return None

    def cannot(self, why: str) -> BaseException:
        """What a test is skipped with."""
        return pytest.skip.Exception(f"the {self.kind} of the tests {why}")


class HastyClock:
    """The real clock, but what one waits for passes fifty times as fast, and a test may skip some.

    The lock guards the sum of what was skipped.
    """

    HASTE = 50.0

    def __init__(self) -> None:
        self._real = SystemClock()
        self._lock = threading.Lock()
        self._skipped = 0.0

    def now(self) -> float:
        return self._real.now() + self._skipped

    def monotonic(self) -> float:
        return self._real.monotonic() + self._skipped

    def skip(self, seconds: float) -> None:
        with self._lock:
            self._skipped += max(0.0, seconds)

    def wait(self, event: threading.Event, seconds: float) -> bool:
        if event.wait(max(0.0, seconds) / self.HASTE):
            return True
        self.skip(seconds - seconds / self.HASTE)
        return event.is_set()
