"""ComicInfo.xml is read with leniency towards people, and none towards attacks."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shelfhook.archives import comicfields, xmlcheck
from shelfhook.archives.faults import FaultError, Faults
from tests.support.books import comic_info
from tests.support.faulty_contents import BOMB, FOREIGN


def faults(content: bytes, pages: int = 3, unreadable: int = 0) -> list[tuple[str, str]]:
    found = Faults()
    comicfields.check("ComicInfo.xml", content, found, range(pages - unreadable, pages + 1))
    return [(fault.code, fault.place) for fault in found.found]


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("Number", "12"),
        ("Number", "½"),
        ("Number", "12.5AU"),
        ("Number", "-1"),
        ("Number", "∞"),
        ("Year", ""),
        ("Year", -1),
        ("Month", 0),
        ("Day", 31),
        ("Volume", " 2 "),
        ("Manga", "YesAndRightToLeft"),
        ("AgeRating", "Adults Only 18+"),
        ("BlackAndWhite", ""),
        ("LanguageISO", "zh-Hant-TW"),
        ("CommunityRating", "4.25"),
        ("PageCount", 3),
        ("PageCount", 0),
        ("Own", "whatever"),
    ],
)
def test_a_sensible_value_is_no_fault(field: str, value: object) -> None:
    assert faults(comic_info(**{field: value})) == []


@pytest.mark.parametrize(
    ("field", "value", "code"),
    [
        ("Number", "one", "comicinfo.value"),
        ("Year", "20I4", "comicinfo.value"),
        ("Count", "1.5", "comicinfo.value"),
        ("Volume", "9" * 12, "comicinfo.value"),
        ("CommunityRating", "5.1", "comicinfo.value"),
        ("CommunityRating", "NaN", "comicinfo.value"),
        ("LanguageISO", "?", "comicinfo.value"),
        ("Manga", "yes", "comicinfo.choice"),
        ("AgeRating", "16", "comicinfo.choice"),
        ("BlackAndWhite", "1", "comicinfo.choice"),
        ("PageCount", 2, "comicinfo.page-count"),
    ],
)
def test_a_value_that_cannot_be_is_named_with_its_element(
    field: str, value: object, code: str
) -> None:
    assert faults(comic_info(**{field: value})) == [(code, field)]


@pytest.mark.parametrize(
    ("year", "month", "day", "exists"),
    [
        (2016, 2, 29, True),
        (2014, 2, 29, False),
        (-1, 2, 29, True),
        (2014, -1, 31, True),
        (2014, 13, 1, False),
        (2014, 4, 31, False),
        (99_999, 1, 1, False),
    ],
)
def test_a_date_must_exist_as_far_as_it_is_known(
    year: int, month: int, day: int, exists: bool
) -> None:
    assert (faults(comic_info(Year=year, Month=month, Day=day)) == []) is exists


def test_pages_that_cannot_be_read_may_be_counted_or_not() -> None:
    told = [count for count in range(1, 7) if not faults(comic_info(PageCount=count), 5, 2)]

    assert told == [3, 4, 5]


def test_a_nested_element_is_not_taken_for_a_field() -> None:
    found = Faults()
    content = comic_info(
        "<Pages><Page Image='0'/></Pages><Own><Title>inner</Title></Own>", Title="x"
    )

    assert comicfields.check("a", content, found, range(1, 2)) == {"Title": "x"}
    assert found.found == []


def test_of_a_repeated_element_the_first_counts() -> None:
    found = Faults()
    content = comic_info("<Title>y</Title><Title>z</Title>", Title="x")

    assert comicfields.check("a", content, found, range(1, 2)) == {"Title": "x"}
    assert [fault.code for fault in found.found] == ["comicinfo.repeated"] * 2


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "iso-8859-1", "windows-1252"])
def test_every_common_encoding_is_read(encoding: str) -> None:
    name = encoding.removesuffix("-sig")
    content = f'<?xml version="1.0" encoding="{name}"?><ComicInfo><Title>é</Title></ComicInfo>'
    found = Faults()

    assert comicfields.check("a", content.encode(encoding), found, range(1, 2)) == {"Title": "é"}


@pytest.mark.parametrize("content", [BOMB, FOREIGN, b"<!DOCTYPE ComicInfo><ComicInfo/>"])
def test_a_doctype_is_refused_before_anything_is_expanded(content: bytes) -> None:
    with pytest.raises(FaultError) as raised:
        xmlcheck.read(content)

    assert raised.value.code == "comicinfo.doctype"


def test_what_lies_deeper_than_comicinfo_goes_is_left_out() -> None:
    deep = b"<a>" * 50_000 + b"x" + b"</a>" * 50_000

    assert [one.path for one in xmlcheck.read(deep)] == [("a",) * depth for depth in (3, 2, 1)]


@given(st.binary(max_size=300), st.sampled_from([b"", b"<ComicInfo>", b"<?xml", b"\xff\xfe<\x00"]))
def test_noise_never_ends_in_an_error(noise: bytes, head: bytes) -> None:
    faults(head + noise)


@given(st.text(max_size=80))
def test_any_text_is_read_or_refused(text: str) -> None:
    faults(
        f"<ComicInfo><Year>{text}</Year><Title>{text}</Title></ComicInfo>".encode(
            "utf-8", "replace"
        )
    )
