"""Words that are the same to a reader, and tables of replacements."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shelfhook.actions.wording import folded, plain, spellings


@pytest.mark.parametrize("other", ["sci-fi", " SCI-FI ", "Sci-Fi"])
def test_case_and_white_space_do_not_make_another_word(other: str) -> None:
    assert folded(other) == "sci-fi"


def test_accents_are_left_out_of_plain_words_and_other_marks_are_not() -> None:
    assert plain("Étranger") == "etranger"
    assert plain("ガ") != plain("カ")


def test_a_replacement_is_followed_to_its_end() -> None:
    table = spellings([("SF", "sci-fi"), ("sci-fi", "Science Fiction")])

    assert table == {
        "sf": "Science Fiction",
        "sci-fi": "Science Fiction",
        "science fiction": "Science Fiction",
    }


@pytest.mark.parametrize(
    ("pairs", "fault"),
    [
        ([("a", "b"), ("b", "a")], "a circle that never ends: a → b → a"),
        ([("a", "b"), ("B", "c"), ("C", "A")], "a circle"),
        ([("a", "b"), ("A", "c")], "'A' is to become two different words"),
        ([("a", "DC"), ("b", "dc")], "two spellings of one word"),
        ([(" ", "b")], "blank"),
        ([("a", "")], "blank"),
    ],
)
def test_a_table_that_cannot_be_followed_is_refused(
    pairs: list[tuple[str, str]], fault: str
) -> None:
    with pytest.raises(ValueError, match=fault):
        spellings(pairs)


def test_a_word_may_get_another_case() -> None:
    assert spellings([("dc comics", "DC Comics")]) == {"dc comics": "DC Comics"}


WORDS = st.sampled_from(["a", "A", "b", "c", "d", "D ", "e"])


@given(st.lists(st.tuples(WORDS, WORDS), max_size=6))
def test_replacing_twice_is_replacing_once(pairs: list[tuple[str, str]]) -> None:
    try:
        table = spellings(pairs)
    except ValueError:
        return

    assert all(table[folded(word)] == word for word in table.values())
