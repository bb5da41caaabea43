"""A stream on a loop of the test's own, with a client whose line the test clogs."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from typing import Any

import pytest

from shelfhook.model import Job, Role
from shelfhook.store import Store
from shelfhook.web.context import EXTENSION, Web
from shelfhook.web.lean import Application
from shelfhook.web.live.clients import Client, JobClient
from shelfhook.web.live.hub import Hub
from shelfhook.web.live.messages import job_key, of_job
from shelfhook.web.live.service import JUDGE_EVERY, Live
from shelfhook.web.rsgi.bridge import Bridge
from shelfhook.web.rsgi.errands import Errands
from shelfhook.web.rsgi.lines import Line
from shelfhook.web.rsgi.streams import Streams
from tests.web import desk
from tests.web.live.listening import inbox, kinds
from tests.web.rsgi.exchanges import FakeExchange, run


class AtOnce:
    """Errands that are run where they are left."""

    def leave(self, errand: Any) -> None:
        errand()


class Slow(Line):
    """A line that the test clogs."""

    def __init__(self) -> None:
        super().__init__(None, None)
        self.full = False
        self.alive = True

    def answers(self, now: float) -> bool:
        return self.alive

    def clogged(self) -> bool:
        return self.full


@pytest.fixture
def web(app: Application) -> Web:
    found = app.extensions[EXTENSION]
    assert isinstance(found, Web)
    return found


@pytest.fixture
def job(store: Store, clock: desk.BusyClock) -> Job:
    return desk.run(store, clock)


@pytest.fixture
def live(web: Web) -> Live:
    return Live(web, AtOnce(), Hub(10, lambda call: call()))


@pytest.fixture
def streams(web: Web, live: Live, app: Application) -> Iterator[Streams]:
    bridge = Bridge(app.wsgi_app, 1)
    yield Streams(web, live, bridge)
    bridge.close()


def test_a_slow_client_gets_the_latest_when_it_reads_again(
    streams: Streams, live: Live, store: Store, job: Job, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("shelfhook.web.rsgi.streams.SLOW_LOOK", 0.001)

    async def story() -> bytes:
        line, exchange = Slow(), FakeExchange()
        client = JobClient(job_key(job.num), {}, None)
        live.hub.join(client, 0.0)
        client.begin(of_job(job, 0.0))
        gone: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        feeding = asyncio.create_task(
            streams._feed(client, exchange.response_stream(200, []), gone, line)
        )
        while not exchange.pieces:
            await asyncio.sleep(0)
        line.full = True
        for limit in range(1, 100):
            store.jobs.mark(job.num, limit=limit)
            live.hub.publish([of_job(store.jobs.get(job.id), 0.0)], 1.0)
            await asyncio.sleep(0)
        assert len(exchange.pieces) == 1
        line.full = False
        while len(exchange.pieces) == 1:
            await asyncio.sleep(0.001)
        gone.set_result(None)
        client.close()
        await feeding
        return exchange.pieces[1]

    sent = run(story())
    assert kinds(sent) == ["progress"]
    assert json.loads(sent.partition(b"data: ")[2])["limit"] == 99


def test_a_slow_client_does_not_hold_up_the_end(
    streams: Streams, live: Live, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("shelfhook.web.rsgi.streams.SLOW_LOOK", 0.001)

    async def story() -> None:
        line = Slow()
        line.full = True
        client = Client(("inbox",), {})
        live.hub.join(client, 0.0)
        live.hub.publish([inbox(1)], 1.0)
        gone: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        transport = FakeExchange().response_stream(200, [])
        feeding = asyncio.create_task(streams._feed(client, transport, gone, line))
        await asyncio.sleep(0)
        live.hub.close()
        await feeding

    run(story())


def test_a_client_that_never_reads_gives_its_seat_up(
    streams: Streams, live: Live, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("shelfhook.web.rsgi.streams.SLOW_LOOK", 0.001)

    async def story() -> FakeExchange:
        line, exchange = Slow(), FakeExchange()
        line.full, line.alive = True, False
        client = Client(("inbox",), {})
        live.hub.join(client, 0.0)
        live.hub.publish([inbox(1)], 1.0)
        gone: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        await streams._feed(client, exchange.response_stream(200, []), gone, line)
        return exchange

    assert run(story()).pieces == []


def environ(path: str, token: str = desk.TOKEN, query: str = "") -> dict[str, Any]:
    return {
        "REQUEST_METHOD": "GET",
        "SCRIPT_NAME": "",
        "PATH_INFO": path,
        "QUERY_STRING": query,
        "SERVER_NAME": "test",
        "SERVER_PORT": "80",
        "HTTP_AUTHORIZATION": f"Bearer {token}",
        "wsgi.url_scheme": "http",
    }


def test_a_client_that_leaves_gives_its_seat_back(
    streams: Streams, live: Live, web: Web, job: Job
) -> None:
    async def story() -> FakeExchange:
        # The tailer's thread begins with the client: it must come by the loop as in earnest.
        live._errands = Errands(asyncio.get_running_loop())
        exchange = FakeExchange()
        asked = environ("/api/v1/live", query="topics=inbox")
        answering = asyncio.create_task(streams.answer(asked, exchange, "127.0.0.1:1"))
        while not exchange.pieces:
            await asyncio.sleep(0.001)
        assert len(live.hub) == 1
        exchange.left.set()
        await answering
        return exchange

    exchange = run(story())
    assert len(live.hub) == 0
    assert exchange.pieces[0].startswith(b"retry: ")
    live.close()


def test_when_the_server_stops_who_comes_is_told_to_come_back(
    streams: Streams, live: Live, job: Job
) -> None:
    async def story() -> FakeExchange:
        live.close()
        exchange = FakeExchange()
        await streams.answer(environ(f"/api/jobs/{job.id}/events"), exchange, "127.0.0.1:1")
        return exchange

    exchange = run(story())
    assert (exchange.status, exchange.headers["Retry-After"]) == (503, "2")


def test_a_token_that_is_taken_back_ends_its_streams_within_a_minute(
    live: Live, store: Store, clock: desk.BusyClock
) -> None:
    (_, kept), (lost, other) = (
        store.tokens.create(name, Role.VIEWER, None, "x", clock.now()) for name in ("kept", "lost")
    )
    good, bad = (Client(("inbox",), environ("/api/live", token)) for token in (kept, other))
    for client in (good, bad):
        live.hub.join(client, clock.monotonic())
    store.tokens.revoke(lost.id, clock.now())
    began = clock.monotonic()
    while not bad.closed:
        clock.advance(0.2)
        live._round([])
        assert clock.monotonic() - began < 60
    assert clock.monotonic() - began >= JUDGE_EVERY - 1
    assert not good.closed


def test_a_store_that_is_away_silences_the_heartbeats(live: Live, clock: desk.BusyClock) -> None:
    client = Client(("inbox",), {})
    live.hub.join(client, clock.monotonic())
    clock.advance(60)
    live._round(None)
    assert not client.holds
    live._round([])
    assert client.holds
