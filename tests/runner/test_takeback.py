"""Undo puts back what a job left, and names what was changed since; apply does what was shown."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from shelfhook.errors import Permanent, Transient
from shelfhook.model import (
    Change,
    ChangeKind,
    ChangeState,
    Item,
    Job,
    JobState,
    Outcome,
    Trigger,
)
from shelfhook.ports import PlanContext
from tests.support.clock import FakeClock
from tests.support.engines import Bench
from tests.support.hosts import FakeAction, FakeHost, Retitle, action, fields


def renumbering() -> FakeAction:
    return action(lambda item, _: [fields(item, number="9")])


class Publisher(FakeAction):
    """Gives every series a publisher."""

    name = "publisher"

    def plan_series(self, series: Item, context: PlanContext) -> Sequence[Change]:
        if series.fields["publisher"] == "Us":
            return []
        return [fields(series, "series", publisher="Us")]


class Listed(FakeAction):
    """Wants every book on a read list, the last one first."""

    name = "listed"
    needs = frozenset({"read-lists"})

    def plan(self, item: Item, context: PlanContext) -> Sequence[Change]:
        after = {"member": item.id, "sort": f"{9 - int(item.id[1:])}", "ordered": True}
        return [Change(ChangeKind.LIST, "read-list", "Best", after=after)]


class Covered(FakeAction):
    """Puts page 2 on every cover that nobody has chosen."""

    name = "covered"

    def plan(self, item: Item, context: PlanContext) -> Sequence[Change]:
        chosen = context.host.cover("book", item.id)  # type: ignore[attr-defined]
        if chosen:
            return []
        return [Change(ChangeKind.COVER, "book", item.id, {"cover": ""}, {"page": 2})]


def undo(bench: Bench, job: Job, **more: object) -> Job:
    return bench.run(trigger=Trigger.UNDO, parent=job.id, **more)


def state(host: FakeHost) -> object:
    return ({k: dict(v) for k, v in host.books.items()}, dict(host.lists), dict(host.covers))


def test_undo_restores_what_was_before(tmp_path: Path) -> None:
    host = FakeHost(5)
    before = state(host)
    with Bench(tmp_path, host, Retitle(), renumbering()) as bench:
        job = bench.run()
        assert state(host) != before
        undone = undo(bench, job)
        assert set(bench.outcomes(undone).values()) == {Outcome.CHANGED}
    assert state(host) == before


def test_an_undo_can_be_undone(tmp_path: Path) -> None:
    host = FakeHost(3)
    with Bench(tmp_path, host, Retitle(), Listed(), Covered()) as bench:
        job = bench.run()
        after = state(host)
        undo(bench, undo(bench, job))
    assert state(host) == after


def test_what_was_edited_since_is_a_conflict_and_left_alone(tmp_path: Path) -> None:
    host = FakeHost(3)
    with Bench(tmp_path, host, Retitle()) as bench:
        job = bench.run()
        host.books["b0"]["title"] = "by hand"
        host.books["b1"]["number"] = "77"  # a field that the job did not touch
        undone = undo(bench, job)
        assert bench.outcomes(undone) == {
            "b0": Outcome.SKIPPED,
            "b1": Outcome.SKIPPED,
            "b2": Outcome.CHANGED,
        }
        reasons = bench.reasons(undone)
        assert "title is 'by hand'" in reasons["b0"]
        assert "conflict" in reasons["b1"]
        assert (host.books["b0"]["title"], host.books["b1"]["number"]) == ("by hand", "77")
        assert host.books["b2"]["title"] == "old b2"


def test_conflicts_can_be_queried(tmp_path: Path) -> None:
    from shelfhook.store.findings import Wanted

    host = FakeHost(2)
    with Bench(tmp_path, host, Retitle()) as bench:
        job = bench.run()
        host.books["b0"]["title"] = "by hand"
        undone = undo(bench, job)
        (found,) = bench.store.findings.page(Wanted(job=undone.num), 10)
        assert (found.item_id, found.finding.code) == ("b0", "undo.conflict")


def test_what_somebody_has_restored_already_is_unchanged(tmp_path: Path) -> None:
    host = FakeHost(1)
    with Bench(tmp_path, host, Retitle()) as bench:
        job = bench.run()
        host.books["b0"]["title"] = "old b0"
        writes = host.writes_of("b0")
        assert bench.outcomes(undo(bench, job)) == {"b0": Outcome.UNCHANGED}
        assert host.writes_of("b0") == writes


def test_a_dry_run_of_undo_changes_nothing(tmp_path: Path) -> None:
    host = FakeHost(2)
    with Bench(tmp_path, host, Retitle()) as bench:
        job = bench.run()
        shown = undo(bench, job, dry_run=True)
        assert set(bench.outcomes(shown).values()) == {Outcome.PLANNED}
        assert host.books["b0"]["title"] == "new b0"


def test_a_change_that_reached_the_host_without_our_hearing_of_it_is_undone_too(
    tmp_path: Path,
) -> None:

    host = FakeHost(1)
    host.lose_answer("b0", Permanent("who knows"))
    with Bench(tmp_path, host, Retitle()) as bench:
        job = bench.run()
        assert bench.outcomes(job) == {"b0": Outcome.FAILED}
        assert [row.state for row in bench.changes(job)] == [ChangeState.INTENDED]
        assert bench.outcomes(undo(bench, job)) == {"b0": Outcome.CHANGED}
        assert host.books["b0"]["title"] == "old b0"


# -- series --


def test_a_series_is_looked_at_once_in_a_job(tmp_path: Path) -> None:
    host = FakeHost(20)
    with Bench(tmp_path, host, Publisher()) as bench:
        job = bench.run()
        assert host.series_reads == 1
        assert host.shelf["s1"]["publisher"] == "Us"
        assert sorted(map(str, bench.outcomes(job).values())) == ["changed"] + ["unchanged"] * 19


class Copied(FakeAction):
    """Gives every book the publisher of its series."""

    name = "copied"

    def plan(self, item: Item, context: PlanContext) -> Sequence[Change]:
        publisher = context.host.series("s1").fields["publisher"]
        return [fields(item, publisher=publisher)] if publisher else []


@pytest.mark.parametrize("dry_run", [False, True])
def test_every_item_is_planned_with_the_series_as_it_will_be(tmp_path: Path, dry_run: bool) -> None:
    host = FakeHost(20)
    with Bench(tmp_path, host, Copied(), Publisher(), workers=8) as bench:
        job = bench.run(dry_run=dry_run)
        books = [row.change.after for row in bench.changes(job) if row.change.entity == "book"]
        assert books == [{"publisher": "Us"}] * 20


def test_a_series_that_has_gone_keeps_nobody_from_its_books(tmp_path: Path) -> None:
    host = FakeHost(2)
    host.shelf.clear()
    with Bench(tmp_path, host, Retitle(), Publisher()) as bench:
        assert set(bench.outcomes(bench.run()).values()) == {Outcome.CHANGED}


def test_a_series_whose_first_item_fails_is_another_items(tmp_path: Path) -> None:

    host = FakeHost(2)
    host.fail_write("b0", Permanent("no"))
    with Bench(tmp_path, host, Retitle(), Publisher(), workers=1) as bench:
        job = bench.run()
        assert bench.outcomes(job) == {"b0": Outcome.FAILED, "b1": Outcome.CHANGED}
        assert host.shelf["s1"]["publisher"] == "Us"


def test_undo_restores_a_series(tmp_path: Path) -> None:
    host = FakeHost(4)
    with Bench(tmp_path, host, Publisher()) as bench:
        undo(bench, bench.run())
        assert host.shelf["s1"]["publisher"] == ""


# -- lists and covers --


def test_a_list_is_written_once_with_all_its_new_members_in_order(tmp_path: Path) -> None:
    host = FakeHost(5)
    with Bench(tmp_path, host, Listed()) as bench:
        job = bench.run()
        assert host.list_writes == [("Best", ("b4", "b3", "b2", "b1", "b0"))]
        assert bench.outcomes(job)["list:read-list:best"] is Outcome.CHANGED
        assert job.total == job.counts.processed == 6
        again = bench.run()
        assert len(host.list_writes) == 1
        assert set(bench.outcomes(again).values()) == {Outcome.UNCHANGED}


def test_spellings_of_a_name_that_differ_in_case_are_one_list(tmp_path: Path) -> None:
    def shouted(item: Item, _: PlanContext) -> Sequence[Change]:
        name = "BEST" if item.id == "b0" else "Best"
        return [Change(ChangeKind.LIST, "read-list", name, after={"member": item.id})]

    host = FakeHost(3)
    with Bench(tmp_path, host, action(shouted, needs=frozenset({"read-lists"}))) as bench:
        bench.run()
        ((_, members),) = host.list_writes
        assert set(members) == {"b0", "b1", "b2"}


def test_an_item_that_failed_is_put_on_no_list(tmp_path: Path) -> None:
    host = FakeHost(3)
    host.fail_write("b1", Permanent("no"))
    with Bench(tmp_path, host, Listed(), Retitle()) as bench:
        bench.run()
        assert host.list_writes == [("Best", ("b2", "b0"))]


def test_a_list_that_could_not_be_written_is_written_by_a_retry(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    host = FakeHost(2)
    with Bench(tmp_path, host, Listed()) as bench:
        with monkeypatch.context() as broken:
            broken.setattr(host, "write_list", _refuse)
            job = bench.run()
        assert bench.outcomes(job)["list:read-list:best"] is Outcome.FAILED
        again = bench.run(trigger=Trigger.RETRY, parent=job.id)
        assert bench.outcomes(again) == {"list:read-list:best": Outcome.CHANGED}
        assert host.list_writes == [("Best", ("b1", "b0"))]


def _refuse(*_: object, **__: object) -> str:
    raise Permanent("the list is refused")


def test_a_stop_before_the_lists_are_written_leaves_them_for_the_next_start(
    tmp_path: Path,
) -> None:
    host = FakeHost(2)
    with Bench(tmp_path, host, Listed(), workers=1) as bench:
        bench.queue()
        runner = bench.runner(bench.claim())
        host.on_read = lambda book: runner.drain() if book == "b1" else None
        assert runner.run() is JobState.QUEUED
        host.on_read = None
        job = bench.claim()
        assert bench.runner(job).run() is JobState.COMPLETED
        assert host.list_writes == [("Best", ("b1", "b0"))]


def test_undo_restores_a_series_though_the_book_that_stands_for_it_has_gone(
    tmp_path: Path,
) -> None:
    host = FakeHost(1)
    with Bench(tmp_path, host, Retitle(), Publisher()) as bench:
        job = bench.run()
        del host.books["b0"]
        undone = undo(bench, job)
        assert bench.outcomes(undone) == {"b0": Outcome.CHANGED}
        assert "is not there" in bench.reasons(undone)["b0"]
        assert host.shelf["s1"]["publisher"] == ""


def test_apply_writes_a_series_though_the_book_that_stands_for_it_was_edited(
    tmp_path: Path,
) -> None:
    host = FakeHost(1)
    with Bench(tmp_path, host, Retitle(), Publisher()) as bench:
        shown = bench.run(dry_run=True)
        host.books["b0"]["number"] = "77"
        applied = bench.run(trigger=Trigger.APPLY, parent=shown.id)
        assert "b0.cbz" in bench.reasons(applied)["b0"]
        assert host.shelf["s1"]["publisher"] == "Us"
        assert host.writes_of("b0") == 0


def test_a_cover_whose_answer_was_lost_is_undone_all_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    host = FakeHost(1)
    add, lost = host.add_cover, []

    def add_and_lose(entity: str, entity_id: str, image: bytes) -> str:
        cover = add(entity, entity_id, image)
        if not lost:
            lost.append(cover)
            raise Transient("no answer")
        return cover

    with Bench(tmp_path, host, Covered(), clock=FakeClock()) as bench:
        monkeypatch.setattr(host, "add_cover", add_and_lose)
        job = bench.run()
        assert bench.outcomes(job) == {"b0": Outcome.CHANGED}
        undo(bench, job)
        assert host.covers.get("b0", "") == ""


def test_a_plan_that_changed_between_two_attempts_is_undone_to_the_very_beginning(
    tmp_path: Path,
) -> None:
    """What was recorded first never reached the host, and stands in nobody's way."""
    wishes = iter(["first", "second", "second"])
    host = FakeHost(1)
    host.fail_write("b0", Transient("busy"))
    fickle = action(lambda item, _: [fields(item, title=next(wishes))])
    with Bench(tmp_path, host, fickle, clock=FakeClock()) as bench:
        job = bench.run()
        assert host.books["b0"]["title"] == "second"
        assert bench.outcomes(undo(bench, job)) == {"b0": Outcome.CHANGED}
        assert host.books["b0"]["title"] == "old b0"


def test_a_members_place_that_a_person_chose_stays(tmp_path: Path) -> None:
    host = FakeHost(3)
    host.write_list("read-list", "Best", ["x", "b0"], ordered=True)
    with Bench(tmp_path, host, Listed()) as bench:
        bench.run()
        assert host.list_writes[-1] == ("Best", ("x", "b0", "b2", "b1"))


def test_undo_removes_the_list_that_the_job_made_and_keeps_one_that_was_there(
    tmp_path: Path,
) -> None:
    host = FakeHost(2)
    with Bench(tmp_path, host, Listed()) as bench:
        undo(bench, bench.run())
        assert host.lists == {}
        host.write_list("read-list", "Best", ["x"], ordered=True)
        undo(bench, bench.run())
        assert host.lists["read-list", "Best"].members == ("x",)


def test_a_list_that_a_person_changed_since_is_a_conflict(tmp_path: Path) -> None:
    host = FakeHost(2)
    with Bench(tmp_path, host, Listed()) as bench:
        job = bench.run()
        host.write_list("read-list", "Best", ["b0"], ordered=True)
        undone = undo(bench, job)
        assert bench.outcomes(undone) == {"list:read-list:best": Outcome.SKIPPED}
        assert host.lists["read-list", "Best"].members == ("b0",)


def test_a_dry_run_shows_how_a_list_would_become(tmp_path: Path) -> None:
    host = FakeHost(2)
    with Bench(tmp_path, host, Listed()) as bench:
        job = bench.run(dry_run=True)
        shown = [row for row in bench.changes(job) if row.state is ChangeState.PLANNED]
        assert [row.change.after["members"] for row in shown] == [["b1", "b0"]]
        assert host.lists == {}


def test_undo_takes_a_cover_back(tmp_path: Path) -> None:
    host = FakeHost(1)
    with Bench(tmp_path, host, Covered()) as bench:
        job = bench.run()
        assert host.covers == {"b0": "cover of page 2 of b0"}
        undo(bench, job)
        assert host.covers.get("b0", "") == ""


# -- apply --


def apply(bench: Bench, job: Job) -> Job:
    return bench.run(trigger=Trigger.APPLY, parent=job.id)


def test_apply_does_exactly_what_was_shown(tmp_path: Path) -> None:
    host = FakeHost(3)
    with Bench(tmp_path, host, Retitle(), Publisher(), Listed(), Covered()) as bench:
        shown = bench.run(dry_run=True)
        applied = apply(bench, shown)
        planned = {
            (r.change.kind, r.change.entity_id): r.change.after
            for r in bench.changes(shown)
            if r.state is ChangeState.PLANNED
        }
        made = {(r.change.kind, r.change.entity_id): r.change.after for r in bench.changes(applied)}
        assert made == planned
        assert set(bench.outcomes(applied).values()) == {Outcome.CHANGED}
        assert host.books["b0"]["title"] == "new b0"
        assert host.shelf["s1"]["publisher"] == "Us"


@pytest.mark.parametrize("edit", [{"title": "by hand"}, {"number": "77"}])
def test_apply_refuses_by_name_what_has_changed_since(tmp_path: Path, edit: dict[str, str]) -> None:
    host = FakeHost(2)
    with Bench(tmp_path, host, Retitle()) as bench:
        shown = bench.run(dry_run=True)
        host.books["b0"].update(edit)
        applied = apply(bench, shown)
        assert bench.outcomes(applied) == {"b0": Outcome.SKIPPED, "b1": Outcome.CHANGED}
        assert "b0.cbz" in bench.reasons(applied)["b0"]
        assert host.writes_of("b0") == 0


def test_apply_twice_writes_once(tmp_path: Path) -> None:
    host = FakeHost(2)
    with Bench(tmp_path, host, Retitle()) as bench:
        shown = bench.run(dry_run=True)
        apply(bench, shown)
        assert set(bench.outcomes(apply(bench, shown)).values()) == {Outcome.UNCHANGED}
        assert len(host.written) == 2


def test_an_applied_dry_run_can_be_undone(tmp_path: Path) -> None:
    host = FakeHost(2)
    before = state(host)
    with Bench(tmp_path, host, Retitle(), Listed()) as bench:
        undo(bench, apply(bench, bench.run(dry_run=True)))
    assert state(host) == before
