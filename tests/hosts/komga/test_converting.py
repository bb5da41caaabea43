"""What Komga itself makes of files, as its libraries' settings say."""

from __future__ import annotations

from typing import Any

import pytest
import responses

from shelfhook.errors import Permanent
from shelfhook.hosts.komga import KomgaHost
from shelfhook.model import Item
from shelfhook.ports import Converts
from tests.hosts.komga.build import URL

LIBRARIES = f"{URL}/api/v1/libraries"
BOOK = Item("0B", "Saga 1.cbr", library="0LIB", status="READY")


def library(library_id: str = "0LIB", **switches: bool) -> dict[str, Any]:
    return {"id": library_id, "name": "Comics", "root": "/books", **switches}


def test_the_host_has_a_converter(komga: KomgaHost) -> None:
    converts: Converts = komga
    assert "convert" in komga.capabilities
    assert converts is komga


@pytest.mark.parametrize(
    ("switches", "form", "on"),
    [
        ({}, "rar", False),
        ({"convertToCbz": False}, "rar", False),
        ({"convertToCbz": True}, "rar", True),
        ({"repairExtensions": True}, "rar", False),
        ({"convertToCbz": True}, "zip", False),
        ({"repairExtensions": True}, "zip", True),
    ],
)
def test_the_library_says_what_komga_does(
    mocked: responses.RequestsMock,
    komga: KomgaHost,
    switches: dict[str, bool],
    form: str,
    on: bool,
) -> None:
    mocked.get(LIBRARIES, json=[library("0X", convertToCbz=not on), library(**switches)])
    own = komga.converter(BOOK, form)
    assert own is not None
    assert own.on is on
    assert "edit the library in Komga" in own.switch


def test_the_settings_of_another_library_do_not_count(
    mocked: responses.RequestsMock, komga: KomgaHost
) -> None:
    mocked.get(LIBRARIES, json=[library("0X", convertToCbz=True)])
    own = komga.converter(BOOK, "rar")
    assert own is not None
    assert not own.on


@pytest.mark.parametrize(
    ("form", "status"), [("7z", "READY"), ("tar", "READY"), ("rar", "UNSUPPORTED")]
)
def test_what_komga_cannot_read_it_cannot_convert(komga: KomgaHost, form: str, status: str) -> None:
    with responses.RequestsMock():
        assert komga.converter(Item("0B", "a.cbr", library="0LIB", status=status), form) is None


def test_a_thousand_books_cost_one_question(
    mocked: responses.RequestsMock, komga: KomgaHost
) -> None:
    mocked.get(LIBRARIES, json=[library(convertToCbz=True)])
    assert all(komga.converter(BOOK, "rar") for _ in range(1000))
    assert len(mocked.calls) == 1


def test_an_answer_that_komga_would_not_give_is_no_programming_error(
    mocked: responses.RequestsMock, komga: KomgaHost
) -> None:
    mocked.get(LIBRARIES, json=[{"name": "Comics"}])
    with pytest.raises(Permanent, match="is it a Komga server"):
        komga.converter(BOOK, "rar")
