"""Over real sockets, because connections and deadlines are what this room is about."""

from __future__ import annotations

import errno
import gzip
import io
import shutil
import ssl
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from urllib3.exceptions import InsecureRequestWarning

from shelfhook.clock import SystemClock
from shelfhook.errors import HostDown, Permanent, Transient
from shelfhook.hosts import bodies
from shelfhook.hosts.calls import Answer, Call, Route
from shelfhook.hosts.limits import Deadline
from shelfhook.hosts.transport import Transport
from tests.hosts.servers import Connection, TinyServer, always

GET = Call("GET", "/books/1", "/books/{id}")
PATCH = Call("PATCH", "/books/1", "/books/{id}", b'{"title":"x"}')

Make = Callable[..., Transport]


@pytest.fixture
def make() -> Iterator[Make]:
    made: list[Transport] = []

    def build(url: str, **route: object) -> Transport:
        made.append(Transport(Route("komga", url, **route), SystemClock()))  # type: ignore[arg-type]
        return made[-1]

    yield build
    for transport in made:
        transport.close()


def send(transport: Transport, call: Call = GET, seconds: float = 10.0) -> Answer:
    return transport.send(call, {"X-Test": "1"}, Deadline(SystemClock(), seconds))


def test_an_answer_is_read_whole(make: Make) -> None:
    with TinyServer(always(b'{"id":"1"}', headers="X-Seen: yes\r\n")) as server:
        answer = send(make(server.url))
    assert (answer.status, answer.body, answer.headers["x-seen"]) == (200, b'{"id":"1"}', "yes")


def test_headers_and_body_leave_in_one_write(make: Make) -> None:
    first: list[bytes] = []

    def serve(connection: Connection) -> None:
        first.append(connection.sock.recv(65536))
        connection.answer(b"")

    with TinyServer(serve) as server:
        send(make(server.url), PATCH)
    assert first[0].startswith(b"PATCH /books/1 HTTP/1.1\r\n")
    assert b"X-Test: 1\r\n" in first[0]
    assert first[0].endswith(b'\r\n\r\n{"title":"x"}')


def test_a_thread_keeps_its_connection_and_shares_it_with_none(make: Make) -> None:
    with TinyServer(always()) as server:
        transport = make(server.url)
        for call in (GET, PATCH, GET):
            send(transport, call)
        assert server.accepted == 1
        with ThreadPoolExecutor(1) as pool:
            pool.submit(send, transport).result(10)
        assert server.accepted == 2


def test_a_connection_that_the_server_closed_meanwhile_is_replaced(make: Make) -> None:
    closed = threading.Event()

    def serve(connection: Connection) -> None:
        connection.request()
        connection.answer()
        connection.sock.close()
        closed.set()

    with TinyServer(serve) as server:
        transport = make(server.url)
        for _ in range(2):
            closed.clear()
            assert send(transport).status == 200
            assert closed.wait(10)
        assert server.accepted == 2


def test_connections_of_dead_threads_are_closed_when_the_next_thread_comes(make: Make) -> None:
    ended = threading.Event()

    def serve(connection: Connection) -> None:
        while connection.request():
            connection.answer()
        if connection.number == 1:
            ended.set()

    with TinyServer(serve) as server:
        transport = make(server.url)
        worker = threading.Thread(target=send, args=(transport,))
        worker.start()
        worker.join()
        send(transport)
        assert ended.wait(10)


@pytest.mark.parametrize(
    ("start", "drop"),
    [
        (b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n", b"x"),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", b"1\r\nx\r\n"),
        (b"HTTP/1.1 200 OK\r\n", b"X-More: 1\r\n"),
        (b"HTTP/1.1 200 OK\r\nX-Long: ", b"x"),
        (b"", b"H"),
    ],
    ids=["body", "chunks", "headers", "one header", "status line"],
)
def test_a_server_that_trickles_for_ever_is_cut_off_at_the_deadline(
    make: Make, start: bytes, drop: bytes
) -> None:
    def serve(connection: Connection) -> None:
        connection.request()
        connection.trickle(start, drop)

    with TinyServer(serve) as server:
        begun = time.monotonic()
        with pytest.raises(Transient, match=r"no complete answer within 0\.3 s") as caught:
            send(make(server.url), seconds=0.3)
        assert 0.25 < time.monotonic() - begun < 3.0
    assert caught.value.overload


def test_trickling_over_tls_is_cut_off_as_well(make: Make, certificate: Path) -> None:
    def serve(connection: Connection) -> None:
        connection.request()
        connection.trickle(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n", b"x")

    with TinyServer(serve, tls=tls(certificate)) as server:
        transport = make(server.url, verify=str(certificate))
        with pytest.raises(Transient, match="no complete answer"):
            send(transport, seconds=0.5)


def test_silence_ends_with_the_read_timeout(make: Make) -> None:
    def serve(connection: Connection) -> None:
        connection.request()
        connection.stop.wait()

    with TinyServer(serve) as server:
        transport = make(server.url, read_timeout=0.1)
        with pytest.raises(Transient, match=r"GET /books/1: no answer within 0\.1 s") as caught:
            send(transport)
    assert caught.value.overload


def test_after_a_timeout_the_next_call_has_a_connection_of_its_own(make: Make) -> None:
    def serve(connection: Connection) -> None:
        while connection.request():
            if connection.number == 1:
                connection.stop.wait()
            connection.answer(b'"second"')

    with TinyServer(serve) as server:
        transport = make(server.url, read_timeout=0.1)
        with pytest.raises(Transient):
            send(transport)
        assert send(transport, seconds=10).body == b'"second"'


def test_a_connection_that_breaks_in_the_middle_is_worth_another_try(make: Make) -> None:
    def serve(connection: Connection) -> None:
        connection.request()
        connection.sock.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf")

    with TinyServer(serve) as server, pytest.raises(Transient, match="broke off") as caught:
        send(make(server.url))
    assert not isinstance(caught.value, HostDown)


def test_no_answer_at_all_is_worth_another_try(make: Make) -> None:
    def serve(connection: Connection) -> None:
        connection.request()

    with TinyServer(serve) as server, pytest.raises(Transient, match="broke off"):
        send(make(server.url))


def test_a_port_where_nobody_listens_means_that_the_host_is_down(make: Make) -> None:
    with TinyServer(always()) as server:
        url = server.url
    with pytest.raises(HostDown, match="accepts no connection"):
        send(make(url))


def test_a_name_that_nobody_knows_means_that_the_host_is_down(make: Make) -> None:
    with pytest.raises(HostDown, match=r"the name in http://host\.invalid is not known"):
        send(make("http://host.invalid"))


def test_a_certificate_that_is_not_trusted_is_explained(make: Make, certificate: Path) -> None:
    with (
        TinyServer(always(), tls=tls(certificate)) as server,
        pytest.raises(Permanent, match=r"is not trusted; give the file .* as `verify`"),
    ):
        send(make(server.url))


def test_a_certificate_is_trusted_by_its_file_or_not_looked_at_on_wish(
    make: Make, certificate: Path
) -> None:
    with TinyServer(always(), tls=tls(certificate)) as server:
        assert send(make(server.url, verify=str(certificate))).status == 200
        with pytest.warns(InsecureRequestWarning):
            assert send(make(server.url, verify=False)).status == 200


def test_compressed_and_chunked_answers_are_unpacked(make: Make) -> None:
    packed = gzip.compress(b'{"id":"1"}')

    def serve(connection: Connection) -> None:
        connection.request()
        connection.sock.sendall(
            b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n\r\n"
            + f"{len(packed):x}\r\n".encode()
            + packed
            + b"\r\n0\r\n\r\n"
        )

    with TinyServer(serve) as server:
        assert send(make(server.url)).body == b'{"id":"1"}'


def test_interim_answers_are_passed_over(make: Make) -> None:
    def serve(connection: Connection) -> None:
        while connection.request():
            connection.sock.sendall(b"HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n")
            connection.sock.sendall(b"HTTP/1.1 100 Continue\r\n\r\n")
            connection.answer(b'"done"')

    with TinyServer(serve) as server:
        transport = make(server.url)
        assert [send(transport).body for _ in range(2)] == [b'"done"'] * 2
        assert server.accepted == 1


def test_an_answer_without_a_length_ends_with_its_connection(make: Make) -> None:
    def serve(connection: Connection) -> None:
        connection.request()
        connection.sock.sendall(b"HTTP/1.0 200 OK\r\n\r\nto the end")

    with TinyServer(serve) as server:
        transport = make(server.url)
        assert [send(transport).body for _ in range(2)] == [b"to the end"] * 2
        assert server.accepted == 2


def test_another_protocol_is_no_answer(make: Make) -> None:
    def serve(connection: Connection) -> None:
        connection.request()
        connection.sock.sendall(b"HTTP/3.0 200 OK\r\n\r\n")

    with TinyServer(serve) as server, pytest.raises(Transient):
        send(make(server.url))


def test_an_answer_that_would_fill_the_memory_is_refused(
    make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bodies, "LARGEST_ANSWER", 1000)
    bomb = gzip.compress(b"x" * 1_000_000)
    with (
        TinyServer(always(bomb, headers="Content-Encoding: gzip\r\n")) as server,
        pytest.raises(Permanent, match="too large"),
    ):
        send(make(server.url))


def test_a_full_disk_is_not_taken_for_a_broken_connection(make: Make) -> None:
    class FullDisk(io.BytesIO):
        def write(self, data: object, /) -> int:
            raise OSError(errno.ENOSPC, "No space left on device")

    with (
        TinyServer(always(b"x" * 1_000_000)) as server,
        pytest.raises(Permanent, match="cannot be stored here: No space left on device"),
    ):
        make(server.url).send(GET, {}, Deadline(SystemClock(), 10.0), FullDisk())


def test_only_a_success_is_written_elsewhere(make: Make) -> None:
    file = io.BytesIO(b"before")
    with TinyServer(always(b"no", status="404 Not Found")) as server:
        answer = make(server.url).send(GET, {}, Deadline(SystemClock(), 10.0), file)
    assert (answer.body, answer.streamed, file.getvalue()) == (b"no", 0, b"before")


def test_a_proxy_is_used_if_it_is_given(make: Make) -> None:
    lines: list[bytes] = []

    def serve(connection: Connection) -> None:
        while request := connection.request():
            lines.append(request.partition(b"\r\n")[0])
            connection.answer()

    with TinyServer(serve) as proxy:
        send(make("http://komga.invalid:25600/base", proxy=proxy.url))
    assert lines == [b"GET http://komga.invalid:25600/base/books/1 HTTP/1.1"]


def test_a_proxy_of_the_environment_is_not(make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:1")
    with TinyServer(always()) as server:
        assert send(make(server.url)).status == 200


def test_a_proxy_that_is_not_there_is_named_without_its_password(make: Make) -> None:
    with TinyServer(always()) as server:
        address = server.url.removeprefix("http://")
    transport = make("http://komga.invalid", proxy=f"http://user:s3cret@{address}")
    with pytest.raises(HostDown, match="the proxy cannot be reached") as caught:
        send(transport)
    assert "s3cret" not in str(caught.value) + repr(caught.value.__cause__)


def test_a_closed_transport_sends_nothing_more(make: Make) -> None:
    with TinyServer(always()) as server:
        transport = make(server.url)
        send(transport)
        transport.close()
        with pytest.raises(HostDown, match="has closed"):
            send(transport)
        assert server.accepted == 1


@pytest.fixture(scope="session")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A key and a certificate that it signed itself, for 127.0.0.1, made for this run."""
    openssl = shutil.which("openssl")
    if openssl is None:
        pytest.skip("openssl is not installed; it makes the certificate")
    file = tmp_path_factory.mktemp("tls") / "localhost.pem"
    made = [openssl, "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1"]
    made += ["-nodes", "-days", "2", "-subj", "/CN=127.0.0.1"]
    made += ["-addext", "subjectAltName=IP:127.0.0.1"]
    made += ["-keyout", str(file), "-out", f"{file}.crt"]
    subprocess.run(made, check=True, capture_output=True, timeout=60)
    with file.open("a") as both:
        both.write(Path(f"{file}.crt").read_text())
    return file


def tls(certificate: Path) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    return context
