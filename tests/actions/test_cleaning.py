"""Scanners' brackets go from the end of a title; whatever may belong to the work stays."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shelfhook.actions.cleaning import clean, spaced


@pytest.mark.parametrize(
    ("title", "expected"),
    [
        ("Saga 001 (2012) (Digital) (Zone-Empire)", "Saga 001 (2012)"),
        ("Saga 001 (2012) (digital) (Son of Zone-Empire)", "Saga 001 (2012)"),
        ("Low Water [c2c]", "Low Water"),
        ("Low Water {Scanned}", "Low Water"),
        ("Low Water (Web-Rip)", "Low Water"),
        ("Low Water (no ads)", "Low Water"),
        ("Low Water (HD-1920px)", "Low Water"),
        ("Low Water (Digital-Empire)", "Low Water"),
        ("Low Water(2012)(c2c)(Zone)", "Low Water(2012)"),
        ("Low Water (Digital) (Deluxe Edition) (Zone)", "Low Water (Deluxe Edition)"),
        ("Low Water (Digital) (Fixed) ", "Low Water"),
    ],
)
def test_scanners_brackets_go(title: str, expected: str) -> None:
    assert clean(title) == expected


@pytest.mark.parametrize(
    "title",
    [
        "Low Water (Zone-Empire)",
        "Low Water (2012)",
        "Low Water (Web)",
        "Low Water (Digital Love)",
        "Low Water (Digital) and More",
        "Digital (One-Shot)",
        "(Digital) Low Water",
        "(Digital)",
        "[c2c] (Digital)",
        "Low Water (Digital",
        "Low Water Digital)",
        "Low Water (Digital]",
        "Low Water ((Digital))",
        "Low Water  ",
        "",
    ],
)
def test_in_doubt_everything_stays(title: str) -> None:
    assert clean(title) == title


@pytest.mark.parametrize(
    "bracket",
    [
        "Director's Cut",
        "Variant",
        "German",
        "2 of 4",
        "One-Shot",
        "2012",
        "Low Water Two",
        "...",
        "",
    ],
)
def test_a_bracket_behind_a_scanners_stays_if_it_is_no_groups_name(bracket: str) -> None:
    assert clean(f"Low Water (Digital) ({bracket})") == f"Low Water ({bracket})"


PIECES = st.sampled_from(
    [
        "Low Water",
        " ",
        "(Digital)",
        " (Zone)",
        "[c2c]",
        "(",
        ")",
        "]",
        "{x}",
        " (2012)",
        "(HD)",
        "\n",
    ]
)


@given(st.one_of(st.lists(PIECES, max_size=9).map("".join), st.text()))
def test_cleaning_twice_is_cleaning_once_and_leaves_something(title: str) -> None:
    cleaned = clean(title)

    assert clean(cleaned) == cleaned
    assert bool(cleaned.strip()) == bool(title.strip())


@pytest.mark.parametrize(
    ("title", "expected"),
    [("low_water_(2012)", "low water (2012)"), ("Low_ Water", "Low_ Water"), ("Low", "Low")],
)
def test_underscores_become_spaces_where_there_are_no_others(title: str, expected: str) -> None:
    assert spaced(title) == expected
