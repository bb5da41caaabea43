"""What a dry run has shown for all books of a series together is applied to all, or to none."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from pathlib import Path

import pytest

from shelfhook.errors import StoreUnavailable
from shelfhook.model import Change, ChangeKind, Item, Job, Outcome, Trigger
from shelfhook.ports import PlanContext
from shelfhook.store.findings import Wanted
from tests.support.engines import Bench
from tests.support.hosts import FakeAction, FakeHost, fields

OLD, NEW = b"the old file", b"the new file"


class Together(FakeAction):
    """Writes every file anew, those of the books b0 to b4 as one whole; and numbers the books."""

    name = "together"

    def plan(self, item: Item, context: PlanContext) -> Sequence[Change]:
        path = str(context.files.local(item))
        whole = {"whole": "s1"} if item.id < "b5" else {}
        change = Change(ChangeKind.FILE, "book", item.id, {"path": path}, {"path": path, **whole})
        return [change, fields(item, number="7")]

    def build(self, change: Change, target: Path, context: PlanContext) -> None:
        target.write_bytes(NEW)


class Shelf:
    """Seven books with files, a dry run of which was made."""

    def __init__(self, folder: Path) -> None:
        self.host = FakeHost(7)
        self.files = {book: folder / f"{book}.cbz" for book in self.host.books}
        for book, path in self.files.items():
            path.write_bytes(OLD)
            self.host.paths[book] = str(path)
        self.bench = Bench(folder, self.host, Together(), workers=3)
        self.shown = self.bench.run(dry_run=True)
        assert self.shown.counts.planned == 7

    def applied(self) -> Job:
        return self.bench.run(trigger=Trigger.APPLY, parent=self.shown.id)

    def renewed(self) -> set[str]:
        return {
            book for book, path in self.files.items() if path.exists() and path.read_bytes() == NEW
        }

    def edit(self, book: str) -> None:
        self.host.books[book]["title"] = "by hand"


@pytest.fixture
def shelf(tmp_path: Path) -> Iterator[Shelf]:
    made = Shelf(tmp_path)
    yield made
    made.bench.close()


def test_all_of_it_is_applied_as_shown(shelf: Shelf) -> None:
    assert shelf.applied().counts.changed == 7
    assert shelf.renewed() == set(shelf.files)


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (lambda shelf: shelf.edit("b3"), "has changed since it was shown"),
        (lambda shelf: shelf.files["b3"].write_bytes(b"another edition"), "has changed since"),
        (lambda shelf: shelf.files["b3"].unlink(), "has changed since"),
        (lambda shelf: shelf.host.books.pop("b3"), "b3 is not there"),
    ],
)
def test_one_book_that_is_another_keeps_it_from_its_whole_and_from_nobody_else(
    shelf: Shelf, change: Callable[[Shelf], object], told: str
) -> None:
    change(shelf)
    job = shelf.applied()
    assert shelf.renewed() == {"b5", "b6"}
    assert {book for book, now in shelf.host.books.items() if now["number"] == "7"} == {"b5", "b6"}
    outcomes = shelf.bench.outcomes(job)
    assert {book for book, one in outcomes.items() if one is Outcome.SKIPPED} == {
        "b0",
        "b1",
        "b2",
        "b3",
        "b4",
    }
    reason = shelf.bench.reasons(job)["b0"]
    assert "its series changes as a whole or not at all, and of b3.cbz: " in reason
    assert told in reason
    assert "whole" not in shelf.bench.reasons(job)["b3"], "it has a reason of its own"
    found = shelf.bench.store.findings.page(Wanted(job.num), 100)
    assert {one.finding.code for one in found} == {"apply.changed-since"}


def test_a_book_that_is_no_part_of_the_whole_hinders_only_itself(shelf: Shelf) -> None:
    shelf.edit("b6")
    shelf.applied()
    assert shelf.renewed() == {"b0", "b1", "b2", "b3", "b4", "b5"}


@pytest.mark.parametrize("written", [1, 3])
def test_a_whole_that_a_crash_has_cut_in_two_is_finished(shelf: Shelf, written: int) -> None:
    ledger = shelf.bench.store.ledger
    note, left = ledger.note, [written]

    def note_some(*arguments: object) -> list[int]:
        if not left[0]:
            raise StoreUnavailable("killed")
        left[0] -= 1
        return note(*arguments)  # type: ignore[arg-type] # as they came

    ledger.note = note_some  # type: ignore[method-assign] # cuts the job off after some items
    with suppress(StoreUnavailable):
        shelf.applied()
    assert 0 < len(shelf.renewed()) <= written
    ledger.note = note  # type: ignore[method-assign] # the store is back

    job = shelf.bench.run_again()

    assert shelf.renewed() == set(shelf.files)
    assert job.counts.skipped == job.counts.failed == 0
