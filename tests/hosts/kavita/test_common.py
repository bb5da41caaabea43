"""Kavita's fields by their common names, and actions that use them."""

from __future__ import annotations

import pytest

from shelfhook.actions.normalize import Normalize, NormalizeParameters
from shelfhook.actions.tag_parameters import TagsParameters
from shelfhook.actions.tags import Tags
from shelfhook.hosts.kavita import KavitaHost
from shelfhook.hosts.kavita.common import common, own
from shelfhook.model import Change, Fields, Item, Value
from shelfhook.ports import SeriesAction
from tests.support.contexts import context

BOOK = Item(
    "1",
    "Saga 001.cbz",
    fields={"sortOrder": 1.5, "webLinks": ["http://a"], "writers": ["A"], "coverArtists": ["B"]},
)
SERIES = Item("1", "Saga", fields={"publishers": ["Image", "Other"]}, entity="series")
AUTHORS = [{"name": "A", "role": "writer"}, {"name": "B", "role": "cover"}]


@pytest.mark.parametrize(
    ("item", "name", "expected"),
    [
        (BOOK, "numberSort", 1.5),
        (BOOK, "links", [{"label": "http://a", "url": "http://a"}]),
        (BOOK, "authors", AUTHORS),
        (SERIES, "publisher", "Image, Other"),
        (SERIES, "title", "Saga"),
    ],
)
def test_an_item_says_in_common_words(item: Item, name: str, expected: Value) -> None:
    assert common(item).fields[name] == expected


@pytest.mark.parametrize(
    ("item", "wanted", "expected"),
    [
        (BOOK, {"numberSort": 7.0, "title": "X"}, {"title": "X"}),
        (SERIES, {"title": "Saga (2012)", "titleSort": "saga"}, {"titleSort": "saga"}),
        (SERIES, {"publisher": "Image, Other"}, {}),
        (SERIES, {"publisher": "Image"}, {"publishers": ["Image"]}),
        (BOOK, {"links": [{"label": "b", "url": "http://b"}]}, {"webLinks": ["http://b"]}),
        (BOOK, {"authors": AUTHORS}, {}),
    ],
)
def test_what_is_wanted_becomes_kavitas_own(item: Item, wanted: Fields, expected: Fields) -> None:
    assert own(item, wanted) == expected


def test_a_chapter_without_a_publisher_leaves_that_to_its_series() -> None:
    assert "publisher" not in common(BOOK).fields


def test_authors_are_written_by_their_roles() -> None:
    found = own(BOOK, {"authors": [{"name": "C", "role": "inker"}, {"name": "D"}]})
    assert {people: names for people, names in found.items() if names} == {
        "inkers": ["C"],
        "writers": ["D"],
    }


def run(action: SeriesAction, host: KavitaHost) -> dict[str, Value]:
    """Plan and write a series, and see that a second run finds nothing to do."""
    made: dict[str, Value] = {}
    for change in action.plan_series(host.series("1"), context(host)):
        assert isinstance(change, Change)
        host.write(change.entity, change.entity_id, change.after)
        made |= change.after
    assert list(action.plan_series(host.series("1"), context(host))) == []
    return made


def test_a_publisher_is_given_one_name(host: KavitaHost) -> None:
    host.write("series", "1", {"publishers": ["DC"]})
    chosen = NormalizeParameters(publishers={"dc": "DC Comics"})
    assert run(Normalize(chosen), host) == {"publishers": ["DC Comics"]}


def test_a_series_sorts_by_its_name_which_cannot_be_written(host: KavitaHost) -> None:
    chosen = NormalizeParameters(series_title="The {title}", sort_title="{rest}, {article}")
    assert "title" not in run(Normalize(chosen), host)


@pytest.mark.parametrize("where", [{"series": "saga"}, {"publisher": "image"}])
def test_rules_know_a_series_by_name_and_publisher(host: KavitaHost, where: Fields) -> None:
    host.write("series", "1", {"publishers": ["Image"]})
    action = Tags(TagsParameters.model_validate({"add": ["seen"], "on": "series", "where": where}))
    assert run(action, host) == {"tags": ["seen"]}


def test_a_book_has_the_publisher_of_its_series(host: KavitaHost) -> None:
    host.write("series", "1", {"publishers": ["Image"]})
    action = Tags(TagsParameters.model_validate({"add": ["seen"], "where": {"publisher": "image"}}))
    [change] = action.plan(host.item("1"), context(host))
    assert isinstance(change, Change)
    assert change.after == {"tags": ["seen"]}
