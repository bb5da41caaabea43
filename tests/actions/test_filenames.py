"""What a file name says, and when it is better not believed."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shelfhook.actions.filenames import FileName, Number, as_number, read, stem


@pytest.mark.parametrize(
    ("raw", "text", "sort"),
    [
        ("012", "12", 12.0),
        ("012.5", "12.5", 12.5),
        ("000", "0", 0.0),
        ("-01", "-1", -1.0),
        ("-0", "0", 0.0),
        ("½", "½", 0.5),
        ("01½", "1½", 1.5),
        ("c1012", "1012", 1012.0),
        ("012a", "12a", 12.0),
        ("012AU", "12AU", 12.0),
        ("1.MU", "1.MU", 1.0),
    ],
)
def test_a_number_loses_its_zeros_and_sorts_by_its_value(raw: str, text: str, sort: float) -> None:
    assert as_number(raw) == Number(text, sort)


@pytest.mark.parametrize(
    "raw",
    ["", "-", "c", "Omega", "X23", "80s", "3D", "1ST", "٣", "²", "1.2.3", "012.cbr", "1234567"],
)
def test_what_only_resembles_a_number_is_none(raw: str) -> None:
    assert as_number(raw) is None


@pytest.mark.parametrize(
    ("name", "series", "number", "title"),
    [
        ("Iron Harbor 012 (2014) (Digital) (Zone).cbz", "Iron Harbor", "12", ""),
        ("Iron Harbor #012.5 - The Fall (2014).cbz", "Iron Harbor", "12.5", "The Fall"),
        ("Iron Harbor 012 - The Fall (2014) (Digital) (Zone).cbz", "Iron Harbor", "12", "The Fall"),
        ("Iron Harbor #012 - The Fall (2014) (Digital).cbz", "Iron Harbor", "12", "The Fall"),
        ("Iron Harbor 001 (of 4) (2014).cbz", "Iron Harbor", "1", ""),
        ("Iron Harbor Annual 01 (2014).cbz", "Iron Harbor Annual", "1", ""),
        ("[Zone] Iron Harbor c012.cbz", "Iron Harbor", "12", ""),
        ("Iron Harbor ½ (2014).cbz", "Iron Harbor", "½", ""),
        ("iron_harbor_012_(2014).cbz", "iron harbor", "12", ""),
        ("iron harbor 3 - low water.cbz", "iron harbor", "3", "low water"),
        ("100 Bullets 005 (1999).cbz", "100 Bullets", "5", ""),
        ("#12.cbz", "", "12", ""),
    ],
)
def test_a_name_says_series_number_and_title(
    name: str, series: str, number: str, title: str
) -> None:
    found = read(name)

    assert found is not None
    assert (found.series, found.number.text, found.title) == (series, number, title)


@pytest.mark.parametrize(
    "name",
    [
        "Iron Harbor.cbz",
        "Iron Harbor (2014) (Digital).cbz",
        "Apollo 13.cbz",
        "Apollo 13 (2009) (Digital).cbz",
        "Blade Runner 2049.cbz",
        "100 Bullets.cbz",
        "100 Bullets - First Shot.cbz",
        "Iron Harbor #Omega.cbz",
        "Iron Harbor 3D.cbz",
        "Iron Harbor 001-003.cbz",
        "Iron Harbor 012 2012.cbz",  # comicfn2dict: of December, number 0
        "...",
        "",
        f"{'a' * 300} 012.cbz",
    ],
)
def test_a_name_whose_number_may_be_part_of_the_series_says_nothing(name: str) -> None:
    assert read(name) is None


def test_what_follows_a_number_in_front_is_taken_neither_for_a_series_nor_for_a_title() -> None:
    assert read("001 - Pilot.cbz") == FileName("", Number("1", 1.0), "", "", volume_only=False)


@pytest.mark.parametrize(
    ("name", "volume_only"),
    [
        ("Saga v03 (2012).cbz", True),
        ("Saga Vol. 3.cbz", True),
        ("Saga v03 #03.cbz", False),
        ("Saga v02 #03.cbz", False),
        ("Saga #03.cbz", False),
    ],
)
def test_the_number_of_a_whole_volume_is_known_as_such(name: str, volume_only: bool) -> None:
    found = read(name)

    assert found is not None
    assert found.volume_only is volume_only


@pytest.mark.parametrize(
    ("name", "expected"), [("a.cbz", "a"), ("a.b.cbz", "a.b"), ("a", "a"), (".cbz", ""), ("", "")]
)
def test_the_stem_is_the_name_up_to_its_last_dot(name: str, expected: str) -> None:
    assert stem(name) == expected


@given(st.text(max_size=260))
def test_no_name_is_too_odd_to_be_read(name: str) -> None:
    found = read(name)

    assert found is None or found.number.text
