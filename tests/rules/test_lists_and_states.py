"""In what order stands a list, and need an item be looked at?"""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shelfhook.model import ItemState
from shelfhook.rules import mark_of, marked, merge_members, set_aside, stayed

members = st.lists(st.sampled_from("abcdefgh"), unique=True).map(tuple)
wishes = st.dictionaries(st.sampled_from("abcdefgh"), st.sampled_from("0123"))


@given(members, wishes, st.booleans())
def test_nobody_is_taken_off_and_everybody_wanted_is_on_once(
    present: tuple[str, ...], wanted: dict[str, str], ordered: bool
) -> None:
    merged = merge_members(present, wanted, ordered=ordered)
    assert len(merged) == len(set(merged))
    assert set(merged) == {*present, *wanted}


@given(members, wishes, st.booleans())
def test_a_second_time_nothing_changes(
    present: tuple[str, ...], wanted: dict[str, str], ordered: bool
) -> None:
    once = merge_members(present, wanted, ordered=ordered)
    assert merge_members(once, wanted, ordered=ordered) == once


@pytest.mark.parametrize(
    ("present", "wanted", "ordered", "merged"),
    [
        ("", {"b": "1", "a": "2"}, True, "ba"),
        ("", {"b": "1", "a": "2"}, False, "ba"),
        ("ac", {"a": "1", "b": "2", "c": "3"}, True, "abc"),  # ours so far: it stays in order
        ("ca", {"a": "1", "b": "2", "c": "3"}, True, "cab"),  # a person has put it like this
        ("xa", {"a": "1", "b": "2"}, True, "xab"),  # x is a person's
        ("ac", {"a": "1", "b": "2", "c": "3"}, False, "acb"),
        ("ab", {}, True, "ab"),
    ],
)
def test_lists_follow_the_table(
    present: str, wanted: dict[str, str], ordered: bool, merged: str
) -> None:
    assert "".join(merge_members(tuple(present), wanted, ordered=ordered)) == merged


@pytest.mark.parametrize(
    ("known", "fingerprint", "recipe", "same"),
    [
        (ItemState("f", "r"), "f", "r", True),
        (ItemState("f", "r"), "g", "r", False),  # the item has changed
        (ItemState("f", "r"), "f", "s", False),  # the routine has
        (ItemState("f", "r", failures=1), "f", "r", False),
        (ItemState("", "r"), "", "r", False),  # a host that does not tell
        (None, "f", "r", False),
    ],
)
def test_an_item_has_stayed_as_it_was_if_nothing_about_it_is_new(
    known: ItemState | None, fingerprint: str, recipe: str, same: bool
) -> None:
    assert stayed(known, fingerprint, recipe) is same


@pytest.mark.parametrize(
    ("known", "fingerprint", "aside"),
    [
        (ItemState("f", failures=3), "f", True),
        (ItemState("f", failures=4), "f", True),
        (ItemState("f", failures=2), "f", False),
        (ItemState("f", failures=3), "g", False),
        (None, "f", False),
    ],
)
def test_an_item_is_set_aside_after_three_failures_in_the_same_state(
    known: ItemState | None, fingerprint: str, aside: bool
) -> None:
    assert set_aside(known, fingerprint, 3) is aside


def test_a_fingerprint_may_carry_that_of_the_series() -> None:
    assert mark_of(marked("book.fields", "series")) == "series"
    assert marked("book.fields", "") == "book.fields"
    assert marked("", "series") == ""
    assert mark_of("book.fields") == ""
