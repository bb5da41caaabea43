"""Pages, orders and conditions."""

from collections.abc import Callable
from typing import Any

import pytest

from shelfhook.sandbox.client import SandboxError
from shelfhook.sandbox.conditions import compile_condition
from shelfhook.sandbox.message import HttpError
from shelfhook.sandbox.options import Options
from shelfhook.sandbox.records import Book
from shelfhook.sandbox.server import SandboxServer
from shelfhook.sandbox.subjects import BOOK_SUBJECTS

BOOKS = "/api/v1/books/list"


def test_a_page_holds_twenty_rows_unless_told_otherwise(small: SandboxServer) -> None:
    page = small.call("POST", BOOKS, {})
    assert (page["size"], len(page["content"]), page["totalElements"]) == (20, 20, 120)
    assert (page["totalPages"], page["first"], page["last"]) == (6, True, False)


def test_a_page_of_more_than_two_thousand_is_silently_cut() -> None:
    with SandboxServer(Options(books=2100)) as server:
        page = server.call("POST", f"{BOOKS}?size=5000", {})
        assert (page["size"], len(page["content"])) == (2000, 2000)


def test_pages_sorted_by_url_hold_each_book_once(small: SandboxServer) -> None:
    pages = [small.call("POST", f"{BOOKS}?page={n}&size=50&sort=url", {}) for n in range(3)]
    urls = [book["url"] for page in pages for book in page["content"]]
    assert urls == sorted(urls)
    assert len(set(urls)) == 120
    assert [page["last"] for page in pages] == [False, False, True]


def test_without_an_order_the_rows_do_not_come_by_url(small: SandboxServer) -> None:
    urls = [book["url"] for book in small.call("POST", f"{BOOKS}?unpaged=true", {})["content"]]
    assert len(urls) == 120
    assert urls != sorted(urls)


def test_an_unknown_order_is_ignored(small: SandboxServer) -> None:
    plain = small.call("POST", BOOKS, {})["content"]
    assert small.call("POST", f"{BOOKS}?sort=shelf,desc", {})["content"] == plain


def test_several_orders_apply_one_after_the_other(small: SandboxServer) -> None:
    target = f"{BOOKS}?unpaged=true&sort=media.pagesCount,desc&sort=url"
    rows = small.call("POST", target, {})["content"]
    keys = [(-row["media"]["pagesCount"], row["url"]) for row in rows]
    assert keys == sorted(keys)


def test_conditions_choose_by_library_series_and_state(sandbox: SandboxServer) -> None:
    book = sandbox.books()[0]
    series = {"seriesId": {"operator": "is", "value": book["seriesId"]}}
    broken = {
        "anyOf": [
            {"mediaStatus": {"operator": "is", "value": "ERROR"}},
            {"mediaStatus": {"operator": "is", "value": "UNSUPPORTED"}},
        ]
    }
    library = {"libraryId": {"operator": "isNot", "value": book["libraryId"]}}
    assert {b["seriesId"] for b in _found(sandbox, series)} == {book["seriesId"]}
    assert {b["media"]["status"] for b in _found(sandbox, broken)} == {"ERROR", "UNSUPPORTED"}
    assert _found(sandbox, library) == []
    assert _found(sandbox, {"allOf": [series, library]}) == []


def test_a_patch_is_seen_by_the_next_list_that_asks_for_it(small: SandboxServer) -> None:
    wanted = {"tag": {"operator": "is", "value": "To Read"}}
    assert _found(small, wanted) == []
    book = small.books()[5]["id"]
    small.call("PATCH", f"/api/v1/books/{book}/metadata", {"tags": ["to read"]})
    assert [b["id"] for b in _found(small, wanted)] == [book]


def _found(server: SandboxServer, condition: dict[str, Any]) -> list[Any]:
    page = server.call("POST", f"{BOOKS}?unpaged=true", {"condition": condition})
    rows: list[Any] = page["content"]
    return rows


@pytest.mark.parametrize(
    "condition",
    [
        {"created": {"operator": "after", "dateTime": "2020-01-01T00:00:00Z"}},
        {"libraryId": {"operator": "contains", "value": "x"}},
        {"mediaStatus": {"operator": "is", "value": "BROKEN"}},
        {"title": {"operator": "is"}},
        {"deleted": {"operator": "isTrue"}, "oneShot": {"operator": "isTrue"}},
        {"allOf": {"deleted": {"operator": "isTrue"}}},
    ],
)
def test_a_condition_that_komga_does_not_know_is_refused(
    small: SandboxServer, condition: dict[str, Any]
) -> None:
    with pytest.raises(SandboxError) as refused:
        small.call("POST", BOOKS, {"condition": condition})
    assert refused.value.status == 400


@pytest.mark.parametrize(
    ("condition", "holds"),
    [
        ({"title": {"operator": "is", "value": "évening tide"}}, True),
        ({"title": {"operator": "contains", "value": "TIDE"}}, True),
        ({"title": {"operator": "doesNotContain", "value": "tide"}}, False),
        ({"title": {"operator": "beginsWith", "value": "tide"}}, False),
        ({"tag": {"operator": "isNull"}}, False),
        ({"tag": {"operator": "isNot", "value": "sea"}}, False),
        ({"numberSort": {"operator": "greaterThan", "value": 2}}, True),
        ({"releaseDate": {"operator": "before", "dateTime": "2014-06-01T00:00:00Z"}}, True),
        ({"author": {"operator": "is", "value": {"name": "Ada", "role": "writer"}}}, True),
        ({"author": {"operator": "is", "value": {"role": "inker"}}}, False),
        ({"readListId": {"operator": "is", "value": "any"}}, False),
        (
            {"anyOf": [{"deleted": {"operator": "isTrue"}}, {"oneShot": {"operator": "isFalse"}}]},
            True,
        ),
        ({}, True),
    ],
)
def test_operators_compare_as_komga_does(condition: dict[str, Any], holds: bool) -> None:
    book = Book("B", "L", "S", "/u", "n", 3, 1, 0.0, 0.0, 0.0)
    book.metadata.update(
        title="Evening Tide",
        tags=["sea"],
        releaseDate="2014-01-31",
        authors=[{"name": "Ada", "role": "writer"}],
    )
    test: Callable[[Book], bool] = compile_condition(condition, BOOK_SUBJECTS)
    assert test(book) is holds


def test_a_condition_without_an_operator_is_a_400() -> None:
    with pytest.raises(HttpError) as refused:
        compile_condition({"deleted": {}}, BOOK_SUBJECTS)
    assert refused.value.status == 400
