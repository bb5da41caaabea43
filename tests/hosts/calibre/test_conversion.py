"""Conversions, as a server tells of them that cannot be made to."""

from __future__ import annotations

import json
from typing import Any

import pytest
import responses

from shelfhook.errors import Permanent, Transient
from shelfhook.hosts.calibre import CalibreHost
from tests.hosts.calibre import build
from tests.hosts.calibre.build import URL

BOOKS = f"{URL}/ajax/books/lib"
CONVERSION = f"{URL}/conversion"
DATA = {"input_formats": ["CBZ"], "output_formats": ["EPUB", "PDF"]}


def test_a_conversion_is_waited_for(mocked: responses.RequestsMock, faked: CalibreHost) -> None:
    mocked.get(BOOKS, json={"7": build.book()})
    mocked.get(f"{CONVERSION}/book-data/7", json=DATA)
    mocked.post(f"{CONVERSION}/start/7", json=3)
    mocked.get(f"{CONVERSION}/status/3", json={"running": True, "percent": 0.1})
    mocked.get(f"{CONVERSION}/status/3", json={"running": False, "ok": True})
    faked.command("book", "lib/7", "convert-format")
    started = next(call.request for call in mocked.calls if "/start/" in (call.request.url or ""))
    assert json.loads(started.body or b"") == {
        "input_fmt": "CBZ",
        "output_fmt": "EPUB",
        "options": {},
    }
    assert "library_id=lib" in (started.url or "")


def test_a_book_that_has_the_format_is_not_converted_again(
    mocked: responses.RequestsMock, faked: CalibreHost
) -> None:
    both = {"cbz": {"size": 1}, "pdf": {"size": 1}}
    mocked.get(BOOKS, json={"7": build.book(format_metadata=both)})
    mocked.get(f"{CONVERSION}/book-data/7", json=DATA)
    faked.command("book", "lib/7", "convert-format:pdf")


@pytest.mark.parametrize(
    ("status", "error", "told"),
    [
        (
            {"json": {"running": False, "ok": False, "traceback": "Traceback\nValueError: bad\n"}},
            Permanent,
            "could not convert book lib/7: ValueError: bad",
        ),
        ({"json": {"running": False, "ok": False}}, Permanent, "it does not say why"),
        ({"status": 404, "body": "No job with id: 3"}, Transient, "was lost"),
        ({"json": {"running": True}}, Transient, "took over 240 s"),
    ],
)
def test_a_conversion_that_fails_says_why(
    mocked: responses.RequestsMock,
    faked: CalibreHost,
    status: dict[str, Any],
    error: type[Exception],
    told: str,
) -> None:
    mocked.get(BOOKS, json={"7": build.book()})
    mocked.get(f"{CONVERSION}/book-data/7", json=DATA)
    mocked.post(f"{CONVERSION}/start/7", json=3)
    mocked.get(f"{CONVERSION}/status/3", **status)
    with pytest.raises(error, match=told):
        faked.command("book", "lib/7", "convert-format:EPUB")


@pytest.mark.parametrize(
    ("book", "command", "told"),
    [
        ({}, "convert-format:XYZ", "cannot convert to XYZ, but to EPUB, PDF"),
        ({"format_metadata": {"jpg": {"size": 1}}}, "convert-format", "no file that Calibre can"),
    ],
)
def test_what_cannot_be_converted_starts_no_job(
    mocked: responses.RequestsMock,
    faked: CalibreHost,
    book: dict[str, Any],
    command: str,
    told: str,
) -> None:
    mocked.get(BOOKS, json={"7": build.book(**book)})
    mocked.get(f"{CONVERSION}/book-data/7", json=DATA)
    with pytest.raises(Permanent, match=told):
        faked.command("book", "lib/7", command)


@pytest.mark.parametrize(
    ("entity", "command"),
    [("book", "analyze"), ("book", "convert-format:"), ("series", "convert-format")],
)
def test_a_command_that_does_not_exist_is_never_sent(
    faked: CalibreHost, entity: str, command: str
) -> None:
    with responses.RequestsMock(), pytest.raises(Permanent, match="has no command"):
        faked.command(entity, "lib/7", command)
