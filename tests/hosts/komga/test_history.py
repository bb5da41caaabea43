"""Komga's history, in the answers that it gives."""

from __future__ import annotations

from itertools import islice
from typing import Any

import pytest
import responses
from responses.matchers import query_param_matcher

from shelfhook.errors import Permanent, Refused
from shelfhook.hosts.komga import KomgaHost
from shelfhook.ports import Happening, History
from tests.hosts.komga import build
from tests.hosts.komga.build import URL

HISTORY = f"{URL}/api/v1/history"
NEW_YEAR = 1704067200.0


def pages(mocked: responses.RequestsMock, *wanted: list[dict[str, Any]]) -> None:
    for number, content in enumerate(wanted):
        query = {"page": number, "size": 100, "sort": "timestamp,desc"}
        page = build.page(content, number, 1, len(wanted))
        mocked.get(HISTORY, json=page, match=[query_param_matcher(query)])


def test_the_host_has_a_history(komga: KomgaHost) -> None:
    history: History = komga
    assert history is komga
    assert "history" in komga.capabilities


def test_a_conversion_is_told_with_the_file_that_was(
    mocked: responses.RequestsMock, komga: KomgaHost
) -> None:
    pages(mocked, [build.happening()])
    assert list(komga.history()) == [
        Happening(
            "0HIS",
            "converted",
            NEW_YEAR,
            "0BWZ",
            "0SER",
            "/books/Saga/1.cbz",
            {"former file": "/books/Saga/1.cbr"},
        )
    ]


@pytest.mark.parametrize(
    ("theirs", "ours"),
    [
        ("BookFileDeleted", "file-deleted"),
        ("SeriesFolderDeleted", "folder-deleted"),
        ("BookImported", "imported"),
        ("DuplicatePageDeleted", "page-removed"),
        ("SomethingOfNextYear", "SomethingOfNextYear"),
    ],
)
def test_every_kind_has_our_word_and_one_we_do_not_know_keeps_its_own(
    mocked: responses.RequestsMock, komga: KomgaHost, theirs: str, ours: str
) -> None:
    pages(mocked, [build.happening(type=theirs)])
    assert [one.kind for one in komga.history()] == [ours]


@pytest.mark.parametrize(
    ("stamp", "at"),
    [
        ("2024-01-01T00:00:00Z", NEW_YEAR),
        ("2024-01-01T00:00:00", NEW_YEAR),
        ("2024-01-01T01:00:00.5+01:00", NEW_YEAR + 0.5),
        ("one fine day", 0.0),
    ],
)
def test_a_time_is_read_with_and_without_a_zone(
    mocked: responses.RequestsMock, komga: KomgaHost, stamp: str, at: float
) -> None:
    pages(mocked, [build.happening(timestamp=stamp)])
    assert [one.at for one in komga.history()] == [at]


@pytest.mark.parametrize("absent", [{}, {"bookId": None, "seriesId": None}])
def test_what_is_of_no_book_says_so(
    mocked: responses.RequestsMock, komga: KomgaHost, absent: dict[str, Any]
) -> None:
    told = build.happening(properties={})
    del told["bookId"], told["seriesId"]
    pages(mocked, [{**told, **absent}])
    (one,) = komga.history()
    assert (one.book, one.series, one.file, one.details) == ("", "", "", {})


def test_what_slips_onto_the_next_page_comes_once(
    mocked: responses.RequestsMock, komga: KomgaHost
) -> None:
    one, two, three = (build.happening(id=name) for name in "CBA")
    pages(mocked, [one, two], [two, three])
    assert [found.id for found in komga.history()] == ["C", "B", "A"]


def test_no_page_is_read_that_nobody_asks_for(
    mocked: responses.RequestsMock, komga: KomgaHost
) -> None:
    mocked.get(HISTORY, json=build.page([build.happening()], 0, 1, 9))
    assert len(list(islice(komga.history(), 1))) == 1
    assert len(mocked.calls) == 1


def test_a_reader_is_told_which_right_is_missing(
    mocked: responses.RequestsMock, komga: KomgaHost
) -> None:
    mocked.get(HISTORY, status=403)
    with pytest.raises(Refused, match="the right ADMIN"):
        list(komga.history())


@pytest.mark.parametrize("answer", [{}, [], {"content": [{"id": "X"}]}, {"content": [1]}])
def test_what_is_no_history_is_no_programming_error(
    mocked: responses.RequestsMock, komga: KomgaHost, answer: object
) -> None:
    mocked.get(HISTORY, json=answer)
    with pytest.raises(Permanent, match="is it a Komga server"):
        list(komga.history())
