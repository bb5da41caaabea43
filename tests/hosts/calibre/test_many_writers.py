"""Many writers, a server that is killed, and a database that is full, on a real server."""

from __future__ import annotations

import sqlite3
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, suppress

import pytest

from shelfhook.errors import Transient
from shelfhook.hosts.calibre import CalibreHost
from shelfhook.hosts.calibre.turns import AT_ONCE
from tests.hosts.calibre.conftest import Connect
from tests.hosts.relay import Relay
from tests.hosts.shelf import HastyClock
from tests.support.calibre import PATIENT, Calibre

pytestmark = PATIENT
WORKERS = 8
APPENDS = 40


def append(host: CalibreHost, book: str, tag: str) -> None:
    with host.alone(book):
        tags = host.item(book).fields["tags"]
        assert isinstance(tags, list)
        host.write("book", book, {"tags": [*tags, tag]})


def test_of_forty_tags_that_eight_workers_append_to_each_book_none_is_lost(
    calibre: Calibre, host: CalibreHost
) -> None:
    books = [f"Two_Words/{number}" for number in (1, 2, 3)]
    for book in books:
        host.write("book", book, {"tags": []})
    start = threading.Barrier(WORKERS)

    def work(worker: int) -> None:
        start.wait(30)
        for number in range(worker, APPENDS, WORKERS):
            for book in books:
                append(host, book, f"tag{number:02}")

    with ThreadPoolExecutor(WORKERS) as pool:
        list(pool.map(work, range(WORKERS)))
    wanted = [f"tag{number:02}" for number in range(APPENDS)]
    assert [host.item(book).fields["tags"] for book in books] == [wanted] * len(books)


def test_never_more_than_four_writes_are_under_way(calibre: Calibre, adapter: Connect) -> None:
    with Relay(calibre.url) as relay:
        host = adapter(url=relay.url, budget=32)
        host.whoami()
        relay.hold()
        with ThreadPoolExecutor(12) as pool:
            books = [f"Two_Words/{number}" for number in range(5, 17)]
            done = [pool.submit(host.write, "book", book, {"tags": ["x"]}) for book in books]
            for _ in range(AT_ONCE):
                assert relay.held.acquire(timeout=30)
            assert not relay.held.acquire(timeout=0.3)
            relay.release()
            for one in done:
                one.result(60)
        assert all(host.item(book).fields["tags"] == ["x"] for book in books)


def test_every_write_that_was_acknowledged_outlives_a_kill(
    calibre: Calibre, adapter: Connect
) -> None:
    clock = HastyClock()
    host = adapter(clock=clock)
    kept: list[tuple[str, str]] = []
    enough, back = threading.Event(), threading.Event()

    def work(worker: int) -> None:
        book = f"Two_Words/{20 + worker % 4}"
        for number in range(40):
            tag, done = f"w{worker}n{number:02}", False
            while not done:
                with suppress(Transient):
                    append(host, book, tag)
                    done = True
                if not done:
                    assert back.wait(60)
                    down = host.down_until()
                    clock.skip(0.0 if down is None else down[0] - clock.monotonic())
            kept.append((book, tag))
            if len(kept) > 40:
                enough.set()

    with ThreadPoolExecutor(WORKERS) as pool:
        working = [pool.submit(work, worker) for worker in range(WORKERS)]
        assert enough.wait(60)
        calibre.kill()
        acknowledged = list(kept)
        calibre.start()
        before = {f"Two_Words/{n}": calibre.columns("Two_Words", n, "tags") for n in range(20, 24)}
        assert all(tag in before[book]["tags"] for book, tag in acknowledged)
        back.set()
        for one in working:
            one.result(120)
    for book in before:
        tags = host.item(book).fields["tags"]
        assert isinstance(tags, list)
        assert sorted(tags) == sorted(tag for held, tag in kept if held == book)


def sql(calibre: Calibre, statement: str) -> None:
    """Change a library's database while the server is down."""
    calibre.stop()
    with closing(sqlite3.connect(calibre.path("Two_Words") / "metadata.db")) as connection:
        connection.executescript(statement)
    calibre.start()


FULL = "SELECT RAISE(ABORT, 'database or disk is full'); END;"


def test_after_an_error_in_the_midst_of_a_write_nothing_of_it_stands(
    calibre: Calibre, adapter: Connect
) -> None:
    sql(calibre, f"CREATE TRIGGER full BEFORE INSERT ON books_ratings_link BEGIN {FULL}")
    host, fields = adapter(clock=HastyClock()), {"publisher": "P", "tags": ["a"], "rating": 8}
    before = host.item("Two_Words/19")
    for _ in range(2):  # Calibre itself takes the second for written, and it is not
        with pytest.raises(Transient, match="nothing of it was kept"):
            host.write("book", "Two_Words/19", fields)
        assert host.item("Two_Words/19") == before
    sql(calibre, "DROP TRIGGER full;")
    assert host.item("Two_Words/19") == before, "as it is in the database"
    host.write("book", "Two_Words/19", fields)
    calibre.start()
    now = host.item("Two_Words/19").fields
    assert {name: now[name] for name in fields} == fields


def test_what_cannot_even_be_put_back_is_told(calibre: Calibre, adapter: Connect) -> None:
    sql(calibre, f"CREATE TRIGGER full BEFORE UPDATE ON books BEGIN {FULL}")
    host = adapter(clock=HastyClock())
    calibre.columns("Two_Words", 2, "title")
    with pytest.raises(Transient, match="could not be put back; look at the server's log"):
        host.write("book", "Two_Words/2", {"tags": ["a"], "title": "x"})
    sql(calibre, "DROP TRIGGER full;")
    host.write("book", "Two_Words/2", {"tags": ["a"], "title": "x"})
    calibre.start()
    assert host.item("Two_Words/2").fields["title"] == "x"
