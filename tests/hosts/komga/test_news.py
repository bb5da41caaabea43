"""What is new in a library, found by listing: nothing missed, nothing told twice."""

from __future__ import annotations

import json
from typing import Any, cast
from urllib.parse import parse_qs, urlsplit

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shelfhook.hosts.calls import Call, Json
from shelfhook.hosts.komga import news as room
from shelfhook.hosts.komga.news import news
from shelfhook.ports import News, Sign
from tests.hosts.komga import build

MOST = 1_000


def second(number: int) -> str:
    return f"2024-01-01T{number // 3600:02}:{number // 60 % 60:02}:{number % 60:02}Z"


class Komga:
    """A library's books, sorted and paged as Komga does; `calls` counts the pages asked for."""

    def __init__(self) -> None:
        self.books: dict[str, dict[str, Any]] = {}
        self.calls = 0
        self.now = 100

    def add(self, name: str, series: str = "S1", *, file: int = 0) -> None:
        self.books[name] = build.book(
            name,
            seriesId=series,
            url=f"/books/{name}.cbz",
            created=second(self.now),
            lastModified=second(self.now),
            fileLastModified=second(file),
            metadata=build.metadata(lastModified=second(self.now)),
        )

    def touch(self, name: str, **changes: Any) -> None:
        self.books[name] |= {"lastModified": second(self.now), **changes}

    def replace(self, name: str) -> None:
        self.touch(name, fileLastModified=second(self.now))

    def delete(self, name: str) -> None:
        self.touch(name, deleted=True)

    def ask(self, call: Call) -> Json:
        self.calls += 1
        assert call.body
        assert json.loads(call.body) == {
            "condition": {"libraryId": {"operator": "is", "value": "L"}}
        }
        query = parse_qs(urlsplit(call.path).query)
        order, _ = query["sort"][0].split(",")
        number, size = int(query["page"][0]), int(query["size"][0])
        rows = sorted(self.books.values(), key=lambda book: str(book["url"]))
        rows.sort(key=lambda book: str(book[order]), reverse=True)
        content = rows[number * size : (number + 1) * size]
        return cast(Json, {"content": content, "last": (number + 1) * size >= len(rows)})

    def news(self, cursor: str, most: int = MOST) -> News:
        return news(self.ask, "L", cursor, most)


@pytest.fixture
def komga() -> Komga:
    made = Komga()
    for number in range(5):
        made.add(f"old{number}")
    made.now += 10
    return made


def told(found: News) -> list[tuple[Sign, str]]:
    return [(one.sign, one.item) for one in found.tidings]


def test_from_nothing_there_is_nothing_new(komga: Komga) -> None:
    first = komga.news("")
    assert (told(first), first.complete) == ([], True)
    assert told(komga.news(first.cursor)) == []


@pytest.mark.parametrize("cursor", ["x", "[]", "7", '[["a"]]', "null", '{"a": 1}', '[["a", 7], 1]'])
def test_a_cursor_that_is_not_ours_counts_as_none(komga: Komga, cursor: str) -> None:
    found = komga.news(cursor)
    assert told(found) == []
    komga.add("new")
    assert told(komga.news(found.cursor)) == [(Sign.ADDED, "new")]


def test_what_has_come_changed_and_gone_is_told_once_oldest_first(komga: Komga) -> None:
    cursor = komga.news("").cursor
    komga.add("new1", "S2")
    komga.now += 1
    komga.add("new2", "S2")
    komga.replace("old1")
    komga.delete("old2")
    found = komga.news(cursor)
    assert told(found) == [
        (Sign.REMOVED, "old2"),
        (Sign.ADDED, "new1"),
        (Sign.ADDED, "new2"),
        (Sign.CHANGED, "old1"),
    ]
    assert {one.library for one in found.tidings} == {"L"}
    assert told(komga.news(found.cursor)) == []


def test_books_of_the_cursors_own_second_are_not_lost(komga: Komga) -> None:
    komga.add("a")
    cursor = komga.news("").cursor
    komga.add("b")
    komga.replace("a")
    found = komga.news(cursor)
    assert told(found) == [(Sign.ADDED, "b"), (Sign.CHANGED, "a")]
    assert told(komga.news(found.cursor)) == []
    komga.delete("b")
    assert told(komga.news(found.cursor)) == [(Sign.REMOVED, "b")]


def test_all_in_a_library_that_was_empty_is_new() -> None:
    komga = Komga()
    cursor = komga.news("").cursor
    komga.add("first")
    assert told(komga.news(cursor)) == [(Sign.ADDED, "first")]


def test_siblings_that_were_only_touched_have_not_changed(komga: Komga) -> None:
    """Komga bumps every book of a series that gains or loses one."""
    cursor = komga.news("").cursor
    komga.now += 5
    komga.add("new")
    for name in ("old0", "old1", "old2"):
        komga.touch(name)
    komga.replace("old3")
    assert told(komga.news(cursor)) == [(Sign.ADDED, "new"), (Sign.CHANGED, "old3")]


def test_a_touch_that_nothing_explains_is_a_change(komga: Komga) -> None:
    cursor = komga.news("").cursor
    komga.touch("old0")
    komga.add("new", "another series")
    assert (Sign.CHANGED, "old0") in told(komga.news(cursor))


def test_what_came_and_went_meanwhile_is_not_told(komga: Komga) -> None:
    cursor = komga.news("").cursor
    komga.add("brief")
    komga.delete("brief")
    assert told(komga.news(cursor)) == []


def test_more_than_was_asked_for_is_said_and_the_cursor_is_of_now(komga: Komga) -> None:
    cursor = komga.news("").cursor
    for number in range(12):
        komga.add(f"new{number:02}")
    found = komga.news(cursor, most=10)
    assert (len(found.tidings), found.complete) == (10, False)
    assert told(komga.news(found.cursor)) == []


def test_little_news_of_a_large_library_costs_two_small_pages() -> None:
    komga = Komga()
    for number in range(3_000):
        komga.now = 100 + number
        komga.add(f"b{number:04}")
    cursor = komga.news("").cursor
    komga.now += 1
    komga.add("new")
    komga.calls = 0
    assert told(komga.news(cursor)) == [(Sign.ADDED, "new")]
    assert komga.calls == 2


def test_a_second_with_more_books_than_a_cursor_names_ends_too(
    komga: Komga, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(room, "TIES", 3)
    for number in range(2_000):
        komga.add(f"new{number:04}")
    first = komga.news("")
    assert len(first.cursor) < 200
    assert told(komga.news(first.cursor)) == []
    komga.now += 1
    komga.add("later")
    assert told(komga.news(first.cursor)) == [(Sign.ADDED, "later")]


def test_a_deleted_newest_book_brings_no_older_one_back(komga: Komga) -> None:
    komga.add("newest")
    cursor = komga.news("").cursor
    del komga.books["newest"]
    after = komga.news(cursor)
    assert told(after) == []
    komga.add("next")
    assert told(komga.news(after.cursor)) == [(Sign.ADDED, "next")]


Step = st.tuples(st.sampled_from(["add", "replace", "delete", "look", "wait"]), st.integers(0, 9))


@settings(max_examples=200)
@given(st.lists(Step, max_size=40))
def test_every_book_that_came_is_told_exactly_once_whenever_one_asks(
    steps: list[tuple[str, int]],
) -> None:
    komga = Komga()
    cursor = komga.news("").cursor
    came: list[str] = []
    heard: list[tuple[Sign, str]] = []
    for number, (what, which) in enumerate([*steps, ("look", 0)]):
        if what == "add":
            came.append(f"b{number:02}")
            komga.add(came[-1])
        elif what == "look":
            found = komga.news(cursor)
            cursor = found.cursor
            heard += told(found)
        elif what == "wait":
            komga.now += 1
        elif came and not komga.books[came[which % len(came)]]["deleted"]:
            (komga.replace if what == "replace" else komga.delete)(came[which % len(came)])
    added = [item for sign, item in heard if sign is Sign.ADDED]
    removed = [item for sign, item in heard if sign is Sign.REMOVED]
    assert len(added) == len(set(added))
    assert set(added) | {one for one in came if komga.books[one]["deleted"]} == set(came)
    assert set(removed) == {one for one in added if komga.books[one]["deleted"]}
