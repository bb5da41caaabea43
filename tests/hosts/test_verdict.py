from __future__ import annotations

import pytest

from shelfhook.errors import Gone, Permanent, Refused, ShelfhookError, Transient
from shelfhook.hosts import verdict
from shelfhook.hosts.calls import Answer, Call
from tests.hosts.test_client import PlainDialect

BASE = "http://komga.test:25600/base"
WHERE = "mine: GET /books/1"
GET = Call("GET", "/books/1", "/books/{id}", entity="book 1")
PATCH = Call("PATCH", "/books/1", "/books/{id}", b"{}", expects=204, entity="book 1")


def answer(status: int, body: bytes = b"", **headers: str) -> Answer:
    return Answer(status, {name.replace("_", "-"): text for name, text in headers.items()}, body, 0)


def error(status: int, body: bytes = b"", call: Call = GET, **headers: str) -> ShelfhookError:
    return verdict.error_of(WHERE, BASE, call, answer(status, body, **headers), PlainDialect(), 0.0)


@pytest.mark.parametrize(
    ("status", "kind", "overload"),
    [
        (400, Permanent, None),
        (401, Refused, None),
        (403, Refused, None),
        (404, Gone, None),
        (408, Transient, True),
        (409, Permanent, None),
        (410, Gone, None),
        (429, Transient, True),
        (500, verdict.Stumbled, False),
        (501, Permanent, None),
        (502, Transient, False),
        (503, Transient, True),
        (504, Transient, True),
    ],
)
def test_a_status_becomes_the_error_of_its_consequence(
    status: int, kind: type[ShelfhookError], overload: bool | None
) -> None:
    found = error(status, b"words", Content_Type="application/json")
    assert type(found) is kind
    assert getattr(found, "overload", None) is overload
    assert f"GET /books/1 answered {status}: words" in str(found)


@pytest.mark.parametrize("status", [404, 410])
@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (b"", ""),
        (b" \n", "text/html"),
        (b'{"status":404}', "application/json"),
        (b"{}", "application/problem+json; charset=utf-8"),
        (b' {"status":404}', ""),
    ],
)
def test_an_item_is_gone_if_the_host_itself_says_so(status: int, body: bytes, kind: str) -> None:
    assert type(error(status, body, Content_Type=kind)) is Gone


@pytest.mark.parametrize("status", [404, 410])
@pytest.mark.parametrize("call", [GET, PATCH], ids=["read", "write"])
@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (b"404 page not found\n", "text/plain; charset=utf-8"),
        (b"<html><h1>404 Not Found</h1></html>", "text/html"),
        (b"<html>", ""),
        (b"default backend - 404", ""),
    ],
)
def test_the_404_of_a_proxy_says_nothing_about_the_item(
    status: int, call: Call, body: bytes, kind: str
) -> None:
    found = error(status, body, call, Content_Type=kind)
    assert type(found) is Transient
    assert not found.overload
    assert "not the host's own words" in str(found)
    assert "a proxy" in str(found)


def test_a_500_is_overload_if_the_dialect_knows_it_as_such() -> None:
    found = error(500, b"busy")
    assert isinstance(found, Transient)
    assert found.overload


def test_retry_after_is_handed_on() -> None:
    found = error(503, Retry_After="12")
    assert isinstance(found, Transient)
    assert found.retry_after == 12.0


def test_a_404_of_the_api_itself_questions_the_base_url() -> None:
    found = error(404, call=Call("GET", "/libraries", "/libraries"))
    assert isinstance(found, Permanent)
    assert f"is {BASE} the right base URL?" in str(found)


@pytest.mark.parametrize(
    ("location", "remedy"),
    [
        ("https://komga.test/base/books/1", "set the base URL with https:// instead of http://"),
        ("http://login.test/?next=x", "redirects to login.test are not followed"),
        ("/login", "redirects are not followed"),
        ("", "redirects are not followed"),
    ],
)
def test_a_redirect_names_its_remedy(location: str, remedy: str) -> None:
    found = error(302, Location=location)
    assert isinstance(found, Permanent)
    assert remedy in str(found)


@pytest.mark.parametrize(
    ("body", "kind", "words"),
    [
        (b"", "application/json", "an empty answer where JSON was promised"),
        (b"<!doctype html><title>Sign in</title>", "text/html", "a web page came instead"),
        (b"  <html>", "", "a web page came instead"),
        (b"hello", "text/plain; charset=utf-8", r"the answer is not JSON \(text/plain\)"),
        (b'{"id":', "application/json", "the answer is not JSON"),
        (b"\xff\xfe", "", r"the answer is not JSON \(no content type\)"),
    ],
)
def test_what_is_not_json_is_called_by_its_name(body: bytes, kind: str, words: str) -> None:
    with pytest.raises(Permanent, match=words):
        verdict.read(WHERE, GET, answer(200, body, Content_Type=kind))


def test_a_call_without_a_promised_body_gives_nothing() -> None:
    assert verdict.read(WHERE, PATCH, answer(204)) is None


@pytest.mark.parametrize("body", [b"", b"<html>Sign in</html>", b"{}"])
def test_a_200_in_place_of_a_204_means_that_nothing_was_done(body: bytes) -> None:
    with pytest.raises(Permanent):
        verdict.read(WHERE, PATCH, answer(200, body))
