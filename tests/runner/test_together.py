"""What all books of a series get or none is judged once in a job, with all its books in view."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from shelfhook.errors import Permanent, Transient
from shelfhook.model import Finding, Item, Job, Outcome, Page, Severity, Trigger
from shelfhook.ports import PlanContext, Planned, Sibling, Verdict
from shelfhook.store.findings import Wanted
from tests.support.clock import FakeClock
from tests.support.engines import Bench
from tests.support.hosts import FakeAction, FakeHost, fields

HINDRANCE = Finding("x.split", Severity.WARNING, "one is in the way", "help it")


class SeriesHost(FakeHost):
    """A host that can list one series."""

    def __init__(self, books: int = 0) -> None:
        super().__init__(books, capabilities=frozenset({"series-books"}))
        self.listed = 0

    def books_of(self, series_id: str) -> Sequence[Item]:
        with self._lock:
            self.listed += 1
        return [self.item(book) for book in list(self.books)]


class Whole(FakeAction):
    """Gives every book the title `new`, if all books can get it. One that is `bad` cannot."""

    name = "whole"

    def __init__(self) -> None:
        super().__init__()
        self.seen: list[Sequence[Sibling]] = []
        self.errors: list[Exception] = []

    def plan(self, item: Item, context: PlanContext) -> Sequence[Planned]:
        if item.fields["title"] == "new":
            return []
        verdict = context.together(item, self, self.judge)
        if verdict.hindrance is not None:
            return [verdict.hindrance] if verdict.teller == item.id else []
        if item.fields["title"] == "bad":
            raise Permanent("it is bad")
        return [fields(item, title=verdict.value)]

    def judge(self, siblings: Sequence[Sibling]) -> Verdict:
        self.seen.append(siblings)
        if self.errors:
            raise self.errors.pop()
        waiting = [one for one in siblings if one.item.fields["title"] != "new"]
        bad = [one for one in waiting if one.left_out or one.item.fields["title"] == "bad"]
        teller = next((one.item.id for one in waiting if not one.left_out), "")
        return Verdict("new", HINDRANCE if bad else None, teller)

    def reasons(self) -> dict[str, str]:
        """Why books were left out when the series was judged last."""
        return {one.item.id: one.left_out for one in self.seen[-1] if one.left_out}


@pytest.fixture
def whole() -> Whole:
    return Whole()


def titles(host: FakeHost) -> set[object]:
    return {book["title"] for book in host.books.values()}


def told(bench: Bench, job: Job) -> list[str]:
    return [one.finding.code for one in bench.store.findings.page(Wanted(job.num), 100)]


@pytest.mark.parametrize("able", [True, False])
def test_however_many_books_ask_the_series_is_judged_once(
    tmp_path: Path, whole: Whole, able: bool
) -> None:
    host = SeriesHost(40) if able else FakeHost(40)
    with Bench(tmp_path, host, whole, workers=8, page_size=10) as bench:
        job = bench.run()
        assert job.counts.changed == 40
    assert titles(host) == {"new"}
    assert [len(seen) for seen in whole.seen] == [40]
    assert host.page_sizes.count(1_000) == (0 if able else 1)


def test_all_who_ask_meanwhile_wait_for_the_verdict(tmp_path: Path, whole: Whole) -> None:
    host = SeriesHost(4)
    arrived = threading.Barrier(4)
    plan = whole.plan

    def together(item: Item, context: PlanContext) -> Sequence[Planned]:
        arrived.wait(10)
        return plan(item, context)

    whole.plan = together  # type: ignore[method-assign] # to have all of them ask at once
    with Bench(tmp_path, host, whole, workers=4) as bench:
        assert bench.run().counts.changed == 4
    assert len(whole.seen) == 1


def test_one_that_stands_in_the_way_keeps_it_from_all_and_is_told_once(
    tmp_path: Path, whole: Whole
) -> None:
    host = SeriesHost(9)
    host.books["b7"]["title"] = "bad"
    with Bench(tmp_path, host, whole) as bench:
        job = bench.run()
        assert job.counts.unchanged == 9
        assert told(bench, job) == ["x.split"]
    assert host.written == []


def test_a_dry_run_judges_the_same(tmp_path: Path, whole: Whole) -> None:
    host = SeriesHost(9)
    with Bench(tmp_path, host, whole) as bench:
        assert bench.run(dry_run=True).counts.planned == 9
        host.books["b7"]["title"] = "bad"
        job = bench.run(dry_run=True)
        assert (job.counts.planned, told(bench, job)) == (0, ["x.split"])


def test_what_failed_to_be_judged_is_judged_for_the_next_who_asks(
    tmp_path: Path, whole: Whole
) -> None:
    host = SeriesHost(5)
    whole.errors = [Transient("not now"), Permanent("never for this one")]
    with Bench(tmp_path, host, whole, workers=1, clock=FakeClock()) as bench:
        job = bench.run()
        assert (job.counts.failed, job.counts.changed) == (1, 4)
    assert len(whole.seen) == 3


def test_books_beyond_the_filter_are_left_out(tmp_path: Path, whole: Whole) -> None:
    host = SeriesHost(4)
    routine = {"filter": {"name": "B[12].*"}}
    with Bench(tmp_path, host, whole, routine=routine) as bench:
        assert bench.run().counts.unchanged == 2
    reason = "the routine's filter leaves it out"
    assert whole.reasons() == {"b0": reason, "b3": reason}


def test_books_that_nobody_has_chosen_are_left_out(tmp_path: Path, whole: Whole) -> None:
    host = SeriesHost(3)
    with Bench(tmp_path, host, whole) as bench:
        bench.run(items=("b1",))
        assert whole.reasons() == dict.fromkeys(("b0", "b2"), "this job is not about it")
        bench.run(items=("b0", "b1", "b2"))
    assert titles(host) == {"new"}


def test_a_retry_ends_what_only_one_book_had_failed(tmp_path: Path, whole: Whole) -> None:
    host = SeriesHost(3)
    host.fail_write("b1", Permanent("not today"))
    with Bench(tmp_path, host, whole) as bench:
        job = bench.run()
        assert (job.counts.changed, job.counts.failed) == (2, 1)
        bench.run(trigger=Trigger.RETRY, parent=job.id)
    assert titles(host) == {"new"}
    assert set(whole.reasons()) == {"b0", "b2"}, "which have it already"


def test_a_book_that_is_set_aside_stands_in_the_way(tmp_path: Path, whole: Whole) -> None:
    host = SeriesHost(3)
    with Bench(tmp_path, host, whole, quarantine_after=1) as bench:
        for book in ("b0", "b2"):
            host.books[book]["title"] = "new"
        host.fail_write("b1", Permanent("not today"))
        assert bench.run().counts.failed == 1
        for book in ("b0", "b2"):
            host.books[book]["title"] = "old"
        job = bench.run()
        assert (job.counts.skipped, job.counts.changed) == (1, 0)
    assert whole.reasons() == {"b1": "set aside, it failed in 1 jobs in a row: not today"}
    assert titles(host) == {"old", "old b1"}


NIGHTLY: Mapping[str, Any] = {"only_changed": True}


def test_a_book_that_stayed_the_same_is_left_out(tmp_path: Path, whole: Whole) -> None:
    host = SeriesHost(3)
    for book in host.books.values():
        book["title"] = "new"
    with Bench(tmp_path, host, whole, routine=NIGHTLY) as bench:
        bench.run()
        host.books["b1"]["title"] = "old"
        bench.run()
    assert set(whole.reasons()) == {"b0", "b2"}
    assert titles(host) == {"new"}, "they have it already"


def test_what_was_hindered_is_looked_at_again_though_it_stayed_the_same(
    tmp_path: Path, whole: Whole
) -> None:
    host = SeriesHost(5)
    host.books["b3"]["title"] = "bad"
    with Bench(tmp_path, host, whole, routine=NIGHTLY) as bench:
        bench.run()
        host.books["b3"]["title"] = "well again"
        assert bench.run().counts.changed == 5
        bench.run()
        host.read.clear()
        assert bench.run().counts.unchanged == 5
        assert host.read.total() == 0, "nobody needs another look"
    assert titles(host) == {"new"}


def test_a_book_without_a_series_is_judged_alone(tmp_path: Path, whole: Whole) -> None:
    class Loose(SeriesHost):
        def item(self, item_id: str) -> Item:
            return replace(super().item(item_id), series="")

    host = Loose(3)
    host.books["b1"]["title"] = "bad"
    with Bench(tmp_path, host, whole) as bench:
        outcomes = bench.outcomes(bench.run())
    assert outcomes["b1"] is Outcome.UNCHANGED
    assert [len(seen) for seen in whole.seen] == [1, 1, 1]
    assert host.listed == 0


def test_books_that_go_or_come_while_a_library_is_listed_are_no_matter(
    tmp_path: Path, whole: Whole
) -> None:
    class Shifting(FakeHost):
        def pages(self, library: str, *, size: int, fingerprints: bool = True) -> Iterator[Page]:
            for page in super().pages(library, size=size, fingerprints=fingerprints):
                if size == 1_000:  # the listing for the siblings: b0 is not on it, b9 is gone
                    (first, *rest) = page.refs
                    yield Page((*rest, first._replace(id="b9")), page.total)
                else:
                    yield page

    host = Shifting(3)
    with Bench(tmp_path, host, whole, workers=1, page_size=10) as bench:
        assert bench.run().counts.changed == 3
    assert [one.item.id for one in whole.seen[0]] == ["b1", "b2", "b0"]
