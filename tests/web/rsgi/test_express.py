from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import Iterator
from typing import Any

import pytest

from shelfhook.model import Role, Scope
from shelfhook.store import Store
from shelfhook.web.context import EXTENSION, Web
from shelfhook.web.lean import Application
from shelfhook.web.rsgi.body import SHORT
from shelfhook.web.rsgi.bridge import Bridge
from shelfhook.web.rsgi.errands import Errands
from shelfhook.web.rsgi.express import Express
from tests.support.stores import Hold
from tests.web import desk
from tests.web.rsgi.exchanges import FakeExchange, run

SCAN = json.dumps(desk.SCAN).encode()


@pytest.fixture
def web(app: Application) -> Web:
    found = app.extensions[EXTENSION]
    assert isinstance(found, Web)
    found.libraries.translate("komga", "L1")  # read, so that they are fresh
    return found


class Counting(Bridge):
    """Counts what is not answered on the loop."""

    def __init__(self, app: Application) -> None:
        super().__init__(app.wsgi_app, 1)
        self.calls = 0

    async def answer(self, *given: Any) -> None:
        self.calls += 1
        await super().answer(*given)


@pytest.fixture
def bridge(app: Application) -> Iterator[Counting]:
    made = Counting(app)
    yield made
    made.close()


def environ(body: bytes = SCAN, host: str = "komga", **more: str) -> dict[str, Any]:
    return {
        "REQUEST_METHOD": "POST",
        "SCRIPT_NAME": "",
        "PATH_INFO": f"/hooks/{host}",
        "QUERY_STRING": "",
        "SERVER_NAME": "test",
        "SERVER_PORT": "80",
        "wsgi.url_scheme": "http",
        "CONTENT_TYPE": "application/json",
        "CONTENT_LENGTH": str(len(body)),
        "HTTP_X_SHELFHOOK_TOKEN": desk.HOOK_TOKEN,
        "HTTP_WEBHOOK_ID": "one",
        **more,
    }


def deliver(web: Web, bridge: Bridge, asked: dict[str, Any], body: bytes = SCAN) -> FakeExchange:
    async def story() -> FakeExchange:
        exchange = FakeExchange(chunks=[body])
        express = Express(web, bridge, Errands(asyncio.get_running_loop()))
        await express.answer(asked, exchange)
        return exchange

    answered: FakeExchange = run(story())
    return answered


def test_a_delivery_is_answered_on_the_loop_after_its_commit(
    web: Web, bridge: Counting, store: Store
) -> None:
    first = deliver(web, bridge, environ())
    assert (first.status, bridge.calls) == (202, 0)
    assert first.headers["Cache-Control"] == "no-store"
    [event] = store.inbox.page()
    assert json.loads(first.body or b"")["id"] == event.id
    again = deliver(web, bridge, environ())
    assert (again.status, bridge.calls, len(store.inbox.page())) == (200, 0, 1)


def test_a_delivery_is_not_answered_before_its_commit(
    web: Web, bridge: Counting, store: Store
) -> None:
    async def story() -> None:
        exchange = FakeExchange(chunks=[SCAN])
        express = Express(web, bridge, Errands(asyncio.get_running_loop()))
        with Hold(store) as hold:
            answering = asyncio.create_task(express.answer(environ(), exchange))
            for _ in range(50):
                await asyncio.sleep(0)
            assert exchange.status == 0
            hold.let_go()
            await answering
        assert exchange.status == 202

    run(story())


@pytest.mark.parametrize(
    ("asked", "body", "status"),
    [
        (environ(HTTP_X_SHELFHOOK_TOKEN="wrong"), SCAN, 401),
        (environ(host="nobody"), SCAN, 401),
        (environ(b"{"), b"{", 400),
        (environ(), SCAN[:-3], 400),
        (environ(b""), b"", 400),
    ],
)
def test_what_fails_is_answered_by_flask_and_stores_nothing(
    web: Web, bridge: Counting, store: Store, asked: dict[str, Any], body: bytes, status: int
) -> None:
    exchange = deliver(web, bridge, dict(asked), body)
    assert (exchange.status, bridge.calls) == (status, 1)
    assert exchange.headers["Content-Type"] == "application/problem+json"
    assert store.inbox.page() == []


def test_a_token_is_judged_before_the_body_is_read(web: Web, bridge: Counting) -> None:
    exchange = deliver(web, bridge, environ(HTTP_X_SHELFHOOK_TOKEN="wrong"))
    assert (exchange.status, exchange.read) == (401, 0)


def test_a_long_delivery_goes_to_a_thread(web: Web, bridge: Counting) -> None:
    body = SCAN + b" " * SHORT
    exchange = deliver(web, bridge, environ(body), body)
    assert (exchange.status, bridge.calls) == (202, 1)


def test_the_store_is_never_asked_on_the_loop(
    web: Web, bridge: Counting, clock: desk.BusyClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock.advance(10)  # the libraries are to be read again
    asked: list[str] = []
    beats = web.store.status.beats

    def noting() -> Any:
        asked.append(threading.current_thread().name)
        return beats()

    monkeypatch.setattr(web.store.status, "beats", noting)
    assert deliver(web, bridge, environ()).status == 202
    assert bridge.calls == 1
    assert [name.partition("_")[0] for name in asked] == ["web"]


def test_a_store_that_is_closed_is_503(web: Web, bridge: Counting, store: Store) -> None:
    store.writer.close()
    exchange = deliver(web, bridge, environ())
    assert (exchange.status, exchange.headers["Retry-After"]) == (503, "5")


def test_a_store_that_does_not_answer_is_503_and_the_delivery_is_left_undone(
    web: Web, bridge: Counting, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("shelfhook.web.rsgi.express.PATIENCE", 0.01)
    with Hold(store):
        assert deliver(web, bridge, environ()).status == 503
    assert store.inbox.page() == []


def test_what_is_turned_away_is_written_down(web: Web, bridge: Counting, store: Store) -> None:
    deliver(web, bridge, environ(HTTP_X_SHELFHOOK_TOKEN="wrong"))
    deliver(web, bridge, environ(b"{"), b"{")
    web.refusals.flush(wait=True)
    assert sorted((one.host, one.status) for one in store.rejections.page()) == [
        ("komga", 400),
        ("komga", 401),
    ]


@pytest.mark.parametrize("host", ["open", "nobody"])
def test_a_token_of_the_api_is_looked_up_by_a_thread(
    web: Web, bridge: Counting, store: Store, monkeypatch: pytest.MonkeyPatch, host: str
) -> None:
    """Else a stranger, or a database that does not answer, would stop everything."""
    _, secret = store.tokens.create("t", Role.OPERATOR, [Scope.HOOKS], "x", 0)
    asked: list[str] = []
    find = store.tokens.find

    def noting(secret: str, now: float) -> Any:
        asked.append(threading.current_thread().name.partition("_")[0])
        return find(secret, now)

    monkeypatch.setattr(store.tokens, "find", noting)
    calls = []
    for given in (secret, secret, "wrong", desk.TOKEN, ""):
        deliver(web, bridge, environ(host=host, HTTP_X_SHELFHOOK_TOKEN=given))
        calls.append(bridge.calls)
    assert asked == ["web", "web"]
    if host == "open":  # what is known already is answered on the loop
        assert calls == [1, 1, 2, 2, 3]
