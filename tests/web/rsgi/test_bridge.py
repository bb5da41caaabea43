from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from typing import Any

import pytest

from shelfhook.web.rsgi.body import SHORT
from shelfhook.web.rsgi.bridge import LONG_BODIES, Bridge
from tests.web.rsgi.exchanges import FakeExchange, run

TEXT = [("Content-Type", "text/plain")]


def answered(
    application: Any, exchange: FakeExchange | None = None, **environ: str
) -> FakeExchange:
    exchange = exchange or FakeExchange()
    bridge = Bridge(application, 2)
    try:
        run(bridge.answer({"REQUEST_METHOD": "GET", "PATH_INFO": "/x", **environ}, exchange))
    finally:
        bridge.close()
    return exchange


class Body:
    """A body of pieces that notes its end."""

    def __init__(self, *pieces: bytes | Exception) -> None:
        self._pieces = iter(pieces)
        self.closed = 0

    def __iter__(self) -> Iterator[bytes]:
        return self

    def __next__(self) -> bytes:
        piece = next(self._pieces)
        if isinstance(piece, Exception):
            raise piece
        return piece

    def close(self) -> None:
        self.closed += 1


def giving(body: Any, status: str = "200 OK") -> Any:
    def application(environ: Any, start_response: Any) -> Any:
        start_response(status, TEXT)
        return body

    return application


def test_a_list_is_answered_in_one_go() -> None:
    exchange = answered(giving([b"a", b"b"], "418 I'm a teapot"))
    assert (exchange.status, exchange.body) == (418, b"ab")
    assert exchange.headers == dict(TEXT)


@pytest.mark.parametrize(
    ("pieces", "body", "streamed"),
    [
        ((), b"", []),
        ((b"one",), b"one", []),
        ((b"one", b"two", b"three"), None, [b"one", b"two", b"three"]),
    ],
)
def test_a_body_in_pieces_is_sent_as_it_comes_and_closed_once(
    pieces: tuple[bytes, ...], body: bytes | None, streamed: list[bytes]
) -> None:
    given = Body(*pieces)
    exchange = answered(giving(given))
    assert (exchange.body, exchange.pieces, given.closed) == (body, streamed, 1)


def test_an_application_that_raises_is_answered_and_recorded(
    caplog: pytest.LogCaptureFixture,
) -> None:
    def application(environ: Any, start_response: Any) -> Any:
        raise LookupError("a bug")

    exchange = answered(application)
    assert exchange.status == 500
    assert b"bug" not in (exchange.body or b"")
    assert "a bug" in caplog.text


def test_a_body_that_fails_before_its_first_piece_is_an_error_as_a_whole() -> None:
    body = Body(LookupError("a bug"))
    assert (answered(giving(body)).status, body.closed) == (500, 1)


def test_a_body_that_fails_half_sent_breaks_off_and_is_closed() -> None:
    body = Body(b"one", b"two", LookupError("a bug"))
    exchange = FakeExchange()
    with pytest.raises(LookupError):
        answered(giving(body), exchange)
    assert (exchange.pieces, body.closed) == ([b"one", b"two"], 1)


def test_a_client_that_leaves_ends_the_body() -> None:
    body = Body(b"one", b"two", LookupError("is not asked for"))
    answered(giving(body), FakeExchange(broken=True))
    assert body.closed == 1


def echo(environ: Any, start_response: Any) -> Any:
    start_response("200 OK", TEXT)
    return [environ["wsgi.input"].read()]


def test_a_short_body_is_read_before_a_thread_is_taken() -> None:
    exchange = answered(echo, FakeExchange(chunks=[b"ab", b"c"]), CONTENT_LENGTH="3")
    assert (exchange.body, exchange.read) == (b"abc", 1)


def test_a_request_without_a_body_reads_none() -> None:
    exchange = answered(echo, FakeExchange(chunks=[b"never"]))
    assert (exchange.body, exchange.read) == (b"", 0)


LONG = [b"ab", b"cd", b"e\nfg", b"h", b"x" * SHORT, b"never", b"never"]
ANNOUNCED = {"CONTENT_LENGTH": str(sum(map(len, LONG)))}
CHUNKED = {"HTTP_TRANSFER_ENCODING": "chunked"}


@pytest.mark.parametrize(("head", "begun"), [(ANNOUNCED, 0), (CHUNKED, 5)])
def test_a_long_body_is_read_by_the_application_and_only_as_far_as_it_wants(
    head: dict[str, str], begun: int
) -> None:
    def two(environ: Any, start_response: Any) -> Any:
        start_response("200 OK", TEXT)
        stream = environ["wsgi.input"]
        return [stream.read(3) + b"|" + stream.readline(4) + b"|" + stream.read(2)]

    exchange = answered(two, FakeExchange(chunks=LONG), **head)
    assert (exchange.body, exchange.read) == (b"abc|de\n|fg", max(begun, 3))

    refusing = answered(giving([b"no"], "413 Too long"), FakeExchange(chunks=LONG), **head)
    assert (refusing.status, refusing.read) == (413, begun)


@pytest.mark.parametrize("head", [ANNOUNCED, CHUNKED])
def test_a_long_body_is_read_to_its_end(head: dict[str, str]) -> None:
    assert answered(echo, FakeExchange(chunks=LONG), **head).body == b"".join(LONG)


def test_a_line_loses_nothing_of_what_follows() -> None:
    def lines(environ: Any, start_response: Any) -> Any:
        start_response("200 OK", TEXT)
        stream = environ["wsgi.input"]
        parts = [stream.readline(2), stream.readline(3), stream.readline(), stream.read()]
        return [b"|".join(parts)]

    exchange = answered(lines, FakeExchange(chunks=LONG), **ANNOUNCED)
    assert exchange.body == b"ab|cde|\n|" + b"".join(LONG)[6:]


@pytest.mark.parametrize("length", [10, SHORT + 10])
def test_a_body_that_breaks_off_is_not_taken_for_the_whole(length: int) -> None:
    def form(environ: Any, start_response: Any) -> Any:
        try:
            environ["wsgi.input"].read()
        except ConnectionError:
            start_response("400 Bad Request", TEXT)
            return [b""]
        raise AssertionError

    exchange = answered(form, FakeExchange(chunks=[b"passwo"]), CONTENT_LENGTH=str(length))
    assert exchange.status == 400


@pytest.mark.parametrize("head", [{"CONTENT_LENGTH": "10"}, CHUNKED])
def test_a_short_body_that_never_comes_ends_the_request(
    monkeypatch: pytest.MonkeyPatch, head: dict[str, str]
) -> None:
    monkeypatch.setattr("shelfhook.web.rsgi.bridge.PATIENCE", 0.01)
    exchange = answered(giving([b"never"]), FakeExchange(chunks=[b"a"], endless=True), **head)
    assert exchange.status == 408


def test_slow_senders_of_long_bodies_hold_few_threads() -> None:
    reading, let_go = threading.Semaphore(0), threading.Event()

    def application(environ: Any, start_response: Any) -> Any:
        if environ["PATH_INFO"] == "/slow":
            reading.release()
            assert let_go.wait(10)
        start_response("200 OK", TEXT)
        return [b""]

    bridge = Bridge(application, LONG_BODIES + 1)

    async def many() -> None:
        slow = [
            asyncio.create_task(
                bridge.answer({"PATH_INFO": "/slow", **ANNOUNCED}, FakeExchange(chunks=LONG))
            )
            for _ in range(3 * LONG_BODIES)
        ]
        for _ in range(LONG_BODIES):
            assert await asyncio.to_thread(reading.acquire, timeout=10)
        quick = FakeExchange()
        await bridge.answer({"PATH_INFO": "/quick"}, quick)
        assert quick.status == 200
        let_go.set()
        await asyncio.gather(*slow)

    run(many())
    bridge.close()


def test_no_more_requests_run_at_once_than_there_are_threads() -> None:
    running, most, guard, full = 0, 0, threading.Lock(), threading.Barrier(2)

    def application(environ: Any, start_response: Any) -> Any:
        nonlocal running, most
        with guard:
            running += 1
            most = max(most, running)
        full.wait(10)  # both threads are at work now
        with guard:
            running -= 1
        start_response("200 OK", TEXT)
        return [b""]

    bridge = Bridge(application, 2)

    async def many() -> None:
        await asyncio.gather(*(bridge.answer({"PATH_INFO": "/"}, FakeExchange()) for _ in range(8)))

    run(many())
    bridge.close()
    assert most == 2
