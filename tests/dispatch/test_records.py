"""A job leaves its course and its log behind."""

from __future__ import annotations

from pathlib import Path

import pytest

from shelfhook.dispatch import sampling
from shelfhook.dispatch.sampling import Sampler
from shelfhook.model import Job, JobState, Wish
from shelfhook.rules.samples import EVERY
from shelfhook.store import Store
from tests.support.clock import FakeClock
from tests.support.engines import Shelf, database, shelf
from tests.support.hosts import FakeHost
from tests.support.stores import NOW, job_in
from tests.support.waiting import wait_until


def kinds(desk: Shelf, job: Job) -> list[str]:
    return [line.kind for line in desk.store.job_log.page(job.num)]


def test_a_jobs_log_tells_its_begin_and_its_end_with_counts(tmp_path: Path) -> None:
    with shelf(tmp_path, FakeHost(3)) as desk:
        job = desk.wait(desk.call())
        wait_until(lambda: "ended" in kinds(desk, job))
        first, *_, last = desk.store.job_log.page(job.num)
        assert (first.kind, first.message) == ("begun", "begun: sweep on all libraries")
        assert last.message.startswith("completed: 3 changed in ")


def test_a_stop_right_after_a_job_loses_nothing_of_its_log(tmp_path: Path) -> None:
    with shelf(tmp_path, FakeHost(3)) as desk:
        job = desk.wait(desk.call())
        desk.engine.stop()
        assert kinds(desk, job)[-1] == "ended"


def test_a_pause_its_end_and_who_wanted_it_stand_in_the_log(tmp_path: Path) -> None:
    host = FakeHost(20)
    host.reads.shut()
    with shelf(tmp_path, host) as desk:
        job = desk.call()
        host.reads.wait_for(4)
        desk.store.jobs.wish(job.id, Wish.PAUSE, desk.clock.now(), "ada")
        desk.wait(job, JobState.PAUSED)
        desk.store.jobs.wish(job.id, Wish.RESUME, desk.clock.now(), "ada")
        host.reads.open()
        desk.wait(job)
        wait_until(lambda: "ended" in kinds(desk, job))
        told = kinds(desk, job)
        assert set(told) >= {"begun", "asked", "paused", "resumed", "ended"}
        assert "pause asked for by ada" in {
            line.message for line in desk.store.job_log.page(job.num)
        }


def test_a_routine_that_is_gone_fails_its_job_and_the_log_says_why(tmp_path: Path) -> None:
    with shelf(tmp_path, FakeHost(3), started=False) as desk:
        job = desk.call()
        desk.with_routines({"other": {}})
        desk.restart()
        desk.wait(job, JobState.FAILED)
        wait_until(lambda: kinds(desk, job))
        (line,) = desk.store.job_log.page(job.num)
        assert (line.kind, line.level) == ("ended", "error")
        assert "sweep" in line.message


def test_a_running_job_is_sampled_now_and_then_and_once_more_when_it_has_ended(
    tmp_path: Path,
) -> None:
    clock = FakeClock(NOW)
    with Store(database(tmp_path)) as store:
        job = job_in(store, JobState.RUNNING)
        sampler = Sampler(store, clock)
        for _ in range(5):
            sampler.look([job.num])
            clock.advance(EVERY / 2)
        sampler.look([])
        sampler.look([])
        expected = [NOW, NOW + EVERY, NOW + 2 * EVERY, NOW + 2.5 * EVERY]
        assert store.samples.times(job.num) == expected
        Sampler(store, clock).look([])


def test_the_next_engine_goes_on_with_the_samples_of_the_last(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = FakeClock(NOW)
    with Store(database(tmp_path)) as store:
        job = job_in(store, JobState.RUNNING)
        for engine in range(2):
            sampler = Sampler(store, clock)
            for _ in range(3):
                sampler.look([job.num])
                clock.advance(EVERY)
            assert len(store.samples.of(job.num)) == 3 * (engine + 1)
    assert sampling.EVERY == EVERY
