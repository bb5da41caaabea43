from __future__ import annotations

import json
from typing import Any

import pytest
from flask.testing import FlaskClient

from shelfhook.model import Change, ChangeKind, ChangeState, ItemRef, JobState, Outcome, Result
from shelfhook.store import Store
from shelfhook.store.entries import Batch
from tests.web import desk
from tests.web.desk import API

LIBRARIES = {"libraries": [{"id": "L1", "name": "Comics"}, {"id": "L2", "name": "Manga"}]}


def post(client: FlaskClient, path: str, body: Any = None, **headers: str) -> Any:
    return client.post(path, json=body, headers=API | headers)


def test_process_all_queues_its_routine(client: FlaskClient, store: Store) -> None:
    answer = client.post("/api/jobs/process-all", headers=API)

    assert answer.status_code == 202
    assert answer.headers["Location"] == f"/api/v1/jobs/{answer.json['id']}"
    job = store.jobs.get(answer.json["id"])
    assert (job.routine, job.host, job.library, job.state) == (
        "process-all",
        "komga",
        "",
        JobState.QUEUED,
    )


def test_a_call_says_what_to_run_and_how(client: FlaskClient, store: Store) -> None:
    body = {
        "routine": "nightly",
        "library": "L1",
        "items": ["B1", "B2", "B1"],
        "dry_run": True,
        "priority": 7,
    }
    job = store.jobs.get(post(client, "/api/jobs", body).json["id"])
    assert (job.routine, job.library, job.dry_run, job.priority) == ("nightly", "L1", True, 7)
    assert set(job.items) == {"B1", "B2"}


def test_an_equal_call_while_one_waits_is_the_same_job(client: FlaskClient) -> None:
    first, again = (post(client, "/api/jobs", {"routine": "process-all"}) for _ in range(2))
    assert (first.status_code, again.status_code) == (202, 200)
    assert first.json["id"] == again.json["id"]


def test_an_idempotency_key_gives_the_same_job_even_when_it_runs(
    client: FlaskClient, store: Store, clock: desk.BusyClock
) -> None:
    key = {"Idempotency-Key": "k1"}
    first = post(client, "/api/jobs", {"routine": "process-all"}, **key)
    store.jobs.claim(clock.now())
    again = post(client, "/api/jobs", {"routine": "process-all"}, **key)
    other = post(client, "/api/jobs", {"routine": "process-all"})
    assert (again.status_code, again.json["id"]) == (200, first.json["id"])
    assert (other.status_code, other.json["id"] != first.json["id"]) == (202, True)


def test_an_idempotency_key_never_meets_a_hooks_delivery(client: FlaskClient, store: Store) -> None:
    client.post("/hooks/komga", json=desk.SCAN, headers=desk.HOOK | {"webhook-id": "k1"})
    answer = post(client, "/api/jobs", {"routine": "process-all"}, **{"Idempotency-Key": "k1"})
    assert answer.status_code == 202
    assert len(store.inbox.page()) == 2


def test_an_idempotency_key_is_for_one_call(client: FlaskClient) -> None:
    key = {"Idempotency-Key": "k1"}
    post(client, "/api/jobs", {"routine": "process-all"}, **key)
    answer = post(client, "/api/jobs", {"routine": "nightly"}, **key)
    assert (answer.status_code, answer.json["field"]) == (422, "Idempotency-Key")


@pytest.mark.parametrize(
    ("body", "status", "field"),
    [
        ({}, 400, "routine"),
        ({"routine": 5}, 400, "routine"),
        ({"routine": None}, 400, "routine"),
        ({"routine": "unheard-of"}, 404, "routine"),
        ({"routine": "a\0"}, 400, "routine"),
        ({"routine": "process-all", "library": 5}, 400, "library"),
        ({"routine": "process-all", "library": "x" * 513}, 400, "library"),
        ({"routine": "process-all", "library": "\udc80"}, 400, "library"),
        ({"routine": "process-all", "library": "L9"}, 404, "library"),
        ({"routine": "process-all", "dry_run": "yes"}, 400, "dry_run"),
        ({"routine": "process-all", "dry_run": 1}, 400, "dry_run"),
        ({"routine": "process-all", "priority": "1"}, 400, "priority"),
        ({"routine": "process-all", "priority": True}, 400, "priority"),
        ({"routine": "process-all", "priority": 1.5}, 400, "priority"),
        ({"routine": "process-all", "priority": 101}, 400, "priority"),
        ({"routine": "process-all", "items": []}, 400, "items"),
        ({"routine": "process-all", "items": "B1"}, 400, "items"),
        ({"routine": "process-all", "items": ["B1", ""]}, 400, "items.1"),
        ({"routine": "process-all", "items": ["B1", 5]}, 400, "items.1"),
        ({"routine": "process-all", "items": ["x"] * 1001}, 400, "items"),
        ({"routine": "process-all", "dryrun": True}, 400, "dryrun"),
    ],
)
def test_a_wrong_call_names_the_field_and_queues_nothing(
    client: FlaskClient,
    store: Store,
    clock: desk.BusyClock,
    body: Any,
    status: int,
    field: str,
) -> None:
    desk.tell(store, clock, "host:komga", LIBRARIES)
    answer = post(client, "/api/jobs", body)
    assert (answer.status_code, answer.json["field"]) == (status, field)
    assert store.jobs.page() == []
    assert store.inbox.page() == []


@pytest.mark.parametrize("body", [{"routine": "process-all"}, {"items": ["B1"]}, [], "x", 5])
def test_process_all_takes_its_three_keys_only(client: FlaskClient, body: Any) -> None:
    assert post(client, "/api/jobs/process-all", body).status_code == 400


def test_an_unknown_library_tells_which_are_known(
    client: FlaskClient, store: Store, clock: desk.BusyClock
) -> None:
    desk.tell(store, clock, "host:komga", LIBRARIES)
    answer = post(client, "/api/jobs/process-all", {"library": "L9"})
    assert "known: L1 (Comics), L2 (Manga)" in answer.json["detail"]


def test_a_librarys_name_is_as_good_as_its_id(
    client: FlaskClient, store: Store, clock: desk.BusyClock
) -> None:
    desk.tell(store, clock, "host:komga", LIBRARIES)
    assert post(client, "/api/jobs/process-all", {"library": "Manga"}).json["library"] == "L2"


def test_a_name_that_two_libraries_share_means_neither(
    client: FlaskClient, store: Store, clock: desk.BusyClock
) -> None:
    twins = {"libraries": [{"id": "L1", "name": "Same"}, {"id": "L2", "name": "Same"}]}
    desk.tell(store, clock, "host:komga", twins)
    assert post(client, "/api/jobs/process-all", {"library": "Same"}).status_code == 404


def test_while_no_library_is_known_every_one_is_taken(client: FlaskClient) -> None:
    assert post(client, "/api/jobs/process-all", {"library": "any"}).status_code == 202


def test_a_waiting_job_says_so(client: FlaskClient, store: Store) -> None:
    job = desk.queue(store)
    shown = client.get(f"/api/jobs/{job.id}", headers=API).json
    assert shown["state"] == "queued"
    assert shown["created_at"] == "2023-11-14T22:13:20.000Z"
    assert (shown["started_at"], shown["percent"], shown["rate_per_second"]) == (None, None, None)
    assert shown["links"]["events"] == f"/api/v1/jobs/{job.id}/events"


def test_a_running_job_shows_its_progress(
    client: FlaskClient, store: Store, clock: desk.BusyClock
) -> None:
    job = half_done(store, clock)
    clock.advance(10)
    shown = client.get(f"/api/jobs/{job.id}", headers=API).json
    assert shown["counts"] == {
        "changed": 4,
        "unchanged": 0,
        "planned": 0,
        "skipped": 0,
        "failed": 1,
        "cancelled": 0,
    }
    assert (shown["processed"], shown["listed"], shown["total"]) == (5, 20, 20)
    assert (shown["percent"], shown["rate_per_second"], shown["eta_seconds"]) == (25.0, 0.5, 30.0)


def test_a_job_may_be_named_by_its_first_eight_characters(
    client: FlaskClient, store: Store
) -> None:
    job = desk.queue(store)
    assert client.get(f"/api/jobs/{job.short.upper()}", headers=API).json["id"] == job.id


@pytest.mark.parametrize("path", ["", "/items", "/events"])
@pytest.mark.parametrize(
    "job_id", ["0" * 36, "short", "12345678", "a%00bcdefgh", "%25%25%25%25%25%25%25%25", "x" * 999]
)
def test_an_unknown_job_is_not_found(client: FlaskClient, job_id: str, path: str) -> None:
    assert client.get(f"/api/jobs/{job_id}{path}", headers=API).status_code == 404


def test_a_jobs_size_does_not_depend_on_its_items(client: FlaskClient, store: Store) -> None:
    few, many = (
        client.post(
            "/api/jobs",
            json={"routine": "process-all", "items": [f"{n:0500}" for n in range(count)]},
            headers=API,
        ).json["id"]
        for count in (1, 100)
    )
    sizes = [len(client.get(f"/api/jobs/{job}", headers=API).data) for job in (few, many)]
    assert abs(sizes[0] - sizes[1]) < 10


def test_jobs_are_paged_newest_first(client: FlaskClient, store: Store) -> None:
    ids = [desk.queue(store, library=f"L{n}").id for n in range(5)]
    seen: list[str] = []
    path: str | None = "/api/jobs?limit=2&state=queued&state=running&routine=process-all"
    while path:
        page = client.get(path, headers=API).json
        seen += [job["id"] for job in page["jobs"]]
        path = page["next"]
    assert seen == ids[::-1]


@pytest.mark.parametrize(
    ("query", "count"), [("", 2), ("state=running", 1), ("routine=nightly", 0), ("state=failed", 0)]
)
def test_jobs_are_filtered(
    client: FlaskClient, store: Store, clock: desk.BusyClock, query: str, count: int
) -> None:
    desk.run(store, clock, library="L1")
    desk.queue(store, library="L2")
    assert len(client.get(f"/api/jobs?{query}", headers=API).json["jobs"]) == count


@pytest.mark.parametrize(
    ("path", "field"),
    [
        ("/api/jobs?limit=0", "limit"),
        ("/api/jobs?limit=201", "limit"),
        ("/api/jobs?limit=many", "limit"),
        ("/api/jobs?limit=1&limit=2", "limit"),
        ("/api/jobs?before=99999999999999999999", "before"),
        ("/api/jobs?before=-1", "before"),
        ("/api/jobs?state=asleep", "state.0"),
        ("/api/jobs?routine=%00", "routine"),
        ("/api/jobs?colour=red", "colour"),
        ("/api/events?limit=1000", "limit"),
        ("/api/schedules?name=x", "name"),
        ("/api/routines?name=x", "name"),
    ],
)
def test_a_wrong_parameter_is_named(client: FlaskClient, path: str, field: str) -> None:
    answer = client.get(path, headers=API)
    assert (answer.status_code, answer.json["field"]) == (400, field)


def half_done(store: Store, clock: desk.BusyClock) -> Any:
    """A running job of twenty items: four changed, one failed."""
    job = desk.run(store, clock)
    store.ledger.add(job.num, 0, [ItemRef(f"B{n}", f"file{n}.cbz") for n in range(20)])
    store.ledger.listed(job.num)
    change = Change(
        ChangeKind.FIELDS, "book", "B0", {"title": "", "tags": []}, {"title": "One", "tags": ["a"]}
    )
    [first] = store.ledger.intend(job.num, 0, [change], ChangeState.INTENDED)
    results = [Result(0, "B0", Outcome.CHANGED, applied=(first,))]
    results += [Result(seq, f"B{seq}", Outcome.CHANGED) for seq in (1, 2, 3)]
    results.append(Result(4, "B4", Outcome.FAILED, "the page is damaged", attempts=3))
    store.ledger.record(Batch(job.num, "komga", results, clock.now())).wait()
    return store.jobs.get(job.id)


def test_items_show_their_changes_before_and_after(
    client: FlaskClient, store: Store, clock: desk.BusyClock
) -> None:
    job = half_done(store, clock)
    [item] = client.get(f"/api/jobs/{job.id}/items?limit=1", headers=API).json["items"]
    assert (item["id"], item["name"], item["outcome"]) == ("B0", "file0.cbz", "changed")
    [change] = item["changes"]
    assert (change["before"], change["after"], change["state"]) == (
        {"title": "", "tags": []},
        {"title": "One", "tags": ["a"]},
        "applied",
    )


def test_items_are_paged_and_filtered_by_outcome(
    client: FlaskClient, store: Store, clock: desk.BusyClock
) -> None:
    job = half_done(store, clock)
    seen: list[int] = []
    path: str | None = f"/api/jobs/{job.id}/items?limit=3&outcome=changed"
    while path:
        page = client.get(path, headers=API).json
        seen += [item["seq"] for item in page["items"]]
        path = page["next"]
    assert seen == [0, 1, 2, 3]
    [failed] = client.get(f"/api/jobs/{job.id}/items?outcome=failed", headers=API).json["items"]
    assert (failed["reason"], failed["attempts"]) == ("the page is damaged", 3)


@pytest.mark.parametrize("query", ["after=-2", "limit=201", "outcome=lost", "after=1e3"])
def test_wrong_parameters_of_items_are_refused(
    client: FlaskClient, store: Store, query: str
) -> None:
    job = desk.queue(store)
    assert client.get(f"/api/jobs/{job.id}/items?{query}", headers=API).status_code == 400


def test_names_with_broken_characters_are_shown_all_the_same(
    client: FlaskClient, store: Store, clock: desk.BusyClock
) -> None:
    job = desk.run(store, clock)
    store.ledger.add(job.num, 0, [ItemRef("B0", "名探偵 \u2028.cbz")])
    data = client.get(f"/api/jobs/{job.id}/items", headers=API).data
    assert json.loads(data)["items"][0]["name"] == "名探偵 \u2028.cbz"
