"""What file and folder names say besides series, number and title; templates."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shelfhook.actions import file_dates, folders, templates
from shelfhook.actions.filenames import as_number, padded
from shelfhook.actions.folders import Folder
from shelfhook.model import Item


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("Saga 001 (2012).cbz", "2012"),
        ("Saga 001 [2012-03].cbz", "2012-03"),
        ("Saga 001 (2012-03-14) (Digital).cbz", "2012-03-14"),
        ("Saga (2012) 001 (2012).cbz", "2012"),
        ("Saga (2012) 001 (2014).cbz", ""),
        ("Saga 001 (2012-2014).cbz", ""),
        ("Saga 001 (2012-13).cbz", ""),
        ("Saga 001 (2013-02-29).cbz", ""),
        ("Saga 001 (1812).cbz", ""),
        ("Saga 2012.cbz", ""),
        ("", ""),
    ],
)
def test_one_date_in_brackets_is_believed(name: str, said: str) -> None:
    assert file_dates.said(name) == said


@pytest.mark.parametrize(
    ("said", "day"),
    [("2012", "2012-01-01"), ("2012-03", "2012-03-01"), ("2012-03-14", "2012-03-14")],
)
def test_the_first_day_fills_what_a_date_leaves_open(said: str, day: str) -> None:
    assert file_dates.first_day(said) == day


@pytest.mark.parametrize(
    ("name", "folder"),
    [
        ("Saga", Folder("Saga")),
        ("Saga (2012)", Folder("Saga", "2012")),
        ("Saga (2012-2014) (Digital) (Zone)", Folder("Saga", "2012")),
        ("Saga (2012-)", Folder("Saga", "2012")),
        ("Saga v02 (2012)", Folder("Saga", "2012", "2")),
        ("Saga (2012) Vol. 2", Folder("Saga", "2012", "2")),
        ("iron_harbor_(2014)", Folder("iron harbor", "2014")),
        ("Iron Harbor - Low Water", Folder("Iron Harbor - Low Water")),
        ("Apollo 13", Folder("Apollo 13")),
        ("Henry V", Folder("Henry V")),
        ("Vol. 3", Folder("Vol. 3")),
        ("(2012)", Folder("", "2012")),
        ("", Folder("")),
    ],
)
def test_a_folder_says_title_year_and_volume(name: str, folder: Folder) -> None:
    assert folders.read(name) == folder


@pytest.mark.parametrize(
    ("name", "path", "expected"),
    [
        ("Saga", "/data/Other", "Saga"),
        ("", "/data/Saga (2012)/", "Saga (2012)"),
        ("", "C:\\comics\\Saga", "Saga"),
        ("", "", ""),
    ],
)
def test_a_series_folder_is_its_name_or_the_end_of_its_path(
    name: str, path: str, expected: str
) -> None:
    assert folders.name_of(Item(id="S1", name=name, path=path, entity="series")) == expected


@pytest.mark.parametrize(
    ("number", "expected"),
    [
        ("7", "007"),
        ("-1", "-001"),
        ("7.5", "007.5"),
        ("7½", "007½"),
        ("7AU", "007AU"),
        ("1234", "1234"),
        ("0007", "0007"),
        ("½", "½"),
        (".5", ".5"),
        ("c7", "c7"),
        ("Annual 1", "Annual 1"),
        ("", ""),
    ],
)
def test_the_whole_part_of_a_number_is_padded(number: str, expected: str) -> None:
    assert padded(number, 3) == expected


@given(st.from_regex(r"-?[0-9]{1,6}(\.[0-9]{1,2})?[a-d]?", fullmatch=True), st.integers(0, 6))
def test_padding_changes_neither_the_value_nor_a_padded_number(number: str, digits: int) -> None:
    once = padded(number, digits)

    assert as_number(once) == as_number(number)
    assert padded(once, digits) == once
    assert padded(number, 0) == number


VALUES = {"title": "Saga", "year": "", "volume": "2"}


@pytest.mark.parametrize(
    ("template", "strict", "loose"),
    [
        ("{title}", "Saga", "Saga"),
        ("{title} v{volume}", "Saga v2", "Saga v2"),
        ("{title} ({year})", "", "Saga"),
        ("{title} [of {year}] ({volume})", "", "Saga (2)"),
        ("{title}, {year}", "", ""),
        ("{{{title}}}", "{Saga}", "{Saga}"),
        ("", "", ""),
    ],
)
def test_a_template_is_filled_or_gives_nothing(template: str, strict: str, loose: str) -> None:
    assert templates.fill(template, VALUES) == strict
    assert templates.fill_without_gaps(template, VALUES) == loose
