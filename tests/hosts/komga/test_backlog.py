"""How much Komga still has to do, asked of the sandbox and of servers that misbehave."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from shelfhook.clock import SystemClock
from shelfhook.hosts.komga import KomgaHost, connect
from shelfhook.ports import HostOptions
from shelfhook.sandbox.options import Options
from shelfhook.sandbox.server import SandboxServer
from tests.hosts.servers import Connection, TinyServer, always
from tests.hosts.test_streams import CHUNKED, chunk, silent


@pytest.fixture(scope="module")
def server() -> Iterator[SandboxServer]:
    options = Options(books=20, base_path="/komga", task_status_s=0.05, heartbeat_s=0.02)
    with SandboxServer(options) as running:
        yield running


@pytest.fixture(autouse=True)
def at_rest(server: SandboxServer) -> Iterator[None]:
    yield
    server.set_faults()
    server.control("PUT", "/sandbox/tasks", {"stuck": {}, "paused": False})
    assert server.wait_idle()


@pytest.fixture
def komga(server: SandboxServer) -> Iterator[KomgaHost]:
    host = adapter(server.url, server.admin_key)
    yield host
    host.close()


def adapter(url: str, key: str = "key", **more: object) -> KomgaHost:
    options = HostOptions("mine", "komga", url, api_key=key, **more)  # type: ignore[arg-type]
    return connect(options, SystemClock(), fraction=lambda: 0.01)


def test_a_server_at_rest_has_nothing_left_to_do(komga: KomgaHost) -> None:
    assert komga.backlog(10) == 0


def test_commands_count_until_they_are_done(server: SandboxServer, komga: KomgaHost) -> None:
    server.control("PUT", "/sandbox/tasks", {"paused": True})
    for book in server.books()[:3]:
        komga.command("book", str(book["id"]), "analyze")
        komga.command("book", str(book["id"]), "refresh")
    assert komga.backlog(10) == 6
    server.control("PUT", "/sandbox/tasks", {"paused": False})
    assert server.wait_idle()
    assert komga.backlog(10) == 0


def test_what_may_lie_there_for_weeks_does_not_count(
    server: SandboxServer, komga: KomgaHost
) -> None:
    stuck = {"HashBook": 9, "FindBooksToConvert": 1, "AggregateSeriesMetadata": 2}
    server.control("PUT", "/sandbox/tasks", {"stuck": stuck})
    assert komga.backlog(10) == 2


def test_a_reader_is_never_told(server: SandboxServer) -> None:
    host = adapter(server.url, server.reader_key)
    assert host.backlog(0.3) is None
    host.close()


def test_other_events_and_broken_ones_are_passed_over(
    server: SandboxServer, komga: KomgaHost
) -> None:
    server.control("PUT", "/sandbox/tasks", {"stuck": {"AnalyzeBook": 1}})
    with ThreadPoolExecutor(1) as pool:
        told = pool.submit(komga.backlog, 10)
        for name in ("BookAdded", "Unheard", "TaskQueueStatus"):
            body = {"event": name, "data": {"countByType": 7}}
            server.control("POST", "/sandbox/events", body)
        assert told.result(10) == 1


@pytest.mark.parametrize("seconds", [0.0, 0.1])
def test_no_longer_than_asked_for(seconds: float) -> None:
    with TinyServer(silent) as quiet:
        host = adapter(quiet.url)
        begun = time.monotonic()
        assert host.backlog(seconds) is None
        assert time.monotonic() - begun < 5.0
        host.close()


def test_the_session_is_the_adapters_own(server: SandboxServer, komga: KomgaHost) -> None:
    before = server.status()["authentications"]
    assert komga.backlog(10) == 0
    komga.whoami()
    assert komga.backlog(10) == 0
    after = server.status()["authentications"]
    assert after["fresh"] - before["fresh"] == 1
    assert after["reused"] - before["reused"] == 2


def test_an_old_server_is_asked_with_the_key_alone(server: SandboxServer, komga: KomgaHost) -> None:
    komga.whoami()
    server.set_faults(empty_200_with_key_and_cookie=True)
    assert komga.backlog(10) == 0
    assert server.faults()["fired"] == {"empty_200_with_key_and_cookie": 1}


def test_others_work_on_meanwhile() -> None:
    with SandboxServer(Options(books=1)) as small, ThreadPoolExecutor(1) as pool:
        host = adapter(small.url, small.admin_key, budget=1, total_timeout=5)
        waiting = pool.submit(host.backlog, 60)
        try:
            assert small.wait_streams(1) == 1
            assert host.whoami().admin
            assert not waiting.done()
        finally:
            host.close()
        assert waiting.result(5) is None


def test_streams_that_end_do_not_speak_against_the_server(
    server: SandboxServer, komga: KomgaHost
) -> None:
    server.set_faults(sse_break={"events": 0})
    assert [komga.backlog(10) for _ in range(6)] == [None] * 6
    server.set_faults(drop_connection={"path": "*/sse/*"})
    assert [komga.backlog(10) for _ in range(6)] == [None] * 6
    assert komga.down_until() is None
    assert komga.overloads() == 0


def test_a_server_that_is_down_tells_nothing_and_nothing_is_raised(
    server: SandboxServer, komga: KomgaHost
) -> None:
    server.set_faults(offline=True)
    assert komga.backlog(10) is None
    assert not komga.check().ok
    assert komga.backlog(10) is None
    with TinyServer(silent) as gone:
        host = adapter(gone.url)
    assert host.backlog(10) is None
    host.close()


@pytest.mark.parametrize("status", ["401 No", "403 No", "404 No", "429 No", "500 No", "302 Away"])
def test_whatever_the_server_answers_nothing_is_raised(status: str) -> None:
    with TinyServer(always(status=status)) as server:
        host = adapter(server.url)
        assert host.backlog(10) is None
        host.close()


def test_a_web_page_tells_nothing() -> None:
    with TinyServer(always(b"<html>", headers="Content-Type: text/html\r\n")) as server:
        host = adapter(server.url)
        assert host.backlog(10) is None
        host.close()


def test_the_connection_is_closed_as_soon_as_it_is_told() -> None:
    ended = threading.Event()
    requests: list[bytes] = []

    def serve(connection: Connection) -> None:
        requests.append(connection.request())
        connection.sock.sendall(
            CHUNKED
            + chunk(b":\r\n\r\nevent:BookChanged\r\ndata:{}\r\n\r\nevent:TaskQueue")
            + chunk(b'Status\r\ndata:{"count":3,\r\ndata:"countByType":{"AnalyzeBook":3}}\r')
            + chunk(b"\n\r\n")
        )
        connection.request()
        ended.set()

    with TinyServer(serve) as server:
        host = adapter(f"{server.url}/base")
        assert host.backlog(10) == 3
        assert ended.wait(10)
        host.close()
    (request,) = requests
    assert request.startswith(b"GET /base/sse/v1/events HTTP/1.1\r\n")
    assert b"\r\nAccept: text/event-stream\r\n" in request
    assert b"\r\nX-API-Key: key\r\n" in request


def test_close_ends_the_wait_at_once_and_later_nothing_is_told() -> None:
    begun = threading.Event()

    def serve(connection: Connection) -> None:
        begun.set()
        silent(connection)

    with TinyServer(serve) as server, ThreadPoolExecutor(2) as pool:
        host = adapter(server.url)
        waiting = [pool.submit(host.backlog, 60) for _ in range(2)]
        assert begun.wait(10)
        host.close()
        assert [one.result(5) for one in waiting] == [None, None]
        assert host.backlog(60) is None
