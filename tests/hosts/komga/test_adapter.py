from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import requests
import responses
from responses.matchers import header_matcher

from shelfhook.errors import (
    Gone,
    HostDown,
    Permanent,
    Refused,
    Transient,
)
from shelfhook.hosts.komga import KomgaHost, connect
from shelfhook.model import Account, HostCheck, Library
from shelfhook.ports import Connect, Host, HostOptions
from tests.hosts.komga import build
from tests.hosts.komga.build import KEY, URL
from tests.support.clock import FakeClock

ME = f"{URL}/api/v2/users/me"
BOOK = f"{URL}/api/v1/books/0BWZ"
SERIES = f"{URL}/api/v1/series/0SER"
USER = {"id": "1", "email": "admin@example.org", "roles": ["USER", "ADMIN"]}


def test_it_is_a_host_and_its_entry_point_connects() -> None:
    entry: Connect = connect
    host: Host = entry(HostOptions("mine", "komga", URL, api_key=KEY), FakeClock())
    assert (host.name, host.kind) == ("mine", "komga")
    commands = {"analyze", "refresh", "write-book", "write-series"}
    more = {"collections", "read-lists", "covers", "convert", "download", "series-books"}
    assert host.capabilities == commands | more | {"events", "news", "history", "import"}
    host.close()


def test_check_tells_the_version(mocked: responses.RequestsMock, komga: KomgaHost) -> None:
    mocked.get(f"{URL}/actuator/health", json={"status": "UP"})
    mocked.get(f"{URL}/actuator/info", json={"build": {"version": "1.26.3"}})
    assert komga.check() == HostCheck(True, "Komga 1.26.3 answers", "1.26.3")


@pytest.mark.parametrize(
    "blocked", [{"status": 404}, {"status": 403}, {"body": "<html>", "content_type": "text/html"}]
)
def test_check_asks_the_api_where_a_proxy_walls_the_actuators_off(
    mocked: responses.RequestsMock, komga: KomgaHost, blocked: dict[str, Any]
) -> None:
    mocked.get(f"{URL}/actuator/health", **blocked)
    mocked.get(f"{URL}/actuator/info", **blocked)
    mocked.get(ME, json=USER)
    assert komga.check() == HostCheck(True, "Komga answers")


def test_check_says_that_a_host_is_down_and_never_raises(
    mocked: responses.RequestsMock, komga: KomgaHost
) -> None:
    mocked.get(f"{URL}/actuator/health", body=requests.ConnectionError("no route"))
    found = komga.check()
    assert not found.ok
    assert "GET /actuator/health: the connection broke off" in found.message


def test_check_says_that_a_server_reports_itself_as_down(
    mocked: responses.RequestsMock, komga: KomgaHost
) -> None:
    mocked.get(f"{URL}/actuator/health", status=503, json={"status": "DOWN"})
    assert not komga.check().ok


def test_check_says_that_a_url_leads_to_something_else(
    mocked: responses.RequestsMock, komga: KomgaHost
) -> None:
    mocked.get(f"{URL}/actuator/health", body="<html>", content_type="text/html")
    mocked.get(ME, body="<html>", content_type="text/html")
    found = komga.check()
    assert not found.ok
    assert "a web page came instead" in found.message


def test_whoami_tells_name_and_rights(mocked: responses.RequestsMock, komga: KomgaHost) -> None:
    mocked.get(ME, json=USER)
    assert komga.whoami() == Account("admin@example.org", True, ("ADMIN", "USER"))


def test_a_wrong_key_is_refused(mocked: responses.RequestsMock, komga: KomgaHost) -> None:
    mocked.get(ME, status=401)
    with pytest.raises(Refused, match="the key or the password is wrong"):
        komga.whoami()


def test_libraries_are_listed(mocked: responses.RequestsMock, komga: KomgaHost) -> None:
    mocked.get(
        f"{URL}/api/v1/libraries",
        json=[{"id": "L1", "name": "Comics", "root": "/comics"}, {"id": "L2", "name": "Manga"}],
    )
    assert komga.libraries() == [Library("L1", "Comics", "/comics"), Library("L2", "Manga", "")]


def test_pages_are_listed_by_library(mocked: responses.RequestsMock, komga: KomgaHost) -> None:
    mocked.post(f"{URL}/api/v1/books/list", json=build.page([build.book("0BWZ")], 0, 50, 1))
    (page,) = komga.pages("0LIB", size=50)
    assert [(ref.id, ref.name, ref.series) for ref in page.refs] == [
        ("0BWZ", "Saga 001.cbz", "0SER")
    ]


def test_an_item_is_read(mocked: responses.RequestsMock, komga: KomgaHost) -> None:
    mocked.get(BOOK, json=build.book("0BWZ"))
    assert komga.item("0BWZ").fields["title"] == "Saga #1"


def test_a_book_that_vanished_is_gone(mocked: responses.RequestsMock, komga: KomgaHost) -> None:
    mocked.get(BOOK, status=404)
    with pytest.raises(Gone, match="book 0BWZ is no longer there"):
        komga.item("0BWZ")


def test_a_book_in_the_trash_is_gone(mocked: responses.RequestsMock, komga: KomgaHost) -> None:
    mocked.get(BOOK, json=build.book("0BWZ", deleted=True))
    with pytest.raises(Gone, match="in the trash of mine"):
        komga.item("0BWZ")


def test_a_series_is_read(mocked: responses.RequestsMock, komga: KomgaHost) -> None:
    mocked.get(SERIES, json=build.series("0SER"))
    found = komga.series("0SER")
    assert (found.entity, found.fields["publisher"]) == ("series", "Image")
    assert komga.fingerprint(found) == found.fingerprint


def test_a_series_that_vanished_is_gone(mocked: responses.RequestsMock, komga: KomgaHost) -> None:
    mocked.get(SERIES, status=404)
    with pytest.raises(Gone, match="series 0SER is no longer there"):
        komga.series("0SER")


def test_a_series_in_the_trash_is_gone(mocked: responses.RequestsMock, komga: KomgaHost) -> None:
    mocked.get(SERIES, json=build.series("0SER", deleted=True))
    with pytest.raises(Gone, match="in the trash of mine"):
        komga.series("0SER")


def test_the_adapter_names_locks(komga: KomgaHost) -> None:
    assert (komga.lock("book", "title"), komga.lock("book", "nothing")) == ("titleLock", "")


@pytest.mark.parametrize("answer", [{}, [], {"id": "0BWZ"}, build.book("0BWZ", metadata=None)])
def test_an_answer_that_komga_would_not_give_is_no_programming_error(
    mocked: responses.RequestsMock, komga: KomgaHost, answer: object
) -> None:
    mocked.get(BOOK, json=answer)
    with pytest.raises(Permanent, match="is it a Komga server"):
        komga.item("0BWZ")


@pytest.mark.parametrize("item_id", ["", ".", ".."])
def test_an_id_that_would_be_another_path_is_never_sent(komga: KomgaHost, item_id: str) -> None:
    with responses.RequestsMock(), pytest.raises(Gone):
        komga.item(item_id)


def test_ids_are_quoted(mocked: responses.RequestsMock, komga: KomgaHost) -> None:
    mocked.get(f"{URL}/api/v1/books/a%2Fb%3Fc%20%C3%A4", json=build.book("x"))
    komga.item("a/b?c ä")


@pytest.mark.parametrize("entity", ["book", "series"])
def test_fields_are_written_in_one_call(
    mocked: responses.RequestsMock, komga: KomgaHost, entity: str
) -> None:
    plural = {"book": "books", "series": "series"}[entity]
    mocked.patch(f"{URL}/api/v1/{plural}/X/metadata", status=204)
    komga.write(entity, "X", {"title": " ä ", "tags": ["B", "a"], "tagsLock": True})
    assert len(mocked.calls) == 1
    assert json.loads(mocked.calls[0].request.body or b"") == {
        "title": "ä",
        "tags": ["a", "b"],
        "tagsLock": True,
    }


def test_a_refused_value_is_told_in_komgas_words(
    mocked: responses.RequestsMock, komga: KomgaHost
) -> None:
    violations = [{"fieldName": "isbn", "message": "must be a valid ISBN"}]
    mocked.patch(f"{BOOK}/metadata", status=400, json={"violations": violations})
    with pytest.raises(Permanent, match="answered 400: isbn: must be a valid ISBN"):
        komga.write("book", "0BWZ", {"isbn": "123"})


def test_a_write_that_did_not_take_place_is_not_mistaken_for_one_that_did(
    mocked: responses.RequestsMock, komga: KomgaHost
) -> None:
    mocked.patch(f"{BOOK}/metadata", status=200)
    with pytest.raises(Permanent, match="nothing was done"):
        komga.write("book", "0BWZ", {"title": "x"})


def test_a_library_has_no_metadata_to_write(komga: KomgaHost) -> None:
    with responses.RequestsMock(), pytest.raises(Permanent):
        komga.write("library", "L", {"title": "x"})


@pytest.mark.parametrize(
    ("entity", "command", "path"),
    [
        ("book", "analyze", "books/X/analyze"),
        ("book", "refresh", "books/X/metadata/refresh"),
        ("series", "analyze", "series/X/analyze"),
        ("series", "refresh", "series/X/metadata/refresh"),
        ("library", "analyze", "libraries/X/analyze"),
        ("library", "refresh", "libraries/X/metadata/refresh"),
    ],
)
def test_commands_are_run_on_books_series_and_libraries(
    mocked: responses.RequestsMock, komga: KomgaHost, entity: str, command: str, path: str
) -> None:
    mocked.post(f"{URL}/api/v1/{path}", status=202)
    komga.command(entity, "X", command)


@pytest.mark.parametrize(("entity", "command"), [("book", "explode"), ("shelf", "analyze")])
def test_a_command_that_does_not_exist_is_never_sent(
    komga: KomgaHost, entity: str, command: str
) -> None:
    with responses.RequestsMock(), pytest.raises(Permanent):
        komga.command(entity, "X", command)


def test_a_file_is_asked_for_as_what_it_is(
    mocked: responses.RequestsMock, komga: KomgaHost, tmp_path: Path
) -> None:
    mocked.get(f"{BOOK}/file", body=b"PK...", content_type="application/zip")
    komga.download("0BWZ", tmp_path / "book.cbz")
    sent = mocked.calls[0].request.headers
    assert sent["Accept"].startswith("application/octet-stream")
    assert sent["Accept-Encoding"] == "identity"
    assert (tmp_path / "book.cbz").read_bytes() == b"PK..."


def test_a_download_without_the_right_to_it_is_refused_by_the_rights_name(
    mocked: responses.RequestsMock, komga: KomgaHost, tmp_path: Path
) -> None:
    mocked.get(f"{BOOK}/file", status=403)
    with pytest.raises(Refused, match="needs the right FILE_DOWNLOAD, which our account does not"):
        komga.download("0BWZ", tmp_path / "book.cbz")
    assert list(tmp_path.iterdir()) == []


def test_the_file_of_a_book_that_vanished_is_gone(
    mocked: responses.RequestsMock, komga: KomgaHost, tmp_path: Path
) -> None:
    mocked.get(f"{BOOK}/file", status=404)
    with pytest.raises(Gone, match="book 0BWZ is no longer there"):
        komga.download("0BWZ", tmp_path / "book.cbz")
    assert list(tmp_path.iterdir()) == []


def test_a_download_with_a_session_is_not_mistaken_for_an_empty_answer(
    mocked: responses.RequestsMock, komga: KomgaHost, tmp_path: Path
) -> None:
    mocked.get(ME, json=USER, headers={"Set-Cookie": "KOMGA-SESSION=abc"})
    mocked.get(f"{BOOK}/file", body=b"PK...", content_type="application/zip")
    komga.whoami()
    komga.download("0BWZ", tmp_path / "book.cbz")
    assert len(mocked.calls) == 2
    assert "Cookie" in mocked.calls[1].request.headers


def test_an_old_server_gives_the_file_for_the_key_alone(
    mocked: responses.RequestsMock, komga: KomgaHost, tmp_path: Path
) -> None:
    mocked.get(ME, json=USER, headers={"Set-Cookie": "KOMGA-SESSION=abc"})
    with_session = header_matcher({"Cookie": "KOMGA-SESSION=abc"})
    mocked.get(f"{BOOK}/file", status=200, match=[with_session])
    mocked.get(f"{BOOK}/file", body=b"PK...", content_type="application/zip")
    komga.whoami()
    komga.download("0BWZ", tmp_path / "book.cbz")
    assert (tmp_path / "book.cbz").read_bytes() == b"PK..."


def test_the_session_is_used_again(mocked: responses.RequestsMock, komga: KomgaHost) -> None:
    mocked.get(ME, json=USER, headers={"Set-Cookie": "KOMGA-SESSION=abc; Path=/base; HttpOnly"})
    mocked.get(
        BOOK,
        json=build.book("0BWZ"),
        match=[header_matcher({"Cookie": "KOMGA-SESSION=abc", "X-API-Key": KEY})],
    )
    komga.whoami()
    komga.item("0BWZ")


def test_an_old_server_that_cannot_bear_key_and_session_gets_the_key_alone(
    mocked: responses.RequestsMock, komga: KomgaHost
) -> None:
    mocked.get(ME, json=USER, headers={"Set-Cookie": "KOMGA-SESSION=abc"})
    mocked.patch(
        f"{BOOK}/metadata", status=200, match=[header_matcher({"Cookie": "KOMGA-SESSION=abc"})]
    )
    mocked.patch(f"{BOOK}/metadata", status=204)
    komga.whoami()
    komga.write("book", "0BWZ", {"title": "x"})
    komga.write("book", "0BWZ", {"title": "y"})
    cookies = ["Cookie" in call.request.headers for call in mocked.calls]
    assert cookies == [False, True, False, False]


def test_every_error_names_host_method_and_path(
    mocked: responses.RequestsMock, komga: KomgaHost
) -> None:
    mocked.get(BOOK, body=requests.ConnectionError("reset"))
    with pytest.raises(Transient, match=r"^mine: GET /api/v1/books/0BWZ: "):
        komga.item("0BWZ")


def test_a_host_that_does_not_answer_is_down_until_a_moment(
    mocked: responses.RequestsMock, komga: KomgaHost
) -> None:
    assert komga.down_until() is None
    mocked.get(BOOK, status=502)
    with pytest.raises(Transient):
        komga.item("0BWZ")
    assert komga.down_until() is not None
    with pytest.raises(HostDown):
        komga.item("0BWZ")
