"""Hosts that are down, answer nonsense or refuse us."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from shelfhook.errors import (
    ConfigurationError,
    HostDown,
    Refused,
    ShelfhookError,
    Transient,
)
from shelfhook.ports import Host
from tests.hosts.relay import Relay, answer
from tests.hosts.shelf import HastyClock, Shelf
from tests.hosts.suite.base import (
    Base,
    Connect,
    first,
    outcome,
    tells_no_secret,
    texts,
)

JSON = "Content-Type: application/json\r\n"
HTML = "Content-Type: text/html\r\n"
NONSENSE = {
    "empty 200": answer("200 OK"),
    "empty 204": b"HTTP/1.1 204 No Content\r\n\r\n",
    "null": answer("200 OK", b"null", JSON),
    "list": answer("200 OK", b"[]", JSON),
    "list of lists": answer("200 OK", b"[[1],[null]]", JSON),
    "object": answer("200 OK", b"{}", JSON),
    "wrong types": answer("200 OK", b'{"id":{},"content":7,"metadata":[],"name":null}', JSON),
    "text": answer("200 OK", b'"hello"', JSON),
    "half": answer("200 OK", b'{"id": "1", "na', JSON),
    "deep": answer("200 OK", b"[" * 100_000, JSON),
    "login page": answer("200 OK", b"<html>log in", HTML),
    "no utf-8": answer("200 OK", b'{"a":"\xff\xfe"}', JSON),
    "400": answer("400 Bad Request", b"<h1>no</h1>", HTML),
    "400 deep": answer("400 Bad Request", b'{"message":' * 100_000, JSON),
    "not packed": answer("200 OK", b"{}", JSON + "Content-Encoding: gzip\r\n"),
    "404 page": answer("404 Not Found", b"<h1>nginx</h1>", HTML),
    "409": answer("409 Conflict", b"[1,2]", JSON),
    "500 page": answer("500 Oops", b"<h1>no</h1>", HTML),
    "501": answer("501 Not Implemented"),
    "redirect": answer("302 Found", b"", "Location: https://login.example/\r\n"),
    "no HTTP": b"SSH-2.0-OpenSSH_9.2\r\n\r\n",
}


class Failing(Base):
    """Promises about what goes wrong, `overloads` and `down_until`."""

    def test_a_wrong_login_is_refused_in_words_and_told_by_check(
        self, shelf: Shelf, connect: Connect, book: str
    ) -> None:
        if not shelf.login():
            pytest.skip(f"{shelf.kind} has no login")
        wrong = shelf.wrong_login()
        host = connect(wrong)
        calls: list[Callable[[], object]] = [host.whoami]
        reads: list[Callable[[], object]] = [lambda: host.item(book), lambda: first(host, shelf)]
        if "write-book" in host.capabilities:
            name, samples = next(iter(shelf.samples("book").items()))
            calls.append(lambda: host.write("book", book, {name: samples[0]}))
        before = shelf.held("book", book)
        for call in calls if shelf.reads_openly else calls + reads:
            with pytest.raises(Refused) as refused:
                call()
            tells_no_secret(texts(refused.value), wrong, shelf.login())
        assert shelf.held("book", book) == before
        assert host.check().ok, "it answers, whether it likes us or not: jobs need not wait"
        assert host.down_until() is None, "it is not the host's fault"

    def test_without_a_login_or_a_url_nothing_is_made(self, shelf: Shelf, connect: Connect) -> None:
        if shelf.login():
            with pytest.raises(ConfigurationError, match="mine"):
                connect({})
        with pytest.raises(ConfigurationError, match="mine"):
            connect(url="shelf.example/x")

    def test_no_text_of_the_adapter_tells_a_secret(
        self, shelf: Shelf, host: Host, relay: Relay
    ) -> None:
        login = shelf.login()
        tells_no_secret(repr(host) + str(host) + host.check().message, login)
        echo = " ".join(login.values()).encode()
        for status in ("400 No", "403 No", "500 No"):
            relay.always(answer(status, b'{"message": "%b"}' % echo, JSON))
            for call in (host.whoami, lambda: host.item("1"), lambda: first(host, shelf)):
                error = outcome(call)
                if isinstance(error, BaseException):
                    tells_no_secret(texts(error), login)
            tells_no_secret(host.check().message, login)

    def test_a_host_that_is_down_is_down_until_it_is_up(
        self, shelf: Shelf, host: Host, relay: Relay, clock: HastyClock, book: str
    ) -> None:
        host.item(book)
        relay.down()
        for _ in range(4):
            with pytest.raises(HostDown):
                host.item(book)
        down = host.down_until()
        assert down is not None
        assert down[0] > clock.monotonic()
        assert down[1]
        found = host.check()
        assert not found.ok
        assert found.message
        calls: list[Callable[[], object]] = [host.whoami, host.libraries]
        calls.append(lambda: first(host, shelf))
        for call in calls:
            with pytest.raises(Transient):
                call()
        relay.up()
        _wait_out(host, clock)
        assert host.check().ok
        assert host.item(book).id == book
        assert host.down_until() is None

    def test_a_connection_that_breaks_between_two_calls_costs_nothing(
        self, host: Host, relay: Relay, book: str
    ) -> None:
        before = host.item(book)
        relay.cut()
        assert host.item(book) == before

    @pytest.mark.parametrize(
        ("status", "overload"), [("429 Slow", True), ("503 Busy", True), ("502 Bad", False)]
    )
    def test_a_host_that_asks_for_patience_is_asked_again(
        self, host: Host, relay: Relay, book: str, status: str, overload: bool
    ) -> None:
        host.item(book)
        before = host.overloads()
        relay.script(answer(status, b"", "Retry-After: 1\r\n" if overload else ""))
        assert host.item(book).id == book
        assert host.overloads() == before + overload

    @pytest.mark.parametrize("nonsense", NONSENSE.values(), ids=NONSENSE)
    def test_nonsense_is_an_error_of_ours_and_nothing_worse(
        self, shelf: Shelf, host: Host, relay: Relay, nonsense: bytes, book: str
    ) -> None:
        host.item(book)
        relay.always(nonsense)
        for call in (
            lambda: host.item(book),
            lambda: host.series(book),
            lambda: first(host, shelf),
            lambda: list(host.series_marks(shelf.library)),
            host.libraries,
            host.whoami,
            host.check,
        ):
            outcome(call)
        assert isinstance(outcome(lambda: host.item(book)), ShelfhookError)
        if "write-book" in host.capabilities:
            name, values = next(iter(shelf.samples("book").items()))
            outcome(lambda: host.write("book", book, {name: values[0]}))


def _wait_out(host: Host, clock: HastyClock) -> None:
    down = host.down_until()
    assert down is not None
    clock.skip(down[0] - clock.monotonic() + 0.1)
