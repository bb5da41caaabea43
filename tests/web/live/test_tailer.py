from __future__ import annotations

import json
import threading
from typing import Any

import pytest

from shelfhook.errors import StoreUnavailable
from shelfhook.model import EventKind, Job, JobState, NewEvent
from shelfhook.store import Store
from shelfhook.store.rejections import Refused
from shelfhook.web.live.messages import Message
from shelfhook.web.live.tailer import MISSED, SELDOM, Tailer, Watching, tail
from tests.web import desk


@pytest.fixture
def tailer(store: Store, clock: desk.BusyClock) -> Tailer:
    return Tailer(store.news, clock)


def told(messages: list[Message], topic: str = "jobs") -> list[Any]:
    return [json.loads(one.data) for one in messages if topic in one.topics]


def look_for_all(tailer: Tailer) -> list[Message]:
    """As many looks as it takes to see what is looked for seldom."""
    return [message for _ in range(SELDOM) for message in tailer.look()]


def test_the_first_look_tells_everything_and_the_next_nothing(
    store: Store, clock: desk.BusyClock, tailer: Tailer
) -> None:
    running = desk.run(store, clock, library="A")
    waiting = desk.queue(store, library="B")
    desk.tell(store, clock, "host:komga")
    first = tailer.look()
    assert [one["id"] for one in told(first)] == [running.id, waiting.id]
    assert told(first, "hosts") == [{"names": ["komga"]}]
    assert told(first, "inbox")
    assert look_for_all(tailer) == []


def test_a_refused_delivery_is_news_of_the_inbox_once(store: Store, clock: desk.BusyClock) -> None:
    waiting: list[Refused] = []
    tailer = Tailer(store.news, clock, lambda: store.rejections.note_soon(waiting).wait())
    look_for_all(tailer)
    waiting.append(Refused(clock.now(), "komga", 401, "no token", "10.0.0.9", ""))
    assert told(look_for_all(tailer), "inbox") == [{"waiting": 0, "last": 0}]
    assert look_for_all(tailer) == []


def test_a_change_is_told_once(store: Store, clock: desk.BusyClock, tailer: Tailer) -> None:
    job = desk.run(store, clock)
    tailer.look()
    store.jobs.mark(job.num, limit=7)
    assert [one["limit"] for one in told(tailer.look())] == [7]
    assert told(tailer.look()) == []


def test_a_job_that_ends_is_told_once_with_its_final_state(
    store: Store, clock: desk.BusyClock, tailer: Tailer
) -> None:
    job = desk.run(store, clock)
    tailer.look()
    store.jobs.move(job.num, JobState.FAILED, clock.now(), "the disk is full")
    [shown] = told(tailer.look())
    assert (shown["state"], shown["reason"]) == ("failed", "the disk is full")
    assert told(tailer.look()) == []


def test_a_job_that_comes_and_ends_between_two_looks_is_told(
    store: Store, clock: desk.BusyClock, tailer: Tailer
) -> None:
    tailer.look()
    job = desk.run(store, clock)
    store.jobs.move(job.num, JobState.COMPLETED, clock.now())
    assert [one["state"] for one in told(tailer.look())] == ["completed"]
    assert told(tailer.look()) == []


def test_a_watched_job_that_ends_before_the_first_look_is_told(
    store: Store, clock: desk.BusyClock, tailer: Tailer
) -> None:
    job = desk.run(store, clock)
    for number in range(30):  # so that it is none of the newest
        other = desk.run(store, clock, library=f"N{number}")
        store.jobs.move(other.num, JobState.COMPLETED, clock.now())
    tailer.watch(job.num, job.version)
    store.jobs.move(job.num, JobState.COMPLETED, clock.now())
    assert job.id in {one["id"] for one in told(tailer.look())}


def test_a_job_that_is_cleaned_up_is_told_to_those_who_follow_it(
    store: Store, clock: desk.BusyClock, tailer: Tailer
) -> None:
    job = desk.run(store, clock)
    tailer.watch(job.num + 1_000, 3)
    gone = [one for one in tailer.look() if one.job == (job.num + 1_000, -1, True)]
    assert [one.topics for one in gone] == [(f"job:{job.num + 1_000}",)]


def test_after_a_rest_everything_is_told_again(
    store: Store, clock: desk.BusyClock, tailer: Tailer
) -> None:
    desk.run(store, clock)
    tailer.look()
    tailer.forget()
    assert len(told(tailer.look())) == 1


def test_the_inbox_is_told_at_once_and_in_a_storm_seldom(
    store: Store, clock: desk.BusyClock, tailer: Tailer
) -> None:
    look_for_all(tailer)

    def deliver(name: str) -> None:
        event = NewEvent("komga", EventKind.LIBRARY_SCANNED, name, library="L")
        store.inbox.accept([event], clock.now())

    counts = []
    for number in range(2 * SELDOM):
        deliver(str(number))
        counts += [one["waiting"] for one in told(tailer.look(), "inbox")]
    assert counts == [1, 1 + SELDOM]
    assert told(look_for_all(tailer), "inbox")[-1]["waiting"] == 2 * SELDOM


@pytest.mark.parametrize("kind", ["host", "bridge", "breaker"])
def test_a_host_is_named_when_its_state_changes_and_not_at_each_beat(
    store: Store, clock: desk.BusyClock, tailer: Tailer, kind: str
) -> None:
    def names() -> list[Any]:
        return told(look_for_all(tailer), "hosts")

    desk.tell(store, clock, f"{kind}:komga")
    assert names() == [{"names": ["komga"]}]
    clock.advance(4)
    desk.tell(store, clock, f"{kind}:komga")
    assert names() == []
    desk.tell(store, clock, f"{kind}:komga", ok=False)
    assert names() == [{"names": ["komga"]}]
    clock.advance(5 * MISSED + 1)  # nothing is heard of it any more
    assert names() == [{"names": ["komga"]}]
    assert names() == []


def test_signs_of_life_of_others_are_no_news(
    store: Store, clock: desk.BusyClock, tailer: Tailer
) -> None:
    look_for_all(tailer)
    desk.tell(store, clock, "loop:tick")
    assert look_for_all(tailer) == []


class Turns:
    """What a test sees of the thread's rounds; runs the next step after each of them."""

    def __init__(self, *steps: Any) -> None:
        self.steps = list(steps)
        self.rounds: list[list[Message] | None] = []

    def __call__(self, news: list[Message] | None) -> None:
        self.rounds.append(news)
        self.steps.pop(0)()


def run(tailer: Tailer, clock: desk.BusyClock, turns: Turns, closing: threading.Event) -> list[Any]:
    errors: list[Exception] = []
    wanted = threading.Event()
    wanted.set()
    watching = Watching(turns, lambda: None, errors.append)
    thread = threading.Thread(target=tail, args=(tailer, clock, closing, wanted, watching))
    thread.start()
    thread.join(20)
    assert not thread.is_alive()
    return errors


def test_a_store_that_goes_away_and_returns_is_recorded_once(
    store: Store, clock: desk.BusyClock, tailer: Tailer, monkeypatch: pytest.MonkeyPatch
) -> None:
    closing = threading.Event()

    def away() -> Any:
        raise StoreUnavailable("gone")

    def come_back() -> None:
        monkeypatch.undo()

    monkeypatch.setattr(tailer, "look", away)
    turns = Turns(lambda: None, lambda: None, come_back, closing.set)
    errors = run(tailer, clock, turns, closing)
    assert [type(one) for one in errors] == [StoreUnavailable]
    assert turns.rounds[:3] == [None] * 3  # so that no heartbeat is sent
    assert turns.rounds[3] is not None


def test_the_thread_rests_while_nobody_looks_and_ends_at_the_close(
    clock: desk.BusyClock, tailer: Tailer
) -> None:
    closing, wanted, rested = threading.Event(), threading.Event(), threading.Event()
    turns = Turns()
    watching = Watching(turns, rested.set, lambda _: None)
    thread = threading.Thread(target=tail, args=(tailer, clock, closing, wanted, watching))
    thread.start()
    assert rested.wait(10)
    closing.set()
    wanted.set()
    thread.join(10)
    assert not thread.is_alive()
    assert turns.rounds == []


def test_more_jobs_than_one_query_takes_are_all_told(
    store: Store, clock: desk.BusyClock, tailer: Tailer
) -> None:
    jobs: list[Job] = [desk.queue(store, library=f"L{n}", at=clock.now() + n) for n in range(600)]
    assert len(told(tailer.look())) == len(jobs)  # more than one query takes
    assert told(tailer.look()) == []
