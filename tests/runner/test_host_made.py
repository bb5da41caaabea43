"""What the host makes by itself of our commands is written down, shown, and taken back."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from shelfhook.errors import HostDown, Permanent, Refused, StoreUnavailable, Transient
from shelfhook.model import (
    BY_HOST,
    Change,
    ChangeKind,
    ChangeState,
    Item,
    Job,
    JobState,
    LedgerChange,
    Outcome,
    Trigger,
    Value,
    Wish,
)
from shelfhook.store.findings import Wanted
from tests.support.clock import FakeClock
from tests.support.engines import Bench
from tests.support.hosts import FakeAction, FakeHost, action, fields
from tests.support.waiting import Background, wait_until


class Imports(FakeHost):
    """A host that, told to analyse a book, reads something out of its file: or whatever `reads`
    does. It tells its queue."""

    def __init__(self, books: int = 2, reads: Callable[[str], None] | None = None) -> None:
        super().__init__(books)
        self._made = reads or self.read_file

    def read_file(self, book: str) -> None:
        self.books[book]["summary"] = "out of the file"
        self.shelf["s1"]["publisher"] = f"read with {book}"

    def command(self, entity: str, entity_id: str, command: str) -> None:
        super().command(entity, entity_id, command)
        self._made(entity_id)


def renumbered() -> FakeAction:
    """Writes a number, and has the host look at what was written."""

    def plan(item: object, _: object) -> list[Change]:
        assert hasattr(item, "fields") and hasattr(item, "id")
        if item.fields["number"] == "9":
            return []
        look = Change(ChangeKind.COMMAND, "book", item.id, command="analyze")
        return [fields(item, number="9"), look]

    return action(plan)


def by_host(bench: Bench, job: Job) -> list[LedgerChange]:
    return [row for row in bench.changes(job) if row.change.action == BY_HOST]


def state(host: FakeHost) -> dict[str, dict[str, Value]]:
    return {key: dict(value) for key, value in {**host.books, **host.shelf}.items()}


def undo(bench: Bench, job: Job) -> Job:
    return bench.run(trigger=Trigger.UNDO, parent=job.id)


def blank(host: FakeHost) -> FakeHost:
    for book in host.books.values():
        book["summary"] = ""
    return host


def test_it_is_a_change_of_the_job_and_goes_with_its_undo(tmp_path: Path) -> None:
    host = blank(Imports(3))
    before = state(host)
    with Bench(tmp_path, host, renumbered()) as bench:
        job = bench.run()
        found = {(row.change.entity_id, *row.change.after.items()) for row in by_host(bench, job)}
        summaries = {(f"b{n}", ("summary", "out of the file")) for n in range(3)}
        assert summaries <= found
        (series,) = (row for row in by_host(bench, job) if row.change.entity == "series")
        assert series.change.before == {"publisher": ""}
        undone = undo(bench, job)
        assert set(bench.outcomes(undone).values()) == {Outcome.CHANGED}
    assert state(host) == before


def test_an_undo_of_the_undo_brings_it_back(tmp_path: Path) -> None:
    host = blank(Imports(2))
    with Bench(tmp_path, host, renumbered()) as bench:
        job = bench.run()
        after = state(host)
        undo(bench, undo(bench, job))
    assert state(host) == after


def test_where_the_host_makes_nothing_no_change_is_left(tmp_path: Path) -> None:
    host = Imports(2, reads=lambda book: None)
    with Bench(tmp_path, host, renumbered()) as bench:
        assert by_host(bench, bench.run()) == []


def test_what_was_edited_after_it_is_a_conflict(tmp_path: Path) -> None:
    host = Imports(2, lambda book: host.books[book].update(summary="out of the file"))
    blank(host)
    with Bench(tmp_path, host, renumbered()) as bench:
        job = bench.run()
        host.books["b0"]["summary"] = "by hand"
        undone = undo(bench, job)
        assert bench.outcomes(undone)["b0"] is Outcome.SKIPPED
        assert bench.outcomes(undone)["b1"] is Outcome.CHANGED
    assert host.books["b0"]["summary"] == "by hand"


def test_a_locked_field_is_a_persons_and_never_the_hosts(tmp_path: Path) -> None:
    def edited(book: str) -> None:
        host.read_file(book)
        host.books[book]["title"] = "by hand"
        host.locks[book] = frozenset({"title"})

    host = Imports(1, edited)
    blank(host)
    with Bench(tmp_path, host, renumbered()) as bench:
        job = bench.run()
        (book,) = (row for row in by_host(bench, job) if row.change.entity == "book")
        assert book.change.after == {"summary": "out of the file"}


def test_the_series_is_as_before_all_commands_also_after_a_restart(tmp_path: Path) -> None:
    host = blank(Imports(3))
    before = dict(host.shelf["s1"])
    told: list[str] = []

    def dies_at_the_second(book: str) -> None:
        told.append(book)
        if len(told) == 2:
            raise StoreUnavailable("the engine dies")
        host.read_file(book)

    host._made = dies_at_the_second
    with Bench(tmp_path, host, renumbered(), workers=1) as bench:
        with pytest.raises(StoreUnavailable):
            bench.run()
        job = bench.run_again()
        assert job.state is JobState.COMPLETED
        (series,) = (row for row in by_host(bench, job) if row.change.entity == "series")
        assert series.change.before == {"publisher": ""}
        undo(bench, job)
    assert host.shelf["s1"] == before


def test_it_is_looked_at_only_when_the_hosts_queue_is_empty(tmp_path: Path) -> None:
    host = blank(Imports(1, reads=lambda book: None))
    host.backlogs.extend([3, 1])
    asked: list[float] = []

    def backlog(seconds: float) -> int | None:
        asked.append(seconds)
        left = host.backlogs.popleft() if host.backlogs else 0
        if left == 0:
            host.read_file("b0")
        return left

    host.backlog = backlog  # type: ignore[method-assign] # the queue's end is when it has read
    with Bench(tmp_path, host, renumbered(), clock=FakeClock()) as bench:
        job = bench.run()
        assert len(asked) == 3
        assert {row.change.entity for row in by_host(bench, job)} == {"book", "series"}


def test_a_host_that_goes_down_meanwhile_is_looked_at_later(tmp_path: Path) -> None:
    host = blank(Imports(1))
    host.fail_read("b0")
    with Bench(tmp_path, host, renumbered()) as bench:
        reads = 0

        def on_read(book: str) -> None:
            nonlocal reads
            reads += 1
            if reads == 3:  # to plan, before the command, and now to look
                raise HostDown("away", retry_after=0.01)

        host.on_read = on_read
        job = bench.run()
        assert (job.state, reads) == (JobState.COMPLETED, 4)
        assert len(by_host(bench, job)) == 2


def test_a_host_that_asks_for_patience_is_asked_again(tmp_path: Path) -> None:
    host = blank(Imports(1))
    with Bench(tmp_path, host, renumbered()) as bench:
        reads = 0

        def on_read(book: str) -> None:
            nonlocal reads
            reads += 1
            if reads in (2, 4):
                raise Transient("busy")

        host.on_read = on_read
        job = bench.run()
        assert {row.state for row in by_host(bench, job)} == {ChangeState.APPLIED}


def test_a_job_cancelled_while_the_host_works_leaves_the_question_open(tmp_path: Path) -> None:
    host = blank(Imports(1))
    host.backlogs.extend([1] * 1000)
    with Bench(tmp_path, host, renumbered()) as bench:
        runner = bench.runner()
        run = Background(runner.run)
        wait_until(lambda: bool(host.backlog_asked))
        runner.wish(Wish.CANCEL)
        run.result()
        job = bench.store.jobs.get(runner.job.id)
        assert job.state is JobState.CANCELLED
        assert {row.state for row in by_host(bench, job)} == {ChangeState.INTENDED}
        undone = undo(bench, job)
        assert "before it could compare" in bench.reasons(undone)["b0"]
    assert host.books["b0"]["summary"] == "out of the file"


def test_a_drained_job_looks_after_its_restart(tmp_path: Path) -> None:
    host = blank(Imports(1))
    host.backlogs.extend([1] * 1000)
    with Bench(tmp_path, host, renumbered()) as bench:
        runner = bench.runner()
        run = Background(runner.run)
        wait_until(lambda: bool(host.backlog_asked))
        runner.drain()
        run.result()
        assert bench.store.jobs.get(runner.job.id).state is JobState.QUEUED
        host.backlogs.clear()
        bench.runner(bench.claim()).run()
        job = bench.store.jobs.get(runner.job.id)
        assert job.state is JobState.COMPLETED
        assert {row.state for row in by_host(bench, job)} == {ChangeState.APPLIED}


def test_the_state_that_the_host_has_made_is_no_news_of_somebody_else(tmp_path: Path) -> None:
    host = blank(Imports(1))
    with Bench(tmp_path, host, renumbered()) as bench:
        bench.run()
        left = bench.store.ledger.fingerprint(host.name, "b0")
        assert left == host.item("b0").fingerprint


@pytest.mark.parametrize("when", [2, 3], ids=["before the command", "at the look"])
@pytest.mark.parametrize("error", [Refused("not for you"), KeyError("a field")], ids=str)
def test_a_book_that_cannot_be_read_any_more_is_a_finding_and_stops_no_other(
    tmp_path: Path, when: int, error: Exception
) -> None:
    host = blank(Imports(3))
    with Bench(tmp_path, host, renumbered(), workers=1) as bench:
        reads = 0

        def on_read(book: str) -> None:
            nonlocal reads
            reads += book == "b1"
            if book == "b1" and reads == when:
                raise error

        host.on_read = on_read
        job = bench.run()
        assert job.state is JobState.COMPLETED
        found = bench.store.findings.page(Wanted(job.num), 100)
        assert [one.finding.code for one in found] == ["command.failed"]
        looked = {r.change.entity_id for r in by_host(bench, job) if r.state is ChangeState.APPLIED}
        assert {"b0", "b2"} <= looked


def test_a_series_written_by_an_item_that_failed_afterwards_is_looked_at(tmp_path: Path) -> None:
    def plan_series(_self: object, item: Item, _context: object) -> list[Change]:
        if item.fields["title"] == "new":
            return []
        was = {"title": item.fields["title"]}
        return [Change(ChangeKind.FIELDS, "series", item.id, was, {"title": "new"})]

    books = renumbered()
    both: FakeAction = type("Both", (type(books),), {"plan_series": plan_series})()
    host = blank(Imports(3))
    before = state(host)
    host.fail_write("b0", Permanent("not this one"))
    with Bench(tmp_path, host, both, workers=1) as bench:
        job = bench.run()
        assert bench.outcomes(job)["b0"] is Outcome.FAILED
        assert {row.state for row in by_host(bench, job)} == {ChangeState.APPLIED}
        undo(bench, job)
    assert state(host) == before
