from __future__ import annotations

import pytest
from flask.testing import FlaskClient

from shelfhook.model import ItemRef, JobState, Outcome, Result, Wish
from shelfhook.store import Store
from shelfhook.store.entries import Batch
from shelfhook.web.context import EXTENSION
from shelfhook.web.lean import Application
from shelfhook.web.wishes import PATIENCE
from tests.web import desk
from tests.web.desk import API


def test_a_waiting_job_is_cancelled_at_once(client: FlaskClient, store: Store) -> None:
    job = desk.queue(store)
    answer = client.post(f"/api/jobs/{job.id}/cancel", headers=API)
    assert (answer.status_code, answer.json["granted"]) == (200, True)
    assert answer.json["state"] == "cancelled"


@pytest.mark.parametrize(
    ("wish", "state"), [(Wish.CANCEL, JobState.CANCELLED), (Wish.PAUSE, JobState.PAUSED)]
)
def test_the_answer_waits_until_the_engine_has_granted(
    client: FlaskClient, store: Store, clock: desk.BusyClock, wish: Wish, state: JobState
) -> None:
    job = desk.run(store, clock)
    desk.tell(store, clock, "scheduler")

    def engine() -> None:
        if len(clock.waits) == 3:
            assert store.jobs.get(job.id).wish is wish
            store.jobs.move(job.num, state, clock.now())
            store.jobs.grant(job.num, wish)

    clock.meanwhile = engine
    answer = client.post(f"/api/jobs/{job.id}/{wish}", headers=API)

    assert (answer.status_code, answer.json["granted"]) == (200, True)
    assert (answer.json["state"], answer.json["wish"]) == (str(state), None)
    assert clock.waits == [0.02] * 4


def test_an_engine_that_does_not_grant_is_waited_for_with_patience(
    client: FlaskClient, store: Store, clock: desk.BusyClock
) -> None:
    job = desk.run(store, clock)
    desk.tell(store, clock, "scheduler", every=60.0)
    answer = client.post(f"/api/jobs/{job.id}/cancel", headers=API)
    assert (answer.status_code, answer.json["granted"]) == (202, False)
    assert sum(clock.waits) == pytest.approx(PATIENCE, abs=0.1)


@pytest.mark.parametrize("age", [None, 16.0])
def test_without_an_engine_the_wish_is_kept_and_nobody_waits(
    client: FlaskClient, store: Store, clock: desk.BusyClock, age: float | None
) -> None:
    job = desk.run(store, clock)
    if age is not None:
        desk.tell(store, clock, "scheduler", beat_at=clock.now() - age)
    answer = client.post(f"/api/jobs/{job.id}/pause", headers=API)
    assert (answer.status_code, answer.json["granted"], answer.json["wish"]) == (
        202,
        False,
        "pause",
    )
    assert clock.waits == []


def test_when_too_many_wait_the_next_one_does_not(
    app: Application, store: Store, clock: desk.BusyClock
) -> None:
    job = desk.run(store, clock)
    desk.tell(store, clock, "scheduler")
    waits = app.extensions[EXTENSION].waits
    seats = [waits.take() for _ in range(waits.limit)]
    answer = app.test_client().post(f"/api/jobs/{job.id}/pause", headers=API)
    assert (answer.status_code, clock.waits) == (202, [])
    assert all(seats)


@pytest.mark.parametrize("wish", ["cancel", "pause", "resume", "retry"])
def test_a_wish_for_an_unknown_job_is_404(client: FlaskClient, wish: str) -> None:
    assert client.post(f"/api/jobs/{'0' * 36}/{wish}", headers=API).status_code == 404


@pytest.mark.parametrize("wish", ["cancel", "pause", "resume"])
def test_a_finished_job_refuses_wishes(
    client: FlaskClient, store: Store, clock: desk.BusyClock, wish: str
) -> None:
    job = desk.run(store, clock)
    store.jobs.move(job.num, JobState.COMPLETED, clock.now())
    answer = client.post(f"/api/jobs/{job.id}/{wish}", headers=API)
    assert (answer.status_code, answer.mimetype) == (409, "application/problem+json")
    assert store.jobs.get(job.id).state is JobState.COMPLETED


@pytest.mark.parametrize("wish", ["cancel", "retry"])
def test_wishes_take_no_parameters(client: FlaskClient, store: Store, wish: str) -> None:
    job = desk.queue(store)
    answer = client.post(f"/api/jobs/{job.id}/{wish}", json={"force": True}, headers=API)
    assert (answer.status_code, answer.json["field"]) == (400, "force")


def test_failed_items_are_tried_again_in_a_new_job(
    client: FlaskClient, store: Store, clock: desk.BusyClock
) -> None:
    job = desk.run(store, clock)
    path = f"/api/jobs/{job.id}/retry"
    assert client.post(path, headers=API).status_code == 409  # it still runs
    store.ledger.add(job.num, 0, [ItemRef("B0", "a.cbz")])
    results = [Result(0, "B0", Outcome.FAILED, "damaged")]
    store.ledger.record(Batch(job.num, "komga", results, clock.now())).wait()
    store.jobs.move(job.num, JobState.COMPLETED, clock.now())

    first, again = client.post(path, headers=API), client.post(path, headers=API)

    assert (first.status_code, again.status_code) == (202, 200)
    assert (first.json["parent"], first.json["trigger"]) == (job.id, "retry")
    assert again.json["id"] == first.json["id"]
