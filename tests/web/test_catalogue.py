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
