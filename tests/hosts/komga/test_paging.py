from __future__ import annotations

import json
from collections.abc import Callable
from urllib.parse import parse_qs, urlsplit

import pytest

from shelfhook.errors import Permanent, Transient
from shelfhook.hosts.calls import Call, Json
from shelfhook.hosts.komga import routes
from shelfhook.hosts.komga.paging import books_of, pages
from tests.hosts.komga.build import book, page


class Shelf:
    """A library whose books change while it is being read; `asked` holds the page numbers."""

    def __init__(self, *names: str) -> None:
        self.names = list(names)
        self.asked: list[int] = []
        self.before_page: dict[int, Callable[[], None]] = {}
        """What happens just before the n-th request, from 0."""

    def ask(self, call: Call) -> Json:
        self.before_page.get(len(self.asked), lambda: None)()
        query = {key: value[0] for key, value in parse_qs(urlsplit(call.path).query).items()}
        number, size = int(query["page"]), int(query["size"])
        assert query["sort"] == "url,asc"
        self.asked.append(number)
        content = sorted(self.names)[number * size : (number + 1) * size]
        return page([book(name) for name in content], number, size, len(self.names))

    def read(self, size: int = 2) -> list[str]:
        return [ref.id for one in pages(self.ask, "0LIB", size) for ref in one.refs]


def test_a_library_comes_page_by_page_with_its_total() -> None:
    shelf = Shelf("a", "b", "c", "d", "e")
    found = list(pages(shelf.ask, "0LIB", 2))
    assert [[ref.id for ref in one.refs] for one in found] == [["a", "b"], ["c", "d"], ["e"]]
    assert [one.total for one in found] == [5, 5, 5]
    assert shelf.asked == [0, 1, 2]


def test_an_empty_library_has_no_pages() -> None:
    assert list(pages(Shelf().ask, "0LIB", 2)) == []


def test_a_page_is_asked_for_when_it_is_needed_and_not_before() -> None:
    shelf = Shelf("a", "b", "c", "d")
    walk = pages(shelf.ask, "0LIB", 2)
    assert shelf.asked == []
    next(walk)
    assert shelf.asked == [0]


def test_no_page_is_larger_than_komga_allows() -> None:
    assert Shelf("a").read(size=1_000_000) == ["a"]
    asked: list[Call] = []

    def ask(call: Call) -> Json:
        asked.append(call)
        return page([], 0, 2000, 0)

    list(pages(ask, "0LIB", 1_000_000))
    assert "size=2000" in asked[0].path


def test_books_that_slip_back_when_others_are_removed_are_not_missed() -> None:
    shelf = Shelf("a", "b", "c", "d", "e", "f")
    shelf.before_page[1] = lambda: shelf.names.remove("a")
    assert shelf.read() == ["a", "b", "c", "d", "e", "f"]


def test_a_page_of_books_removed_at_once_costs_none_of_the_others() -> None:
    shelf = Shelf("a", "b", "c", "d", "e", "f")

    def remove() -> None:
        shelf.names[:2] = []

    shelf.before_page[1] = remove
    assert shelf.read() == ["a", "b", "c", "d", "e", "f"]


def test_books_that_are_pushed_on_when_others_are_added_do_not_come_twice() -> None:
    shelf = Shelf("b", "c", "d", "e", "f")
    shelf.before_page[1] = lambda: shelf.names.append("a")
    assert shelf.read() == ["b", "c", "a", "d", "e", "f"]


def test_a_library_that_shrinks_to_nothing_ends() -> None:
    shelf = Shelf("a", "b", "c")
    shelf.before_page[1] = shelf.names.clear
    assert shelf.read() == ["a", "b"]


def test_the_trash_is_left_out() -> None:
    calls: list[Call] = []

    def ask(call: Call) -> Json:
        calls.append(call)
        return page([], 0, 2, 0)

    list(pages(ask, "0LIB", 2))
    assert calls[0].body is not None
    assert json.loads(calls[0].body)["condition"]["allOf"] == [
        {"libraryId": {"operator": "is", "value": "0LIB"}},
        {"deleted": {"operator": "isFalse"}},
    ]


@pytest.mark.parametrize("answer", [[], {"books": []}, "text", None])
def test_an_answer_of_another_shape_is_no_komga(answer: Json) -> None:
    with pytest.raises(Permanent, match="is it a Komga server"):
        list(pages(lambda call: answer, "0LIB", 2))


@pytest.fixture
def little_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(routes, "LARGEST_PAGE", 2)


@pytest.mark.usefixtures("little_pages")
def test_a_series_is_read_to_its_last_page() -> None:
    shelf = Shelf("a", "b", "c", "d", "e")
    assert [one.id for one in books_of(shelf.ask, "0SER")] == ["a", "b", "c", "d", "e"]
    assert shelf.asked == [0, 1, 2]
    assert books_of(Shelf().ask, "0SER") == []


@pytest.mark.usefixtures("little_pages")
def test_a_series_that_changes_while_it_is_read_is_read_again() -> None:
    shelf = Shelf("a", "b", "c", "d", "e")
    shelf.before_page[1] = lambda: shelf.names.remove("a")
    assert [one.id for one in books_of(shelf.ask, "0SER")] == ["b", "c", "d", "e"]


@pytest.mark.usefixtures("little_pages")
def test_a_series_that_never_stands_still_is_for_later() -> None:
    shelf = Shelf("a", "b", "c", "d", "e")
    shelf.before_page = {turn: lambda: shelf.names.append("z") for turn in range(1, 100, 2)}
    with pytest.raises(Transient, match="books come and go in series 0SER"):
        books_of(shelf.ask, "0SER")
