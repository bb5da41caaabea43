"""What `normalize` does to books beyond title and number, each on request."""

from __future__ import annotations

from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from shelfhook.actions.normalize import Normalize, NormalizeParameters
from shelfhook.model import Fields, Item, Value
from tests.actions.hosts import ShelfHost, apply, imported
from tests.actions.test_normalize import after, books, plan
from tests.support.contexts import context

NAME = "Iron Harbor 012 (2014) (Digital) (Zone).cbz"
ONE_SHOT = "Low_Water_(2014)_(Digital)_(Zone).cbz"


def dated(name: str, day: Value) -> Item:
    return imported(name, releaseDate=day, title="Low Water", number="x")


@pytest.mark.parametrize(
    ("name", "title"),
    [
        (ONE_SHOT, "Low Water (2014)"),
        ("Low Water (Digital) (Zone-Empire).cbz", "Low Water"),
        ("Low_Water.cbz", "Low Water"),
    ],
)
def test_a_title_that_is_the_files_name_is_tidied(name: str, title: str) -> None:
    assert after(imported(name)) == {"title": title}


@pytest.mark.parametrize(
    ("item", "parameters"),
    [
        (imported(ONE_SHOT), {"clean_titles": "off"}),
        (imported(ONE_SHOT), {"replace_stem": False}),
        (imported(ONE_SHOT, locks=["title"]), {}),
        (imported(ONE_SHOT, title="Low_Water [c2c]"), {}),
        (imported("Low Water.cbz"), {}),
        (imported(NAME, 12, number="012", numberSort=12.0), {"title_template": ""}),
    ],
)
def test_no_other_title_is_tidied(item: Item, parameters: Mapping[str, object]) -> None:
    assert plan(item, **parameters) == []


def test_brackets_of_scanners_go_from_every_title_on_request() -> None:
    book = imported(NAME, title="Low_Water [c2c]")

    assert after(book, clean_titles="always") == {"title": "Low_Water"}


@pytest.mark.parametrize(
    ("name", "title"),
    [
        ("Saga v02 #03 (2012).cbz", "Saga 2.3"),
        ("Saga v02.cbz", "Saga Vol. 2"),
        ("Saga #03.cbz", "Saga #3"),
    ],
)
def test_an_issue_of_a_volume_may_have_a_template_of_its_own(name: str, title: str) -> None:
    found = after(imported(name), volume_issue_template="{series} {volume}.{number}")

    assert found["title"] == title


@pytest.mark.parametrize(
    ("number", "padded"), [("7", "007"), ("7.5", "007.5"), ("-1", "-001"), ("7a", "007a")]
)
def test_numbers_are_padded_and_sorting_numbers_stay(number: str, padded: str) -> None:
    book = imported("Low Water.cbz", number=number, numberSort=3.0)

    assert after(book, pad_number=3) == {"number": padded}


def test_a_number_from_the_files_name_is_padded_in_the_same_change() -> None:
    assert after(imported(NAME), pad_number=4) == {
        "title": "Iron Harbor #12",
        "number": "0012",
        "numberSort": 12.0,
    }


@pytest.mark.parametrize("number", ["Annual", "½", "", None])
def test_what_has_no_whole_part_is_not_padded(number: Value) -> None:
    assert plan(imported("Low Water.cbz", number=number), pad_number=3) == []


@pytest.mark.parametrize("digits", [-1, 7])
def test_a_padding_that_makes_no_sense_is_refused(digits: int) -> None:
    with pytest.raises(ValidationError, match="pad_number"):
        NormalizeParameters(pad_number=digits)


@pytest.mark.parametrize(
    ("name", "day"),
    [
        ("Low Water (2014).cbz", "2014-01-01"),
        ("Low Water (2014-03).cbz", "2014-03-01"),
        ("Low Water 012 (2014-03-14).cbz", "2014-03-14"),
    ],
)
def test_an_empty_release_date_is_filled_on_request(name: str, day: str) -> None:
    assert after(dated(name, None), date_from_year=True) == {"releaseDate": day}
    assert plan(dated(name, None)) == []


@pytest.mark.parametrize(
    ("present", "overwrite", "expected"),
    [
        ("1999-05-05", [], {}),
        ("1999-05-05", ["releaseDate"], {"releaseDate": "2014-01-01"}),
        ("2014-03-14", ["releaseDate"], {}),
    ],
)
def test_a_date_that_is_set_goes_only_if_it_contradicts_the_name_and_may_go(
    present: str, overwrite: list[str], expected: Fields
) -> None:
    book = dated("Low Water (2014).cbz", present)

    assert after(book, date_from_year=True, overwrite=overwrite) == expected


def test_a_name_without_a_date_clears_none() -> None:
    book = dated("Low Water.cbz", "1999-05-05")

    assert plan(book, date_from_year=True, overwrite=["releaseDate"]) == []


def test_fields_that_somebody_has_set_are_overwritten_on_request_alone() -> None:
    book = imported(NAME, title="Low Water", number="x", numberSort=3.0)

    assert after(book, overwrite=["title"]) == {"title": "Iron Harbor #12"}
    assert after(book, overwrite=["number"]) == {"number": "12", "numberSort": 12.0}


def test_a_title_is_not_overwritten_by_a_name_that_gives_none() -> None:
    assert plan(imported(ONE_SHOT, title="Mine"), overwrite=["title", "number"]) == []


def test_an_unknown_field_cannot_be_overwritten() -> None:
    with pytest.raises(ValidationError, match=r"'title', 'number', 'releaseDate'"):
        NormalizeParameters.model_validate({"overwrite": ["summary"]})


PARAMETERS = st.fixed_dictionaries(
    {},
    optional={
        "replace_stem": st.booleans(),
        "replace_position": st.booleans(),
        "title_template": st.sampled_from(["", "{number}", "{series} ({year})"]),
        "volume_issue_template": st.sampled_from(["", "{series} v{volume} #{number}"]),
        "clean_titles": st.sampled_from(["off", "stem", "always"]),
        "pad_number": st.integers(0, 4),
        "date_from_year": st.booleans(),
        "overwrite": st.sets(st.sampled_from(["title", "number", "releaseDate"])).map(tuple),
    },
)
TITLES = st.sampled_from(["", "Iron Harbor #12 [c2c]", "12", "The Fall (Digital)", "x_y"])
DAYS = st.sampled_from([None, "2014-05-05", "1999-05-05"])


@st.composite
def edited(draw: st.DrawFn) -> Item:
    book = draw(books())
    fields = {**book.fields, "releaseDate": draw(DAYS)}
    if draw(st.booleans()):
        fields["title"] = draw(TITLES)
    return Item(id=book.id, name=book.name, fields=fields, locks=book.locks)


@given(edited(), PARAMETERS)
def test_a_second_run_finds_nothing_to_do_whatever_was_chosen(
    book: Item, parameters: Mapping[str, object]
) -> None:
    host = ShelfHost(book)
    action = Normalize(NormalizeParameters.model_validate(parameters))

    apply(host, action.plan(book, context(host)))

    assert list(action.plan(host.item("B1"), context(host))) == []


@given(edited(), PARAMETERS)
def test_no_title_and_no_number_is_ever_emptied(
    book: Item, parameters: Mapping[str, object]
) -> None:
    assert all(after(book, **parameters).values())
