"""Schedules over HTTP: what is shown of them, pause and resume."""

from __future__ import annotations

from typing import Any

import pytest
from flask.testing import FlaskClient

from shelfhook.model import Role
from shelfhook.store import Store
from shelfhook.web.lean import Application
from tests.web import desk
from tests.web.desk import API


def nightly(client: FlaskClient) -> dict[str, Any]:
    [found] = client.get("/api/schedules", headers=API).json["schedules"]
    assert isinstance(found, dict)
    return found


def test_a_paused_schedule_has_no_next_time_and_says_who_paused_it(
    client: FlaskClient, store: Store, clock: desk.BusyClock
) -> None:
    desk.tell(store, clock, "scheduler", {"next": {"nightly": clock.now() + 60}})
    assert nightly(client)["next_at"] is not None
    answer = client.post("/api/schedules/nightly/pause", headers=API)
    assert (answer.status_code, answer.json) == (200, nightly(client))
    assert (answer.json["paused_by"], answer.json["next_at"]) == ("web.token", None)
    assert store.switches.of("nightly").off
    begun = answer.json["paused_at"]
    clock.advance(5)
    assert client.post("/api/schedules/nightly/pause", headers=API).json["paused_at"] == begun
    for _ in range(2):
        answer = client.post("/api/schedules/nightly/resume", headers=API)
        assert (answer.status_code, answer.json["paused_at"]) == (200, None)
    assert nightly(client)["next_at"] is not None


@pytest.mark.parametrize("what", ["pause", "resume"])
@pytest.mark.parametrize(("routine", "status"), [("nobody", 404), ("process-all", 409)])
def test_what_has_no_schedule_is_neither_paused_nor_resumed(
    client: FlaskClient, what: str, routine: str, status: int
) -> None:
    assert client.post(f"/api/schedules/{routine}/{what}", headers=API).status_code == status


def test_whoever_asks_is_written_down(app: Application, store: Store) -> None:
    _, secret = store.tokens.create("wall display", Role.OPERATOR, None, "test", 0.0)
    client, who = app.test_client(), {"Authorization": f"Bearer {secret}"}
    job = client.post("/api/jobs/process-all", headers=who).json
    assert job["requested_by"] == "wall display"
    client.post("/api/schedules/nightly/pause", headers=who)
    assert store.switches.of("nightly").by == "wall display"
    client.post(f"/api/jobs/{job['id']}/cancel", headers=who)
    lines = client.get(f"/api/jobs/{job['id']}/log", headers=who).json["lines"]
    assert any("wall display" in line["message"] for line in lines), lines
