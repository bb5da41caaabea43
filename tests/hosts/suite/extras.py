"""What some hosts can do besides: lists, covers, downloads, news, events."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import cast

import pytest

from shelfhook.errors import Gone, Permanent, ShelfhookError
from shelfhook.model import BookList
from shelfhook.ports import Asked, Covers, Downloads, Host, Lists, Sign, Tells, Tiding
from tests.hosts.relay import Relay
from tests.hosts.shelf import Shelf
from tests.hosts.suite.base import SOON, Base, Connect, need

NEWS = {Sign.ADDED, Sign.CHANGED, Sign.REMOVED, Sign.SCANNED}
KINDS = {"collection": "collections", "read-list": "read-lists"}


class Extras(Base):
    """Promises of `Lists`, `Covers`, `Downloads`, `Asked` and `Tells`, where they are declared."""

    @pytest.mark.parametrize("kind", KINDS)
    def test_a_list_is_made_found_changed_and_removed(
        self, shelf: Shelf, host: Host, kind: str
    ) -> None:
        lists, ids = _lists(host, shelf, kind)
        name = 'Sea & Sky, vol. 1 / "a" ä サ'
        assert lists.find_list(kind, name) is None
        made = lists.write_list(kind, name, ids[:2], ordered=True)
        assert lists.find_list(kind, name) == BookList(kind, made, name, tuple(ids[:2]), True)
        turned = [*ids[2:], *ids[1::-1]]
        assert lists.write_list(kind, name, turned, ordered=True, list_id=made) == made
        assert lists.find_list(kind, name) == BookList(kind, made, name, tuple(turned), True)
        lists.write_list(kind, name, turned, ordered=True, list_id=made)
        lists.remove_list(kind, made)
        lists.remove_list(kind, made)
        assert lists.find_list(kind, name) is None
        with pytest.raises(Gone):
            lists.write_list(kind, name, ids, ordered=True, list_id=made)

    @pytest.mark.parametrize("kind", KINDS)
    def test_a_list_whose_first_answer_was_lost_is_made_once(
        self, shelf: Shelf, host: Host, relay: Relay, kind: str
    ) -> None:
        lists, ids = _lists(host, shelf, kind)
        relay.lose(1)
        made = lists.write_list(kind, "Lost and found", ids, ordered=True)
        found = lists.find_list(kind, "Lost and found")
        assert found is not None
        assert found.id == made
        lists.remove_list(kind, made)
        assert lists.find_list(kind, "Lost and found") is None, "it was made twice"

    def test_a_download_is_the_file(
        self, shelf: Shelf, host: Host, book: str, tmp_path: Path
    ) -> None:
        need(host, "download")
        target = tmp_path / "book.cbz"
        target.write_bytes(b"old" * 1_000_000)
        cast("Downloads", host).download(book, target)
        assert target.read_bytes() == shelf.file(book)

    def test_a_download_that_breaks_off_leaves_no_file(
        self, host: Host, relay: Relay, book: str, tmp_path: Path
    ) -> None:
        need(host, "download")
        host.whoami()
        relay.down()
        with pytest.raises(ShelfhookError):
            cast("Downloads", host).download(book, tmp_path / "book.cbz")
        assert list(tmp_path.iterdir()) == []

    def test_a_cover_is_added_chosen_and_removed(self, shelf: Shelf, host: Host, book: str) -> None:
        need(host, "covers")
        covers = cast("Covers", host)
        before = shelf.held("book", book)
        assert covers.cover("book", book) == ""
        page = covers.page(book, 1)
        made = covers.add_cover("book", book, page)
        assert made
        assert covers.cover("book", book) == made
        covers.choose_cover("book", book, "")
        assert covers.cover("book", book) == ""
        covers.choose_cover("book", book, made)
        assert covers.cover("book", book) == made
        covers.remove_cover("book", book, made)
        covers.remove_cover("book", book, made)
        assert covers.cover("book", book) == ""
        assert shelf.held("book", book) == before

    def test_pages_count_from_one(self, host: Host, book: str) -> None:
        need(host, "covers")
        for number in (0, -1, 100_000):
            with pytest.raises((Gone, Permanent)):
                cast("Covers", host).page(book, number)

    def test_news_begin_with_now(self, shelf: Shelf, host: Host) -> None:
        need(host, "news")
        asked = cast("Asked", host)
        now = asked.news(shelf.library, "", 100)
        assert (list(now.tidings), now.complete) == ([], True)
        assert now.cursor
        later = asked.news(shelf.library, now.cursor, 100)
        assert (list(later.tidings), later.complete) == ([], True)

    def test_what_was_added_is_news_once(self, shelf: Shelf, host: Host) -> None:
        need(host, "news")
        asked = cast("Asked", host)
        cursor = asked.news(shelf.library, "", 100).cursor
        book = shelf.add()
        told = asked.news(shelf.library, cursor, 100)
        assert _told_of(told.tidings, book)
        assert set(_signs(told.tidings)) <= NEWS
        assert all(one.library in ("", shelf.library) for one in told.tidings)
        assert list(asked.news(shelf.library, told.cursor, 100).tidings) == []

    def test_what_was_edited_is_news(self, shelf: Shelf, host: Host, book: str) -> None:
        need(host, "news")
        if shelf.edits_are_no_news:
            pytest.skip(shelf.edits_are_no_news)
        asked = cast("Asked", host)
        cursor = asked.news(shelf.library, "", 100).cursor
        shelf.alter("book", book)
        assert _told_of(asked.news(shelf.library, cursor, 100).tidings, book)

    def test_news_that_are_too_many_say_so(self, shelf: Shelf, host: Host) -> None:
        need(host, "news")
        asked = cast("Asked", host)
        cursor = asked.news(shelf.library, "", 100).cursor
        for _ in range(4):
            shelf.add()
        told = asked.news(shelf.library, cursor, 2)
        assert len(told.tidings) <= 2
        assert not told.complete or Sign.SCANNED in _signs(told.tidings)
        for _ in range(20):
            if told.complete:
                break
            told = asked.news(shelf.library, told.cursor, 2)
        assert told.complete, "it comes to an end"

    @pytest.mark.parametrize("cursor", ["?", "{}", "[]", "0", "-1", "9" * 50, "ä", '{"at": null}'])
    def test_a_cursor_that_is_not_understood_harms_nobody(
        self, shelf: Shelf, host: Host, cursor: str
    ) -> None:
        need(host, "news")
        asked = cast("Asked", host)
        told = asked.news(shelf.library, cursor, 3)
        assert told.cursor
        assert len(told.tidings) <= 3
        asked.news(shelf.library, told.cursor, 3)

    def test_a_stream_of_events_begins_with_listening_and_tells_what_happens(
        self, shelf: Shelf, connect: Connect, book: str
    ) -> None:
        host = connect(url=shelf.url)
        need(host, "events")
        with _Listener(host) as listener:
            assert listener.wait_for(lambda one: one.sign is Sign.LISTENING)
            assert listener.heard[0].sign is Sign.LISTENING
            shelf.alter("book", book)
            assert listener.wait_for(lambda one: one.sign is not Sign.LISTENING)
            assert all(isinstance(one.sign, Sign) for one in listener.heard)
        assert listener.ended.is_set(), "close ends the stream"
        assert listener.error is None or isinstance(listener.error, ShelfhookError)

    def test_a_stream_that_breaks_ends_with_an_error_of_ours_or_none(
        self, host: Host, relay: Relay
    ) -> None:
        need(host, "events")
        with _Listener(host) as listener:
            assert listener.wait_for(lambda one: one.sign is Sign.LISTENING)
            relay.cut()
            assert listener.ended.wait(SOON)
        assert listener.error is None or isinstance(listener.error, ShelfhookError)


class _Listener:
    """Reads a host's stream in a thread, which ends with the stream; leaving closes the host.

    The condition guards what was heard.
    """

    def __init__(self, host: Host) -> None:
        self._host = host
        self._changed = threading.Condition()
        self.heard: list[Tiding] = []
        self.error: BaseException | None = None
        self.ended = threading.Event()
        self._pool = ThreadPoolExecutor(1)

    def __enter__(self) -> _Listener:
        self._pool.submit(self._listen)
        return self

    def __exit__(self, *_: object) -> None:
        self._host.close()
        self.ended.wait(SOON)
        self._pool.shutdown(wait=self.ended.is_set())

    def wait_for(self, wanted: Callable[[Tiding], bool]) -> bool:
        with self._changed:
            return self._changed.wait_for(lambda: any(map(wanted, self.heard)), SOON)

    def _listen(self) -> None:
        try:
            with contextlib.closing(cast("Tells", self._host).tidings()) as stream:  # type: ignore[type-var] # generators, all of them
                for one in stream:
                    with self._changed:
                        self.heard.append(one)
                        self._changed.notify_all()
        except Exception as error:  # noqa: BLE001 - the root of a thread; the test looks at it
            self.error = error
        finally:
            self.ended.set()


def _lists(host: Host, shelf: Shelf, kind: str) -> tuple[Lists, list[str]]:
    need(host, KINDS[kind])
    ids = shelf.series() if kind == "collection" else shelf.books()
    return cast("Lists", host), list(ids)[:3]


def _told_of(tidings: Sequence[Tiding], book: str) -> bool:
    """Whether a book is named, or its whole library."""
    return any(one.item == book or one.sign is Sign.SCANNED for one in tidings)


def _signs(tidings: Sequence[Tiding]) -> list[Sign]:
    return [one.sign for one in tidings]
