from __future__ import annotations

from flask.testing import FlaskClient

from shelfhook.model import FireResult
from shelfhook.store import Store
from shelfhook.store.schedules import Due
from tests.web import desk
from tests.web.desk import API


def test_the_manifest_is_served(client: FlaskClient) -> None:
    assert client.get("/manifest.json", headers=API).json == desk.MANIFEST


def test_routines_show_no_parameters_of_actions(client: FlaskClient) -> None:
    answer = client.get("/api/routines", headers=API)
    assert {one["name"] for one in answer.json["routines"]} == {"process-all", "nightly"}
    assert "parameter-secret" not in answer.get_data(as_text=True)


def test_schedules_show_the_next_time_and_what_became_of_the_last(
    client: FlaskClient, store: Store, clock: desk.BusyClock
) -> None:
    desk.tell(store, clock, "scheduler", {"next": {"nightly": 1_700_000_100.0}})
    store.schedules.know("nightly", "0 3 * * *", "Europe/Berlin", 1_600_000_000.0)
    for hour in range(3):
        due = Due("nightly", 1_699_990_000.0 + 3600 * hour, FireResult.SKIPPED, "it still runs")
        store.schedules.log(due, clock.now())

    [shown] = client.get("/api/schedules?limit=2", headers=API).json["schedules"]

    assert (shown["routine"], shown["cron"], shown["timezone"]) == (
        "nightly",
        "0 3 * * *",
        "Europe/Berlin",
    )
    assert shown["next_at"] == "2023-11-14T22:15:00.000Z"
    assert [fire["reason"] for fire in shown["fires"]] == ["it still runs"] * 2


def test_before_the_engine_ran_no_next_time_is_known(client: FlaskClient) -> None:
    [shown] = client.get("/api/schedules", headers=API).json["schedules"]
    assert (shown["next_at"], shown["fires"]) == (None, [])


def test_the_inbox_is_paged_newest_first(client: FlaskClient) -> None:
    sent = [
        client.post("/hooks/komga", json=desk.SCAN, headers=desk.HOOK).json["id"] for _ in range(5)
    ]
    seen: list[str] = []
    path: str | None = "/api/events?limit=2"
    while path:
        page = client.get(path, headers=API).json
        seen += [event["id"] for event in page["events"]]
        path = page["next"]
    assert seen == sent[::-1]


def test_hosts_show_their_event_source_and_why_they_are_not_called(
    client: FlaskClient, store: Store, clock: desk.BusyClock
) -> None:
    books = [{"id": "L1", "name": "Comics", "root": "/books"}]
    desk.tell(store, clock, "host:komga", {"message": "fine", "version": "1", "libraries": books})
    listening = {
        "source": "stream",
        "state": f"listening since noon with {desk.API_KEY}",
        "events": 7,
        "unknown": {"NeverHeard": 2},
    }
    desk.tell(store, clock, "bridge:komga", listening, every=1.0)
    down = {"reason": "no connection", "retry_at": clock.now() + 8}
    desk.tell(store, clock, "breaker:signed", down, every=1.0, ok=False)
    desk.tell(store, clock, "breaker:komga", every=1.0)

    hosts = client.get("/api/hosts", headers=API).json["hosts"]
    komga, signed, other = hosts

    assert (komga["name"], komga["kind"], komga["ok"]) == ("komga", "komga", True)
    assert komga["libraries"] == books
    assert komga["events"] == {
        "ok": True,
        "source": "stream",
        "state": "listening since noon with ***",
        "received": 7,
        "unknown": {"NeverHeard": 2},
    }
    assert "down" not in komga
    assert signed["down"] == {"reason": "no connection", "retry_at": "2023-11-14T22:13:28.000Z"}
    assert "events" not in other
    assert client.get("/health").json["hosts"]["komga"]["events"] == komga["events"]


def test_what_an_engine_that_is_gone_has_told_is_not_well_any_more(
    client: FlaskClient, store: Store, clock: desk.BusyClock
) -> None:
    desk.tell(store, clock, "bridge:komga", {"source": "stream", "state": "x"}, every=1.0)
    desk.tell(store, clock, "breaker:komga", {"reason": "r", "retry_at": 1.0}, every=1.0, ok=False)
    clock.advance(60)
    [komga, *_] = client.get("/api/hosts", headers=API).json["hosts"]
    assert komga["events"]["ok"] is False
    assert "down" not in komga


def test_hosts_need_the_token(client: FlaskClient) -> None:
    assert client.get("/api/hosts").status_code == 401
