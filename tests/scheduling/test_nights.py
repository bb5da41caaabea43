"""Every due time of a schedule ends as ran, skipped (with a reason) or missed."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from shelfhook.coalesce.calls import Call, Calls
from shelfhook.model import FireResult, JobState, Trigger
from shelfhook.scheduling.nights import Nights
from shelfhook.store import Store
from tests.support.clock import FakeClock
from tests.support.engines import make_settings
from tests.support.stores import together

HOUR, DAY = 3_600.0, 86_400.0
THREE = datetime(2026, 6, 10, 3, tzinfo=UTC).timestamp()
NIGHTLY: Mapping[str, Any] = {"cron": "0 3 * * *", "timezone": "UTC", "misfire_hours": 6}


class Site:
    """The schedules of one process; several may share a store and a clock."""

    def __init__(
        self, store: Store, folder: Path, clock: FakeClock, triggers: Mapping[str, Any] = NIGHTLY
    ) -> None:
        self.store = store
        self.clock = clock
        routines = make_settings(folder, routines={"nightly": {"triggers": triggers}}).routines
        self.calls = Calls(store, routines, clock)
        self.nights = Nights(store, routines, self.calls, clock)

    def settle(self) -> None:
        self.nights.settle_all()

    def fires(self) -> list[tuple[float, FireResult, str]]:
        """The fire log, oldest first, in hours from the first night at three."""
        return [
            ((fire.due_at - THREE) / HOUR, fire.result, fire.reason)
            for fire in reversed(self.store.schedules.page())
        ]


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock(THREE - 12 * HOUR)


@pytest.fixture
def site(sqlite_store: Store, tmp_path: Path, clock: FakeClock) -> Site:
    known = Site(sqlite_store, tmp_path, clock)
    known.settle()
    assert known.fires() == []  # a new schedule counts from now
    return known


def test_a_due_time_runs_its_routine_once(site: Site, clock: FakeClock) -> None:
    clock.advance(12 * HOUR)
    for _ in range(3):
        site.settle()
        clock.advance(60)
    assert site.fires() == [(0, FireResult.RAN, "")]
    [job] = site.store.jobs.page()
    assert (job.routine, job.trigger, job.state) == (
        "nightly",
        Trigger.SCHEDULE,
        JobState.QUEUED,
    )
    [event] = site.store.inbox.page()
    assert event.delivery == f"schedule:nightly:{THREE:.0f}"


def test_nothing_is_due_before_its_time(site: Site, clock: FakeClock) -> None:
    clock.advance(12 * HOUR - 1)
    site.settle()
    assert site.fires() == []
    assert site.nights.next() == {"nightly": THREE}


def test_a_night_that_came_while_nobody_ran_still_runs_and_says_how_late(
    site: Site, clock: FakeClock
) -> None:
    clock.advance(17 * HOUR)
    site.settle()
    assert site.fires() == [(0, FireResult.RAN, "18000 s late")]
    assert len(site.store.jobs.page()) == 1


def test_a_night_older_than_the_grace_was_missed_and_is_shown(site: Site, clock: FakeClock) -> None:
    clock.advance(12 * HOUR + 6 * HOUR + 1)
    site.settle()
    assert site.fires() == [(0, FireResult.MISSED, "Shelfhook was not running")]
    assert site.store.jobs.page() == []
    clock.advance(DAY - 6 * HOUR)
    site.settle()
    assert site.fires()[1:] == [(24, FireResult.RAN, "")]


def test_of_several_nights_the_latest_runs_and_each_earlier_one_is_accounted_for(
    site: Site, clock: FakeClock
) -> None:
    clock.advance(12 * HOUR + 3 * DAY + HOUR)
    site.settle()
    missed = (FireResult.MISSED, "Shelfhook was not running")
    assert site.fires() == [
        (0, *missed),
        (24, *missed),
        (48, *missed),
        (72, FireResult.RAN, "3600 s late"),
    ]
    assert len(site.store.jobs.page()) == 1


def test_earlier_due_times_within_the_grace_are_skipped_in_favour_of_the_latest(
    sqlite_store: Store, tmp_path: Path, clock: FakeClock
) -> None:
    site = Site(sqlite_store, tmp_path, clock, {**NIGHTLY, "cron": "0 */2 * * *"})
    site.settle()
    clock.advance(10 * HOUR)  # from 15:00 to 01:00: due at 16, 18, 20, 22, 0
    site.settle()
    assert [(result, reason) for _, result, reason in site.fires()] == [
        (FireResult.MISSED, "Shelfhook was not running"),
        (FireResult.MISSED, "Shelfhook was not running"),
        (FireResult.SKIPPED, "a later due time ran instead"),
        (FireResult.SKIPPED, "a later due time ran instead"),
        (FireResult.RAN, "3600 s late"),
    ]


def test_a_crash_between_two_entries_loses_no_night(
    site: Site, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The earlier due times are logged, then the process dies: the rest is settled later."""
    clock.advance(12 * HOUR + DAY + HOUR)
    log, logged = site.store.schedules.log, []

    def dies_at_the_second(due: Any, now: float) -> bool:
        if logged:
            raise MemoryError
        logged.append(due)
        return log(due, now)

    monkeypatch.setattr(site.store.schedules, "log", dies_at_the_second)
    with pytest.raises(MemoryError):
        site.settle()
    monkeypatch.undo()
    site.settle()
    assert [result for _, result, _ in site.fires()] == [FireResult.MISSED, FireResult.RAN]
    assert len(site.store.jobs.page()) == 1


def test_a_schedule_fires_once_whatever_the_number_of_processes(
    site: Site, sqlite_url: str, tmp_path: Path, clock: FakeClock
) -> None:
    clock.advance(12 * HOUR + DAY)
    with Store(sqlite_url) as second, Store(sqlite_url) as third:
        sites = [site, Site(second, tmp_path, clock), Site(third, tmp_path, clock)]
        together(6, lambda number: sites[number % 3].settle())
    assert [result for _, result, _ in site.fires()] == [FireResult.MISSED, FireResult.RAN]
    assert len(site.store.jobs.page()) == 1
    assert len(site.store.inbox.page()) == 1


def test_a_changed_schedule_counts_from_now(site: Site, tmp_path: Path, clock: FakeClock) -> None:
    clock.advance(20 * HOUR)  # 11:00; three was missed by the old schedule, nobody settled it
    changed = Site(site.store, tmp_path, clock, {**NIGHTLY, "cron": "0 10 * * *"})
    changed.settle()
    assert changed.fires() == []
    clock.advance(23 * HOUR)
    changed.settle()
    assert changed.fires() == [(31, FireResult.RAN, "")]


def test_a_schedule_in_another_zone_counts_from_now(
    site: Site, tmp_path: Path, clock: FakeClock
) -> None:
    clock.advance(14 * HOUR)
    Site(site.store, tmp_path, clock, {**NIGHTLY, "timezone": "America/New_York"}).settle()
    assert site.fires() == []


def test_a_schedule_whose_job_waits_already_is_skipped_with_that_reason(
    site: Site, clock: FakeClock
) -> None:
    waiting, _ = site.calls.call(Call("nightly"))
    clock.advance(12 * HOUR)
    site.settle()
    assert site.fires() == [(0, FireResult.SKIPPED, "its job was already waiting")]
    assert [job.id for job in site.store.jobs.page()] == [waiting.id]


def test_a_schedule_whose_job_is_running_queues_the_next_one(site: Site, clock: FakeClock) -> None:
    site.calls.call(Call("nightly"))
    assert site.store.jobs.claim(clock.now()) is not None
    clock.advance(12 * HOUR)
    site.settle()
    assert site.fires() == [(0, FireResult.RAN, "")]
    assert len(site.store.jobs.page()) == 2


@pytest.mark.parametrize(
    "triggers", [{"cron": ""}, {**NIGHTLY, "enabled": False}], ids=["no cron", "disabled"]
)
def test_what_has_no_schedule_is_never_due(
    sqlite_store: Store, tmp_path: Path, clock: FakeClock, triggers: Mapping[str, Any]
) -> None:
    site = Site(sqlite_store, tmp_path, clock, triggers)
    assert site.nights.scheduled == {}
    assert site.nights.next() == {}
    clock.advance(3 * DAY)
    site.settle()
    assert site.fires() == []


def test_a_year_without_shelfhook_is_settled_in_one_go(
    sqlite_store: Store, tmp_path: Path, clock: FakeClock
) -> None:
    site = Site(sqlite_store, tmp_path, clock, {**NIGHTLY, "cron": "*/10 * * * *"})
    site.settle()
    clock.advance(365 * DAY)
    site.settle()
    results = [fire.result for fire in site.store.schedules.page(limit=2_000)]
    assert results[0] is FireResult.RAN
    assert results.count(FireResult.RAN) == 1
    assert results.count(FireResult.SKIPPED) == 36  # six hours of grace
    site.settle()
    assert len(site.store.schedules.page(limit=2_000)) == len(results)
    assert len(site.store.jobs.page()) == 1
