"""`tags` adds, removes and renames what a rule names, and nothing else."""

from __future__ import annotations

from collections.abc import Mapping

import pytest
from pydantic import ValidationError

from shelfhook.actions.tag_parameters import TagsParameters
from shelfhook.actions.tags import Tags
from shelfhook.model import Change, ChangeKind, Finding, Item, Severity
from tests.actions.hosts import ShelfHost
from tests.actions.tag_shelves import KomgaLike, after, book, planned, series


def tags(item: Item, **parameters: object) -> object:
    """The new tags; None if they stay."""
    return after(item, ShelfHost(item), **parameters).get("tags")


def test_without_parameters_nothing_happens() -> None:
    assert after(book("a", "B")) == {}
    assert Tags(TagsParameters()).needs == frozenset()


def test_one_change_shows_before_and_after() -> None:
    item = book("scan", "horror")

    assert planned(item, ShelfHost(item), {"add": ["new"], "remove": ["scan"]}) == [
        Change(
            ChangeKind.FIELDS,
            "book",
            "B1",
            before={"tags": ["scan", "horror"]},
            after={"tags": ["horror", "new"]},
        )
    ]


@pytest.mark.parametrize(
    ("present", "parameters", "expected"),
    [
        (["a"], {"add": ["b", "B", "c"]}, ["a", "b", "c"]),
        (["A"], {"add": ["a"]}, None),
        (["scan", "Scans", "a"], {"remove": ["SCAN*"]}, ["a"]),
        (["a", "b"], {"remove": ["*"], "add": ["b"]}, ["b"]),
        (["a"], {"remove": ["b"]}, None),
        (["Sci-Fi", "a"], {"rename": {"sci-fi": "Science Fiction"}}, ["Science Fiction", "a"]),
        (["sf", "sci-fi"], {"synonyms": {"SF": ["sci-fi"]}}, ["SF"]),
        (["a"], {"rename": {"a": "b", "b": "c"}}, ["c"]),
        (["a"], {"rename": {"a": "b"}, "remove": ["b"]}, []),
        (["a"], {"rename": {"a": "b"}, "add": ["A"]}, ["b"]),
        (["Low Water", "x"], {"case": "lower"}, ["low water", "x"]),
        (["low-water 2", "X/Y"], {"case": "title"}, ["Low-Water 2", "X/Y"]),
        (["dc"], {"case": "title", "rename": {"dc": "DC"}}, ["DC"]),
        (["dc"], {"case": "title", "add": ["DC"]}, ["DC"]),
        (["Horror", "horror"], {"case": "lower"}, ["horror"]),
        (["Horror", "horror"], {"add": ["horror"]}, None),
    ],
)
def test_an_edit_spells_then_removes_then_adds(
    present: list[str], parameters: Mapping[str, object], expected: list[str] | None
) -> None:
    assert tags(book(*present), **parameters) == expected


def test_edits_run_in_order_and_see_what_the_ones_before_made() -> None:
    rules = [{"rename": {"a": "b"}}, {"where": {"tag": "b"}, "add": ["c"]}, {"remove": ["b"]}]

    assert tags(book("a"), rules=rules) == ["c"]


def test_an_edit_that_makes_an_earlier_one_fit_is_done_in_the_same_run() -> None:
    assert tags(book("a"), rules=[{"rename": {"b": "c"}}, {"rename": {"a": "b"}}]) == ["c"]


@pytest.mark.parametrize(
    ("on", "changed"), [("book", {"book"}), ("series", {"series"}), ("both", {"book", "series"})]
)
def test_an_edit_is_for_books_or_series_or_both(on: str, changed: set[str]) -> None:
    assert {item.entity for item in (book(), series()) if after(item, add=["a"], on=on)} == changed


def test_genres_are_edited_where_there_are_any() -> None:
    assert after(series(genres=["sf"]), field="genres", rename={"sf": "Science Fiction"}) == {
        "genres": ["Science Fiction"]
    }
    assert after(book(), field="genres", add=["a"]) == {}


def test_tags_and_genres_change_together() -> None:
    rules = [{"remove": ["horror"]}, {"field": "genres", "add": ["horror"]}]

    assert after(series("horror"), rules=rules) == {"tags": [], "genres": ["horror"]}


def test_locked_fields_are_never_touched() -> None:
    item = series("a", locks=["tags", "ageRating"])
    rules = [{"field": "genres", "add": ["g"]}]

    assert after(item, remove=["a"], rules=rules, age_rating=[{"rating": "Teen"}]) == {
        "genres": ["g"]
    }


def test_a_host_that_stores_lower_case_is_not_asked_for_capitals() -> None:
    item = book("horror", "science fiction")
    parameters = {"add": ["Horror"], "synonyms": {"Science Fiction": ["sf"]}, "case": "title"}

    assert after(item, KomgaLike(item), **parameters) == {}


@pytest.mark.parametrize(
    ("parameters", "fault"),
    [
        ({"rename": {"a": "b", "B": "A"}}, "a circle that never ends: a → b → a"),
        ({"rename": {"a": "b"}, "synonyms": {"a": ["b"]}}, "a circle"),
        ({"rules": [{"rename": {"a": "b"}}, {"rename": {"b": "a"}}]}, "a circle"),
        ({"rename": {"a": "b"}, "synonyms": {"c": ["a"]}}, "two different words"),
        ({"rename": {"a": " "}}, "blank"),
        ({"add": [" "]}, "add\n.*a word is blank"),
        ({"remove": [""]}, "remove\n.*a word is blank"),
        ({"case": "upper"}, "'keep', 'lower' or 'title'"),
        ({"where": {"publishers": "x"}}, "where.publishers"),
    ],
)
def test_edits_that_make_no_sense_are_refused(parameters: Mapping[str, object], fault: str) -> None:
    with pytest.raises(ValidationError, match=fault):
        TagsParameters.model_validate(parameters)


def test_renames_in_a_circle_that_never_meet_are_allowed() -> None:
    there = {"where": {"series": "Saga"}, "rename": {"a": "b"}}
    elsewhere = {"where": {"series": "Other"}, "rename": {"b": "a"}}

    assert tags(book("a"), rules=[there, elsewhere]) == ["b"]
    assert tags(book("b"), rename={"b": "c"}, on="book", rules=[{"on": "series"}]) == ["c"]


@pytest.mark.parametrize(
    "rules",
    [
        [
            {"where": {"series": "Saga"}, "rename": {"b": "c"}},
            {"where": {"file": "*"}, "rename": {"a": "b"}},
            {"where": {"folder": "*"}, "rename": {"c": "a"}},
        ],
        [
            {"where": {"tag": "c"}, "remove": ["c"], "add": ["b"]},
            {"where": {"tag": "a"}, "remove": ["a"], "add": ["c"]},
            {"where": {"tag": "b"}, "remove": ["b"], "add": ["a"]},
        ],
    ],
)
def test_rules_that_undo_each_other_without_end_are_found_and_change_nothing(
    rules: list[dict[str, object]],
) -> None:
    (found,) = planned(book("a"), ShelfHost(), {"rules": rules})

    assert isinstance(found, Finding)
    assert (found.code, found.severity, found.place) == ("tags.endless", Severity.WARNING, "tags")


@pytest.mark.parametrize(
    ("parameters", "needs"),
    [
        ({"add": ["a"]}, {"write-book"}),
        ({"add": ["a"], "on": "series"}, {"write-series"}),
        (
            {"rules": [{"add": ["a"], "on": "book"}, {"case": "lower", "on": "series"}]},
            {"write-book", "write-series"},
        ),
        ({"age_rating": [{"rating": "Teen"}]}, {"write-series"}),
        ({"rules": [{"on": "series"}]}, set()),
    ],
)
def test_it_needs_what_its_rules_write(parameters: Mapping[str, object], needs: set[str]) -> None:
    assert Tags(TagsParameters.model_validate(parameters)).needs == needs
    assert Tags.needs == frozenset()


def test_nothing_is_planned_of_what_the_host_cannot_write() -> None:
    class BooksOnly(ShelfHost):
        capabilities = frozenset({"write-book"})

    assert after(series(), BooksOnly(), add=["a"]) == {}
    assert after(book(), BooksOnly(), add=["a"]) == {"tags": ["a"]}


def test_other_rules_are_another_recipe() -> None:
    recipes = [Tags(TagsParameters(add=(word,))).recipe for word in ("a", "a", "b")]

    assert recipes[0] == recipes[1] != recipes[2]
