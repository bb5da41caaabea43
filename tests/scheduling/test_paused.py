"""A schedule that a person has paused: its due times are skipped, and say by whom."""

from __future__ import annotations

from pathlib import Path

import pytest

from shelfhook.model import FireResult
from shelfhook.store import Store
from tests.scheduling.test_nights import DAY, HOUR, NIGHTLY, THREE, Site
from tests.support.clock import FakeClock

PAUSED = (FireResult.SKIPPED, "paused by ann")


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock(THREE - 12 * HOUR)


@pytest.fixture
def site(sqlite_store: Store, tmp_path: Path, clock: FakeClock) -> Site:
    known = Site(sqlite_store, tmp_path, clock)
    known.settle()
    return known


def pause(site: Site) -> None:
    now = site.nights._clock.now()
    site.store.switches.pause("nightly", NIGHTLY["cron"], NIGHTLY["timezone"], "ann", now)


def resume(site: Site) -> None:
    site.store.switches.resume("nightly", site.nights._clock.now())


def test_a_due_time_within_a_pause_is_skipped_and_says_by_whom(
    site: Site, clock: FakeClock
) -> None:
    pause(site)
    clock.advance(12 * HOUR)
    site.settle()
    assert site.fires() == [(0, *PAUSED)]
    assert site.store.jobs.page() == []


def test_after_the_pause_the_next_due_time_runs_again(site: Site, clock: FakeClock) -> None:
    pause(site)
    clock.advance(12 * HOUR)
    site.settle()
    resume(site)
    clock.advance(DAY)
    site.settle()
    assert site.fires() == [(0, *PAUSED), (24, FireResult.RAN, "")]


def test_a_due_time_that_fell_into_a_pause_never_runs_late(site: Site, clock: FakeClock) -> None:
    pause(site)
    clock.advance(12 * HOUR + 60)
    resume(site)
    site.settle()
    assert site.fires() == [(0, *PAUSED)]


def test_a_due_time_before_the_pause_runs_if_the_pause_is_over(
    site: Site, clock: FakeClock
) -> None:
    clock.advance(12 * HOUR + 60)
    pause(site)
    clock.advance(60)
    resume(site)
    site.settle()
    assert site.fires() == [(0, FireResult.RAN, "120 s late")]


def test_a_pause_may_be_made_before_any_engine_knows_the_schedule(
    sqlite_store: Store, tmp_path: Path, clock: FakeClock
) -> None:
    site = Site(sqlite_store, tmp_path, clock)
    pause(site)
    clock.advance(12 * HOUR)
    site.settle()
    assert site.fires() == [(0, *PAUSED)]
