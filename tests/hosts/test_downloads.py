"""Files that come over real sockets onto a real disk, and what becomes of them when that fails."""

from __future__ import annotations

import errno
import gzip
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from shelfhook.clock import SystemClock
from shelfhook.errors import Gone, HostDown, Permanent, Transient
from shelfhook.hosts import bodies
from shelfhook.hosts.calls import Call
from shelfhook.hosts.client import Client
from shelfhook.ports import HostOptions
from tests.hosts.servers import Connection, Serve, TinyServer, always
from tests.hosts.test_client import PlainDialect

FILE = Call("GET", "/books/1/file", "/books/{id}/file", entity="book 1", accept="*/*")
ZIP = "Content-Type: application/zip\r\n"
CONTENT = bytes(range(256)) * 4096  # 1 MiB: several pieces

Make = Callable[..., Client]


@pytest.fixture
def make() -> Iterator[Make]:
    made: list[Client] = []

    def build(server: TinyServer, **options: object) -> Client:
        given = HostOptions("mine", "test", server.url, **{"retries": 0, **options})  # type: ignore[arg-type]
        made.append(Client(given, PlainDialect(), SystemClock(), fraction=lambda: 0.0))
        return made[-1]

    yield build
    for client in made:
        client.close()


@pytest.fixture
def target(tmp_path: Path) -> Path:
    return tmp_path / "book.cbz"


def breaks_off(connection: Connection) -> None:
    """Promises a whole file, sends half of it and hangs up."""
    connection.request()
    start = f"HTTP/1.1 200 OK\r\n{ZIP}Content-Length: {len(CONTENT)}\r\n\r\n"
    connection.sock.sendall(start.encode() + CONTENT[: len(CONTENT) // 2])


def breaks_off_in_chunks(connection: Connection) -> None:
    """The same without a length: the last chunk never comes."""
    connection.request()
    start = f"HTTP/1.1 200 OK\r\n{ZIP}Transfer-Encoding: chunked\r\n\r\n{len(CONTENT):x}\r\n"
    connection.sock.sendall(start.encode() + CONTENT + b"\r\n")


def test_a_file_arrives_byte_for_byte(make: Make, target: Path) -> None:
    with TinyServer(always(CONTENT, headers=ZIP)) as server:
        make(server).save(FILE, target)
    assert target.read_bytes() == CONTENT


def test_a_file_may_be_larger_than_any_answer(
    make: Make, target: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bodies, "LARGEST_ANSWER", 1000)
    with TinyServer(always(CONTENT, headers=ZIP)) as server:
        make(server).save(FILE, target)
    assert target.stat().st_size == len(CONTENT)


def test_what_is_there_already_is_overwritten(make: Make, target: Path) -> None:
    target.write_bytes(CONTENT * 2)
    with TinyServer(always(b"PK", headers=ZIP)) as server:
        make(server).save(FILE, target)
    assert target.read_bytes() == b"PK"


def test_a_packed_file_is_unpacked(make: Make, target: Path) -> None:
    headers = f"{ZIP}Content-Encoding: gzip\r\n"
    with TinyServer(always(gzip.compress(CONTENT), headers=headers)) as server:
        make(server).save(FILE, target)
    assert target.read_bytes() == CONTENT


@pytest.mark.parametrize("serve", [breaks_off, breaks_off_in_chunks])
def test_a_file_that_breaks_off_in_the_middle_leaves_nothing_and_may_work_later(
    make: Make, target: Path, serve: Serve
) -> None:
    with TinyServer(serve) as server, pytest.raises(Transient, match="the connection broke off"):
        make(server).save(FILE, target)
    assert list(target.parent.iterdir()) == []


def test_a_second_attempt_begins_the_file_anew(make: Make, target: Path) -> None:
    def serve(connection: Connection) -> None:
        if connection.number == 1:
            breaks_off(connection)
        else:
            always(b"PK", headers=ZIP)(connection)

    with TinyServer(serve) as server:
        make(server, retries=1).save(FILE, target)
    assert target.read_bytes() == b"PK"


def test_a_file_that_always_breaks_off_does_not_shut_the_others_out(
    make: Make, target: Path
) -> None:
    with TinyServer(breaks_off) as server:
        client = make(server, retries=9)
        with pytest.raises(Transient) as caught:
            client.save(FILE, target)
        assert not isinstance(caught.value, HostDown)
        assert client.down_until() is None


def test_a_host_that_falls_silent_in_the_middle_meets_the_read_timeout(
    make: Make, target: Path
) -> None:
    def serve(connection: Connection) -> None:
        connection.request()
        start = f"HTTP/1.1 200 OK\r\n{ZIP}Content-Length: {len(CONTENT)}\r\n\r\n"
        connection.sock.sendall(start.encode() + CONTENT[:1000])
        connection.stop.wait()

    with (
        TinyServer(serve) as server,
        pytest.raises(Transient, match=r"no answer within 0\.1 s") as caught,
    ):
        make(server, read_timeout=0.1).save(FILE, target)
    assert caught.value.overload
    assert not target.exists()


def test_a_host_that_trickles_is_cut_off(make: Make, target: Path) -> None:
    def serve(connection: Connection) -> None:
        connection.request()
        connection.trickle(f"HTTP/1.1 200 OK\r\n{ZIP}Content-Length: 9999\r\n\r\n".encode(), b"x")

    with TinyServer(serve) as server, pytest.raises(Transient, match="no complete answer"):
        make(server, total_timeout=0.3).save(FILE, target)
    assert not target.exists()


def test_a_file_that_keeps_coming_may_take_longer_than_a_call(
    make: Make, target: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bodies, "PIECE", 1000)
    monkeypatch.setattr(bodies, "SLOWEST", 1000)

    def serve(connection: Connection) -> None:
        connection.request()
        connection.sock.sendall(f"HTTP/1.1 200 OK\r\n{ZIP}Content-Length: 20000\r\n\r\n".encode())
        for _ in range(20):
            connection.sock.sendall(b"x" * 1000)
            connection.stop.wait(0.03)

    with TinyServer(serve) as server:
        make(server, total_timeout=0.3).save(FILE, target)
    assert target.stat().st_size == 20_000


@pytest.mark.parametrize(
    ("serve", "error", "words"),
    [
        (always(status="404 Not Found"), Gone, "book 1 is no longer there"),
        (always(status="400 Bad Request"), Permanent, "answered 400"),
        (always(status="503 Unavailable"), Transient, "answered 503"),
        (always(b"<html>", headers="Content-Type: text/html\r\n"), Permanent, "a web page came"),
        (always(b"", headers=ZIP), Permanent, "an empty answer where a file was promised"),
    ],
)
def test_an_answer_that_is_no_file_leaves_none(
    make: Make, target: Path, serve: Serve, error: type[Exception], words: str
) -> None:
    with TinyServer(serve) as server, pytest.raises(error, match=words):
        make(server).save(FILE, target)
    assert list(target.parent.iterdir()) == []


def test_a_place_that_cannot_be_written_is_not_the_hosts_fault(make: Make, tmp_path: Path) -> None:
    with TinyServer(always(CONTENT, headers=ZIP)) as server:
        client = make(server, retries=3)
        with pytest.raises(Permanent, match="cannot be stored here: No such file or directory"):
            client.save(FILE, tmp_path / "nowhere" / "book.cbz")
        assert client.down_until() is None
        assert server.accepted == 0


def test_after_a_failed_download_the_next_call_has_a_clean_connection(
    make: Make, target: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def no_space(into: object, piece: bytes, where: str) -> None:
        raise bodies.not_written(where, OSError(errno.ENOSPC, "No space left on device"))

    with TinyServer(always(b'{"a": 1}' + b" " * 1_000_000)) as server:
        client = make(server, retries=3)
        with monkeypatch.context() as patched:
            patched.setattr(bodies, "_write", no_space)
            with pytest.raises(Permanent, match="cannot be stored here: No space left on device"):
                client.save(FILE, target)
        assert client.ask(Call("GET", "/x", "/x")) == {"a": 1}
        assert client.down_until() is None
    assert not target.exists()


def test_a_picture_is_given_as_it_is(make: Make) -> None:
    with TinyServer(always(b"\xff\xd8...", headers="Content-Type: image/jpeg\r\n")) as server:
        assert make(server).fetch(FILE) == b"\xff\xd8..."


def test_a_picture_is_no_web_page(make: Make) -> None:
    page = always(b"<html>", headers="Content-Type: text/html; charset=utf-8\r\n")
    with TinyServer(page) as server, pytest.raises(Permanent, match="a web page came"):
        make(server).fetch(FILE)
