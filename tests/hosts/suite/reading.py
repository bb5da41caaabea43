"""Reading items and series."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from shelfhook.errors import Gone
from shelfhook.model import Item
from shelfhook.ports import Host
from tests.hosts.relay import Relay
from tests.hosts.shelf import Shelf
from tests.hosts.suite.base import Base, Connect, outcome, read, take

WORDS = {
    "analyze",
    "refresh",
    "write-book",
    "write-series",
    "collections",
    "read-lists",
    "covers",
    "convert",
    "series-books",
    "download",
    "events",
    "news",
    "history",
    "import",
}
UNKNOWN_IDS = {
    "plain": "0NOSUCHBOOK",
    "number": "987654321",
    "negative": "-1",
    "hex": "ffffffffffffffffffffffffffffffffffffffff",
    "empty": "",
    "blank": " ",
    "dot": ".",
    "dots": "..",
    "up": "../../books",
    "slash": "a/b",
    "query": "a?b=c&d#e",
    "percent": "%2e%2e%2f100%",
    "umlaut": "ä ö",
    "kana": "サガ",
    "line": "a\r\nX-Evil: 1",
    "zero": "a\x00b",
    "quotes": "\"'<>\\",
    "long": "x" * 500,
}

ODD_FORMS = ("{}?x=1", "{}/x", "{}#x", "{}/../{}", "./{}", "{} ", "+{}", "0{}")
"""Of an id that is known: whoever takes ids for numbers, or does not quote them, finds the book."""


class Reading(Base):
    """Promises of `check`, `whoami`, `item`, `series`, `fingerprint` and `lock`."""

    def test_its_capabilities_are_words_that_shelfhook_knows(
        self, shelf: Shelf, host: Host
    ) -> None:
        assert host.capabilities - WORDS - shelf.own_words == set()
        assert (host.name, host.kind) == ("mine", shelf.kind)

    def test_to_connect_calls_nobody(self, connect: Connect, relay: Relay) -> None:
        connect()
        assert relay.requests == []

    def test_a_host_that_is_well_says_so(self, host: Host) -> None:
        found = host.check()
        assert found.ok, found.message
        assert found.message
        assert host.down_until() is None

    def test_it_knows_who_we_are(self, host: Host) -> None:
        assert host.whoami().name

    def test_an_account_that_may_only_read_reads_the_same(
        self, shelf: Shelf, host: Host, connect: Connect
    ) -> None:
        reader = connect(shelf.reader_login())
        assert not reader.whoami().admin
        book = take(shelf)
        ours, theirs = host.item(book), reader.item(book)
        assert (theirs.name, theirs.fingerprint) == (ours.name, ours.fingerprint)

    def test_another_way_in_reads_the_same(self, shelf: Shelf, connect: Connect) -> None:
        book = take(shelf)
        assert connect(shelf.other_login()).item(book) == connect().item(book)

    def test_an_item_is_whole(self, shelf: Shelf, host: Host, book: str) -> None:
        item = host.item(book)
        assert (item.id, item.library, item.entity) == (book, shelf.library, "book")
        assert item.name
        assert item.fields
        assert item.fingerprint
        assert item.locks <= set(item.fields)
        assert item.size is None or item.size >= 0
        assert json.loads(json.dumps(item.fields)) == item.fields

    def test_what_is_read_is_in_its_normal_form(self, shelf: Shelf, host: Host) -> None:
        for item in _some(shelf, host):
            for name, value in item.fields.items():
                assert host.normalise(item.entity, name, value) == value, name

    @pytest.mark.parametrize("entity", ["book", "series"])
    def test_an_item_is_read_fresh(self, shelf: Shelf, host: Host, entity: str) -> None:
        one = take(shelf) if entity == "book" else shelf.series()[0]
        before, again = read(host, entity, one), read(host, entity, one)
        assert again == before
        shelf.alter(entity, one)
        after = read(host, entity, one)
        assert after.fields != before.fields
        assert after.fingerprint != before.fingerprint
        assert _fields_part(after) != _fields_part(before)

    def test_a_fingerprint_is_that_of_the_item_as_given(self, shelf: Shelf, host: Host) -> None:
        one, other = (host.item(book) for book in list(shelf.books())[:2])
        assert host.fingerprint(one) == one.fingerprint
        assert one.fingerprint != other.fingerprint
        exchanged = host.fingerprint(replace(one, fields=other.fields))
        assert exchanged.rpartition(".")[2] == _fields_part(other)

    def test_another_file_is_another_fingerprint_with_the_same_end(
        self, shelf: Shelf, host: Host, book: str
    ) -> None:
        before = host.item(book)
        shelf.touch(book)
        after = host.item(book)
        assert after.fields == before.fields
        assert after.fingerprint != before.fingerprint
        assert _fields_part(after) == _fields_part(before)

    def test_the_series_of_a_book_is_there_and_marked(self, shelf: Shelf, host: Host) -> None:
        item = next(
            (one for one in _some(shelf, host) if one.entity == "book" and one.series), None
        )
        marks = dict(host.series_marks(shelf.library))
        if item is None:
            assert marks == {}
            with pytest.raises(Gone):
                host.series("anything")
            return
        series = host.series(item.series)
        assert (series.id, series.entity, series.library) == (item.series, "series", item.library)
        assert marks[series.id] == series.fingerprint
        assert sorted(marks) == sorted(shelf.series())

    @pytest.mark.parametrize("unknown", UNKNOWN_IDS.values(), ids=UNKNOWN_IDS)
    def test_what_nobody_knows_is_gone(
        self, shelf: Shelf, host: Host, unknown: str, tmp_path: Path
    ) -> None:
        before = {book: shelf.held("book", book) for book in list(shelf.books())[:3]}
        calls = _calls_on(host, unknown, tmp_path / "file", shelf)
        for call in [*calls, *_calls_on_series(host, unknown, shelf)]:
            with pytest.raises(Gone):
                call()
        assert list(tmp_path.iterdir()) == []
        assert {book: shelf.held("book", book) for book in before} == before

    @pytest.mark.parametrize(
        "odd", ["{}?x=1", "{}/x", "{}#x", "{}/../{}", "./{}", "{} ", "+{}", "0{}"]
    )
    def test_an_id_is_never_taken_apart(self, host: Host, book: str, odd: str) -> None:
        unlike = odd.format(book, book)
        found = outcome(lambda: host.item(unlike))
        assert isinstance(found, Gone) or (isinstance(found, Item) and found.id == unlike), found

    def test_what_was_removed_is_gone(self, shelf: Shelf, host: Host, tmp_path: Path) -> None:
        book = take(shelf)
        host.item(book)
        shelf.delete(book)
        for call in _calls_on(host, book, tmp_path / "file", shelf):
            with pytest.raises(Gone):
                call()
        listed = [ref.id for page in host.pages(shelf.library, size=10) for ref in page.refs]
        assert book not in listed

    def test_locks_have_fields_of_their_own(self, shelf: Shelf, host: Host, book: str) -> None:
        assert host.lock("book", "no such field") == ""
        item = host.item(book)
        for name in item.fields:
            lock = host.lock("book", name)
            assert lock == "" or lock in item.fields
            assert lock == "" or host.lock("book", lock) == ""


def _calls_on(host: Host, book: str, target: Path, shelf: Shelf) -> list[Callable[[], Any]]:
    """Everything that can be asked about a book."""
    has = host.capabilities
    calls: list[Callable[[], Any]] = [lambda: host.item(book)]
    if "write-book" in has:
        fields = {name: values[0] for name, values in shelf.samples("book").items()}
        calls.append(lambda: host.write("book", book, fields))
    if "analyze" in has:
        calls.append(lambda: host.command("book", book, "analyze"))
    if "download" in has:
        calls.append(lambda: host.download(book, target))  # type: ignore[attr-defined] # declared
    if "covers" in has:
        calls.append(lambda: host.page(book, 1))  # type: ignore[attr-defined] # declared
        calls.append(lambda: host.cover("book", book))  # type: ignore[attr-defined] # declared
    return calls


def _calls_on_series(host: Host, series: str, shelf: Shelf) -> list[Callable[[], Any]]:
    """Likewise; not with the id of a book, which may be that of a series as well."""
    calls: list[Callable[[], Any]] = [lambda: host.series(series)]
    if "write-series" in host.capabilities:
        fields = {name: values[0] for name, values in shelf.samples("series").items()}
        calls.append(lambda: host.write("series", series, fields))
    return calls


def _some(shelf: Shelf, host: Host) -> list[Item]:
    """Some books, and the series of them."""
    books = [host.item(book) for book in list(shelf.books())[:5]]
    series = {book.series for book in books if book.series}
    return books + [host.series(one) for one in series]


def _fields_part(item: Item) -> str:
    return item.fingerprint.rpartition(".")[2]
