"""A report says what was found, to people and to programs, and harms neither."""

from __future__ import annotations

import csv
import io
import json
import tracemalloc
from collections.abc import Iterator
from dataclasses import replace
from html.parser import HTMLParser
from itertools import islice

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shelfhook.errors import Unknown
from shelfhook.model import Finding, Severity
from shelfhook.reports import KINDS, MEDIA_TYPES, Kind, Row, render
from shelfhook.reports.row import COLUMNS

EVIL = "<script>alert('x')</script>&\"<b>"


def row(number: int = 1, series: str = "Iron Harbor") -> Row:
    finding = Finding(
        "archive.crc", Severity.ERROR, "The checksum is wrong.", "Get it again.", "1.jpg", "audit"
    )
    return Row.of(
        finding,
        job="5c1e",
        host="komga",
        library="Comics",
        series=series,
        item_id=f"B{number}",
        item=f"{series} {number:03}.cbz",
    )


def report(kind: Kind, *rows: Row) -> str:
    return "".join(render(rows, kind))


class Page(HTMLParser):
    """What a browser would see: tags, texts, and whether every tag is closed."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.texts: list[str] = []
        self._open: list[str] = []
        self.feed(html)
        self.close()
        assert self._open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        if tag not in ("meta", "input"):
            self._open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self._open[-1:] != ["style"]:
            self.texts.append(data)


def test_a_csv_has_a_line_of_names_and_one_for_each_finding() -> None:
    lines = list(csv.DictReader(io.StringIO(report("csv", row(1), row(2)), newline="")))

    assert [line["item_id"] for line in lines] == ["B1", "B2"]
    assert lines[0] == row(1).texts()


def test_a_json_has_an_object_for_each_finding() -> None:
    assert json.loads(report("json", row(1), row(2))) == [row(1).texts(), row(2).texts()]


def test_a_page_shows_each_finding_under_its_series_and_item() -> None:
    rows = [
        row(1),
        replace(row(1), code="page.none", severity=Severity.WARNING),
        row(2),
        row(3, "Zone"),
    ]
    page = Page(report("html", *rows))

    assert (page.tags.count("h2"), page.tags.count("h3"), page.tags.count("li")) == (2, 3, 4)
    for shown in ("Iron Harbor ", "Iron Harbor 002.cbz", "page.none", "1.jpg", "Get it again. "):
        assert shown in page.texts
    assert "3 errors, 1 warning, 0 info" in page.texts


def test_a_page_needs_nothing_but_itself() -> None:
    html = report("html", row())

    assert not {"script", "link", "img", "iframe"} & set(Page(html).tags)
    assert "http" not in html and "url(" not in html and "@import" not in html


def test_without_findings_a_report_is_still_whole() -> None:
    assert list(csv.reader(io.StringIO(report("csv")))) == [list(COLUMNS)]
    assert json.loads(report("json")) == []
    assert "Nothing was found." in Page(report("html")).texts


@pytest.mark.parametrize(
    "field", ["item", "place", "message", "remedy", "series", "library", "code"]
)
def test_nothing_from_a_file_becomes_part_of_the_page(field: str) -> None:
    page = Page(report("html", replace(row(), **{field: EVIL})))  # type: ignore[arg-type] # texts

    assert "script" not in page.tags and "b" not in page.tags
    assert any(EVIL in text for text in page.texts)


@pytest.mark.parametrize(
    "text", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "\uff1d1"]
)
def test_a_spreadsheet_runs_no_cell(text: str) -> None:
    (line,) = csv.DictReader(io.StringIO(report("csv", replace(row(), item=text)), newline=""))

    assert line["item"] == f"'{text}"


def test_a_harmless_cell_stays_as_it_is() -> None:
    (line,) = csv.DictReader(
        io.StringIO(report("csv", replace(row(), item='a = b, "c"\n- d')), newline="")
    )

    assert line["item"] == 'a = b, "c"\n- d'


TEXTS = st.text(st.characters(), max_size=30)


NAMES = sorted(set(COLUMNS) - {"severity"})


@given(st.fixed_dictionaries(dict.fromkeys(NAMES, TEXTS)))
def test_any_text_can_be_written_and_read_again(texts: dict[str, str]) -> None:
    made = replace(row(), **texts)  # type: ignore[arg-type] # texts
    kept = made.whole().texts()

    for kind in KINDS:
        report(kind, made).encode()
    assert json.loads(report("json", made)) == [kept]
    (line,) = csv.DictReader(io.StringIO(report("csv", made), newline=""))
    assert {n: t.removeprefix("'") for n, t in line.items()} == {
        n: t.removeprefix("'") for n, t in kept.items()
    }
    Page(report("html", made))


@pytest.mark.parametrize("name", NAMES)
def test_what_no_file_can_hold_is_replaced(name: str) -> None:
    made = replace(row(), **{name: "a\ud800b\x00c\nd"})  # type: ignore[arg-type] # a text

    assert made.whole().texts()[name] == "a?b\ufffdc\nd"
    for kind in KINDS:
        written = report(kind, made).encode()
        assert b"\x00" not in written and b"\\u0000" not in written


@pytest.mark.parametrize("kind", KINDS)
def test_rows_stream_through(kind: Kind) -> None:
    taken = 0

    def rows() -> Iterator[Row]:
        nonlocal taken
        for number in range(1_000_000):
            taken += 1
            yield row(number, f"Series {number // 20}")

    pieces = render(rows(), kind)
    for _ in islice(pieces, 500):
        pass
    tracemalloc.start()
    for _ in islice(pieces, 3_000):
        pass
    grown, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert taken <= 3_501
    assert grown < 50_000


def test_a_kind_that_does_not_exist_is_refused_by_name() -> None:
    with pytest.raises(Unknown, match="unknown kind of report 'pdf'; known: csv, html, json"):
        render([], "pdf")  # type: ignore[arg-type] # on purpose


def test_every_kind_has_its_media_type() -> None:
    assert set(MEDIA_TYPES) == set(KINDS)
