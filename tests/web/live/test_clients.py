from __future__ import annotations

from collections.abc import Sequence

import pytest

from shelfhook.model import Job, JobState
from shelfhook.store import Store
from shelfhook.web.live.clients import MOST_HELD, Client, JobClient
from shelfhook.web.live.messages import Message, gone, job_key, of_job
from tests.web import desk
from tests.web.live.listening import inbox, kinds, parsed


@pytest.fixture
def job(store: Store, clock: desk.BusyClock) -> Job:
    return desk.run(store, clock)


def later(store: Store, job: Job, *limits: int) -> list[Message]:
    """A job's news as its limit changes."""
    found = []
    for limit in limits:
        store.jobs.mark(job.num, limit=limit)
        found.append(of_job(store.jobs.get(job.id), 1_700_000_000.0))
    return found


def follower(job: Job, seen: int | None = None) -> JobClient:
    return JobClient(job_key(job.num), {}, seen)


def begun(job: Job, seen: int | None = None, early: Sequence[Message] = ()) -> JobClient:
    client = follower(job, seen)
    for message in early:
        client.offer(message)
    client.begin(of_job(job, 1_700_000_000.0))
    return client


def end(store: Store, job: Job, state: JobState = JobState.COMPLETED, reason: str = "") -> Message:
    store.jobs.move(job.num, state, 1_700_000_000.0, reason)
    return of_job(store.jobs.get(job.id), 1_700_000_000.0)


def test_a_snapshot_then_progress_then_the_final_state(store: Store, job: Job) -> None:
    client = begun(job)
    [(kind, version, shown)] = parsed(client.take())
    assert (kind, shown["state"], str(shown["version"])) == ("snapshot", "running", version)

    for message in later(store, job, 3):
        client.offer(message)
    [(kind, _, shown)] = parsed(client.take())
    assert (kind, shown["limit"]) == ("progress", 3)

    client.offer(end(store, job))
    [(kind, last, shown)] = parsed(client.take())
    assert (kind, shown["state"]) == ("done", "completed")
    assert int(last) > int(version)
    assert client.closed


def test_a_slow_client_gets_the_latest_and_nothing_before_it(store: Store, job: Job) -> None:
    client = begun(job)
    for message in later(store, job, *range(50)):
        client.offer(message)
    snapshot, progress = parsed(client.take())
    assert (snapshot[0], progress[2]["limit"]) == ("snapshot", 49)


def test_a_slow_client_gets_the_final_state_without_the_progress_before(
    store: Store, job: Job
) -> None:
    client = begun(job)
    client.take()
    for message in [*later(store, job, 1, 2), end(store, job)]:
        client.offer(message)
    assert kinds(client.take()) == ["done"]


def test_a_client_that_comes_back_gets_no_snapshot_it_has(store: Store, job: Job) -> None:
    version = store.jobs.get(job.id).version
    assert kinds(begun(job, seen=version).take()) == [": nothing new"]
    assert kinds(begun(job, seen=version - 1).take()) == ["snapshot"]
    assert kinds(begun(job, seen=version + 7).take()) == ["snapshot"]


@pytest.mark.parametrize("knows", [True, False])
def test_the_final_state_always_arrives(store: Store, job: Job, knows: bool) -> None:
    end(store, job, JobState.FAILED, "the disk is full")
    ended = store.jobs.get(job.id)
    client = begun(ended, ended.version if knows else None)
    *_, last = parsed(client.take())
    assert (last[0], last[2]["reason"]) == ("done", "the disk is full")
    assert client.closed


def test_what_came_before_the_job_was_read_is_told_once_and_in_order(
    store: Store, job: Job
) -> None:
    old, same, new = later(store, job, 1, 2, 3)
    read = store.jobs.get(job.id)
    client = begun(read, early=[old, same, new])
    assert kinds(client.take()) == ["snapshot"]  # it is as new as the newest

    client = begun(job, early=[new, end(store, job)])
    assert kinds(client.take()) == ["snapshot", "done"]


def test_the_final_state_comes_once(store: Store, job: Job) -> None:
    client = begun(job)
    final = end(store, job)
    client.offer(final)
    client.take()
    client.offer(final)
    assert client.take() == b""


def test_a_job_that_is_cleaned_up_ends_its_streams(job: Job) -> None:
    client = begun(job)
    client.take()
    client.offer(gone(job.num))
    assert (client.closed, client.take()) == (True, b"")


def test_a_client_that_begins_is_awake(job: Job) -> None:
    client = begun(job)
    assert client.ready.is_set()


def test_news_of_the_same_thing_replaces_what_was_not_sent_yet() -> None:
    client = Client(("inbox",), {})
    for last in range(1_000):
        client.offer(inbox(last))
    assert parsed(client.take()) == [("inbox", None, {"waiting": 0, "last": 999})]


def test_a_client_for_whom_too_much_waits_is_sent_away_to_come_back() -> None:
    client = Client(("jobs",), {})
    for number in range(MOST_HELD):
        client.hold(f"job:{number}", b"x")
    client.hold("job:0", b"y")
    assert not client.closed
    client.hold("job:new", b"x")
    assert client.closed
    assert len(client.take()) == MOST_HELD


def test_a_heartbeat_of_a_page_can_be_heard_by_scripts() -> None:
    client = Client(("jobs",), {})
    client.beat()
    assert client.take() == b": beat\nevent: beat\ndata: {}\n\n"
    client.offer(inbox(1))
    client.beat()
    assert kinds(client.take()) == ["inbox"]


def test_a_heartbeat_of_a_job_is_a_comment(job: Job) -> None:
    client = begun(job)
    client.take()
    client.beat()
    assert client.take() == b": beat\n\n"
