"""Conditions of the rules of `tags`, and what follows from them: age rating and direction."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import pytest
from pydantic import ValidationError

from shelfhook.actions.age_ratings import AGES
from shelfhook.actions.tag_parameters import TagsParameters
from shelfhook.errors import Transient
from shelfhook.model import Fields, Item
from tests.actions.hosts import ShelfHost
from tests.actions.tag_shelves import KomgaLike, after, book, series

SHELF = series(publisher="Image Comics", language="en", genres=["war"])


def fits(item: Item, where: Mapping[str, object], host: ShelfHost | None = None) -> bool:
    return bool(after(item, host or ShelfHost(SHELF), where=where, add=["new"]))


@pytest.mark.parametrize(
    ("where", "fitting"),
    [
        ({"series": "saga"}, True),
        ({"series": "Sa*"}, True),
        ({"series": "ag"}, False),
        ({"series": ["Other", "S?ga"]}, True),
        ({"series": []}, True),
        ({"series": ""}, False),
        ({"file": "*.CBZ"}, True),
        ({"file": "*.cbr"}, False),
        ({"folder": "*/comics*"}, True),
        ({"folder": "/data/Comics/Saga"}, True),
        ({"folder": "*.cbz"}, False),
        ({"publisher": "image*"}, True),
        ({"publisher": ""}, False),
        ({"language": "en*"}, True),
        ({"tag": "h*r"}, True),
        ({"tag": ["x", "y"]}, False),
        ({"genre": "War"}, True),
        ({"genre": "x"}, False),
        ({"series": "Saga", "tag": "x"}, False),
        ({}, True),
    ],
)
def test_a_condition_is_a_glob_that_fits_the_whole_text_in_any_case(
    where: Mapping[str, object], fitting: bool
) -> None:
    assert fits(book("horror", "x y"), where) is fitting


@pytest.mark.parametrize(
    ("where", "fitting"),
    [
        ({"series": "Saga"}, True),
        ({"file": "*"}, True),
        ({"file": "?*"}, False),
        ({"folder": "*/Saga (2012)"}, True),
        ({"publisher": "Image"}, True),
        ({"tag": ""}, True),
        ({"genre": ""}, True),
        ({"language": ["de", "en"]}, True),
    ],
)
def test_a_series_answers_for_itself(where: Mapping[str, object], fitting: bool) -> None:
    assert fits(series(), where) is fitting


def test_folders_of_windows_fit_as_well() -> None:
    item = replace(book(), path="D:\\Comics\\Manga\\x.cbz")

    assert fits(item, {"folder": "*/manga"})


def test_a_book_that_has_a_publisher_of_its_own_answers_for_itself() -> None:
    assert fits(book(publisher="Zone"), {"publisher": "Zone"})
    assert not fits(book(publisher=""), {"publisher": "Image*"})


def test_the_series_is_read_once_and_only_if_a_condition_asks() -> None:
    host = KomgaLike(SHELF)
    rules = [{"where": {"publisher": "Image*", "genre": g}, "add": [g]} for g in ("war", "x")]

    assert after(book(), host, where={"series": "Saga"}, add=["a"]) == {"tags": ["a"]}
    assert host.series_read == 0
    assert after(book(), host, rules=rules) == {"tags": ["war"]}
    assert host.series_read == 1
    assert fits(series(genres=["war"]), {"genre": "war", "publisher": "Image"}, host)
    assert host.series_read == 1


def test_a_book_that_does_not_know_its_series_title_asks_the_series() -> None:
    assert fits(replace(book(), series_name=""), {"series": "Saga"})


def test_a_series_that_is_gone_or_unknown_has_no_publisher() -> None:
    assert not fits(book(), {"publisher": "?*"}, ShelfHost())
    assert not fits(replace(book(), series=""), {"publisher": "?*"})


def test_a_host_that_cannot_say_now_is_asked_again_later() -> None:
    class Busy(ShelfHost):
        def series(self, series_id: str) -> Item:
            raise Transient("busy")

    with pytest.raises(Transient):
        fits(book(), {"publisher": "?*"}, Busy())


def test_ratings_and_directions_follow_from_the_words_as_they_are_after_the_edits() -> None:
    item = series("Seinen")

    found = after(
        item,
        rename={"seinen": "mature"},
        age_rating=[{"where": {"tag": "mature"}, "rating": "Mature 17+"}],
        reading_direction=[{"where": {"language": "en"}, "direction": "RIGHT_TO_LEFT"}],
    )

    assert found == {"tags": ["mature"], "ageRating": 17, "readingDirection": "RIGHT_TO_LEFT"}


@pytest.mark.parametrize(
    ("present", "overwrites", "expected"),
    [
        (None, (False, False), 13),
        (0, (False, False), 0),
        (None, (False, True), 18),
        (0, (True, False), 13),
        (18, (True, True), 18),
        (5, (True, True), 18),
    ],
)
def test_the_first_rule_fills_and_the_last_that_may_overwrite_wins(
    present: int | None, overwrites: tuple[bool, bool], expected: int
) -> None:
    rules = [
        {"rating": rating, "overwrite": overwrite}
        for rating, overwrite in zip(("Teen", "X18+"), overwrites, strict=True)
    ]
    item = series(ageRating=present)

    assert {**item.fields, **after(item, age_rating=rules)}["ageRating"] == expected


def test_a_rating_without_an_age_clears_only_where_it_may_overwrite() -> None:
    assert after(series(ageRating=13), age_rating=[{"rating": "Unknown"}]) == {}
    assert after(series(ageRating=13), age_rating=[{"rating": "Unknown", "overwrite": True}]) == {
        "ageRating": None
    }


def test_a_direction_that_is_set_stays_unless_a_rule_overwrites() -> None:
    item = series(readingDirection="VERTICAL")
    rule = {"direction": "WEBTOON"}

    assert after(item, reading_direction=[rule]) == {}
    assert after(item, reading_direction=[{**rule, "overwrite": True}]) == {
        "readingDirection": "WEBTOON"
    }


@pytest.mark.parametrize("fields", [{"tags": []}, {"ageRating": None, "tags": []}])
def test_a_book_gets_neither_rating_nor_direction(fields: Fields) -> None:
    item = replace(book(), fields=fields)

    assert after(item, age_rating=[{"rating": "Teen"}]) == {}


def test_a_host_without_ratings_is_sent_none() -> None:
    item = replace(series(), fields={"title": "Saga", "tags": []})

    assert after(item, age_rating=[{"rating": "Teen"}], add=["a"]) == {"tags": ["a"]}


@pytest.mark.parametrize(
    ("rules", "listed"),
    [
        ({"age_rating": [{"rating": "Adult"}]}, list(AGES)),
        ({"age_rating": [{"rating": "teen"}]}, ["'Teen'"]),
        (
            {"reading_direction": [{"direction": "rtl"}]},
            ["LEFT_TO_RIGHT", "RIGHT_TO_LEFT", "VERTICAL", "WEBTOON"],
        ),
    ],
)
def test_a_word_outside_the_enumeration_is_answered_with_all_that_are_in_it(
    rules: Mapping[str, object], listed: list[str]
) -> None:
    with pytest.raises(ValidationError) as caught:
        TagsParameters.model_validate(rules)

    assert all(word in str(caught.value) for word in listed)


@pytest.mark.parametrize(
    ("rating", "age"),
    [("Everyone", 0), ("Kids to Adults", 6), ("Teen", 13), ("Mature 17+", 17), ("X18+", 18)],
)
def test_a_rating_is_the_number_that_komga_makes_of_the_word(rating: str, age: int) -> None:
    assert after(series(), age_rating=[{"rating": rating}]) == {"ageRating": age}
