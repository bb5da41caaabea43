from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import ExitStack, suppress

import pytest

from shelfhook.web.rsgi.lines import BLIND_BYTES, DEAF, Line, Lines, peer_of
from tests.web.serving import until


class Pair:
    """A connection over TCP, both ends ours; `server` is what we would ask the kernel about."""

    def __init__(self, client: socket.socket, server: socket.socket) -> None:
        self.client = client
        self.server = server
        self.name = "{}:{}".format(*client.getsockname())

    def fill(self) -> None:
        """Until nothing more fits."""
        self.server.setblocking(False)
        try:
            while True:
                self.server.send(b"x" * 65_536)
        except BlockingIOError:
            return


def pair(stack: ExitStack) -> Pair:
    listener = stack.enter_context(socket.create_server(("127.0.0.1", 0)))
    client = stack.enter_context(socket.create_connection(listener.getsockname()))
    server, _ = listener.accept()
    return Pair(client, stack.enter_context(server))


@pytest.fixture
def connection() -> Iterator[Pair]:
    with ExitStack() as stack:
        yield pair(stack)


def test_a_client_that_reads_has_a_free_line(connection: Pair) -> None:
    line = Lines().line(connection.name)
    connection.server.send(b"x")
    assert not line.clogged()


def test_a_client_that_does_not_read_clogs_its_line_until_it_does(connection: Pair) -> None:
    line = Lines().line(connection.name)
    connection.fill()
    assert line.clogged()
    connection.client.setblocking(False)

    def read_all() -> bool:
        with suppress(BlockingIOError):
            connection.client.recv(1 << 20)
        return not line.clogged()

    until(read_all)


def test_a_client_that_confirms_nothing_for_a_minute_is_gone(connection: Pair) -> None:
    line = Lines().line(connection.name)
    connection.fill()
    assert line.answers(0.0)
    assert line.answers(DEAF - 1)
    assert not line.answers(DEAF + 1)


def test_a_client_that_confirms_a_little_is_there_however_slow(connection: Pair) -> None:
    line = Lines().line(connection.name)
    connection.fill()
    assert line.answers(0.0)
    line.sent(10)  # as if so much of what was sent since had been confirmed
    assert line.answers(DEAF + 1)
    assert line.answers(2 * DEAF)
    assert not line.answers(2 * DEAF + 2)


def test_a_client_with_nothing_to_confirm_is_there(connection: Pair) -> None:
    line = Lines().line(connection.name)
    assert line.answers(0.0)
    assert line.answers(10 * DEAF)


def test_asking_leaves_the_connection_open(connection: Pair) -> None:
    Lines().line(connection.name).clogged()
    connection.server.send(b"still there")
    assert connection.client.recv(100) == b"still there"


def test_a_descriptor_that_belongs_to_somebody_else_by_now_is_not_asked(connection: Pair) -> None:
    lines = Lines()
    line = lines.line(connection.name)
    with ExitStack() as stack:
        other = pair(stack)
        other.fill()
        stolen = Line(other.server.fileno(), ("127.0.0.1", 1))
        assert not stolen.clogged()
        assert lines.line(other.name).clogged()
        assert not line.clogged()


@pytest.mark.parametrize("client", ["", "unix", "127.0.0.1:1", "nonsense:x"])
def test_an_unknown_connection_has_an_end_instead(client: str) -> None:
    line = Lines().line(client)
    line.sent(BLIND_BYTES)
    assert (line.clogged(), line.spent) == (False, False)
    line.sent(1)
    assert line.spent


def test_a_known_connection_has_no_end(connection: Pair) -> None:
    line = Lines().line(connection.name)
    line.sent(10 * BLIND_BYTES)
    assert not line.spent


def test_what_is_no_socket_has_no_peer() -> None:
    with open("/dev/null") as file:  # noqa: PTH123 - its descriptor is what we want
        assert peer_of(file.fileno()) is None
    assert peer_of(10_000_000) is None
