"""The adapter's stream and its news, against the sandbox and servers that misbehave."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from shelfhook.clock import SystemClock
from shelfhook.errors import HostDown, Refused, Transient
from shelfhook.hosts import bodies
from shelfhook.hosts.komga import KomgaHost, connect, told
from shelfhook.ports import Asked, HostOptions, Sign, Tells, Tiding
from shelfhook.sandbox.options import Options
from shelfhook.sandbox.server import SandboxServer
from tests.hosts.servers import Connection, TinyServer
from tests.hosts.test_streams import CHUNKED, chunk
from tests.support.waiting import Background


@pytest.fixture
def server(tmp_path: Path) -> Iterator[SandboxServer]:
    folder = tmp_path / "Comics"
    folder.mkdir()
    options = Options(folders=(folder,), base_path="/komga", task_status_s=0.05, heartbeat_s=0.05)
    with SandboxServer(options) as running:
        yield running


@pytest.fixture
def komga(server: SandboxServer) -> Iterator[KomgaHost]:
    host = adapter(server.url, server.admin_key)
    yield host
    host.close()


def adapter(url: str, key: str = "key") -> KomgaHost:
    options = HostOptions("mine", "komga", url, api_key=key, retries=0)
    return connect(options, SystemClock(), fraction=lambda: 0.01)


def until(tidings: Iterator[Tiding], sign: Sign) -> list[Tiding]:
    heard = []
    for tiding in tidings:
        heard.append(tiding)
        if tiding.sign is sign:
            return heard
    raise AssertionError(f"it ended without {sign}: {heard}")


def test_it_tells_and_can_be_asked(komga: KomgaHost) -> None:
    tells: Tells = komga
    asked: Asked = komga
    assert callable(tells.tidings)
    assert callable(asked.news)
    assert {"events", "news"} <= komga.capabilities


def test_a_scan_is_heard_from_the_first_book_to_the_last_task(
    server: SandboxServer, komga: KomgaHost
) -> None:
    library = str(server.libraries()[0]["id"])
    tidings = komga.tidings()
    assert next(tidings) == Tiding(Sign.LISTENING)
    for number in range(3):
        server.add_book(library, "Saga", f"Saga {number}")
    server.scan()
    heard = until(tidings, Sign.ADDED)
    heard += until(tidings, Sign.CHANGED)
    heard += until(tidings, Sign.IDLE)
    books = {str(book["id"]) for book in server.books()}
    assert {one.item for one in heard if one.sign is Sign.ADDED} <= books
    assert {one.library for one in heard if one.item} == {library}
    tidings.close()  # type: ignore[attr-defined] # a generator


def test_one_who_is_no_admin_is_told_so_and_hears_of_books(server: SandboxServer) -> None:
    host = adapter(server.url, server.reader_key)
    tidings = host.tidings()
    assert next(tidings) == Tiding(Sign.LISTENING, item=told.NO_ADMIN)
    server.add_book(str(server.libraries()[0]["id"]), "Saga", "Saga 1")
    server.scan()
    assert Sign.BUSY not in {one.sign for one in until(tidings, Sign.ADDED)}
    host.close()


def test_a_wrong_key_is_refused(server: SandboxServer) -> None:
    host = adapter(server.url, "wrong")
    with pytest.raises(Refused, match="the key or the password is wrong"):
        next(host.tidings())
    host.close()


def test_an_end_in_good_order_ends_it_and_a_break_is_worth_another_try(
    server: SandboxServer, komga: KomgaHost
) -> None:
    tidings = komga.tidings()
    next(tidings)
    server.control("DELETE", "/sandbox/streams")
    assert Sign.LISTENING not in {one.sign for one in tidings}
    server.set_faults(sse_break={"events": 1})
    with pytest.raises(Transient, match="broke off"):
        list(komga.tidings())


def serving(*pieces: bytes) -> TinyServer:
    """Answers `/api/v2/users/me`, then a stream that says this and falls silent."""

    def serve(connection: Connection) -> None:
        while request := connection.request():
            if b"/sse/" not in request:
                connection.answer(b'{"email": "a@b.c", "roles": ["ADMIN"]}')
                continue
            connection.sock.sendall(CHUNKED + b"".join(chunk(piece) for piece in pieces))
            connection.request()
            return

    return TinyServer(serve)


def test_silence_is_a_break(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(told, "SILENCE", 0.2)
    with serving(b":\n\n") as server:
        host = adapter(server.url)
        tidings = host.tidings()
        assert next(tidings).sign is Sign.LISTENING
        assert next(tidings).sign is Sign.ALIVE
        with pytest.raises(Transient, match=r"no answer within 0\.2 s"):
            next(tidings)
        assert host.down_until() is None
        host.close()


def test_it_may_tell_more_than_fits_into_the_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bodies, "LARGEST_ANSWER", 500)
    event = b'event:BookAdded\ndata:{"bookId":"B","libraryId":"L"}\n\n'
    with serving(*[event] * 50) as server:
        host = adapter(server.url)
        tidings = host.tidings()
        assert next(tidings).sign is Sign.LISTENING
        assert [next(tidings) for _ in range(50)] == [Tiding(Sign.ADDED, "L", "B")] * 50
        host.close()


def test_unknown_messages_are_told_as_such(server: SandboxServer, komga: KomgaHost) -> None:
    tidings = komga.tidings()
    next(tidings)
    server.control("POST", "/sandbox/events", {"event": "NeverHeard", "data": {"a": 1}})
    assert until(tidings, Sign.UNKNOWN)[-1].item == "NeverHeard"
    server.control("POST", "/sandbox/events", {"event": "BookAdded", "data": {"bookId": "B"}})
    assert until(tidings, Sign.UNKNOWN)[-1].item == "BookAdded"


def test_close_ends_it(server: SandboxServer) -> None:
    host = adapter(server.url, server.admin_key)
    tidings = host.tidings()
    next(tidings)
    reader = Background(lambda: list(tidings))
    host.close()
    with pytest.raises(Transient):
        reader.result(5)
    with pytest.raises(HostDown):
        next(host.tidings())


def test_news_are_those_of_one_library(server: SandboxServer, komga: KomgaHost) -> None:
    library = str(server.libraries()[0]["id"])
    cursor = komga.news(library, "", 10).cursor
    path = Path(server.add_book(library, "Saga", "Saga 1"))
    server.scan()
    found = komga.news(library, cursor, 10)
    book = str(server.books()[0]["id"])
    assert list(found.tidings) == [Tiding(Sign.ADDED, library, book)]
    path.unlink()
    server.scan()
    gone = komga.news(library, found.cursor, 10)
    assert list(gone.tidings) == [Tiding(Sign.REMOVED, library, book)]
    assert list(komga.news(library, gone.cursor, 10).tidings) == []


def test_while_somebody_listens_the_backlog_is_heard_there(
    server: SandboxServer, komga: KomgaHost
) -> None:
    with ThreadPoolExecutor(1) as pool:
        listening = pool.submit(lambda: list(komga.tidings()))
        assert server.wait_streams(1) == 1
        server.control("PUT", "/sandbox/tasks", {"stuck": {"AnalyzeBook": 3}})
        # What is told first may be from before: a job asks until nothing is left.
        assert {komga.backlog(10) for _ in range(3)} & {3}
        assert komga.backlog(10) == 3
        assert server.wait_streams(2, 0.2) == 1
        server.control("DELETE", "/sandbox/streams")
        listening.result(10)
    assert komga.backlog(10) == 3


def test_a_backlog_that_is_waited_for_when_the_stream_ends_is_asked_for_anew(
    server: SandboxServer, tmp_path: Path
) -> None:
    with SandboxServer(Options(books=1, task_status_s=0.5)) as slow:
        host = adapter(slow.url, slow.admin_key)
        with ThreadPoolExecutor(2) as pool:
            listening = pool.submit(lambda: list(host.tidings()))
            assert slow.wait_streams(1) == 1
            waiting = pool.submit(host.backlog, 20)
            slow.control("DELETE", "/sandbox/streams")
            listening.result(10)
            assert waiting.result(20) == 0
        host.close()
