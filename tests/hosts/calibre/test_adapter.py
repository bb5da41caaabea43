"""What the adapter makes of answers, also of such that a real server gives seldom."""

from __future__ import annotations

import json
from typing import Any

import pytest
import requests
import responses
from responses.matchers import query_param_matcher

from shelfhook.errors import Gone, HostDown, Permanent, Refused, Transient
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


@pytest.mark.parametrize(
    ("before", "fields", "sent"),
    [
        ({"tags": ["b", "a"]}, {"tags": ["b", "a", "A"]}, None),
        ({"rating": 3.5}, {"rating": 7}, None),
        ({}, {"title": "Saga 001 ", "series": None, "series_index": None}, None),
        ({}, {"title": "x", "rating": 0}, {"title": "x"}),
        ({}, {"series": "S"}, {"series": "S", "series_index": 1.0}),
        ({}, {"series_index": 3, "series": "S"}, {"series": "S", "series_index": 3.0}),
        (
            {"series": "S", "series_index": 3.0},
            {"series": None},
            {"series": None, "series_index": 1.0},
        ),
        ({"series": "S", "series_index": 3.0}, {"series": "T"}, {"series": "T"}),
        ({"series": "S", "series_index": 3.0}, {"series_index": None}, {"series_index": 1.0}),
        (
            {},
            {"pubdate": "2012-03-31"},
            {"pubdate": {"jPoAv3zOyHvQ5JFNYg4hJ9": 0, "v": "2012-03-31T00:00:00+00:00"}},
        ),
    ],
)
def test_only_what_differs_is_sent(
    mocked: responses.RequestsMock,
    faked: CalibreHost,
    before: dict[str, Any],
    fields: dict[str, Any],
    sent: dict[str, Any] | None,
) -> None:
    mocked.get(BOOKS, json={"7": build.book(**before)})
    if sent is not None:
        mocked.post(SET, json=build.record(**{**before, **fields, **_shown(sent)}))
    faked.write("book", "lib/7", fields)
    bodies = [json.loads(call.request.body or b"") for call in mocked.calls[1:]]
    assert bodies == ([] if sent is None else [{"changes": sent, "loaded_book_ids": [7]}])


def _shown(sent: dict[str, Any]) -> dict[str, Any]:
    """What Calibre answers to it."""
    return {name: one["v"] if isinstance(one, dict) else one for name, one in sent.items()}


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({"title": "x", "nothing": 1}, "has no field 'nothing'"),
        ({"title": "x", "#made": 1}, "computes '#made' from other fields"),
        ({"title": "x", "#choice": "c"}, "it may be 'a', 'b'"),
        ({"title": "x", "pubdate": "yesterday"}, "which is a date"),
        ({"title": "x", "tags": [["a"]]}, "which is a list of texts"),
        ({"title": "x", "series_index": 3}, "it is in no series"),
    ],
)
def test_what_cannot_be_stored_is_refused_before_anything_is_written(
    mocked: responses.RequestsMock, faked: CalibreHost, fields: dict[str, Any], told: str
) -> None:
    columns = {
        "#made": build.column("composite", "x"),
        "#choice": build.column("enumeration", display={"enum_values": ["a", "b"]}),
    }
    mocked.get(BOOKS, json={"7": build.book(user_metadata=columns)})
    with pytest.raises(Permanent, match=told):
        faked.write("book", "lib/7", fields)
    assert len(mocked.calls) == 1


def test_an_unknown_book_is_never_written_since_that_would_make_a_ghost_of_it(
    mocked: responses.RequestsMock, faked: CalibreHost
) -> None:
    mocked.get(BOOKS, json={"7": None})
    with pytest.raises(Gone):
        faked.write("book", "lib/7", {"title": "x"})
    assert len(mocked.calls) == 1


def test_a_book_that_is_removed_in_the_very_moment_is_gone(
    mocked: responses.RequestsMock, faked: CalibreHost
) -> None:
    mocked.get(BOOKS, json={"7": build.book()})
    mocked.post(SET, json={"7": {"title": "x", "formats": []}})
    with pytest.raises(Gone):
        faked.write("book", "lib/7", {"title": "x"})


def test_a_value_that_calibre_drops_in_silence_is_told_and_put_back(
    mocked: responses.RequestsMock, faked: CalibreHost
) -> None:
    mocked.get(BOOKS, json={"7": build.book(languages=["eng"])})
    mocked.post(SET, json=build.record(title="x", languages=[]))
    mocked.post(SET, json=build.record(title="x", languages=["eng"]))
    with pytest.raises(Permanent, match=r"languages became \[\] instead of \['qqq'\]"):
        faked.write("book", "lib/7", {"title": "x", "languages": ["qqq"]})
    assert json.loads(mocked.calls[2].request.body or b"")["changes"] == {"languages": ["eng"]}


def posted(mocked: responses.RequestsMock) -> list[Any]:
    """What was sent to be written."""
    calls = [call.request for call in mocked.calls if call.request.method == "POST"]
    return [json.loads(one.body or b"")["changes"] for one in calls]


def test_after_a_500_every_field_is_put_back_since_nobody_knows_what_stands(
    mocked: responses.RequestsMock, faked: CalibreHost
) -> None:
    mocked.get(BOOKS, json={"7": build.book()})
    mocked.post(SET, status=500, body="")
    mocked.post(SET, json=build.record())
    with pytest.raises(Transient, match="nothing of it was kept"):
        faked.write("book", "lib/7", {"title": "x", "tags": ["a"]})
    assert posted(mocked) == [{"title": "x", "tags": ["a"]}, {"title": "Saga 001"}, {"tags": []}]


def test_a_field_that_cannot_be_put_back_is_named(
    mocked: responses.RequestsMock, faked: CalibreHost
) -> None:
    mocked.get(BOOKS, json={"7": build.book()})
    mocked.post(SET, status=500, body="")
    mocked.post(SET, json=build.record())
    mocked.post(SET, status=500, body="")
    with pytest.raises(Transient, match="tags may be written in part and could not be put back"):
        faked.write("book", "lib/7", {"title": "x", "tags": ["a"]})


@pytest.mark.parametrize("now", [{}, {"title": "x"}])
def test_a_write_without_an_answer_that_was_not_done_says_so(
    mocked: responses.RequestsMock, faked: CalibreHost, now: dict[str, Any]
) -> None:
    mocked.get(BOOKS, json={"7": build.book()})
    mocked.post(SET, status=504, body="")
    mocked.get(BOOKS, json={"7": build.book(**now)})
    with pytest.raises(Transient, match="tags of it was not written"):
        faked.write("book", "lib/7", {"title": "x", "tags": ["a"]})
    assert len(posted(mocked)) == 1


def test_a_write_of_which_only_the_answer_was_lost_has_succeeded(
    mocked: responses.RequestsMock, faked: CalibreHost
) -> None:
    mocked.get(BOOKS, json={"7": build.book()})
    mocked.post(SET, status=504, body="")
    mocked.get(BOOKS, json={"7": build.book(title="x")})
    faked.write("book", "lib/7", {"title": "x"})


def test_a_server_that_is_down_is_not_asked_what_stands(
    mocked: responses.RequestsMock, faked: CalibreHost
) -> None:
    mocked.get(BOOKS, json={"7": build.book()})
    mocked.post(SET, body=requests.exceptions.ConnectTimeout())
    with pytest.raises(HostDown):
        faked.write("book", "lib/7", {"title": "x"})
    assert len([call for call in mocked.calls if call.request.method == "GET"]) == 1


@pytest.mark.parametrize("entity", ["series", "library", "shelf"])
def test_only_books_are_written(faked: CalibreHost, entity: str) -> None:
    with responses.RequestsMock(), pytest.raises(Permanent, match="only a book"):
        faked.write(entity, "lib/7", {"title": "x"})


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
