"""What lists lack: told by jobs that have seen their whole library, and by no others."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from pathlib import Path
from typing import Any

import pytest

from shelfhook.errors import Permanent
from shelfhook.model import Change, ChangeKind, Finding, Item, Job, Outcome, Severity, Trigger
from shelfhook.ports import ListAction, PlanContext
from shelfhook.store.findings import Wanted
from tests.support.engines import Bench, other_routine
from tests.support.hosts import FakeAction, FakeHost, Retitle

LIST = "list:read-list:order"


class Follow(FakeAction):
    """A reading order of the books b0 to b4."""

    name = "follow"
    needs = frozenset({"read-lists"})
    order = tuple(f"b{number}" for number in range(5))

    def plan(self, item: Item, context: PlanContext) -> Sequence[Change]:
        if item.id not in self.order:
            return []
        after = {"member": item.id, "sort": item.id, "ordered": True, "entries": [item.id]}
        return [Change(ChangeKind.LIST, "read-list", "Order", after=after)]

    def judged(self) -> Sequence[tuple[str, str]]:
        return [("read-list", "Order")]

    def lacking(self, kind: str, name: str, entries: Collection[str]) -> Sequence[Finding]:
        missing = [one for one in self.order if one not in entries]
        return [Finding("follow.missing", Severity.INFO, one, "get it") for one in missing]


def host(*ids: str, **more: Sequence[str]) -> FakeHost:
    return FakeHost({"lib": ids, **more}, capabilities=frozenset({"read-lists"}))


def missing(bench: Bench, job: Job | None = None) -> list[str]:
    """What is said to be missing: by a job, or (none given) by what holds now."""
    wanted = Wanted(job.num if job else None, code="follow.missing")
    found = bench.store.findings.page(wanted, 100)
    assert {one.item_id for one in found} <= {LIST}
    assert {one.finding.action for one in found} <= {"follow"}
    return [one.finding.message for one in found]


def codes(bench: Bench, job: Job) -> list[str]:
    return [one.finding.code for one in bench.store.findings.page(Wanted(job.num), 100)]


def test_the_action_satisfies_the_port() -> None:
    action: ListAction = Follow()
    assert action.judged()


@pytest.mark.parametrize("dry_run", [False, True])
def test_what_no_book_of_the_library_is_is_told_once(tmp_path: Path, dry_run: bool) -> None:
    with Bench(tmp_path, host("b0", "b2", "x"), Follow()) as bench:
        job = bench.run(dry_run=dry_run)
        assert missing(bench, job) == ["b1", "b3", "b4"]
        assert missing(bench) == ([] if dry_run else ["b1", "b3", "b4"])


def test_it_is_told_though_no_book_at_all_is_there(tmp_path: Path) -> None:
    with Bench(tmp_path, host("x"), Follow()) as bench:
        job = bench.run()
        assert missing(bench, job) == list(Follow.order)
        assert bench.outcomes(job) == {"x": Outcome.UNCHANGED, LIST: Outcome.UNCHANGED}


def test_it_is_told_no_more_when_the_books_are_there(tmp_path: Path) -> None:
    there = host("b0", "b1")
    with Bench(tmp_path, there, Follow()) as bench:
        bench.run()
        for book in ("b2", "b3", "b4"):
            there.shelves["lib"].append(book)
            there.books[book] = {"title": book, "number": "1"}
        job = bench.run()
        assert missing(bench, job) == missing(bench) == []


def test_a_book_that_stayed_the_same_is_not_missing(tmp_path: Path) -> None:
    routine = {"only_changed": True}
    with Bench(tmp_path, host("b0", "b1", "x", "y"), Follow(), Retitle(), routine=routine) as bench:
        bench.run()
        bench.run()
        bench.host.read.clear()
        job = bench.run()
        assert set(bench.host.read) == {"b0", "b1"}, "the others are left out"
        assert missing(bench, job) == missing(bench) == ["b2", "b3", "b4"]


@pytest.mark.parametrize(
    ("routine", "more"),
    [
        ({}, {"items": ("b0",)}),
        ({"filter": {"name": "b*"}}, {}),
        ({"filter": {"status": ["READY"]}}, {}),
        ({}, {"library": "lib"}),
        ({"libraries": ["lib", "The other"]}, {"library": "lib"}),
    ],
)
def test_a_job_that_sees_only_a_part_says_nothing_and_takes_nothing_back(
    tmp_path: Path, routine: dict[str, Any], more: dict[str, Any]
) -> None:
    with Bench(tmp_path, host("b0", "b1", other=["b2"]), Follow()) as bench:
        assert missing(bench, bench.run(library="")) == ["b3", "b4"]
        bench.routine = other_routine(bench.routine, **{"actions": [{"name": "follow"}], **routine})
        job = bench.run(**{"library": "", **more})
        assert codes(bench, job) == []
        assert missing(bench) == ["b3", "b4"]


@pytest.mark.parametrize("libraries", [["lib"], ["The lib"]])
def test_a_job_over_all_that_its_routine_names_has_seen_it_all(
    tmp_path: Path, libraries: list[str]
) -> None:
    routine = {"libraries": libraries}
    with Bench(tmp_path, host("b0", other=["b1"]), Follow(), routine=routine) as bench:
        assert missing(bench, bench.run(library="lib")) == ["b1", "b2", "b3", "b4"]


def test_where_a_book_failed_it_may_be_the_one_that_is_missing(tmp_path: Path) -> None:
    there = host("b0", "b1")
    there.fail_read("b1", *[Permanent("broken")] * 2)
    with Bench(tmp_path, there, Follow()) as bench:
        job = bench.run()
        assert bench.outcomes(job)["b1"] is Outcome.FAILED
        assert codes(bench, job) == ["list.not-judged"]
        retry = bench.run(library="lib", parent=job.id, trigger=Trigger.RETRY)
        assert codes(bench, retry) == [], "it has seen the failed one alone"
        assert missing(bench, bench.run()) == ["b2", "b3", "b4"]


class Doubt(FakeAction):
    """Doubts a book until its title says that it is on the list."""

    name = "doubt"
    needs = frozenset({"read-lists"})

    def plan(self, item: Item, context: PlanContext) -> Sequence[Change | Finding]:  # type: ignore[override] # more than the base class promises
        if item.fields["title"] != "listed":
            return [Finding("doubt.book", Severity.INFO, "is it?", "say so")]
        after = {"member": item.id, "sort": "", "ordered": False}
        return [Change(ChangeKind.LIST, "read-list", "Order", after=after)]


def test_what_was_found_with_a_book_goes_when_the_book_comes_onto_the_list(tmp_path: Path) -> None:
    with Bench(tmp_path, host("b0"), Doubt()) as bench:
        bench.run()
        assert len(bench.store.findings.page(Wanted(), 10)) == 1
        bench.host.books["b0"]["title"] = "listed"
        bench.run()
        assert bench.store.findings.page(Wanted(), 10) == []
