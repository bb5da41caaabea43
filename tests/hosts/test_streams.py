"""Answers that go on, over real sockets: how they are read, ended and cut off."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from pathlib import Path

import pytest

from shelfhook.clock import SystemClock
from shelfhook.errors import HostDown, Permanent, Refused, Transient
from shelfhook.hosts import bodies
from shelfhook.hosts.calls import Answer, Call
from shelfhook.hosts.client import Client
from shelfhook.ports import HostOptions
from tests.hosts.servers import Connection, Serve, TinyServer, always
from tests.hosts.test_client import PlainDialect
from tests.hosts.test_transport import certificate, tls

__all__ = ["certificate"]  # a fixture

STREAM = Call("GET", "/events", "/events", accept="text/event-stream")
ASK = Call("GET", "/books", "/books")
CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"

Make = Callable[..., Client]


@pytest.fixture
def make() -> Iterator[Make]:
    made: list[Client] = []

    def build(server: TinyServer, dialect: PlainDialect | None = None, **more: object) -> Client:
        given = HostOptions("mine", "test", server.url, **{"retries": 0, **more})  # type: ignore[arg-type]
        made.append(Client(given, dialect or PlainDialect(), SystemClock()))
        return made[-1]

    yield build
    for client in made:
        client.close()


def chunk(piece: bytes) -> bytes:
    return b"%x\r\n%b\r\n" % (len(piece), piece)


def streaming(*pieces: bytes, ended: threading.Event | None = None) -> Serve:
    """Answers the path of the stream with these pieces and then silence, all others as usual."""

    def serve(connection: Connection) -> None:
        while request := connection.request():
            if not request.startswith(b"GET /events "):
                connection.answer()
                continue
            connection.sock.sendall(CHUNKED + b"".join(map(chunk, pieces)))
            connection.request()  # until the client hangs up
            if ended is not None:
                ended.set()
            return

    return serve


def silent(connection: Connection) -> None:
    """Takes the request and says nothing, not even a status."""
    connection.request()
    connection.request()


def started(read: Callable[[], object]) -> threading.Thread:
    thread = threading.Thread(target=read)
    thread.start()
    return thread


@pytest.mark.parametrize(
    "head",
    [
        CHUNKED,
        b"HTTP/1.1 200 OK\r\n\r\n",
        b"HTTP/1.0 200 OK\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 99999\r\n\r\n",
    ],
    ids=["chunked", "to the end", "HTTP/1.0", "a length"],
)
def test_each_piece_is_there_as_soon_as_it_comes(make: Make, head: bytes) -> None:
    asked = threading.Event()

    def serve(connection: Connection) -> None:
        frame = chunk if head == CHUNKED else bytes
        connection.request()
        connection.sock.sendall(head + frame(b"first"))
        assert asked.wait(10)
        connection.sock.sendall(frame(b"second"))
        connection.request()

    with TinyServer(serve) as server, closing(make(server).listen(STREAM, 10)) as pieces:
        assert next(pieces) == b"first"
        asked.set()
        assert next(pieces) == b"second"


def test_closing_hangs_up_at_once_and_leaves_the_threads_own_connection(make: Make) -> None:
    ended = threading.Event()
    with TinyServer(streaming(b"first", ended=ended)) as server:
        client = make(server)
        client.ask(ASK)
        with closing(client.listen(STREAM, 10)) as pieces:
            assert next(pieces) == b"first"
            assert not ended.is_set()
        assert ended.wait(10)
        client.ask(ASK)
        assert server.accepted == 2


def test_an_end_in_good_order_ends_the_pieces(make: Make) -> None:
    def serve(connection: Connection) -> None:
        connection.request()
        connection.sock.sendall(CHUNKED + chunk(b"all") + chunk(b""))
        connection.request()

    with TinyServer(serve) as server:
        assert list(make(server).listen(STREAM, 10)) == [b"all"]


def test_an_end_in_the_middle_is_worth_another_try(make: Make) -> None:
    def serve(connection: Connection) -> None:
        connection.request()
        connection.sock.sendall(CHUNKED + b"ff\r\nhalf")

    with TinyServer(serve) as server, closing(make(server).listen(STREAM, 10)) as pieces:
        assert next(pieces) == b"half"
        with pytest.raises(Transient, match="GET /events: the connection broke off"):
            next(pieces)


def trickling(connection: Connection) -> None:
    connection.request()
    connection.trickle(CHUNKED, chunk(b":"))


@pytest.mark.parametrize("serve", [silent, streaming(b"x"), trickling])
def test_it_ends_at_its_deadline_however_long_the_host_would_go_on(
    make: Make, serve: Serve
) -> None:
    with TinyServer(serve) as server:
        begun = time.monotonic()
        with pytest.raises(Transient):
            list(make(server).listen(STREAM, 0.2))
        assert 0.15 < time.monotonic() - begun < 5.0


def test_silence_may_last_longer_than_the_read_timeout(make: Make) -> None:
    def serve(connection: Connection) -> None:
        connection.request()
        connection.stop.wait(0.2)  # as Komga, which sends no headers before the first event
        connection.sock.sendall(CHUNKED)
        connection.stop.wait(0.2)
        connection.sock.sendall(chunk(b"late") + chunk(b""))
        connection.request()

    with TinyServer(serve) as server:
        client = make(server, read_timeout=0.05, total_timeout=0.1)
        assert list(client.listen(STREAM, 10)) == [b"late"]


def test_it_takes_no_place_in_the_budget(make: Make) -> None:
    with TinyServer(streaming(b"x")) as server:
        client = make(server, budget=1, total_timeout=5)
        with closing(client.listen(STREAM, 10)) as pieces:
            next(pieces)
            assert client.ask(ASK) == {}


@pytest.mark.parametrize("serve", [streaming(), always(status="500 Oh", body=b"busy"), silent])
def test_however_it_ends_it_says_nothing_about_the_host(make: Make, serve: Serve) -> None:
    with TinyServer(serve) as server:
        client = make(server)
        for _ in range(6):
            with pytest.raises(Transient):
                list(client.listen(STREAM, 0.02))
        assert client.down_until() is None
        assert client.overloads() == 0


def test_it_is_not_tried_while_the_breaker_is_open(make: Make) -> None:
    with TinyServer(always(status="503 Away")) as server:
        client = make(server)
        for _ in range(4):
            with pytest.raises(Transient):
                client.ask(ASK)
        accepted = server.accepted
        with pytest.raises(HostDown, match="next try in"):
            next(client.listen(STREAM, 10))
        assert server.accepted == accepted


def test_a_refusal_is_told_in_the_hosts_words(make: Make) -> None:
    with TinyServer(always(b"no admin", status="403 Forbidden")) as server:
        client = make(server)
        with pytest.raises(Refused, match="GET /events answered 403: no admin"):
            next(client.listen(STREAM, 10))


def test_a_host_that_would_fill_the_memory_is_left(
    make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bodies, "LARGEST_ANSWER", 1000)
    ended = threading.Event()
    with TinyServer(streaming(b"x" * 600, b"x" * 600, ended=ended)) as server:
        with pytest.raises(Permanent, match="too large"):
            list(make(server).listen(STREAM, 10))
        assert ended.wait(10)


class KeyAlone(PlainDialect):
    """A dialect that gives its session up when it is told nothing."""

    def __init__(self) -> None:
        self.session = True
        self.learned: list[int] = []

    def headers(self) -> Mapping[str, str]:
        return {"Cookie": "S=1"} if self.session else {}

    def learn(self, sent: Mapping[str, str], answer: Answer) -> bool:
        self.learned.append(answer.streamed)
        again = self.session and not answer.streamed
        self.session = not again
        return again


def test_an_answer_without_a_body_may_be_asked_for_again_in_another_way(make: Make) -> None:
    def serve(connection: Connection) -> None:
        while request := connection.request():
            connection.answer(b"" if b"Cookie" in request else b"told")

    dialect = KeyAlone()
    with TinyServer(serve) as server:
        assert list(make(server, dialect).listen(STREAM, 10)) == [b"told"]
        assert server.accepted == 2
    assert dialect.learned == [0, 4]


@pytest.mark.parametrize("serve", [silent, streaming(b"x")], ids=["no answer yet", "amid it"])
@pytest.mark.parametrize("secure", [False, True], ids=["plain", "tls"])
def test_close_wakes_who_reads(make: Make, certificate: Path, serve: Serve, secure: bool) -> None:
    begun, ended = threading.Event(), threading.Event()

    def told(connection: Connection) -> None:
        begun.set()
        serve(connection)

    context = tls(certificate) if secure else None
    with TinyServer(told, tls=context) as server:
        client = make(server, verify=str(certificate))
        ends: list[Exception] = []

        def read() -> None:
            try:
                list(client.listen(STREAM, 60))
            except Transient as error:
                ends.append(error)
            ended.set()

        reader = started(read)
        assert begun.wait(10)
        client.close()
        assert ended.wait(5)
        reader.join()
        assert len(ends) == 1
        with pytest.raises(HostDown, match="has closed"):
            next(client.listen(STREAM, 60))
