"""`normalize` fills what nobody has set, and nothing else."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from shelfhook.actions.normalize import Normalize, NormalizeParameters
from shelfhook.model import Change, ChangeKind, Fields, Item, Value
from tests.actions.hosts import ShelfHost, apply, imported
from tests.support.contexts import context

NAME = "Iron Harbor 012 (2014) (Digital) (Zone).cbz"
STEM = "Iron Harbor 012 (2014) (Digital) (Zone)"


def plan(item: Item, **parameters: object) -> list[Change]:
    action = Normalize(NormalizeParameters.model_validate(parameters))
    return list(action.plan(item, context(ShelfHost(item))))


def after(item: Item, **parameters: object) -> Fields:
    changes = plan(item, **parameters)
    return changes[0].after if changes else {}


def test_a_freshly_imported_book_gets_title_and_number_in_one_change() -> None:
    assert plan(imported(NAME)) == [
        Change(
            ChangeKind.FIELDS,
            "book",
            "B1",
            before={"title": STEM, "number": "7", "numberSort": 7.0},
            after={"title": "Iron Harbor #12", "number": "12", "numberSort": 12.0},
        )
    ]


def test_a_title_in_the_name_is_preferred_to_the_template() -> None:
    book = imported("Iron Harbor #012 - The Fall (2014) (Digital).cbz", 12)

    assert after(book) == {"title": "The Fall"}


@pytest.mark.parametrize(
    ("name", "parameters", "title"),
    [
        (NAME, {"title_template": "{number} ({year})"}, "12 (2014)"),
        ("Saga v03.cbz", {}, "Saga Vol. 3"),
        ("Saga v03.cbz", {"volume_template": "Volume {number}"}, "Volume 3"),
    ],
)
def test_a_name_without_a_title_gets_one_from_the_template(
    name: str, parameters: Mapping[str, object], title: str
) -> None:
    assert after(imported(name), **parameters)["title"] == title


@pytest.mark.parametrize(
    ("name", "template"),
    [(NAME, ""), ("Iron Harbor 012.cbz", "{series} ({year})"), ("#12.cbz", "{series} #{number}")],
)
def test_a_template_that_cannot_be_filled_leaves_the_title_alone(name: str, template: str) -> None:
    assert after(imported(name), title_template=template) == {"number": "12", "numberSort": 12.0}


@pytest.mark.parametrize("title", ["", "   ", None])
def test_a_blank_title_is_filled(title: str | None) -> None:
    assert after(imported(NAME, title=title), replace_stem=False)["title"] == "Iron Harbor #12"


@pytest.mark.parametrize("number", ["", " ", None])
def test_a_blank_number_is_filled_whatever_the_title(number: str | None) -> None:
    book = imported(NAME, title="Low Water", number=number, numberSort=0.0)

    assert after(book, replace_position=False) == {"number": "12", "numberSort": 12.0}


def test_a_title_that_somebody_gave_stays_and_so_does_its_number() -> None:
    assert plan(imported(NAME, title="Low Water")) == []


@pytest.mark.parametrize(
    ("number", "sort"),
    [("7", 3.0), ("0", 0.0), ("007", 7.0), ("7a", 7.0), ("½", 0.5), ("7.5", 7.5)],
)
def test_a_number_that_no_server_counted_stays(number: str, sort: float) -> None:
    assert after(imported(NAME, number=number, numberSort=sort)) == {"title": "Iron Harbor #12"}


@pytest.mark.parametrize(
    ("parameters", "kept"),
    [({"replace_stem": False}, {"title"}), ({"replace_position": False}, {"number", "numberSort"})],
)
def test_inventions_of_the_server_stay_on_request(
    parameters: Mapping[str, object], kept: set[str]
) -> None:
    assert not kept & set(after(imported(NAME), **parameters))


@pytest.mark.parametrize(
    ("locks", "changed"),
    [
        (["title"], {"number", "numberSort"}),
        (["number"], {"title"}),
        (["numberSort"], {"title", "number"}),
        (["title", "number", "numberSort"], set()),
    ],
)
def test_locked_fields_are_never_touched(locks: list[str], changed: set[str]) -> None:
    assert set(after(imported(NAME, locks=locks))) == changed


def test_a_number_counted_anew_after_our_title_is_put_right_again() -> None:
    book = imported(NAME, title="Iron Harbor #12", number="8", numberSort=8.0)

    assert after(book) == {"number": "12", "numberSort": 12.0}


def test_a_field_that_the_host_does_not_have_is_not_written() -> None:
    book = replace(imported(NAME), fields={"title": STEM})

    assert after(book) == {"title": "Iron Harbor #12"}


@pytest.mark.parametrize("template", ["{foo}", "{series!r}", "{series:>9}", "{series.upper}", "{}"])
def test_a_template_with_an_unknown_placeholder_is_refused(template: str) -> None:
    with pytest.raises(ValidationError, match=r"use only \{number\}, \{series\}, \{year\}"):
        NormalizeParameters(title_template=template)


@pytest.mark.parametrize("template", ["{series", "series}"])
def test_a_template_with_a_lone_brace_is_refused(template: str) -> None:
    with pytest.raises(ValidationError, match="title_template"):
        NormalizeParameters(title_template=template)


WORDS = st.sampled_from(
    (
        "Iron Harbor",
        "v01",
        "Vol. 2",
        "#",
        "#012",
        "012",
        "12",
        "½",
        "-",
        "issue 3",
        "Annual",
        "(2014)",
        "(of 4)",
        "(Digital)",
        "(Zone)",
        "[x]",
        "c12",
        "12.5",
        "012AU",
        "2049",
        "_",
        "The Fall",
        "- The Fall",
        "Book One",
        "…",
        "é",
        "{",
        "}",
        "%s",
    )
)
NAMES = st.one_of(
    st.lists(WORDS, max_size=8).map(lambda words: " ".join(words) + ".cbz"),
    st.text(max_size=60),
)
LOCKS = st.sets(st.sampled_from(["title", "number", "numberSort"]))
NUMBERS = st.sampled_from(["", "1", "12", "007", "1.5", "x", None])
SORTS: st.SearchStrategy[Value] = st.sampled_from([0.0, 1.0, 12.0, 1.5])
TITLES = st.one_of(st.none(), st.just(""), st.just("Low Water"))
SWITCHES = st.fixed_dictionaries({"replace_stem": st.booleans(), "replace_position": st.booleans()})


@st.composite
def books(draw: st.DrawFn) -> Item:
    book = imported(draw(NAMES), draw(st.integers(1, 20)), locks=sorted(draw(LOCKS)))
    edits = {"title": TITLES, "number": NUMBERS, "numberSort": SORTS}
    edited = {key: draw(edits[key]) for key in draw(st.sets(st.sampled_from(sorted(edits))))}
    return replace(book, fields={**book.fields, **edited})


@given(books(), SWITCHES)
def test_a_second_run_finds_nothing_to_do(book: Item, switches: dict[str, bool]) -> None:
    host = ShelfHost(book)
    action = Normalize(NormalizeParameters.model_validate(switches))

    apply(host, action.plan(host.item("B1"), context(host)))

    assert list(action.plan(host.item("B1"), context(host))) == []


@given(books(), SWITCHES)
def test_a_change_is_one_shows_its_before_and_respects_locks(
    book: Item, switches: dict[str, bool]
) -> None:
    changes = plan(book, **switches)

    assert len(changes) <= 1
    for change in changes:
        assert change.before.keys() == change.after.keys()
        assert all(change.before[key] == book.fields[key] for key in change.before)
        assert all(change.before[key] != change.after[key] for key in change.after)
        assert not change.after.keys() & book.locks
