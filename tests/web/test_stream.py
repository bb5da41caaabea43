from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from typing import Any

import pytest
from flask.testing import FlaskClient

from shelfhook.errors import StoreUnavailable
from shelfhook.model import Job, JobState
from shelfhook.store import Store
from shelfhook.web.context import EXTENSION, Web
from shelfhook.web.lean import Application
from shelfhook.web.stream import HEARTBEAT, JobStream, messages
from tests.web import desk
from tests.web.desk import API


@pytest.fixture
def web(app: Application) -> Web:
    found = app.extensions[EXTENSION]
    assert isinstance(found, Web)
    return found


@pytest.fixture
def job(store: Store, clock: desk.BusyClock) -> Job:
    return desk.run(store, clock)


def stream(store: Store, job: Job, clock: desk.BusyClock, seen: int | None = None) -> Iterator[Any]:
    """The messages as (event, version, job)."""
    for raw in messages(lambda: store.jobs.get(job.id), clock, threading.Event(), seen):
        yield parsed(raw)


def parsed(raw: bytes) -> Any:
    text = raw.decode()
    assert text.endswith("\n\n")
    if text.startswith(":"):
        return text.strip()
    fields = dict(line.split(": ", 1) for line in text.strip().splitlines())
    return fields["event"], int(fields["id"]), json.loads(fields["data"])


def test_a_snapshot_then_progress_then_the_final_state(
    store: Store, clock: desk.BusyClock, job: Job
) -> None:
    live = stream(store, job, clock)
    kind, version, shown = next(live)
    assert (kind, shown["state"], shown["version"]) == ("snapshot", "running", version)

    store.jobs.mark(job.num, limit=3)
    assert next(live)[0::2][0] == "progress"

    store.jobs.move(job.num, JobState.COMPLETED, clock.now())
    kind, last, shown = next(live)
    assert (kind, shown["state"]) == ("done", "completed")
    assert last > version
    assert list(live) == []


def test_changes_come_at_most_ten_a_second_and_carry_the_latest(
    store: Store, clock: desk.BusyClock, job: Job
) -> None:
    live = stream(store, job, clock)
    next(live)
    for limit in range(50):
        store.jobs.mark(job.num, limit=limit)
    began = clock.monotonic()
    assert next(live)[2]["limit"] == 49
    assert clock.monotonic() - began == pytest.approx(0.1)


def test_silence_is_broken_by_a_heartbeat(store: Store, clock: desk.BusyClock, job: Job) -> None:
    live = stream(store, job, clock)
    next(live)
    for _ in range(2):
        began = clock.monotonic()
        assert next(live) == ": beat"
        assert clock.monotonic() - began == pytest.approx(HEARTBEAT, abs=0.2)


def test_a_client_that_comes_back_gets_no_snapshot_it_has(
    store: Store, clock: desk.BusyClock, job: Job
) -> None:
    version = store.jobs.get(job.id).version
    assert next(stream(store, job, clock, seen=version)) == ": nothing new"
    assert next(stream(store, job, clock, seen=version - 1))[0] == "snapshot"
    assert next(stream(store, job, clock, seen=version + 7))[0] == "snapshot"


@pytest.mark.parametrize("knows", [True, False])
def test_the_final_state_always_arrives(
    store: Store, clock: desk.BusyClock, job: Job, knows: bool
) -> None:
    store.jobs.move(job.num, JobState.FAILED, clock.now(), "the disk is full")
    seen = store.jobs.get(job.id).version if knows else None
    *_, last = stream(store, job, clock, seen)
    assert (last[0], last[2]["reason"]) == ("done", "the disk is full")


def test_a_stream_ends_when_the_process_closes(
    store: Store, clock: desk.BusyClock, job: Job
) -> None:
    closing = threading.Event()
    live = messages(lambda: store.jobs.get(job.id), clock, closing, None)
    next(live)
    closing.set()
    assert list(live) == []


def test_the_endpoint_speaks_server_sent_events(
    client: FlaskClient, store: Store, clock: desk.BusyClock, job: Job, web: Web
) -> None:
    store.jobs.move(job.num, JobState.COMPLETED, clock.now())
    version = store.jobs.get(job.id).version
    answer = client.get(f"/api/jobs/{job.id}/events", headers=API | {"Last-Event-ID": str(version)})
    assert answer.mimetype == "text/event-stream"
    assert answer.headers["Cache-Control"] == "no-store"
    comment, done = answer.get_data(as_text=True).strip().split("\n\n")
    assert comment.startswith(":")
    assert f"id: {version}\nevent: done" in done
    assert web.streams.taken == 0


@pytest.mark.parametrize("last", ["", "x", "-1", "9" * 40, "\xb2"])
def test_a_senseless_last_event_id_means_a_snapshot(
    client: FlaskClient, store: Store, clock: desk.BusyClock, job: Job, last: str
) -> None:
    store.jobs.move(job.num, JobState.COMPLETED, clock.now())
    answer = client.get(f"/api/jobs/{job.id}/events", headers=API | {"Last-Event-ID": last})
    assert "event: snapshot" in answer.get_data(as_text=True)


def test_beyond_the_seats_a_client_is_asked_to_come_back(store: Store, job: Job) -> None:
    app = desk.make(store, desk.BusyClock(), max_streams=1)
    client = app.test_client()
    path = f"/api/jobs/{job.id}/events"
    with client.get(path, headers=API) as held:
        assert held.status_code == 200
        refused = client.get(path, headers=API)
        assert refused.status_code == 503
        assert int(refused.headers["Retry-After"]) > 0
        assert client.get("/api/jobs", headers=API).status_code == 200
    with client.get(path, headers=API) as again:
        assert again.status_code == 200


def test_a_client_that_left_before_the_first_message_frees_its_seat(
    client: FlaskClient, job: Job, web: Web
) -> None:
    answer = client.get(f"/api/jobs/{job.id}/events", headers=API)
    assert web.streams.taken == 1
    answer.close()
    assert web.streams.taken == 0


def test_asking_for_the_headers_only_takes_no_seat(client: FlaskClient, job: Job, web: Web) -> None:
    answer = client.head(f"/api/jobs/{job.id}/events", headers=API)
    assert (answer.status_code, web.streams.taken) == (200, 0)


def test_a_store_that_goes_away_ends_the_stream_and_frees_the_seat(
    clock: desk.BusyClock, web: Web, caplog: pytest.LogCaptureFixture
) -> None:
    def look() -> Job:
        raise StoreUnavailable("gone")

    seat = web.streams.take()
    assert seat is not None
    recorded: list[Exception] = []
    live = JobStream(look, clock, seat, threading.Event(), None, recorded.append)
    assert list(live) == []
    assert web.streams.taken == 0
    assert isinstance(recorded[0], StoreUnavailable)
    live.close()
    assert web.streams.taken == 0
