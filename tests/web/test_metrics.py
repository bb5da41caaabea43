from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient
from prometheus_client.parser import text_string_to_metric_families

from shelfhook.app import letters
from shelfhook.errors import StoreUnavailable
from shelfhook.model import EventKind, NewEvent
from shelfhook.store import Store
from tests.web import desk
from tests.web.auth.browser import Browser

DASHBOARD = Path(__file__).parents[2] / "deploy" / "grafana.json"
HISTOGRAM = {"bounds": [1.0], "rows": [[["process-all", "changed"], 3.0, [1, 1]]]}
COUNTED = {
    "events": [["komga", "library.scanned", 4]],
    "outcomes": [["process-all", "changed", 7]],
    "jobs": {"bounds": [1.0], "rows": [[["process-all", "completed"], 3.0, [1, 1]]]},
    "items": HISTOGRAM,
    "calls": {
        "bounds": [1.0],
        "rows": [[["komga", "GET", "/api/v1/books/{id}", "2xx"], 1.0, [9, 0]]],
    },
    "writer": {"commits": 10, "calls": 400},
}


def read(client: FlaskClient) -> dict[str, list[tuple[dict[str, str], float]]]:
    answer = client.get("/metrics", headers=desk.API)
    assert answer.status_code == 200
    assert answer.headers["Content-Type"].startswith("text/plain; version=0.0.4")
    found: dict[str, list[tuple[dict[str, str], float]]] = {}
    for family in text_string_to_metric_families(answer.get_data(as_text=True)):
        for one in family.samples:
            found.setdefault(one.name, []).append((one.labels, one.value))
    return found


def sign_in(client: FlaskClient, token: str) -> int:
    """Fill in the form; gives the answer's status."""
    browser = Browser(client.application)  # type: ignore[arg-type] # it is ours
    return browser.sign_in_with(token).status_code


def all_told(store: Store, clock: desk.BusyClock) -> None:
    desk.run(store, clock)
    desk.queue(store, library="L2", at=clock.now() - 30)
    store.inbox.accept([NewEvent("komga", EventKind.LIBRARY_SCANNED, "d", 0, "L1")], clock.now())
    for name in ("scheduler", "loop:coalesce", "host:komga", "bridge:komga"):
        desk.tell(store, clock, name)
    desk.tell(store, clock, "breaker:komga", ok=False)
    desk.tell(store, clock, "metrics:engine", COUNTED)


def test_how_things_stand(client: FlaskClient, store: Store, clock: desk.BusyClock) -> None:
    all_told(store, clock)
    clock.advance(3)
    found = read(client)
    jobs = {labels["state"]: value for labels, value in found["shelfhook_jobs"]}
    assert (jobs["running"], jobs["queued"], jobs["failed"]) == (1, 1, 0)
    assert found["shelfhook_queue_age_seconds"] == [({}, 33)]
    assert found["shelfhook_events_waiting"] == [({"host": "komga"}, 1)]
    assert found["shelfhook_events_waiting_age_seconds"] == [({"host": "komga"}, 3)]
    running = {"routine": "process-all", "host": "komga", "library": "L1"}
    assert found["shelfhook_running_job_processed"] == [(running, 0)]
    assert found["shelfhook_loop_age_seconds"] == [({"name": "coalesce"}, 3)]
    assert found["shelfhook_breaker_open"] == [({"host": "komga"}, 1)]
    assert found["shelfhook_engine_up"] == [({}, 1)]
    assert found["shelfhook_database_bytes"][0][1] > 0


def test_what_the_engine_has_counted(
    client: FlaskClient, store: Store, clock: desk.BusyClock
) -> None:
    all_told(store, clock)
    found = read(client)
    event = {"host": "komga", "kind": "library.scanned"}
    assert found["shelfhook_events_total"] == [(event, 4)]
    outcome = {"routine": "process-all", "outcome": "changed"}
    assert found["shelfhook_items_total"] == [(outcome, 7)]
    call = {"host": "komga", "method": "GET", "route": "/api/v1/books/{id}", "status": "2xx"}
    assert found["shelfhook_host_call_seconds_count"] == [(call, 9)]
    assert ({"process": "engine"}, 400) in found["shelfhook_writer_calls_total"]
    assert found["shelfhook_job_seconds_sum"][0][1] == 3.0


def test_counters_of_an_engine_that_beats_no_more_are_not_shown_as_live(
    client: FlaskClient, store: Store, clock: desk.BusyClock
) -> None:
    all_told(store, clock)
    clock.advance(16)
    found = read(client)
    assert found["shelfhook_engine_up"] == [({}, 0)]
    assert "shelfhook_items_total" not in found
    assert found["shelfhook_loop_up"] == [({"name": "coalesce"}, 0)]


def test_what_waits_to_be_told_and_for_how_long(
    client: FlaskClient, store: Store, clock: desk.BusyClock
) -> None:
    callback, notification = {"channel": "callback"}, {"channel": "notification"}
    found = read(client)
    assert found["shelfhook_outgoing_pending"] == [(callback, 0), (notification, 0)]
    assert found["shelfhook_outgoing_pending_age_seconds"] == [(callback, 0), (notification, 0)]
    for late in range(2):
        notice = letters.notice(None, f"phone/{late}", "test", clock.now(), clock.now())
        store.outgoing.put([notice])
        clock.advance(30)
    found = read(client)
    assert found["shelfhook_outgoing_pending"] == [(callback, 0), (notification, 2)]
    assert found["shelfhook_outgoing_pending_age_seconds"] == [(callback, 0), (notification, 60)]


def test_failed_sign_ins_are_counted(client: FlaskClient) -> None:
    def failures() -> list[float]:
        return [value for _, value in read(client)["shelfhook_sign_in_failures_total"]]

    assert failures() == [0, 0]
    statuses = [sign_in(client, "wrong") for _ in range(12)]
    assert failures() == [statuses.count(401), statuses.count(429)]
    assert set(statuses) == {401, 429}


def test_a_sign_in_that_succeeds_is_no_failure(client: FlaskClient) -> None:
    assert sign_in(client, desk.API["Authorization"].removeprefix("Bearer ")) == 303
    assert {value for _, value in read(client)["shelfhook_sign_in_failures_total"]} == {0}


def test_before_any_engine_ran_there_are_metrics_already(client: FlaskClient) -> None:
    found = read(client)
    assert found["shelfhook_store_up"] == [({}, 1)]
    assert found["shelfhook_queue_age_seconds"] == [({}, 0)]


def test_a_store_that_is_away_is_a_metric(
    client: FlaskClient, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    def ping() -> None:
        raise StoreUnavailable("the database failed")

    monkeypatch.setattr(store.status, "ping", ping)
    found = read(client)
    assert found["shelfhook_store_up"] == [({}, 0)]
    assert "shelfhook_jobs" not in found


def expressions(node: Any) -> list[str]:
    if isinstance(node, dict):
        own = [node["expr"]] if isinstance(node.get("expr"), str) else []
        return own + [one for value in node.values() for one in expressions(value)]
    return [one for value in node for one in expressions(value)] if isinstance(node, list) else []


def test_the_dashboard_asks_only_for_metrics_that_exist(
    client: FlaskClient, store: Store, clock: desk.BusyClock
) -> None:
    all_told(store, clock)
    found = read(client)
    dashboard = json.loads(DASHBOARD.read_text(encoding="utf-8"))
    asked = {name for one in expressions(dashboard) for name in re.findall(r"\bshelfhook_\w+", one)}
    assert len(asked) > 15
    assert asked <= found.keys()


def test_the_dashboards_panels_do_not_overlap() -> None:
    dashboard = json.loads(DASHBOARD.read_text(encoding="utf-8"))
    taken: set[tuple[int, int]] = set()
    for panel in dashboard["panels"]:
        place = panel["gridPos"]
        cells = {
            (place["x"] + x, place["y"] + y) for x in range(place["w"]) for y in range(place["h"])
        }
        assert place["x"] + place["w"] <= 24
        assert not cells & taken, panel["title"]
        taken |= cells
    ids = [panel["id"] for panel in dashboard["panels"]]
    assert len(set(ids)) == len(ids)
