"""The switches that make the sandbox behave badly."""

import contextlib
import threading
import time

import pytest
import requests

from shelfhook.sandbox.client import SandboxError
from shelfhook.sandbox.faults import Rule
from shelfhook.sandbox.server import SandboxServer


@pytest.fixture
def book(small: SandboxServer, session: requests.Session) -> str:
    session.headers["X-API-Key"] = small.admin_key
    return f"{small.url}/api/v1/books/{small.books()[0]['id']}"


def test_too_many_requests_names_when_to_come_again_and_stops_after_its_count(
    small: SandboxServer, session: requests.Session, book: str
) -> None:
    small.set_faults(too_many_requests={"count": 2, "retry_after": 3, "methods": ["PATCH"]})
    refused = session.patch(f"{book}/metadata", json={})
    assert (refused.status_code, refused.headers["Retry-After"]) == (429, "3")
    assert session.get(book).status_code == 200
    assert session.patch(f"{book}/metadata", json={}).status_code == 429
    assert session.patch(f"{book}/metadata", json={}).status_code == 204
    assert small.faults()["fired"] == {"too_many_requests": 2}


def test_every_third_request_may_fail(
    small: SandboxServer, session: requests.Session, book: str
) -> None:
    small.set_faults(error_500_after_ms={"every": 3, "ms": 1})
    assert [session.get(book).status_code for _ in range(6)] == [200, 200, 500, 200, 200, 500]


def test_a_dropped_connection_leaves_the_book_as_it_was(
    small: SandboxServer, session: requests.Session, book: str
) -> None:
    small.set_faults(drop_connection={"count": 1})
    with pytest.raises(requests.ConnectionError):
        session.patch(f"{book}/metadata", json={"title": "x"})
    assert session.get(book).json()["metadata"]["title"] != "x"
    (entry,) = small.writes()
    assert (entry["answered"], entry["applied"]) == (False, False)


def test_an_answer_dropped_after_the_write_leaves_the_write(
    small: SandboxServer, session: requests.Session, book: str
) -> None:
    small.set_faults(drop_after_write={"count": 1, "methods": ["PATCH"]})
    with pytest.raises(requests.ConnectionError):
        session.patch(f"{book}/metadata", json={"title": "x"})
    assert session.get(book).json()["metadata"]["title"] == "x"
    (entry,) = small.writes()
    assert (entry["answered"], entry["applied"], entry["status"]) == (False, True, 204)


def test_offline_closes_every_connection_until_it_is_over(
    small: SandboxServer, session: requests.Session, book: str
) -> None:
    small.set_faults(offline=True)
    for _ in range(2):
        with pytest.raises(requests.ConnectionError):
            session.get(book)
    small.set_faults()
    assert session.get(book).status_code == 200


def test_an_empty_200_is_what_it_says(
    small: SandboxServer, session: requests.Session, book: str
) -> None:
    small.set_faults(empty_200={"path": "/api/v1/books/", "after": 1})
    assert session.get(book).content
    answer = session.get(book)
    assert (answer.status_code, answer.content) == (200, b"")


def test_latency_delays_only_what_it_names(
    small: SandboxServer, session: requests.Session, book: str
) -> None:
    small.set_faults(latency_ms={"ms": 80, "methods": ["PATCH"], "path": "/api/*/metadata"})
    begun = time.monotonic()
    session.patch(f"{book}/metadata", json={})
    assert time.monotonic() - begun >= 0.08
    assert small.faults()["fired"] == {"latency_ms": 1}
    session.get(book)
    assert small.faults()["fired"] == {"latency_ms": 1}


def test_held_requests_wait_until_the_switches_are_set_anew(
    small: SandboxServer, session: requests.Session, book: str
) -> None:
    small.set_faults(hold={"methods": ["PATCH"]})
    statuses: list[int] = []

    def patch() -> None:
        answer = session.patch(f"{book}/metadata", json={"title": "x"}, timeout=10)
        statuses.append(answer.status_code)

    caller = threading.Thread(target=patch)
    caller.start()
    assert small.wait_held(1) == 1
    assert small.writes() == []
    small.set_faults()
    caller.join(10)
    assert statuses == [204]


@pytest.mark.parametrize(
    "switches",
    [{"slowness": 5}, {"latency_ms": "slow"}, {"latency_ms": {"miliseconds": 5}}],
)
def test_a_switch_that_makes_no_sense_is_refused(
    small: SandboxServer, switches: dict[str, object]
) -> None:
    with pytest.raises(SandboxError) as refused:
        small.set_faults(**switches)
    assert refused.value.status == 400


def test_a_switch_set_to_false_is_off() -> None:
    assert Rule.parse("offline", False) is None


def test_the_end_of_the_server_frees_held_requests(small: SandboxServer, book: str) -> None:
    small.set_faults(hold=True)
    caller = threading.Thread(target=_get_quietly, args=(book, small.admin_key))
    caller.start()
    assert small.wait_held(1) == 1
    small.stop()
    caller.join(10)
    assert not caller.is_alive()


def _get_quietly(url: str, key: str) -> None:
    with contextlib.suppress(requests.ConnectionError):
        requests.get(url, headers={"X-API-Key": key}, timeout=10).close()
