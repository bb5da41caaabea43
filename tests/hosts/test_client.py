from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor

import pytest
import requests
import responses

from shelfhook.clock import SystemClock
from shelfhook.errors import HostDown, Permanent, Transient
from shelfhook.hosts.calls import Answer, Call
from shelfhook.hosts.client import Client
from shelfhook.ports import Clock, HostOptions
from tests.hosts.servers import Connection, TinyServer
from tests.support.clock import FakeClock

URL = "http://komga.test/base"
GET = Call("GET", "/books/1", "/books/{id}", entity="book 1")


class PlainDialect:
    """A host without peculiarities."""

    def headers(self) -> Mapping[str, str]:
        return {}

    def learn(self, sent: Mapping[str, str], answer: Answer) -> bool:
        return False

    def explain(self, body: bytes) -> str:
        return body.decode()

    def overloaded(self, answer: Answer) -> bool:
        return b"busy" in answer.body

    def redact(self, text: str) -> str:
        return text


Build = Callable[..., Client]


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def mocked() -> Iterator[responses.RequestsMock]:
    with responses.RequestsMock() as mock:
        yield mock


@pytest.fixture
def build(clock: FakeClock) -> Iterator[Build]:
    built: list[Client] = []

    def make(
        url: str = URL, *, clock: Clock = clock, observe: object = None, **options: object
    ) -> Client:
        settings = HostOptions("mine", "test", url, **options)  # type: ignore[arg-type]
        client = Client(
            settings,
            PlainDialect(),
            clock,
            fraction=lambda: 1.0,
            observe=observe,  # type: ignore[arg-type]
        )
        built.append(client)
        return client

    yield make
    for client in built:
        client.close()


def test_a_good_answer_is_given_as_json(mocked: responses.RequestsMock, build: Build) -> None:
    mocked.get(f"{URL}/books/1", json={"id": "1"})
    assert build().ask(GET) == {"id": "1"}


@pytest.mark.parametrize("status", [429, 500, 502, 503, 504])
def test_a_host_that_stumbles_is_asked_again_after_growing_pauses(
    mocked: responses.RequestsMock, build: Build, clock: FakeClock, status: int
) -> None:
    for _ in range(3):
        mocked.get(f"{URL}/books/1", status=status)
    mocked.get(f"{URL}/books/1", json="at last")
    assert build().ask(GET) == "at last"
    assert clock.waits == [0.5, 1.0, 2.0]


def test_after_the_last_retry_the_error_is_raised(
    mocked: responses.RequestsMock, build: Build
) -> None:
    mocked.get(f"{URL}/books/1", status=500, body="oops")
    with pytest.raises(Transient, match="mine: GET /books/1 answered 500: oops"):
        build(retries=2).ask(GET)
    assert len(mocked.calls) == 3


@pytest.mark.parametrize("status", [400, 401, 403, 404, 409, 415, 501])
def test_an_answer_that_would_not_change_is_not_asked_for_again(
    mocked: responses.RequestsMock, build: Build, status: int
) -> None:
    mocked.get(f"{URL}/books/1", status=status)
    with pytest.raises(Exception, match=str(status)):
        build().ask(GET)
    assert len(mocked.calls) == 1


def test_a_call_that_must_not_be_made_twice_is_made_once(
    mocked: responses.RequestsMock, build: Build
) -> None:
    mocked.post(f"{URL}/import", status=503)
    with pytest.raises(Transient):
        build().ask(Call("POST", "/import", "/import", expects=202, repeatable=False))
    assert len(mocked.calls) == 1


def test_the_host_says_how_long_to_wait(
    mocked: responses.RequestsMock, build: Build, clock: FakeClock
) -> None:
    mocked.get(f"{URL}/books/1", status=429, headers={"Retry-After": "7"})
    mocked.get(f"{URL}/books/1", json=1)
    assert build().ask(GET) == 1
    assert clock.waits == [7.5]


def test_a_wait_longer_than_the_call_may_take_is_left_to_the_caller(
    mocked: responses.RequestsMock, build: Build, clock: FakeClock
) -> None:
    mocked.get(f"{URL}/books/1", status=503, headers={"Retry-After": "3600"})
    with pytest.raises(Transient) as caught:
        build(total_timeout=60.0).ask(GET)
    assert caught.value.retry_after == 3600.0
    assert caught.value.overload
    assert clock.waits == []


def test_no_call_outlives_its_total_time_however_often_it_may_be_repeated(
    mocked: responses.RequestsMock, build: Build, clock: FakeClock
) -> None:
    mocked.get(f"{URL}/books/1", status=500)
    begun = clock.monotonic()
    with pytest.raises(Transient):
        build(total_timeout=20.0, retries=1000).ask(GET)
    assert clock.monotonic() - begun < 20.0


def test_a_refused_connection_is_tried_again_and_then_the_host_is_down(
    mocked: responses.RequestsMock, build: Build
) -> None:
    for _ in range(4):
        mocked.get(f"{URL}/books/1", body=requests.ConnectionError("reset"))
    client = build(retries=3)
    with pytest.raises(HostDown, match="broke off"):
        client.ask(GET)
    down = client.down_until()
    assert down is not None
    assert "broke off" in down[1]


def test_once_the_breaker_is_open_the_error_is_that_the_host_is_down(
    mocked: responses.RequestsMock, build: Build
) -> None:
    mocked.get(f"{URL}/books/1", status=503)
    with pytest.raises(HostDown, match="mine: GET /books/1 answered 503; next try in 1 s"):
        build(retries=3).ask(GET)


def test_signs_of_overload_are_counted_even_if_a_retry_went_well(
    mocked: responses.RequestsMock, build: Build
) -> None:
    for trouble in ({"status": 429}, {"status": 500, "body": "busy"}, {"status": 502}):
        mocked.get(f"{URL}/books/1", **trouble)
    mocked.get(f"{URL}/books/1", json=1)
    client = build()
    client.ask(GET)
    assert client.overloads() == 2


def test_while_the_breaker_is_open_nothing_is_sent(
    mocked: responses.RequestsMock, build: Build, clock: FakeClock
) -> None:
    mocked.get(f"{URL}/books/1", status=503)
    client = build(retries=3)
    with pytest.raises(Transient):
        client.ask(GET)
    sent = len(mocked.calls)
    waits = len(clock.waits)
    with pytest.raises(HostDown, match="mine: GET /books/1 answered 503; next try in 1 s"):
        client.ask(GET)
    assert (len(mocked.calls), len(clock.waits)) == (sent, waits)


def test_a_host_that_is_back_is_used_again(
    mocked: responses.RequestsMock, build: Build, clock: FakeClock
) -> None:
    for _ in range(4):
        mocked.get(f"{URL}/books/1", status=502)
    client = build(retries=3)
    with pytest.raises(Transient):
        client.ask(GET)
    mocked.get(f"{URL}/books/1", json="back")
    clock.advance(1.0)
    assert client.ask(GET) == "back"
    assert client.down_until() is None


def test_one_book_on_which_the_host_always_stumbles_does_not_shut_out_the_others(
    mocked: responses.RequestsMock, build: Build
) -> None:
    mocked.get(f"{URL}/books/1", status=500)
    client = build(retries=20, total_timeout=3600.0)
    with pytest.raises(Transient):
        client.ask(GET)
    assert client.down_until() is None


def test_a_host_that_stumbles_on_every_book_is_down(
    mocked: responses.RequestsMock, build: Build
) -> None:
    client = build(retries=0)
    for number in range(4):
        mocked.get(f"{URL}/books/{number}", status=500)
        with pytest.raises(Transient):
            client.ask(Call("GET", f"/books/{number}", "/books/{id}"))
    assert client.down_until() is not None


def test_answers_that_speak_against_the_call_do_not_open_the_breaker(
    mocked: responses.RequestsMock, build: Build
) -> None:
    mocked.get(f"{URL}/books/1", status=404)
    client = build()
    for _ in range(10):
        with pytest.raises(Exception, match="no longer there"):
            client.ask(GET)
    assert client.down_until() is None


PAGE = {"status": 404, "body": "404 page not found", "content_type": "text/plain"}


def test_the_404s_of_a_proxy_whose_server_restarts_open_the_breaker(
    mocked: responses.RequestsMock, build: Build, clock: FakeClock
) -> None:
    """Else a whole library would be skipped as gone within seconds."""
    mocked.get(f"{URL}/books/1", **PAGE)  # type: ignore[arg-type]
    client = build(retries=3)
    with pytest.raises(HostDown, match="not the host's own words"):
        client.ask(GET)
    assert len(mocked.calls) == 4
    assert client.down_until() is not None


def test_the_404_of_a_proxy_is_waited_out(mocked: responses.RequestsMock, build: Build) -> None:
    mocked.get(f"{URL}/books/1", **PAGE)  # type: ignore[arg-type]
    mocked.get(f"{URL}/books/1", json="back")
    assert build().ask(GET) == "back"


def test_a_proxy_that_walls_off_one_path_does_not_speak_for_or_against_the_host(
    mocked: responses.RequestsMock, build: Build
) -> None:
    """The look at a host's health must neither close the breaker nor keep it open by this."""
    mocked.get(f"{URL}/books/1", **PAGE)  # type: ignore[arg-type]
    mocked.get(f"{URL}/health", **PAGE)  # type: ignore[arg-type]
    client = build(retries=0)
    health = Call("GET", "/health", "/health", retries=0)
    for _ in range(4):
        with pytest.raises(Permanent, match="right base URL"):
            client.ask(health)
        assert client.down_until() is None
        with pytest.raises(Transient):
            client.ask(GET)
    assert client.down_until() is not None


def test_behind_a_wall_the_call_after_the_refused_probe_is_the_probe(
    mocked: responses.RequestsMock, build: Build, clock: FakeClock
) -> None:
    mocked.get(f"{URL}/books/1", status=503)
    mocked.get(f"{URL}/health", **PAGE)  # type: ignore[arg-type]
    mocked.get(f"{URL}/me", json="here")
    client = build(retries=3)
    with pytest.raises(HostDown):
        client.ask(GET)
    clock.advance(1.0)
    with pytest.raises(Permanent):
        client.ask(Call("GET", "/health", "/health", retries=0))
    assert client.ask(Call("GET", "/me", "/me", retries=0)) == "here"
    assert client.down_until() is None


def test_every_attempt_is_observed_with_its_route_and_not_its_path(
    mocked: responses.RequestsMock, build: Build
) -> None:
    seen: list[tuple[str, str, int]] = []
    mocked.get(f"{URL}/books/1", body=requests.ConnectionError("reset"))
    mocked.get(f"{URL}/books/1", status=503)
    mocked.get(f"{URL}/books/1", json=1)

    def observe(method: str, route: str, status: int, seconds: float) -> None:
        assert seconds >= 0.0
        seen.append((method, route, status))

    build(observe=observe).ask(GET)
    assert seen == [("GET", "/books/{id}", status) for status in (0, 503, 200)]


def test_a_base_url_with_a_path_and_a_slash_is_joined(
    mocked: responses.RequestsMock, build: Build
) -> None:
    mocked.get(f"{URL}/books/1", json=1)
    assert build(f"{URL}/").ask(GET) == 1


def test_no_more_calls_are_under_way_than_the_budget_and_waiting_has_an_end(build: Build) -> None:
    arrived = threading.Event()

    def serve(connection: Connection) -> None:
        connection.request()
        arrived.set()
        connection.stop.wait()

    with TinyServer(serve) as server, ThreadPoolExecutor(1) as pool:
        client = build(server.url, clock=SystemClock(), budget=1, retries=0, read_timeout=2.0)
        first = pool.submit(client.ask, GET)
        assert arrived.wait(10)
        with pytest.raises(Transient, match=r"no turn within 0\.1 s, since .* budget of 1 calls"):
            client.ask(Call("GET", "/second", "/second", seconds=0.1))
        assert server.accepted == 1
        server.hang_up()
        with pytest.raises(Transient):
            first.result(10)


def test_a_pause_between_attempts_occupies_no_place(build: Build) -> None:
    pausing = threading.Event()
    go_on = threading.Event()

    class Gate(SystemClock):
        def wait(self, event: threading.Event, seconds: float) -> bool:
            pausing.set()
            return go_on.wait(10) and event.is_set()

    def serve(connection: Connection) -> None:
        while request := connection.request():
            if b"/books/1" in request and not pausing.is_set():
                connection.answer(b"", status="503 Busy")
            else:
                connection.answer(b"1")

    with TinyServer(serve) as server, ThreadPoolExecutor(1) as pool:
        client = build(server.url, clock=Gate(), budget=1)
        slow = pool.submit(client.ask, GET)
        assert pausing.wait(10)
        assert client.ask(Call("GET", "/other", "/other")) == 1
        go_on.set()
        assert slow.result(10) == 1


def test_closing_wakes_who_waits_between_attempts(build: Build) -> None:
    answered = threading.Event()

    def serve(connection: Connection) -> None:
        while connection.request():
            connection.answer(b"", status="503 Busy", headers="Retry-After: 60\r\n")
            answered.set()

    with TinyServer(serve) as server, ThreadPoolExecutor(1) as pool:
        client = build(server.url, clock=SystemClock())
        waiting = pool.submit(client.ask, GET)
        assert answered.wait(10)
        client.close()
        with pytest.raises(HostDown, match="has closed"):
            waiting.result(10)


def test_a_closed_client_says_so(build: Build) -> None:
    client = build()
    client.close()
    with pytest.raises(HostDown, match="mine: Shelfhook has closed its connections"):
        client.ask(GET)


def test_a_redirect_is_not_followed(mocked: responses.RequestsMock, build: Build) -> None:
    mocked.get(f"{URL}/books/1", status=302, headers={"Location": "http://elsewhere.test/"})
    with pytest.raises(Permanent, match=r"redirects to elsewhere\.test are not followed"):
        build().ask(GET)
    assert len(mocked.calls) == 1
