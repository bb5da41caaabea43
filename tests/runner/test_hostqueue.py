"""A job waits for what it has told its host to do, but not for longer than somebody wishes."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from shelfhook.clock import SystemClock
from shelfhook.errors import HostDown, Transient
from shelfhook.model import Job
from shelfhook.runner import hostqueue
from tests.support.engines import Bench
from tests.support.hosts import FakeHost, Nothing


class Busy(FakeHost):
    """Never answers before it is closed, as a host that tells every ten seconds."""

    def __init__(self) -> None:
        super().__init__(1)
        self.asked, self.over = threading.Event(), threading.Event()

    def backlog(self, seconds: float) -> int | None:
        self.asked.set()
        self.over.wait(20)
        return None


@pytest.fixture
def job(tmp_path: Path) -> Job:
    with Bench(tmp_path, FakeHost(1), Nothing()) as bench:
        return bench.queue()


def wait(job: Job, host: FakeHost, seconds: float, stopping: threading.Event | None = None) -> bool:
    stopping = stopping or threading.Event()
    return hostqueue.wait(job, host, SystemClock(), seconds, stopping, lambda: None)


def test_it_waits_until_nothing_is_left(job: Job, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hostqueue, "PAUSE", 0.01)
    host = FakeHost(1)
    host.backlogs.extend([7, None, 3, 0])
    assert wait(job, host, 60)
    assert len(host.backlog_asked) == 4


def test_a_host_that_does_not_tell_is_not_waited_for(job: Job) -> None:
    host = FakeHost(1)
    host.backlogs.extend([None] * hostqueue.SILENT + [7])
    assert not wait(job, host, 60)
    assert len(host.backlog_asked) == hostqueue.SILENT


@pytest.mark.parametrize("raises", [False, True])
def test_a_host_that_is_away_for_a_while_is_waited_for(
    job: Job, monkeypatch: pytest.MonkeyPatch, raises: bool
) -> None:
    monkeypatch.setattr(hostqueue, "PAUSE", 0.01)
    asked = 0

    class Restarts(FakeHost):
        def backlog(self, seconds: float) -> int | None:
            nonlocal asked
            asked += 1
            self.down = 1 < asked < 6
            if self.down and raises:
                raise HostDown("it restarts")
            return None if self.down else max(0, 8 - asked)

    assert wait(job, Restarts(1), 60)
    assert asked == 8


def test_an_adapter_that_fails_ends_the_wait(job: Job, monkeypatch: pytest.MonkeyPatch) -> None:
    host = FakeHost(1)

    def fail(seconds: float) -> int:
        raise Transient("away")

    monkeypatch.setattr(host, "backlog", fail)
    assert not wait(job, host, 60)


def test_a_watch_leaves_its_job_free_while_the_host_is_silent(job: Job) -> None:
    host, stopping, over = Busy(), threading.Event(), threading.Event()
    clock = SystemClock()
    watch = hostqueue.Watch(job, host, clock, 60, stopping, lambda: None, over.set)
    assert host.asked.wait(10)
    assert not watch.over
    stopping.set()
    host.over.set()
    assert over.wait(10)
    assert watch.over
    assert not watch.settled


def test_what_ends_a_watch_before_its_time_is_told(job: Job) -> None:
    host, over = FakeHost(1), threading.Event()

    def fail(seconds: float) -> int:
        raise RuntimeError("a fault of an adapter")

    host.backlog = fail  # type: ignore[method-assign] # the only way to make it fail
    watch = hostqueue.Watch(job, host, SystemClock(), 60, threading.Event(), lambda: None, over.set)
    assert over.wait(10)
    with pytest.raises(RuntimeError, match="a fault of an adapter"):
        assert watch.over
