from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shelfhook.hosts.calibre import CalibreHost, news
from shelfhook.hosts.calls import Call
from shelfhook.ports import Sign
from tests.hosts.calibre import build
from tests.support.calibre import PATIENT, Calibre

pytestmark = PATIENT
NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)


class Library:
    """Books by their number, with the seconds after noon when each was changed last."""

    def __init__(self, changed: Mapping[int, float] | None = None) -> None:
        self.books = dict(changed or {})
        self.asked: list[int] = []

    def ask(self, call: Call) -> Any:
        fields, order, ascending, query, most = json.loads(call.body or b"")
        self.asked.append(most)
        after = int(query.partition(">")[2] or 0)
        ids = sorted(one for one in self.books if one > after)
        if order == "last_modified":  # a stable sort, as Calibre's is
            ids.sort(key=lambda one: self.books[one], reverse=not ascending)
        elif not ascending:
            ids.reverse()
        ids = ids[:most]
        times = {str(one): _date(self.books[one]) for one in ids}
        data = {"last_modified": times} if "last_modified" in fields else {}
        return build.listing(uuid={str(one): "u" for one in ids}, **data)

    def news(self, cursor: str, most: int = 100) -> tuple[list[str], str, bool]:
        told = news.news(self.ask, "lib", cursor, most)
        assert all(one.library == "lib" for one in told.tidings)
        return [f"{one.sign} {one.item}" for one in told.tidings], told.cursor, told.complete

    def all_news(self, cursor: str, most: int) -> list[str]:
        """All of it, so many at a time."""
        told: list[str] = []
        complete = False
        while not complete:
            some, cursor, complete = self.news(cursor, most)
            assert 0 <= len(some) <= most
            assert some or complete
            told += some
        assert self.news(cursor, most) == ([], cursor, True)
        return told


def _date(seconds: float) -> dict[str, Any]:
    return {"jPoAv3zOyHvQ5JFNYg4hJ9": 0, "v": (NOON + timedelta(seconds=seconds)).isoformat()}


def test_what_came_is_added_and_what_moved_is_changed() -> None:
    library = Library({1: 1, 2: 2})
    _, cursor, _ = library.news("")
    library.books |= {1: 5.5, 2: 4.5, 3: 4}
    assert library.news(cursor)[0] == ["added lib/3", "changed lib/2", "changed lib/1"]


def test_what_was_told_is_not_told_again() -> None:
    library = Library({1: 1})
    _, cursor, _ = library.news("")
    library.books |= {1: 3.5, 2: 3}
    _, later, complete = library.news(cursor)
    assert complete
    assert library.news(later) == ([], later, True)


def test_a_book_that_was_added_in_a_second_that_was_read_already_is_found() -> None:
    library = Library({1: 1})
    _, cursor, _ = library.news("")
    library.books[1] = 5.5
    _, cursor, _ = library.news(cursor)
    library.books[2] = 5  # Calibre cuts the fraction off
    assert library.news(cursor)[0] == ["added lib/2"]


@pytest.mark.parametrize("most", [1, 13, 298, 1_000])
def test_books_that_one_call_has_changed_are_told_a_part_at_a_time(most: int) -> None:
    library = Library(dict.fromkeys(range(1, 300), 0))
    _, cursor, _ = library.news("")
    library.books = dict.fromkeys(range(1, 300), 7.25)
    assert library.all_news(cursor, most) == [f"changed lib/{one}" for one in range(1, 300)]


def test_an_empty_library_has_a_beginning() -> None:
    library = Library()
    _, cursor, _ = library.news("")
    library.books[1] = 3
    assert library.news(cursor)[0] == ["added lib/1"]


def test_what_has_gone_is_not_missed_and_does_no_harm() -> None:
    library = Library({1: 1, 2: 2})
    _, cursor, _ = library.news("")
    del library.books[2]
    library.books |= {1: 3.5, 3: 3}
    assert library.all_news(cursor, 10) == ["added lib/3", "changed lib/1"]


def test_while_little_is_new_little_is_asked_for() -> None:
    library = Library({number: number for number in range(1, 5_000)})
    _, cursor, _ = library.news("")
    library.books[7] = 9_000
    library.asked.clear()
    assert library.news(cursor)[0] == ["changed lib/7"]
    assert library.asked == [101, 101]


@pytest.mark.parametrize("cursor", ['[["2026"], []]', "[1,2,3]", '["2026-01-01", "x", 3]', "null"])
def test_a_cursor_of_another_host_begins_anew(cursor: str) -> None:
    library = Library({1: 1})
    assert library.news(cursor) == library.news("")


TIMES = st.integers(0, 20).map(lambda quarter: quarter / 4)


@given(
    before=st.dictionaries(st.integers(1, 30), TIMES, max_size=10),
    changed=st.dictionaries(st.integers(1, 30), TIMES, max_size=10),
    added=st.lists(TIMES, max_size=15),
    most=st.integers(1, 7),
)
def test_every_change_is_told_once_however_many_are_taken_at_a_time(
    before: dict[int, float], changed: dict[int, float], added: list[float], most: int
) -> None:
    library = Library(before)
    _, cursor, _ = library.news("")
    changed = {number: 6 + at for number, at in changed.items() if number in before}
    last = max(before, default=0)
    # Added in the second of the cursor, too; with its fraction cut off.
    new = {last + 1 + place: float(int(4 + at)) for place, at in enumerate(added)}
    library.books |= changed | new
    told = library.all_news(cursor, most)
    wanted = [f"added lib/{one}" for one in new] + [f"changed lib/{one}" for one in changed]
    assert set(told) >= set(wanted)
    extra = set(told) - set(wanted)
    assert extra <= {f"changed lib/{one}" for one in new}, "one that came while others waited"
    assert len(told) == len(set(told))


def test_a_real_server_tells_what_calibredb_does(calibre: Calibre, host: CalibreHost) -> None:
    cursor = host.news("Comics", "", 10).cursor
    said = calibre.calibredb("add", "--empty", "--title", "New one")
    number = int(said.strip().rpartition(" ")[2])
    # Words of its own: one that another book has in other letters would change that book, too.
    calibre.calibredb("set_metadata", "--field", "tags:told by calibredb", "3")
    told = host.news("Comics", cursor, 10)
    assert [(one.sign, one.item) for one in told.tidings] == [
        (Sign.ADDED, f"Comics/{number}"),
        (Sign.CHANGED, "Comics/3"),
    ]
    calibre.kill()
    calibre.start()
    assert host.news("Comics", told.cursor, 10).tidings == []


@pytest.mark.parametrize("most", [1, 100])
def test_a_tag_that_is_spelled_anew_changes_all_books_that_have_it(
    calibre: Calibre, host: CalibreHost, most: int
) -> None:
    for number in (4, 5, 6):
        calibre.set_fields("Comics", number, {"tags": [f"shared{most}"]})
    cursor = host.news("Comics", "", 10).cursor
    host.write("book", "Comics/4", {"tags": [f"SHARED{most}"]})
    found: set[str] = set()
    complete = False
    while not complete:
        told = host.news("Comics", cursor, most)
        cursor, complete = told.cursor, told.complete
        found |= {one.item for one in told.tidings}
    assert found == {"Comics/4", "Comics/5", "Comics/6"}
    assert host.item("Comics/5").fields["tags"] == [f"SHARED{most}"]
