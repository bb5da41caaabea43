"""The contract suite against a real ComicLib."""

from __future__ import annotations

import pytest

from shelfhook.errors import Refused
from tests.hosts.contract import HostContract, Shelf
from tests.hosts.lanraragi.shelf import ComicLibShelf
from tests.hosts.suite.base import Connect, tells_no_secret, texts
from tests.support.comiclib import ComicLib


@pytest.fixture(scope="module")
def shelf(comiclib: ComicLib) -> ComicLibShelf:
    return ComicLibShelf(comiclib)


class TestComicLib(HostContract):
    def test_a_wrong_login_is_refused_in_words_and_told_by_check(
        self, shelf: Shelf, connect: Connect, book: str
    ) -> None:
        """Not by reads: these servers let anybody read, with or without a key."""
        wrong = shelf.wrong_login()
        host = connect(wrong)
        before = shelf.held("book", book)
        for call in (host.whoami, lambda: host.write("book", book, {"title": "Not mine"})):
            with pytest.raises(Refused) as refused:
                call()
            tells_no_secret(texts(refused.value), wrong, shelf.login())
        assert shelf.held("book", book) == before
        assert host.check().ok
        assert host.down_until() is None
        assert host.item(book).id == book
