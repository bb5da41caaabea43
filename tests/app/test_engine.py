"""What the engine does by itself: schedules, its lease, its log, its end."""

from __future__ import annotations

import logging
import threading
from pathlib import Path

import pytest

from shelfhook.app import logs
from shelfhook.app.engine import Engine
from shelfhook.errors import Transient
from shelfhook.model import EventKind, FireResult, JobState, Library, NewEvent, Trigger
from shelfhook.store import Store
from shelfhook.store.status import Beat
from tests.support.clock import FakeClock
from tests.support.engines import Shelf, shelf
from tests.support.hosts import FakeHost
from tests.support.waiting import Background, wait_until

HOUR = 3600.0
MIDNIGHT = 1_700_006_400.0  # 2023-11-15 00:00 UTC
NIGHTLY = {
    "nightly": {"triggers": {"cron": "0 3 * * *", "timezone": "UTC", "misfire_hours": 6}},
}


def at(moment: float) -> FakeClock:
    clock = FakeClock(moment)
    clock.instant = False
    return clock


def fires(desk: Shelf) -> list[tuple[float, FireResult]]:
    """Hours since midnight and results, oldest first."""
    return [((f.due_at - MIDNIGHT) / HOUR, f.result) for f in desk.store.schedules.page()][::-1]


def test_promise_10_a_night_run_that_is_late_still_runs_and_once_only(tmp_path: Path) -> None:
    clock = at(MIDNIGHT + 2 * HOUR)
    with shelf(tmp_path, FakeHost(3), routines=NIGHTLY, clock=clock) as desk:
        desk.engine.stop()  # the machine sleeps from two to five
        clock.advance(3 * HOUR)
        desk.restart()
        (job,) = wait_until(lambda: desk.store.jobs.page())
        assert (desk.wait(job).counts.changed, job.trigger) == (3, Trigger.SCHEDULE)
        assert fires(desk) == [(3.0, FireResult.RAN)]
        desk.engine.stop()
        desk.restart()
        desk.engine._nights.settle_all()
        assert (len(desk.store.jobs.page()), len(fires(desk))) == (1, 1)


def test_promise_10_due_times_that_nobody_was_there_for_are_shown_as_missed_or_skipped(
    tmp_path: Path,
) -> None:
    clock = at(MIDNIGHT)
    routines = {
        "nightly": {"triggers": {"cron": "0 1,3 * * *", "timezone": "UTC", "misfire_hours": 6}}
    }
    with shelf(tmp_path, FakeHost(1), routines=routines, clock=clock) as desk:
        desk.engine.stop()
        clock.advance(24 * HOUR + 5 * HOUR)
        desk.restart()
        assert fires(desk) == [
            (1.0, FireResult.MISSED),
            (3.0, FireResult.MISSED),
            (25.0, FireResult.SKIPPED),
            (27.0, FireResult.RAN),
        ]
        reasons = [fire.reason for fire in desk.store.schedules.page()]
        assert all(reasons), reasons
        assert len(desk.store.jobs.page()) == 1


def test_promise_10_several_engines_settle_one_due_time_once(tmp_path: Path) -> None:
    clock = at(MIDNIGHT)
    with shelf(tmp_path, FakeHost(1), started=False, routines=NIGHTLY, clock=clock) as desk:
        desk.engine._nights.settle_all()
        clock.advance(4 * HOUR)
        url = desk.settings.paths.database_url
        stores = [Store(url) for _ in range(4)]
        try:
            together = threading.Barrier(4)

            def settle(store: Store) -> None:
                engine = Engine(desk.parts, store, clock, desk.hosts)
                together.wait(10)
                engine._nights.settle_all()

            settling = [Background(lambda store=store: settle(store)) for store in stores]  # type: ignore[misc]
            for one in settling:
                one.result()
        finally:
            for store in stores:
                store.close()
        assert fires(desk) == [(3.0, FireResult.RAN)]
        assert len(desk.store.jobs.page()) == 1


def test_a_schedule_counts_from_the_start_of_the_engine(tmp_path: Path) -> None:
    """A due time within the first minute must not be lost because nobody has noted the schedule."""
    clock = at(MIDNIGHT + 3 * HOUR - 5)
    with shelf(tmp_path, FakeHost(1), routines=NIGHTLY, clock=clock) as desk:
        clock.advance(6.0)
        desk.engine._nights.settle("nightly")  # what the scheduler calls at 03:00
        assert fires(desk) == [(3.0, FireResult.RAN)]


def test_only_one_engine_works_and_a_second_takes_over_when_it_ends(tmp_path: Path) -> None:
    with shelf(tmp_path, FakeHost(3)) as desk:
        other_store = Store(desk.settings.paths.database_url)
        standby = Engine(desk.parts, other_store, desk.clock, desk.hosts)
        assert not standby.acquire()
        desk.engine.stop()
        job = desk.call()
        assert standby.acquire()
        standby.start()
        try:
            assert desk.wait(job).counts.changed == 3
        finally:
            standby.stop()
            other_store.close()


def test_log_lines_carry_the_threads_name_and_the_item(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.INFO), shelf(tmp_path, FakeHost(6)) as desk:
        job = desk.wait(desk.call())
    lines = [logging.Formatter(logs.FORMAT).format(record) for record in caplog.records]
    for place in range(1):
        wanted = f"[job-{job.short}-{place}] Processing item: b"
        assert any(wanted in line for line in lines), lines[:20]
    said = [r for r in caplog.records if r.message.startswith("Processing item")]
    assert {r.threadName.rpartition("-")[0] for r in said} == {f"job-{job.short}"}
    begun = [r for r in caplog.records if r.message.startswith(f"Job {job.short} begins")]
    assert begun[0].threadName.startswith("job-mgr_")


def test_an_event_from_a_scan_becomes_a_job_for_every_routine_that_listens(tmp_path: Path) -> None:
    scan = {"triggers": {"events": ["library.scanned"]}}
    routines = {
        "one": scan,
        "two": {**scan, "libraries": ["The lib"]},
        "elsewhere": {**scan, "libraries": ["other"]},
        "deaf": {"triggers": {"enabled": False, "events": ["library.scanned"]}},
    }
    with shelf(tmp_path, FakeHost(2), routines=routines) as desk:
        wait_until(lambda: desk.engine._coalescer._known)  # the host's libraries are known
        desk.scanned()
        wait_until(lambda: not desk.store.inbox.waiting())
        jobs = desk.store.jobs.page()
        assert sorted(job.routine for job in jobs) == ["one", "two"]
        for job in jobs:
            assert desk.wait(job).state is JobState.COMPLETED


def test_an_event_that_no_routine_listens_to_is_dropped_with_a_reason(tmp_path: Path) -> None:
    with shelf(tmp_path, FakeHost(2)) as desk:
        desk.scanned()
        wait_until(lambda: not desk.store.inbox.waiting())
        with desk.store._read_engine.connect() as connection:
            (row,) = connection.exec_driver_sql("SELECT state, note FROM events").all()
        assert tuple(row) == ("dropped", "no routine listens to it")


def beats(desk: Shelf) -> dict[str, Beat]:
    return {beat.name: beat for beat in desk.store.status.beats()}


def test_events_wait_while_a_host_that_is_well_cannot_name_its_libraries(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = at(MIDNIGHT)
    scan = {"triggers": {"events": ["library.scanned"]}, "libraries": ["The lib"]}
    host = FakeHost(2)
    with shelf(tmp_path, host, started=False, routines={"one": scan}, clock=clock) as desk:

        def libraries() -> list[Library]:
            raise Transient("fake: GET /libraries answered 500")

        desk.scanned()
        clock.advance(1.0)
        with monkeypatch.context() as patch:
            patch.setattr(host, "libraries", libraries)
            desk.engine._looks.look("fake")
        assert not beats(desk)["host:fake"].ok
        assert "answered 500" in beats(desk)["host:fake"].detail["message"]
        assert desk.engine._coalescer.tick("fake") == []
        assert len(desk.store.inbox.waiting()) == 1
        desk.engine._looks.look("fake")
        assert beats(desk)["host:fake"].ok
        assert len(desk.engine._coalescer.tick("fake")) == 1


@pytest.mark.parametrize("down", [False, True])
def test_the_names_of_libraries_outlive_a_restart_and_an_outage(tmp_path: Path, down: bool) -> None:
    """The web side translates names by them, also before the first look at the host has ended."""
    host = FakeHost(1)
    with shelf(tmp_path, host, started=False) as desk:
        libraries = [{"id": "old", "name": "The old"}]
        now = desk.clock.now()
        old = [
            Beat(name, now - 100, 1.0, True, {"libraries": libraries})
            for name in ("host:fake", "host:sold", "loop:old", "scheduler")
        ]
        desk.store.status.beat(old)
        host.down = down
        host.checks.shut()
        desk.start()
        host.checks.wait_for(1)
        found = beats(desk)
        assert found["host:fake"] == old[0]
        assert "host:sold" not in found
        assert "loop:old" not in found
        assert found["scheduler"].beat_at >= now
        host.checks.open()
        wait_until(lambda: beats(desk)["host:fake"].beat_at >= now)
        fresh = beats(desk)["host:fake"]
        assert fresh.ok is not down
        names = [one["name"] for one in fresh.detail["libraries"]]
        assert names == (["The old"] if down else ["The lib"])


def test_a_host_that_hangs_holds_up_the_events_of_no_other(tmp_path: Path) -> None:
    slow, quick = FakeHost(1, name="slow"), FakeHost(1, name="quick")
    routines = {
        "one": {"host": "slow", "triggers": {"events": ["item.changed"]}},
        "two": {"host": "quick", "triggers": {"events": ["library.scanned"]}},
    }
    with shelf(tmp_path, quick, slow, routines=routines) as desk:
        desk.wait(desk.call("one"))  # we leave a book there, so an event about it may be an echo
        slow.reads.shut()
        changed = NewEvent("slow", EventKind.ITEM_CHANGED, "d", library="lib", item="b0")
        desk.store.inbox.accept([changed], desk.clock.now())
        slow.reads.wait_for(1)
        desk.scanned()  # at the first host, the quick one
        (job,) = wait_until(lambda: [j for j in desk.store.jobs.page() if j.routine == "two"])
        assert desk.wait(job).state is JobState.COMPLETED
        assert slow.reads.waiting == 1
        assert {"loop:coalesce slow", "loop:coalesce quick"} <= beats(desk).keys()


def test_when_the_engine_has_stopped_none_of_its_threads_is_left(tmp_path: Path) -> None:
    before = set(threading.enumerate())
    with shelf(tmp_path, FakeHost(20)) as desk:
        desk.wait(desk.call())
    left = [thread.name for thread in set(threading.enumerate()) - before]
    assert left == []


def test_old_jobs_are_cleaned_up_and_others_stay(tmp_path: Path) -> None:
    clock = at(MIDNIGHT)
    with shelf(tmp_path, FakeHost(2), clock=clock, keep_days=30) as desk:
        old = desk.wait(desk.call())
        clock.advance(31 * 24 * HOUR)
        young = desk.wait(desk.call())
        desk.engine._clean()
        assert [job.id for job in desk.store.jobs.page()] == [young.id]
        assert desk.store.ledger.items(old.num) == []
        assert len(desk.items(young)) == 2
