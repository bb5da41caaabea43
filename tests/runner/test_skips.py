"""Items that need not be looked at: unchanged since the last run, or failing again and again."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from shelfhook.errors import Permanent
from shelfhook.model import Change, ChangeKind, Item, Outcome, Trigger
from shelfhook.ports import PlanContext
from tests.support.engines import Bench, other_routine
from tests.support.hosts import AnalyzeIt, FakeAction, FakeHost, Retitle, fields

ONLY_CHANGED = {"only_changed": True}


def test_what_has_stayed_the_same_is_not_read_again(tmp_path: Path) -> None:
    host = FakeHost(5)
    with Bench(tmp_path, host, Retitle(), routine=ONLY_CHANGED) as bench:
        bench.run()
        host.read.clear()
        again = bench.run()
        assert set(bench.outcomes(again).values()) == {Outcome.UNCHANGED}
        assert again.counts.unchanged == 5
        assert not host.read


def test_an_item_that_was_changed_is_read(tmp_path: Path) -> None:
    host = FakeHost(3)
    with Bench(tmp_path, host, Retitle(), routine=ONLY_CHANGED) as bench:
        bench.run()
        host.read.clear()
        host.books["b1"]["title"] = "by hand"
        assert bench.outcomes(bench.run())["b1"] is Outcome.CHANGED
        assert set(host.read) == {"b1"}


def test_everything_is_read_on_demand(tmp_path: Path) -> None:
    host = FakeHost(3)
    with Bench(tmp_path, host, Retitle(), routine=ONLY_CHANGED) as bench:
        bench.run()
        host.read.clear()
        bench.run(everything=True)
        assert len(host.read) == 3


def test_a_routine_that_does_something_else_looks_at_everything(tmp_path: Path) -> None:
    host = FakeHost(3)
    with Bench(tmp_path, host, Retitle(), routine=ONLY_CHANGED) as bench:
        bench.run()
        host.read.clear()
        bench.routine = other_routine(
            bench.routine, actions=[{"name": "retitle", "style": "other"}]
        )
        bench.run()
        assert len(host.read) == 3


def test_without_the_wish_everything_is_read(tmp_path: Path) -> None:
    host = FakeHost(3)
    with Bench(tmp_path, host, Retitle()) as bench:
        bench.run()
        host.read.clear()
        bench.run()
        assert len(host.read) == 3


class Copied(FakeAction):
    """Gives every book the publisher of its series."""

    name = "copied"

    def plan(self, item: Item, context: PlanContext) -> Sequence[Change]:
        publisher = context.host.series("s1").fields["publisher"]
        return [fields(item, publisher=publisher)] if publisher else []


def test_books_whose_series_was_changed_are_looked_at_again(tmp_path: Path) -> None:
    host = FakeHost(3)
    with Bench(tmp_path, host, Copied(), routine=ONLY_CHANGED) as bench:
        bench.run()
        host.shelf["s1"]["publisher"] = "Us"
        assert set(bench.outcomes(bench.run()).values()) == {Outcome.CHANGED}
        host.read.clear()
        bench.run()
        assert not host.read


class Publisher(FakeAction):
    name = "publisher"

    def plan_series(self, series: Item, context: PlanContext) -> Sequence[Change]:
        return [] if series.fields["publisher"] else [fields(series, "series", publisher="Us")]


def test_a_series_that_the_job_changes_itself_is_no_reason_to_look_again(tmp_path: Path) -> None:
    host = FakeHost(3)
    with Bench(tmp_path, host, Publisher(), Copied(), routine=ONLY_CHANGED) as bench:
        bench.run()
        assert host.shelf["s1"]["publisher"] == "Us"
        host.read.clear()
        assert set(bench.outcomes(bench.run()).values()) == {Outcome.UNCHANGED}
        assert not host.read


class Wishing(FakeAction):
    name = "wishing"
    needs = frozenset({"read-lists"})

    def plan(self, item: Item, context: PlanContext) -> Sequence[Change]:
        after = {"member": item.id, "sort": item.id, "ordered": True}
        return [Change(ChangeKind.LIST, "read-list", "Best", after=after)]


def test_what_wants_to_be_on_a_list_is_looked_at_until_the_list_is_written(tmp_path: Path) -> None:
    host = FakeHost({"lib": ["b1", "b3"]})
    with Bench(tmp_path, host, Wishing(), routine=ONLY_CHANGED) as bench:
        bench.run()
        host.books["b2"] = {"title": "new", "number": "2"}
        host.shelves["lib"] = ["b1", "b2", "b3"]
        bench.run()
        assert host.lists["read-list", "Best"].members == ("b1", "b2", "b3")


def test_a_command_is_given_once_as_long_as_the_item_stays_the_same(tmp_path: Path) -> None:
    host = FakeHost(2)
    with Bench(tmp_path, host, AnalyzeIt()) as bench:
        assert set(bench.outcomes(bench.run()).values()) == {Outcome.CHANGED}
        assert set(bench.outcomes(bench.run()).values()) == {Outcome.UNCHANGED}
        host.books["b1"]["title"] = "by hand"
        assert bench.outcomes(bench.run()) == {"b0": Outcome.UNCHANGED, "b1": Outcome.CHANGED}
        bench.run(everything=True)
    assert host.commanded.count(("b0", "analyze")) == 2
    assert host.commanded.count(("b1", "analyze")) == 3


def test_after_an_undo_the_next_run_looks_again(tmp_path: Path) -> None:
    host = FakeHost(2)
    with Bench(tmp_path, host, Retitle(), routine=ONLY_CHANGED) as bench:
        bench.run(trigger=Trigger.UNDO, parent=bench.run().id)
        assert set(bench.outcomes(bench.run()).values()) == {Outcome.CHANGED}


def failing(folder: Path, host: FakeHost, jobs: int = 3) -> Bench:
    bench = Bench(folder, host, Retitle())
    for _ in range(jobs):
        host.fail_write("b0", Permanent("the title is too long"))
        assert bench.outcomes(bench.run())["b0"] is Outcome.FAILED
    host.write_errors.clear()
    return bench


def test_an_item_that_failed_in_three_jobs_in_a_row_is_set_aside(tmp_path: Path) -> None:
    host = FakeHost(2)
    with failing(tmp_path, host) as bench:
        job = bench.run()
        assert bench.outcomes(job) == {"b0": Outcome.SKIPPED, "b1": Outcome.UNCHANGED}
        assert "failed in 3 jobs in a row: the title is too long" in bench.reasons(job)["b0"]
        (one,) = bench.store.states.failing(3)
        assert (one.item_id, one.name, one.failures) == ("b0", "b0.cbz", 3)


def test_it_is_tried_again_when_it_changes(tmp_path: Path) -> None:
    host = FakeHost(1)
    with failing(tmp_path, host) as bench:
        host.books["b0"]["number"] = "2"
        assert bench.outcomes(bench.run()) == {"b0": Outcome.CHANGED}
        assert bench.store.states.failing(1) == []


def test_it_is_tried_again_when_it_was_released(tmp_path: Path) -> None:
    host = FakeHost(1)
    with failing(tmp_path, host) as bench:
        assert bench.store.states.release("fake", "b0") == 1
        assert bench.outcomes(bench.run()) == {"b0": Outcome.CHANGED}


def test_it_is_tried_again_when_somebody_names_it(tmp_path: Path) -> None:
    host = FakeHost(1)
    with failing(tmp_path, host) as bench:
        assert bench.outcomes(bench.run(items=("b0",))) == {"b0": Outcome.CHANGED}


def test_a_retry_that_fails_counts_on(tmp_path: Path) -> None:
    host = FakeHost(1)
    with failing(tmp_path, host) as bench:
        host.fail_write("b0", Permanent("the title is too long"))
        bench.run(items=("b0",))
        host.write_errors.clear()
        (one,) = bench.store.states.failing(3)
        assert one.failures == 4
        assert bench.outcomes(bench.run()) == {"b0": Outcome.SKIPPED}


def test_two_failures_are_not_enough_and_a_success_ends_the_row(tmp_path: Path) -> None:
    host = FakeHost(1)
    with failing(tmp_path, host, jobs=2) as bench:
        assert bench.outcomes(bench.run()) == {"b0": Outcome.CHANGED}
        assert bench.store.states.failing(1) == []
