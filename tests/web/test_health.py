from __future__ import annotations

from typing import Any

import pytest
from flask.testing import FlaskClient

from shelfhook.store import Store
from tests.web import desk


def all_well(store: Store, clock: desk.BusyClock) -> None:
    desk.tell(store, clock, "scheduler")
    desk.tell(store, clock, "loop:coalesce")
    for host in ("komga", "signed", "open"):
        desk.tell(store, clock, f"host:{host}", {"message": "fine", "version": "1.2"})


def test_all_well_is_ok(client: FlaskClient, store: Store, clock: desk.BusyClock) -> None:
    all_well(store, clock)
    clock.advance(2)
    answer = client.get("/health")
    assert answer.status_code == 200
    assert answer.json["status"] == "ok"
    assert answer.json["loops"] == {"coalesce": {"ok": True, "age_seconds": 2.0}}
    assert answer.json["hosts"]["komga"]["version"] == "1.2"


def test_an_engine_that_never_ran_is_a_failure(client: FlaskClient) -> None:
    answer = client.get("/health")
    assert (answer.status_code, answer.json["status"]) == (503, "failing")


@pytest.mark.parametrize(
    ("name", "how", "status", "word"),
    [
        ("scheduler", {"ok": False}, 503, "failing"),
        ("loop:coalesce", {"ok": False}, 503, "failing"),
        ("loop:watchdog", {"ok": False}, 503, "failing"),
        ("host:komga", {"ok": False}, 200, "degraded"),
        ("extensions", {"ok": False}, 200, "ok"),
        ("host:forgotten", {"ok": False}, 200, "ok"),
    ],
)
def test_what_fails_decides_the_word(
    client: FlaskClient,
    store: Store,
    clock: desk.BusyClock,
    name: str,
    how: dict[str, Any],
    status: int,
    word: str,
) -> None:
    all_well(store, clock)
    desk.tell(store, clock, name, **how)
    answer = client.get("/health")
    assert (answer.status_code, answer.json["status"]) == (status, word)


@pytest.mark.parametrize(("age", "status"), [(15.0, 200), (15.1, 503)])
def test_three_missing_beats_are_a_failure(
    client: FlaskClient, store: Store, clock: desk.BusyClock, age: float, status: int
) -> None:
    all_well(store, clock)
    clock.advance(age)
    assert client.get("/health").status_code == status


@pytest.mark.parametrize(("ahead", "status"), [(15.0, 200), (15.1, 503)])
def test_a_sign_of_life_from_the_future_does_not_hold_until_then(
    client: FlaskClient, store: Store, clock: desk.BusyClock, ahead: float, status: int
) -> None:
    """The clock was set back, and the engine may have died since."""
    all_well(store, clock)
    clock.advance(-ahead)
    answer = client.get("/health")
    assert answer.status_code == status
    assert answer.json["loops"]["coalesce"]["age_seconds"] == 0.0


def test_a_host_that_nobody_has_asked_is_not_well_yet(
    client: FlaskClient, store: Store, clock: desk.BusyClock
) -> None:
    desk.tell(store, clock, "scheduler")
    answer = client.get("/health")
    assert (answer.status_code, answer.json["status"]) == (200, "degraded")
    assert answer.json["hosts"]["komga"] == {"ok": False, "message": "not asked yet"}


def test_a_store_that_is_away_is_a_failure(
    client: FlaskClient, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    def ping() -> None:
        raise OSError(f"cannot reach postgresql://me:{desk.TOKEN}@db/x")

    monkeypatch.setattr(store.status, "ping", ping)
    answer = client.get("/health")
    assert answer.status_code == 503
    assert answer.json["store"]["ok"] is False
    assert desk.TOKEN not in answer.get_data(as_text=True)


def test_a_hosts_message_shows_no_secret(
    client: FlaskClient, store: Store, clock: desk.BusyClock
) -> None:
    message = f"http://me:pass@komga.local refused {desk.API_KEY}"
    desk.tell(store, clock, "host:komga", {"message": message}, ok=False)
    text = client.get("/health").get_data(as_text=True)
    assert "http://***@komga.local refused ***" in text


def engine_at_work(store: Store, clock: desk.BusyClock) -> None:
    store.note_lease(clock.now())
    desk.tell(store, clock, "scheduler")
    desk.tell(store, clock, "loop:lease")


def test_live_asks_nobody(
    client: FlaskClient, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(store, "status", None)
    answer = client.get("/health/live")
    assert (answer.status_code, answer.json) == (200, {"status": "live"})


def test_ready_once_an_engine_holds_the_lease_and_beats(
    client: FlaskClient, store: Store, clock: desk.BusyClock
) -> None:
    engine_at_work(store, clock)
    answer = client.get("/health/ready")
    assert (answer.status_code, answer.json) == (200, {"status": "ready", "reasons": []})


def test_a_host_that_is_down_does_not_make_us_unready(
    client: FlaskClient, store: Store, clock: desk.BusyClock
) -> None:
    engine_at_work(store, clock)
    desk.tell(store, clock, "host:komga", ok=False)
    assert client.get("/health/ready").status_code == 200


def test_unready_says_why(client: FlaskClient, store: Store, clock: desk.BusyClock) -> None:
    def reason() -> str:
        answer = client.get("/health/ready")
        assert answer.status_code == 503
        return str(answer.json["reasons"][0])

    assert reason() == "no engine has ever held the lease"
    engine_at_work(store, clock)
    desk.tell(store, clock, "loop:lease", ok=False)
    assert reason() == "the engine does not look after its lease"
    clock.advance(60)
    assert reason().endswith("does not beat")


def test_unready_without_a_store_and_without_its_secrets(
    client: FlaskClient, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    def ping() -> None:
        raise OSError(f"cannot reach postgresql://me:{desk.TOKEN}@db/x")

    monkeypatch.setattr(store.status, "ping", ping)
    answer = client.get("/health/ready")
    assert answer.status_code == 503
    assert desk.TOKEN not in answer.get_data(as_text=True)
