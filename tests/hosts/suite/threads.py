"""Many threads at once, and what ends with `close`."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from shelfhook.clock import SystemClock
from shelfhook.errors import (
    HostDown,
    ShelfhookError,
)
from shelfhook.ports import Host
from tests.hosts.relay import Relay, answer
from tests.hosts.shelf import HastyClock, Shelf
from tests.hosts.suite.base import (
    SOON,
    Base,
    Connect,
    first,
    listing,
    outcome,
    take,
)


class Threads(Base):
    """Promises about threads, `backlog` and `close`."""

    def test_what_waits_for_its_turn_is_woken_by_close(
        self, connect: Connect, relay: Relay, shelf: Shelf
    ) -> None:
        host = connect(budget=1, clock=SystemClock())
        host.whoami()
        relay.hold()
        with ThreadPoolExecutor(3) as pool:
            book = take(shelf)
            waiting = [pool.submit(outcome, lambda: host.item(book)) for _ in range(3)]
            assert relay.held.acquire(timeout=SOON)
            host.close()
            relay.release()
            ended = [future.result(SOON) for future in waiting]
        assert sum(isinstance(one, HostDown) for one in ended) >= 2

    def test_what_waits_for_its_next_try_is_woken_by_close(
        self, connect: Connect, relay: Relay, book: str
    ) -> None:
        clock = _Told()
        host = connect(clock=clock)
        host.item(book)
        relay.always(answer("503 Busy", b"", "Retry-After: 100\r\n"))
        with ThreadPoolExecutor(1) as pool:
            waiting = pool.submit(outcome, lambda: host.item(book))
            assert clock.waits.wait(SOON)
            host.close()
            assert isinstance(waiting.result(SOON), ShelfhookError)

    def test_after_close_every_call_says_so(
        self, shelf: Shelf, connect: Connect, book: str
    ) -> None:
        host = connect()
        host.item(book)
        host.close()
        host.close()
        for call in (host.whoami, host.libraries, lambda: host.item(book)):
            with pytest.raises(HostDown):
                call()
        assert not host.check().ok
        assert host.backlog(1.0) is None

    def test_the_backlog_is_a_number_or_unknown_in_time(
        self, host: Host, relay: Relay, clock: HastyClock
    ) -> None:
        with ThreadPoolExecutor(1) as pool:
            told = pool.submit(host.backlog, 0.5).result(SOON)
            assert told is None or told >= 0
            relay.down()
            assert pool.submit(host.backlog, 0.5).result(SOON) is None

    def test_eight_threads_at_once_get_what_one_gets(self, shelf: Shelf, host: Host) -> None:
        books = list(shelf.books())[:16]
        alone = {book: host.item(book) for book in books}
        listed = listing(host, shelf)
        start = threading.Barrier(8)

        def work(number: int) -> None:
            start.wait(SOON)
            for book in books[number:] + books[:number]:
                assert host.item(book) == alone[book]
            assert listing(host, shelf) == listed
            assert host.whoami().name

        with ThreadPoolExecutor(8) as pool:
            list(pool.map(work, range(8)))

    def test_eight_threads_write_eight_books(self, shelf: Shelf, host: Host) -> None:
        if "write-book" not in host.capabilities:
            pytest.skip(f"{host.kind} writes no books")
        values = {name: values[0] for name, values in shelf.samples("book").items()}
        wanted = {name: host.normalise("book", name, value) for name, value in values.items()}
        books = [take(shelf) for _ in range(8)]
        start = threading.Barrier(8)

        def work(book: str) -> None:
            start.wait(SOON)
            for name, value in wanted.items():
                host.write("book", book, {name: value})

        with ThreadPoolExecutor(8) as pool:
            list(pool.map(work, books))
        for book in books:
            fields = host.item(book).fields
            assert {name: fields[name] for name in wanted} == wanted

    def test_eight_threads_write_one_book_and_lose_nothing(self, shelf: Shelf, host: Host) -> None:
        # Two jobs may: a host that replaces all fields at once is read, changed and written.
        if "write-book" not in host.capabilities:
            pytest.skip(f"{host.kind} writes no books")
        book = take(shelf)
        values = {name: values[:2] for name, values in shelf.samples("book").items()}
        start = threading.Barrier(len(values))

        def work(name: str) -> None:
            start.wait(SOON)
            for value in values[name]:
                host.write("book", book, {name: value})

        with ThreadPoolExecutor(len(values)) as pool:
            list(pool.map(work, values))
        fields = host.item(book).fields
        wanted = {name: host.normalise("book", name, many[-1]) for name, many in values.items()}
        assert {name: fields[name] for name in wanted} == wanted

    def test_close_leaves_no_thread(self, shelf: Shelf, connect: Connect) -> None:
        host = connect(url=shelf.url)  # no relay: it has threads of its own
        host.check()
        host.backlog(0.1)
        first(host, shelf)
        mine = {one for one in threading.enumerate() if "mine" in one.name}
        host.close()
        for thread in mine:
            thread.join(SOON)
        assert not [one for one in threading.enumerate() if "mine" in one.name]


class _Told(SystemClock):
    """The real clock; `waits` is set when somebody waits for long."""

    def __init__(self) -> None:
        self.waits = threading.Event()

    def wait(self, event: threading.Event, seconds: float) -> bool:
        if seconds > SOON:
            self.waits.set()
        return super().wait(event, seconds)
