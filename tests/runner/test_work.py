"""One item: read → plan → record before, durably → apply → outcome."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from pathlib import Path

import pytest

from shelfhook.errors import Gone, HostDown, Permanent, Refused, Transient
from shelfhook.model import (
    Change,
    ChangeKind,
    ChangeState,
    Fields,
    Item,
    Job,
    JobState,
    LedgerItem,
    Outcome,
    Wish,
)
from shelfhook.ports import PlanContext
from shelfhook.rules import RetryPolicy
from shelfhook.store.findings import Wanted
from tests.support.clock import FakeClock
from tests.support.engines import Bench
from tests.support.hosts import AnalyzeIt, FakeAction, FakeHost, Retitle, action, fields
from tests.support.waiting import Background, wait_until


def one(bench: Bench, job: Job) -> LedgerItem:
    (row,) = bench.items(job)
    return row


def run_one(folder: Path, host: FakeHost, *actions: FakeAction, **more: object) -> LedgerItem:
    with Bench(folder, host, *(actions or (Retitle(),)), clock=FakeClock(), **more) as bench:
        return one(bench, bench.run())


def test_a_changed_item_is_written_once_and_its_change_is_kept_with_its_before(
    tmp_path: Path,
) -> None:
    host = FakeHost(1)
    with Bench(tmp_path, host, Retitle()) as bench:
        job = bench.run()
        assert one(bench, job).outcome is Outcome.CHANGED
        (change,) = bench.changes(job)
        assert change.state is ChangeState.APPLIED
        assert (change.change.before, change.change.after) == (
            {"title": "old b0"},
            {"title": "new b0"},
        )
        assert host.written == [("b0", {"title": "new b0"})]
        left = bench.store.ledger.fingerprint("fake", "b0")
        assert left == host.item("b0").fingerprint


def test_nothing_to_change_is_no_call(tmp_path: Path) -> None:
    host = FakeHost(1)
    host.books["b0"]["title"] = "new b0"
    assert run_one(tmp_path, host).outcome is Outcome.UNCHANGED
    assert host.written == []


def test_the_before_is_in_the_store_before_the_host_is_written_to(tmp_path: Path) -> None:
    host = FakeHost(20)
    seen: dict[str, list[ChangeState]] = {}
    with Bench(tmp_path, host, Retitle()) as bench:
        runner = bench.runner()

        def look(book: str, _: Fields) -> None:
            rows = bench.store.ledger.changes(runner.job.num, limit=100)
            seen[book] = [row.state for row in rows if row.change.entity_id == book]

        host.before_write = look
        runner.run()
    assert seen == {f"b{i}": [ChangeState.INTENDED] for i in range(20)}


def test_commands_come_after_the_fields(tmp_path: Path) -> None:
    host = FakeHost(1)
    order: list[str] = []
    host.before_write = lambda *_: order.append("write")
    host.after_write = lambda *_: order.extend(name for _, name in host.commanded)
    row = run_one(tmp_path, host, AnalyzeIt(), Retitle(), AnalyzeIt())
    assert row.outcome is Outcome.CHANGED
    assert (order, host.commanded) == (["write"], [("b0", "analyze")])


def test_a_dry_run_plans_and_writes_nothing(tmp_path: Path) -> None:
    host = FakeHost(5)
    with Bench(tmp_path, host, Retitle(), AnalyzeIt()) as bench:
        job = bench.run(dry_run=True)
        assert set(bench.outcomes(job).values()) == {Outcome.PLANNED}
        assert {change.state for change in bench.changes(job)} == {ChangeState.PLANNED}
        assert len(bench.changes(job)) == 10
    assert (host.written, host.commanded) == ([], [])


def test_a_dry_run_that_is_resumed_keeps_one_row_per_planned_change(tmp_path: Path) -> None:
    with Bench(tmp_path, FakeHost(1), Retitle()) as bench:
        bench.queue(dry_run=True)
        job = bench.claim()
        crash_after_recording(bench, job, ChangeState.PLANNED)
        bench.run_again()
        assert len(bench.changes(job)) == 1


@pytest.mark.parametrize(
    ("error", "outcome", "reason"),
    [
        (Gone("b0 is not there"), Outcome.SKIPPED, "b0 is not there"),
        (Permanent("title too long"), Outcome.FAILED, "title too long"),
        (Refused("no right to write"), Outcome.FAILED, "no right to write"),
        (ZeroDivisionError("division"), Outcome.FAILED, "ZeroDivisionError: division"),
    ],
)
@pytest.mark.parametrize("when", ["reading", "writing"])
def test_an_error_decides_the_outcome_and_is_not_tried_again(
    tmp_path: Path, error: Exception, outcome: Outcome, reason: str, when: str
) -> None:
    host = FakeHost(1)
    (host.fail_read if when == "reading" else host.fail_write)("b0", error)
    row = run_one(tmp_path, host)
    assert (row.outcome, row.reason, row.attempts) == (outcome, reason, 1)
    assert host.written == []


def test_an_action_that_breaks_fails_its_item_with_the_errors_type(tmp_path: Path) -> None:
    def stumble(item: Item, _: PlanContext) -> Sequence[Change]:
        raise KeyError("series")

    row = run_one(tmp_path, FakeHost(1), action(stumble))
    assert (row.outcome, row.reason) == (Outcome.FAILED, "KeyError: 'series'")


def test_what_may_pass_is_tried_again_after_growing_pauses(tmp_path: Path) -> None:
    host, clock = FakeHost(1), FakeClock()
    host.fail_read("b0", Transient("busy"), Transient("busy"))
    with Bench(
        tmp_path, host, Retitle(), clock=clock, retry=RetryPolicy(5, base=1.0, ceiling=60)
    ) as bench:
        row = one(bench, bench.run())
    assert (row.outcome, row.attempts) == (Outcome.CHANGED, 3)
    first, second = clock.waits
    assert 0.5 <= first <= 1.0
    assert 1.0 <= second <= 2.0
    assert row.seconds == pytest.approx(first + second)


def test_a_host_that_asks_for_a_pause_gets_it(tmp_path: Path) -> None:
    host, clock = FakeHost(1), FakeClock()
    host.fail_read("b0", Transient("too many requests", retry_after=17.0))
    with Bench(tmp_path, host, Retitle(), clock=clock) as bench:
        assert one(bench, bench.run()).outcome is Outcome.CHANGED
    assert clock.waits == [17.0]


def test_an_item_that_fails_again_and_again_is_given_up(tmp_path: Path) -> None:
    host = FakeHost(1)
    host.fail_read("b0", *[Transient("busy") for _ in range(9)])
    row = run_one(tmp_path, host, retry=RetryPolicy(attempts=3))
    assert (row.outcome, row.reason, row.attempts) == (Outcome.FAILED, "busy", 3)


def test_a_pause_that_would_break_the_items_time_limit_is_not_made(tmp_path: Path) -> None:
    host = FakeHost(1)
    host.fail_read("b0", Transient("busy", retry_after=8.0), Transient("busy", retry_after=8.0))
    row = run_one(tmp_path, host, retry=RetryPolicy(attempts=9), item_seconds=10.0)
    assert (row.outcome, row.attempts, row.seconds) == (Outcome.FAILED, 2, 8.0)


@pytest.mark.parametrize("lost", [Transient("connection lost"), HostDown("away", retry_after=0.01)])
def test_a_write_whose_answer_was_lost_is_found_done_and_not_made_again(
    tmp_path: Path, lost: Exception
) -> None:
    host = FakeHost(1)
    host.lose_answer("b0", lost)
    with Bench(tmp_path, host, Retitle(), retry=RetryPolicy(base=0.01)) as bench:
        job = bench.run()
        assert one(bench, job).outcome is Outcome.CHANGED
        assert [change.state for change in bench.changes(job)] == [ChangeState.APPLIED]
        assert bench.store.ledger.fingerprint("fake", "b0") == host.item("b0").fingerprint
    assert host.writes_of("b0") == 1


# -- after a crash --


def crash_after_recording(
    bench: Bench, job: Job, state: ChangeState = ChangeState.INTENDED, **wanted: object
) -> None:
    """Leave what a crash leaves: the item listed, its change recorded, no outcome."""
    ref = next(iter(bench.host.pages("lib", size=500))).refs[0]
    bench.store.ledger.add(job.num, 0, [ref])
    bench.store.ledger.listed(job.num)
    item = bench.host.item("b0")
    change = fields(item, **(wanted or {"title": "new b0"}))  # type: ignore[arg-type]
    bench.store.ledger.intend(job.num, 0, [change], state)


def test_a_crash_between_record_and_write_reuses_the_record_and_writes_once(
    tmp_path: Path,
) -> None:
    host = FakeHost(1)
    with Bench(tmp_path, host, Retitle()) as bench:
        bench.queue()
        crash_after_recording(bench, bench.claim())
        job = bench.run_again()
        assert one(bench, job).outcome is Outcome.CHANGED
        assert [change.state for change in bench.changes(job)] == [ChangeState.APPLIED]
    assert host.writes_of("b0") == 1


def test_a_crash_after_the_write_is_reconciled_without_a_second_write(tmp_path: Path) -> None:
    host = FakeHost(1)
    with Bench(tmp_path, host, Retitle()) as bench:
        bench.queue()
        crash_after_recording(bench, bench.claim())
        host.write("book", "b0", {"title": "new b0"})
        job = bench.run_again()
        assert (job.state, job.counts.changed) == (JobState.COMPLETED, 1)
        (change,) = bench.changes(job)
        assert (change.state, change.change.before) == (ChangeState.APPLIED, {"title": "old b0"})
        assert bench.store.ledger.fingerprint("fake", "b0") == host.item("b0").fingerprint
    assert host.writes_of("b0") == 1


def test_a_record_with_lists_is_recognised_after_a_crash(tmp_path: Path) -> None:
    """The store gives lists back where a host's values may be tuples."""
    host = FakeHost(1)
    host.books["b0"]["tags"] = ("a", "b")
    tagging = action(
        lambda item, _: (
            [fields(item, tags=("b", "c"))] if tuple(item.fields["tags"]) != ("b", "c") else []
        )
    )
    with Bench(tmp_path, host, tagging) as bench:
        bench.queue()
        crash_after_recording(bench, bench.claim(), tags=("b", "c"))
        job = bench.run_again()
        assert [change.state for change in bench.changes(job)] == [ChangeState.APPLIED]


def test_a_written_list_is_recognised_after_a_crash(tmp_path: Path) -> None:
    host = FakeHost(1)
    host.books["b0"]["tags"] = ("a", "b")
    tagging = action(
        lambda item, _: [fields(item, tags=("c",))] if "c" not in item.fields["tags"] else []
    )
    with Bench(tmp_path, host, tagging) as bench:
        bench.queue()
        crash_after_recording(bench, bench.claim(), tags=("c",))
        host.write("book", "b0", {"tags": ("c",)})
        job = bench.run_again()
        assert one(bench, job).outcome is Outcome.CHANGED
        assert [change.state for change in bench.changes(job)] == [ChangeState.APPLIED]
    assert host.writes_of("b0") == 1


# -- while it waits to try again --


def waiting_between_attempts(folder: Path, host: FakeHost) -> tuple[Bench, Background[JobState]]:
    """A bench whose one item has failed once and waits; the runner is at `bench.now`."""
    clock = FakeClock()
    clock.instant = False
    waiting = threading.Event()
    host.fail_read("b0", Transient("busy", retry_after=20.0))
    bench = Bench(folder, host, Retitle(), clock=clock)
    runner = bench.runner()
    original = clock.wait

    def wait(event: threading.Event, seconds: float) -> bool:
        if seconds >= 20.0:
            waiting.set()
        return original(event, seconds)

    clock.wait = wait  # type: ignore[method-assign]
    running = Background(runner.run)
    assert waiting.wait(10)
    bench.now = runner  # type: ignore[attr-defined]
    return bench, running


def test_a_stop_while_an_item_waits_to_try_again_costs_no_item(tmp_path: Path) -> None:
    bench, running = waiting_between_attempts(tmp_path, FakeHost(1))
    with bench:
        bench.now.drain()  # type: ignore[attr-defined]
        assert running.result() is JobState.QUEUED
        job = bench.claim()
        assert one(bench, job).outcome is None
        bench.runner(job).run()
        assert one(bench, job).outcome is Outcome.CHANGED


def test_a_cancel_while_an_item_waits_to_try_again_cancels_the_item(tmp_path: Path) -> None:
    bench, running = waiting_between_attempts(tmp_path, FakeHost(1))
    with bench:
        bench.now.wish(Wish.CANCEL)  # type: ignore[attr-defined]
        assert running.result() is JobState.CANCELLED
        assert one(bench, bench.now.job).outcome is Outcome.CANCELLED  # type: ignore[attr-defined]


def test_an_item_that_brings_its_host_down_again_and_again_fails_and_the_rest_is_done(
    tmp_path: Path,
) -> None:
    """Quarantine: else one poison item keeps its job, and its host, going for ever."""
    host = FakeHost(4)
    host.fail_read("b1", *[HostDown("no answer", retry_after=0.01) for _ in range(50)])
    with Bench(tmp_path, host, Retitle()) as bench:
        job = bench.run()
        assert (job.state, job.counts.failed, job.counts.changed) == (JobState.COMPLETED, 1, 3)
        assert bench.outcomes(job)["b1"] is Outcome.FAILED


def test_a_long_pause_that_the_host_asks_for_rests_the_job_and_fails_no_item(
    tmp_path: Path,
) -> None:
    host = FakeHost(3)
    for book in host.books:
        host.fail_read(book, Transient("too many requests", retry_after=600.0))
    clock = FakeClock()
    clock.instant = False
    with Bench(tmp_path, host, Retitle(), clock=clock) as bench:
        runner = bench.runner()
        running = Background(runner.run)
        wait_until(lambda: runner.paused)
        clock.advance(601)
        assert running.result() is JobState.COMPLETED
        assert bench.store.jobs.get(runner.job.id).counts.changed == 3


def test_a_command_that_is_refused_after_something_was_written_is_a_finding(
    tmp_path: Path,
) -> None:
    host = FakeHost(1)

    def refuse(*_: object) -> None:
        raise Permanent("no such command")

    host.command = refuse  # type: ignore[method-assign]
    with Bench(tmp_path, host, Retitle(), AnalyzeIt()) as bench:
        job = bench.run()
        assert one(bench, job).outcome is Outcome.CHANGED
        states = [(row.change.kind, row.state) for row in bench.changes(job)]
        assert states == [
            (ChangeKind.FIELDS, ChangeState.APPLIED),
            (ChangeKind.COMMAND, ChangeState.INTENDED),
        ]
        (found,) = bench.store.findings.page(Wanted(job=job.num), 10)
        assert (found.finding.code, found.item_id) == ("command.failed", "b0")
        assert "no such command" in found.finding.message
        assert bench.store.ledger.fingerprint("fake", "b0") is not None


def test_commands_that_follow_a_write_are_given_when_all_items_are_done(tmp_path: Path) -> None:
    host = FakeHost(20)
    written: list[int] = []
    answer = host.command

    def command(entity: str, entity_id: str, name: str) -> None:
        written.append(len(host.written))
        answer(entity, entity_id, name)

    host.command = command  # type: ignore[method-assign]
    with Bench(tmp_path, host, Retitle(), AnalyzeIt(), page_size=6) as bench:
        job = bench.run()
        assert {row.state for row in bench.changes(job)} == {ChangeState.APPLIED}
        left = bench.store.ledger.fingerprint("fake", "b0")
    assert written == [20] * 20
    now = host.item("b0").fingerprint
    assert left == now, "what the host has made is no news"


def test_commands_that_a_stop_has_cut_off_are_given_after_the_next_start(tmp_path: Path) -> None:
    host = FakeHost(6)
    with Bench(tmp_path, host, Retitle(), AnalyzeIt(), workers=1) as bench:
        bench.queue()
        runner = bench.runner(bench.claim())
        answer = host.command

        def command(entity: str, entity_id: str, name: str) -> None:
            answer(entity, entity_id, name)
            runner.drain()

        host.command = command  # type: ignore[method-assign]
        assert runner.run() is JobState.QUEUED
        assert len(host.commanded) < 6
        again = bench.claim()
        host.command = answer  # type: ignore[method-assign]
        assert bench.runner(again).run() is JobState.COMPLETED
        assert sorted(host.commanded) == [(f"b{n}", "analyze") for n in range(6)]
