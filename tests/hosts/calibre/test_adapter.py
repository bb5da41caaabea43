"""What the adapter makes of answers, also of such that a real server gives seldom."""

from __future__ import annotations

import json
from typing import Any

import pytest
import requests
import responses
from responses.matchers import query_param_matcher

from shelfhook.errors import Gone, Permanent, Refused, Transient
from shelfhook.hosts.calibre import CalibreHost, connect
from shelfhook.model import Account, HostCheck, Library
from shelfhook.ports import Asked, Connect, Downloads, Formats, Host, HostOptions
from tests.hosts.calibre import build
from tests.hosts.calibre.build import BASIC, PASSWORD, URL
from tests.support.clock import FakeClock

BOOKS = f"{URL}/ajax/books/lib"
SET = f"{URL}/cdb/set-fields/7/lib"
LIST = f"{URL}/cdb/cmd/list/0"
SESSION = f"{URL}/interface-data/update"
MAY_WRITE = f"{URL}/cdb/set-fields/0"


def test_it_is_a_host_and_its_entry_point_connects() -> None:
    entry: Connect = connect
    made: Host = entry(HostOptions("mine", "calibre", URL, "", "u", "p"), FakeClock())
    assert (made.name, made.kind) == ("mine", "calibre")
    assert made.capabilities == {"write-book", "download", "formats", "convert-format", "news"}
    made.close()


def test_it_has_what_its_capabilities_promise(faked: CalibreHost) -> None:
    downloads: Downloads = faked
    formats: Formats = faked
    asked: Asked = faked
    assert downloads and formats and asked


def test_check_tells_the_version_that_a_header_holds(
    mocked: responses.RequestsMock, faked: CalibreHost
) -> None:
    mocked.get(f"{URL}/ajax-setup", json={}, headers={"Server": "calibre 6.13.0"})
    assert faked.check() == HostCheck(True, "Calibre 6.13.0 answers", "6.13.0")


def test_check_is_well_where_a_proxy_hides_the_version(
    mocked: responses.RequestsMock, faked: CalibreHost
) -> None:
    mocked.get(f"{URL}/ajax-setup", json={}, headers={"Server": "nginx"})
    assert faked.check() == HostCheck(True, "Calibre answers")


@pytest.mark.parametrize(
    ("answer", "told"),
    [
        ({"body": requests.ConnectionError("no route")}, "the connection broke off"),
        ({"body": "<html>", "content_type": "text/html"}, "a web page came instead"),
        ({"status": 404, "body": "", "content_type": "text/plain"}, "the right base URL"),
        ({"json": []}, "is it Calibre's content server"),
    ],
)
def test_check_says_what_is_wrong(
    mocked: responses.RequestsMock, faked: CalibreHost, answer: dict[str, Any], told: str
) -> None:
    mocked.get(f"{URL}/ajax-setup", **answer)
    found = faked.check()
    assert not found.ok
    assert told in found.message


def test_who_may_write_counts_as_administrator(
    mocked: responses.RequestsMock, faked: CalibreHost
) -> None:
    mocked.get(SESSION, json={"username": "admin"})
    mocked.post(MAY_WRITE, json={"0": None})
    assert faked.whoami() == Account("admin", True, ("write",))
    sent = json.loads(mocked.calls[1].request.body or b"")
    assert sent == {"changes": {}, "loaded_book_ids": []}, "nothing may change by being asked"


def test_who_may_only_read_does_not(mocked: responses.RequestsMock, faked: CalibreHost) -> None:
    mocked.get(SESSION, json={"username": "reader"})
    mocked.post(MAY_WRITE, status=403, body="The user reader does not have permission")
    assert faked.whoami() == Account("reader", False)


def test_a_server_that_asks_nobody_for_a_name_knows_none(
    mocked: responses.RequestsMock, faked: CalibreHost
) -> None:
    mocked.get(SESSION, json={"username": None})
    mocked.post(MAY_WRITE, json={"0": None})
    assert faked.whoami().name == "anybody"


def test_the_password_goes_out_only_after_the_server_has_asked_for_it(
    mocked: responses.RequestsMock, faked: CalibreHost
) -> None:
    mocked.get(BOOKS, status=401, headers=BASIC)
    mocked.get(BOOKS, json={"7": build.book()})
    faked.item("lib/7")
    first, second = (call.request.headers for call in mocked.calls)
    assert "Authorization" not in first
    assert second["Authorization"].startswith("Basic ")


def test_a_wrong_password_is_refused_without_being_told(
    mocked: responses.RequestsMock, faked: CalibreHost
) -> None:
    mocked.get(BOOKS, status=401, headers=BASIC)
    with pytest.raises(Refused, match="the password is wrong") as refused:
        faked.item("lib/7")
    assert PASSWORD not in repr(refused.value)
    assert len(mocked.calls) == 2


def test_libraries_have_the_servers_ids(mocked: responses.RequestsMock, faked: CalibreHost) -> None:
    mocked.get(
        f"{URL}/ajax/library-info",
        json={"library_map": {"Sci_Fi": "Sci Fi"}, "default_library": "Sci_Fi"},
    )
    assert faked.libraries() == [Library("Sci_Fi", "Sci Fi")]


def test_a_book_is_asked_for_in_its_library(
    mocked: responses.RequestsMock, faked: CalibreHost
) -> None:
    mocked.get(
        f"{URL}/ajax/books/Sci%20Fi%3A%20%C3%A4",
        json={"7": build.book()},
        match=[query_param_matcher({"ids": "7", "category_urls": "false"})],
    )
    assert faked.item("Sci Fi: ä/7").library == "Sci Fi: ä"


@pytest.mark.parametrize(
    ("changes", "name", "size"),
    [
        ({}, "Saga 001.cbz", 1000),
        ({"authors": ["B. Vaughan", "C"]}, "Saga 001 - B. Vaughan.cbz", 1000),
        ({"title": "a/b\\c"}, "a_b_c.cbz", 1000),
        ({"format_metadata": {}}, "Saga 001", None),
        ({"format_metadata": {"cbz": {}}}, "Saga 001.cbz", None),
        (
            {"format_metadata": {"epub": {"path": "/e", "size": 5}, "cbz": {"size": 9}}},
            "Saga 001.cbz",
            9,
        ),
        (
            {"format_metadata": {"epub": {"path": "/e", "size": 5}, "azw3": {"size": 9}}},
            "Saga 001.epub",
            5,
        ),
        ({"format_metadata": {"zz": {"size": 5}, "rb": {"size": 9}}}, "Saga 001.rb", 9),
    ],
)
def test_a_book_is_named_as_calibre_names_files(
    mocked: responses.RequestsMock,
    faked: CalibreHost,
    changes: dict[str, Any],
    name: str,
    size: int | None,
) -> None:
    mocked.get(BOOKS, json={"7": build.book(**changes)})
    found = faked.item("lib/7")
    assert (found.name, found.size) == (name, size)


@pytest.mark.parametrize(
    "told", [{"7": None}, {}, {"7": build.book(uuid="dummy")}, {"7": build.book(uuid=None)}]
)
def test_a_book_that_is_not_there_is_gone_and_so_is_the_ghost_of_one(
    mocked: responses.RequestsMock, faked: CalibreHost, told: dict[str, Any]
) -> None:
    mocked.get(BOOKS, json=told)
    with pytest.raises(Gone, match="book lib/7 is not there"):
        faked.item("lib/7")


def test_a_book_of_a_library_that_there_is_not_is_gone(
    mocked: responses.RequestsMock, faked: CalibreHost
) -> None:
    mocked.get(BOOKS, status=403, body="The user admin is not allowed to access the library lib")
    mocked.get(f"{URL}/ajax/library-info", json={"library_map": {"other": "other"}})
    with pytest.raises(Gone, match="no such library"):
        faked.item("lib/7")


def test_a_library_that_is_there_and_forbidden_stays_forbidden(
    mocked: responses.RequestsMock, faked: CalibreHost
) -> None:
    mocked.get(BOOKS, status=403, body="Too many login attempts")
    mocked.get(f"{URL}/ajax/library-info", json={"library_map": {"lib": "lib"}})
    with pytest.raises(Refused, match="Too many login attempts"):
        faked.item("lib/7")


def test_a_page_of_a_proxy_says_nothing_about_a_book(
    mocked: responses.RequestsMock, faked: CalibreHost
) -> None:
    mocked.get(BOOKS, status=404, body="<h1>nginx", content_type="text/html")
    with pytest.raises(Transient):
        faked.item("lib/7")


def test_an_error_that_comes_with_a_200_is_one(
    mocked: responses.RequestsMock, faked: CalibreHost
) -> None:
    mocked.get(f"{URL}/ajax/search/lib", json={"total_num": 1})
    mocked.post(LIST, json={"err": "no such table: books", "tb": "Traceback …"})
    with pytest.raises(Permanent, match="Calibre says: no such table: books"):
        list(faked.pages("lib", size=10, fingerprints=False))


def test_a_result_that_is_a_sentence_is_an_error(
    mocked: responses.RequestsMock, faked: CalibreHost
) -> None:
    mocked.get(f"{URL}/ajax/search/lib", json={"total_num": 1})
    mocked.post(LIST, json={"result": "Unknown fields: *x"})
    with pytest.raises(Permanent, match=r"Unknown fields: \*x"):
        list(faked.pages("lib", size=10, fingerprints=False))


def test_a_ghost_is_not_listed(mocked: responses.RequestsMock, faked: CalibreHost) -> None:
    mocked.get(f"{URL}/ajax/search/lib", json={"total_num": 1})
    data = {
        "title": {"1": "A", "2": "Ghost"},
        "authors": {"1": ["B"], "2": None},
        "series": {"1": "S", "2": None},
        "formats": {"1": ["EPUB", "CBZ"], "2": []},
        "uuid": {"1": "u", "2": None},
    }
    mocked.post(LIST, json=build.listing(**data))
    (page,) = faked.pages("lib", size=10, fingerprints=False)
    assert [(ref.id, ref.name, ref.series_name) for ref in page.refs] == [
        ("lib/1", "A - B.cbz", "S")
    ]


def test_a_column_of_two_kinds_in_two_libraries_is_left_as_it_is(
    mocked: responses.RequestsMock, faked: CalibreHost
) -> None:
    for library, kind in (("a", "int"), ("b", "text")):
        book = build.book(user_metadata={"#x": build.column(kind), "#y": build.column("int")})
        mocked.get(f"{URL}/ajax/books/{library}", json={"7": book})
        faked.item(f"{library}/7")
    assert faked.normalise("book", "#x", " 7 ") == " 7 "
    assert faked.normalise("book", "#y", " 7 ") == 7


def test_columns_are_asked_for_once_if_nobody_has_read_a_book(
    mocked: responses.RequestsMock, faked: CalibreHost
) -> None:
    mocked.get(f"{URL}/ajax/library-info", json={"library_map": {"a": "A"}})
    mocked.post(
        f"{URL}/cdb/cmd/custom_columns/0",
        json={"result": {"x": {"datatype": "int", "display": {}}}},
    )
    assert faked.normalise("book", "#x", "7") == 7
    assert faked.normalise("book", "#nothing", "7") == "7"
    assert len(mocked.calls) == 2
