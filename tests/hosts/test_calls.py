"""Calls made of plain values, and what a call says about its answers."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import responses

from shelfhook.errors import Gone, Permanent, Transient
from shelfhook.hosts.calls import Call, request
from shelfhook.hosts.client import Client
from shelfhook.hosts.dialects import PlainDialect
from shelfhook.ports import HostOptions
from tests.support.clock import FakeClock

URL = "http://shelf.test/base"
BOOK = f"{URL}/books/1"


@pytest.fixture
def mocked() -> Iterator[responses.RequestsMock]:
    with responses.RequestsMock() as mock:
        yield mock


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def client(clock: FakeClock) -> Iterator[Client]:
    options = HostOptions("mine", "test", URL, retries=2)
    client = Client(options, PlainDialect(options, {}), clock, fraction=lambda: 1.0)
    yield client
    client.close()


CALLS = [
    (request("GET", "/me"), Call("GET", "/me", "/me")),
    (
        request("GET", "/books/{book}/pages/{page}", {"book": "a/b ä?", "page": "1"}),
        Call(
            "GET",
            "/books/a%2Fb%20%C3%A4%3F/pages/1",
            "/books/{book}/pages/{page}",
            entity="book a/b ä?",
        ),
    ),
    (
        request("GET", "/books", query={"q": "a&b ü", "page": 2}),
        Call("GET", "/books?q=a%26b+%C3%BC&page=2", "/books"),
    ),
    (
        request("PATCH", "/books/{book}", {"book": "1"}, document={"title": "ä"}, expects=204),
        Call(
            "PATCH",
            "/books/1",
            "/books/{book}",
            b'{"title": "\\u00e4"}',
            expects=204,
            entity="book 1",
        ),
    ),
    (
        request("PUT", "/books/{book}", {"book": "1"}, form={"title": "a=b&c ä", "tags": ""}),
        Call(
            "PUT",
            "/books/1",
            "/books/{book}",
            b"title=a%3Db%26c+%C3%A4&tags=",
            entity="book 1",
            content_type="application/x-www-form-urlencoded",
        ),
    ),
    (
        request("GET", "/x/{list}", {"list": "7"}, entity="the list", again={400}, gone=[409]),
        Call(
            "GET",
            "/x/7",
            "/x/{list}",
            entity="the list",
            again=frozenset({400}),
            gone=frozenset({409}),
        ),
    ),
]


@pytest.mark.parametrize(("made", "meant"), CALLS, ids=[call.path for _, call in CALLS])
def test_a_call_is_made_of_plain_values(made: Call, meant: Call) -> None:
    assert made == meant


@pytest.mark.parametrize("odd", ["", ".", "..", "a\nb", "a\x00", "\x7f"])
def test_an_id_that_would_make_another_path_or_cannot_be_sent_is_gone(odd: str) -> None:
    with pytest.raises(Gone, match=r"book .* cannot exist"):
        request("GET", "/books/{book}", {"book": odd})


def test_braces_in_an_id_are_no_variables() -> None:
    made = request("GET", "/books/{book}", {"book": "{book}"})
    assert made.path == "/books/%7Bbook%7D"


def test_a_no_that_may_mean_not_yet_is_asked_again(
    mocked: responses.RequestsMock, client: Client, clock: FakeClock
) -> None:
    mocked.get(BOOK, status=400)
    mocked.get(BOOK, status=400)
    mocked.get(BOOK, json="at last")
    assert client.ask(request("GET", "/books/1", again={400})) == "at last"
    assert clock.waits == [0.5, 1.0]
    assert client.overloads() == 0


def test_a_no_to_the_end_means_no(mocked: responses.RequestsMock, client: Client) -> None:
    mocked.get(BOOK, status=400, json={"error": "not ready"})
    with pytest.raises(Permanent, match="answered 400: not ready"):
        client.ask(request("GET", "/books/1", again={400}))
    assert len(mocked.calls) == 3
    assert client.down_until() is None


def test_a_no_to_a_call_that_must_not_be_repeated_means_no(
    mocked: responses.RequestsMock, client: Client
) -> None:
    mocked.post(BOOK, status=400)
    with pytest.raises(Permanent):
        client.ask(request("POST", "/books/1", again={400}, repeatable=False))
    assert len(mocked.calls) == 1


@pytest.mark.parametrize("status", [400, 404, 410, 500])
def test_a_host_may_say_in_its_own_way_that_a_thing_is_gone(
    mocked: responses.RequestsMock, client: Client, status: int
) -> None:
    for _ in range(5):
        mocked.get(BOOK, status=status, body="<h1>no</h1>", content_type="text/html")
        with pytest.raises(Gone, match="book 1 is not there"):
            client.ask(request("GET", "/books/{book}", {"book": "1"}, gone={status}))
    assert client.down_until() is None, "a page of the host itself is no proxy's"


def test_a_page_instead_of_a_404_is_a_proxys_where_nothing_else_is_said(
    mocked: responses.RequestsMock, client: Client
) -> None:
    mocked.get(BOOK, status=404, body="<h1>no</h1>", content_type="text/html")
    with pytest.raises(Transient):
        client.ask(request("GET", "/books/{book}", {"book": "1"}))


def test_what_is_gone_to_the_end_is_gone(mocked: responses.RequestsMock, client: Client) -> None:
    mocked.get(BOOK, status=400)
    with pytest.raises(Gone):
        client.ask(request("GET", "/books/{book}", {"book": "1"}, again={400}, gone={400}))
    assert len(mocked.calls) == 3


@pytest.mark.parametrize(("status", "body"), [(200, ""), (200, "done"), (204, ""), (201, "{}")])
def test_where_only_the_success_matters_any_is_taken(
    mocked: responses.RequestsMock, client: Client, status: int, body: str
) -> None:
    mocked.put(BOOK, status=status, body=body, content_type="text/plain")
    client.tell(request("PUT", "/books/1", form={"title": "x"}))


def test_the_page_of_a_login_is_no_success(mocked: responses.RequestsMock, client: Client) -> None:
    mocked.put(BOOK, body="<html>", content_type="text/html; charset=utf-8")
    with pytest.raises(Permanent, match="a web page came"):
        client.tell(request("PUT", "/books/1"))


def test_an_answer_too_deep_to_read_is_no_crash(
    mocked: responses.RequestsMock, client: Client
) -> None:
    mocked.get(BOOK, body="[" * 100_000, content_type="application/json")
    with pytest.raises(Permanent, match="not JSON"):
        client.ask(request("GET", "/books/1"))
