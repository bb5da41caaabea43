"""Calibre's fields by their common names, by table."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from shelfhook.actions.normalize import Normalize, NormalizeParameters
from shelfhook.hosts.calibre import mapping
from shelfhook.hosts.calibre.columns import BUILT_IN
from shelfhook.hosts.calibre.vocabulary import common, own
from shelfhook.model import Change, Fields, Item, Value
from tests.hosts.calibre import build
from tests.support.contexts import context

STORED: Fields = {
    "title": "Saga #12",
    "series": "Saga",
    "series_index": 12.0,
    "comments": "<div><p>A war &amp; a child.</p><p>They flee.</p></div>",
    "pubdate": "2012-03-14T00:00:00+00:00",
    "authors": ["Fiona Staples", "Brian K. Vaughan"],
    "identifiers": {"comicvine": "1", "isbn": "9781607066019"},
    "languages": ["eng", "tlh"],
    "publisher": "Image",
}


def book(**fields: Value) -> Item:
    return Item("Comics/1", "Saga #12.cbz", fields={**STORED, **fields})


@pytest.mark.parametrize(
    ("name", "stored", "expected"),
    [
        ("number", {}, "12"),
        ("number", {"series_index": 12.5}, "12.5"),
        ("number", {"series_index": 100.0}, "100"),
        ("number", {"series_index": -1.0}, "-1"),
        ("number", {"series": None, "series_index": 1.0}, ""),
        ("numberSort", {"series_index": 12.5}, 12.5),
        ("numberSort", {"series": None, "series_index": 1.0}, None),
        ("summary", {}, "A war & a child.\nThey flee."),
        ("summary", {"comments": "1 < 2 &amp; no HTML"}, "1 < 2 &amp; no HTML"),
        ("summary", {"comments": None}, ""),
        ("releaseDate", {}, "2012-03-14"),
        ("releaseDate", {"pubdate": "2012-03-13T22:00:00+00:00"}, "2012-03-14"),
        ("releaseDate", {"pubdate": "2012-03-14T05:00:00+00:00"}, "2012-03-14"),
        ("releaseDate", {"pubdate": None}, None),
        ("authors", {"authors": ["A"]}, [{"name": "A", "role": "writer"}]),
        ("authors", {"authors": ["Unknown"]}, []),
        ("isbn", {}, "9781607066019"),
        ("isbn", {"identifiers": {}}, ""),
        ("language", {}, "en"),
        ("languages", {}, ["en", "tlh"]),
        ("language", {"languages": []}, ""),
    ],
)
def test_a_book_says_in_common_words(name: str, stored: dict[str, Value], expected: Value) -> None:
    assert common(book(**stored)).fields[name] == expected


def test_a_book_tells_of_its_series() -> None:
    expected = {"title": "Saga", "publisher": "Image", "language": "en"}
    assert common(book()).series == expected


@pytest.mark.parametrize(
    ("stored", "wanted", "expected"),
    [
        ({}, {"number": "13", "numberSort": 13.0}, {"series_index": 13.0}),
        ({}, {"number": "7½", "numberSort": 7.5}, {"series_index": 7.5}),
        ({}, {"number": "13"}, {"series_index": 13.0}),
        ({}, {"number": "7a"}, {}),
        ({}, {"number": "inf"}, {}),
        ({"series": None}, {"number": "13", "numberSort": 13.0}, {}),
        (
            {"series": None},
            {"series": "Saga", "numberSort": 13.0},
            {"series": "Saga", "series_index": 13.0},
        ),
        ({}, {"summary": "New"}, {"comments": "New"}),
        ({}, {"summary": "A war & a child.\nThey flee."}, {}),
        ({}, {"releaseDate": "2013-01-01"}, {"pubdate": "2013-01-01"}),
        ({}, {"releaseDate": ""}, {"pubdate": None}),
        ({"pubdate": "2012-03-13T22:00:00+00:00"}, {"releaseDate": "2012-03-14"}, {}),
        ({}, {"language": "ja"}, {"languages": "ja"}),
        ({}, {"language": "en"}, {}),
        ({}, {"isbn": "1"}, {"identifiers": {"comicvine": "1", "isbn": "1"}}),
        (
            {},
            {"authors": [{"name": "A", "role": "writer"}, {"name": "B", "role": "inker"}]},
            {"authors": ["A"]},
        ),
        ({}, {"title": "X", "tags": ["a"], "#mine": 1}, {"title": "X", "tags": ["a"], "#mine": 1}),
    ],
)
def test_what_is_wanted_becomes_calibres_own(
    stored: dict[str, Value], wanted: Fields, expected: Fields
) -> None:
    assert own(book(**stored), wanted) == expected


def test_what_a_book_says_is_nothing_to_write() -> None:
    assert own(book(), common(book()).fields) == {}


PIECES = ["Saga", "Part", "012", "#7", "013.5", "v02", "1", "2012", "(2013)", "-", "[c2c]", "The"]


def filed(fields: Fields) -> Item:
    """A book as Calibre has it: its file is called by what is in its fields."""
    settled = mapping.fields_of(fields, BUILT_IN)
    return Item("Comics/1", mapping.name_of(settled, ["CBZ"]), fields=settled)


@given(
    st.lists(st.sampled_from(PIECES), min_size=1, max_size=6),
    st.sampled_from([None, "Saga", "Other"]),
    st.sampled_from(["Unknown", "Somebody"]),
    st.sampled_from([(), ("title", "number", "releaseDate")]),
)
@example(["v02", "[c2c]", "Saga", "[c2c]"], None, "Unknown", ())  # tidied, it says a series
def test_normalize_comes_to_rest_although_it_changes_what_the_file_is_called(
    pieces: list[str], series: str | None, author: str, overwrite: tuple[str, ...]
) -> None:
    chosen = {"date_from_year": True, "overwrite": overwrite}
    action, host = Normalize(NormalizeParameters.model_validate(chosen)), build.host()
    book = filed({"title": " ".join(pieces), "series": series, "authors": [author]})

    for change in action.plan(book, context(host)):
        assert isinstance(change, Change)
        book = replace(book, fields={**book.fields, **change.after})

    assert list(action.plan(book, context(host))) == []
    assert list(action.plan(filed(book.fields), context(host))) == []
    host.close()
