"""What is kept of an item beside its outcome: how a cover leaves it, and where it stands."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from shelfhook.model import Change, ChangeKind, EventKind, Finding, Item, Severity
from shelfhook.ports import PlanContext
from shelfhook.rules import is_echo
from shelfhook.store.findings import Wanted
from tests.support.engines import Bench
from tests.support.hosts import FakeAction, FakeHost


class SecondPage(FakeAction):
    """Makes the second page the cover."""

    name = "second-page"

    def plan(self, item: Item, context: PlanContext) -> Sequence[Change]:
        after = {"page": 2}
        return [Change(ChangeKind.COVER, "book", item.id, before={"cover": ""}, after=after)]


class Doubt(FakeAction):
    """Finds something in every book."""

    name = "doubt"

    def plan(self, item: Item, context: PlanContext) -> Sequence[Finding]:  # type: ignore[override] # more than the base class promises
        return [Finding("doubt.book", Severity.INFO, "is it?", "look")]


def test_what_is_told_of_a_book_after_its_cover_was_uploaded_is_an_echo(tmp_path: Path) -> None:
    host = FakeHost(2)
    with Bench(tmp_path, host, SecondPage()) as bench:
        bench.run()
        left = bench.store.ledger.left_of(host.name, ["b0", "b1"])
        assert len(left) == 2
        for book, (fingerprint, _) in left.items():
            present = host.item(book).fingerprint
            assert is_echo(EventKind.ITEM_CHANGED, fingerprint, present, 10_000.0)
        host.books["b0"]["title"] = "by hand"
        assert not is_echo(
            EventKind.ITEM_CHANGED, left["b0"][0], host.item("b0").fingerprint, 10_000.0
        )


def test_a_finding_says_of_which_series_and_library_its_book_is(tmp_path: Path) -> None:
    with Bench(tmp_path, FakeHost(1), Doubt()) as bench:
        job = bench.run(library="")
        (row,) = bench.store.findings.rows(Wanted(job.num))
        assert (row.series, row.library, row.item) == ("A Series", "lib", "b0.cbz")
