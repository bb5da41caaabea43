"""Kinds of values: the normal form, and the way there and back."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shelfhook.errors import Permanent
from shelfhook.hosts.kavita import kinds
from shelfhook.hosts.kavita.fields import OF_ENTITY
from shelfhook.hosts.kavita.spelling import Spelling, key_of

ANY = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=2),
    max_leaves=5,
)
KINDS = [(name, field.kind) for known in OF_ENTITY.values() for name, field in known.items()]


@given(ANY)
def test_a_normal_form_is_its_own_and_comes_back_from_the_document(value: Any) -> None:
    for name, kind in KINDS:
        try:
            once = kind.normal(value)
        except Permanent:  # a list or a table where a text belongs
            continue
        assert kind.normal(once) == once, name
        try:
            written = kind.write(once, None)
        except Permanent:
            continue
        assert kind.read(written) == once, name


@pytest.mark.parametrize(
    ("kind", "value", "normal", "document"),
    [
        (kinds.DATE, None, None, "0001-01-01T00:00:00"),
        (kinds.DATE, " 2020-02-29 ", "2020-02-29", "2020-02-29T00:00:00"),
        (kinds.LINKS, "a, b,,a", ["a", "b"], "a,b"),
        (kinds.NUMBER, "7.123456789", 7.12346, 7.12346),
        (kinds.YEAR, "1999", 1999, 1999),
        (kinds.AGE_RATING, "teen", "Teen", 8),
        (kinds.AGE_RATING, 16, "Mature 17+", 10),
        (kinds.AGE_RATING, 99, "Adults Only 18+", 13),
        (kinds.AGE_RATING, None, None, 0),
        (kinds.STATUS, "ENDED", "Ended", 4),
        (kinds.TAGS, ["B", " a ", "b", "", None], ["a", "B"], None),
    ],
)
def test_values_have_a_normal_form(
    kind: kinds.Kind, value: Any, normal: Any, document: Any
) -> None:
    assert kind.normal(value) == normal
    if document is not None:
        assert kind.write(normal, None) == document


@pytest.mark.parametrize(
    "name", ["tags", "webLinks", "writers", "title", "ageRating", "releaseDate"]
)
@pytest.mark.parametrize("value", [[["a"]], ["a", {"b": 1}], [[]]])
def test_a_list_within_a_list_is_no_value(name: str, value: Any) -> None:
    with pytest.raises(Permanent, match="is no text"):
        OF_ENTITY["book"][name].kind.normal(value)


def test_a_known_word_keeps_the_object_that_kavita_has_for_it() -> None:
    old = [{"id": 7, "title": "Sci-Fi"}, {"id": 8, "title": "Drama"}]
    assert kinds.TAGS.write(["scifi", "new"], old) == [{"id": 0, "title": "new"}, old[0]]


def test_a_number_that_a_later_kavita_has_stays() -> None:
    assert kinds.AGE_RATING.read(77) == "77"
    assert kinds.AGE_RATING.write("77", 77) == 77
    with pytest.raises(Permanent):
        kinds.AGE_RATING.write("77", 3)


def test_the_time_of_day_of_a_date_that_stays_is_kept() -> None:
    assert kinds.DATE.write("2020-01-01", "2020-01-01T23:30:00") == "2020-01-01T23:30:00"


@pytest.mark.parametrize(
    ("word", "key"),
    [("Sci-Fi", "scifi"), ("Ünï サガ", "ünïサガ"), ("C++ !", "c++!"), ("?!?", "!"), ("???", "")],
)
def test_kavita_knows_a_word_by_its_letters_and_digits(word: str, key: str) -> None:
    assert key_of(word) == key


def test_of_many_spellings_those_that_were_used_last_are_remembered() -> None:
    spelling = Spelling(known=2)
    spelling.learn("tags", ["A", "B", "C"])
    assert spelling.spelt("tags", ["a", "b", "c"]) == ["a", "B", "C"]
    assert spelling.spelt("people", ["b"]) == ["b"]
