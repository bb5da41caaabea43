"""The ledger: every item of every job, its changes with before and after, and how it ended."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from sqlalchemy import Row, select, text

from shelfhook.model import (
    BY_HOST,
    ChangeKind,
    ChangeState,
    ItemRef,
    LedgerItem,
    Outcome,
)
from shelfhook.store import searching
from shelfhook.store.changes import ChangeLog, same_item
from shelfhook.store.entries import (
    Batch,
    add_all,
    cancel_slice,
    close_listing,
    commanded_all,
    new_items,
    record_all,
    settle_all,
)
from shelfhook.store.rows import among, pack_ids, storable
from shelfhook.store.tables import NOTABLE, changes, fingerprints, job_items
from shelfhook.store.writer import Ticket


class ItemPage(NamedTuple):
    """Items, and after which `seq` the next page begins; None if nothing can follow."""

    items: list[LedgerItem]
    next: int | None


class Ledger(ChangeLog):
    """Lists items in, writes outcomes, shows both; and all that has to do with changes."""

    # -- listing in --

    def add(self, job_num: int, first_seq: int, refs: Sequence[ItemRef]) -> list[LedgerItem]:
        """Write listed items, numbered from `first_seq` on; gives those that are new to the job.

        An item that the host lists twice is one item.
        """
        return new_items(refs, first_seq, self.add_soon(job_num, first_seq, refs).wait())

    def add_soon(
        self, job_num: int, first_seq: int, refs: Sequence[ItemRef]
    ) -> Ticket[set[int] | None]:
        """As `add`, without waiting: give the ticket's result to `new_items`."""
        return self._writer.submit(add_all, (job_num, first_seq, tuple(refs)))

    def listed(self, job_num: int) -> None:
        """The listing has ended: the number of items is now fixed."""
        self._writer.call(close_listing, job_num)

    def next_seq(self, job_num: int) -> int:
        """The number that the next item of a job gets."""
        query = text("SELECT COALESCE(max(seq), -1) + 1 FROM job_items WHERE job_num = :num")
        with self._reader.connect() as connection:
            return int(connection.execute(query, {"num": job_num}).scalar_one())

    def pending(self, job_num: int, after: int, limit: int) -> list[LedgerItem]:
        """Items without an outcome, in order."""
        query = (
            select(job_items)
            .where(
                job_items.c.job_num == job_num,
                job_items.c.seq > after,
                job_items.c.outcome.is_(None),
            )
            .order_by(job_items.c.seq)
            .limit(limit)
        )
        return self._items(query)

    # -- outcomes --

    def record(self, batch: Batch) -> Ticket[None]:
        """Write outcomes and the job's counts in one transaction; wait on the ticket for it."""
        return self._writer.submit(record_all, batch)

    def commanded(self, batch: Batch) -> Ticket[None]:
        """Write what has become of commands; the items' outcomes stay."""
        return self._writer.submit(commanded_all, batch)

    def cancel_pending(self, job_num: int, now: float, slice_size: int = 5_000) -> None:
        """Give every item without an outcome the outcome `cancelled`, some thousand at a time."""
        while self._writer.call(cancel_slice, (job_num, now, slice_size)):
            pass

    # -- looking --

    def commanded_items(self, job_num: int, *, after: int, limit: int) -> list[LedgerItem]:
        """Changed items of a job with a command that was recorded and not given yet."""
        waiting = changes.c.kind == str(ChangeKind.COMMAND)
        return self._unfinished(job_num, waiting, after, limit)

    def items_to_look_at(self, job_num: int, *, after: int, limit: int) -> list[LedgerItem]:
        """Items of a job of which nobody knows yet what the host has made by itself.

        Not the changed ones alone: a series stands with the item that wrote it, and that may have
        failed afterwards.
        """
        return self._unfinished(job_num, changes.c.action == BY_HOST, after, limit, changed=False)

    def _unfinished(
        self, job_num: int, which: Any, after: int, limit: int, *, changed: bool = True
    ) -> list[LedgerItem]:
        """Items (changed ones) that have such a change, recorded and not yet made."""
        waiting = (
            select(changes.c.id)
            .where(same_item(), which, changes.c.state == str(ChangeState.INTENDED))
            .exists()
        )
        query = (
            select(job_items)
            .where(
                job_items.c.job_num == job_num,
                job_items.c.seq > after,
                text(NOTABLE),
                waiting,
            )
            .order_by(job_items.c.seq)
            .limit(limit)
        )
        if changed:
            query = query.where(job_items.c.outcome == str(Outcome.CHANGED))
        return self._items(query)

    def changed_items(
        self, job_num: int, states: Collection[ChangeState], *, after: int, limit: int
    ) -> list[LedgerItem]:
        """Items of a job with a change that got so far, page by page in order."""
        some = (
            select(changes.c.id)
            .where(same_item(), changes.c.state.in_([str(state) for state in states]))
            .exists()
        )
        query = (
            select(job_items)
            .where(job_items.c.job_num == job_num, job_items.c.seq > after, some)
            .order_by(job_items.c.seq)
            .limit(limit)
        )
        return self._items(query)

    def items(
        self,
        job_num: int,
        *,
        outcome: Outcome | None = None,
        search: str = "",
        after: int = -1,
        limit: int = 50,
    ) -> list[LedgerItem]:
        """Items of a job in order; `after` is the last page's largest `seq`.

        With `search`, or an outcome that is found without an index, this may look through the whole
        job: whoever answers a person asks for a `page`.
        """
        found: list[LedgerItem] = []
        place: int | None = after
        while place is not None and len(found) < limit:
            wanted = limit - len(found)
            page = self.page(job_num, outcome=outcome, search=search, after=place, limit=wanted)
            found += page.items
            place = page.next
        return found

    def page(
        self,
        job_num: int,
        *,
        outcome: Outcome | None = None,
        search: str = "",
        after: int = -1,
        limit: int = 50,
        most: int = searching.MOST,
    ) -> ItemPage:
        """One page of a job's items, found by looking at no more than `most` of them.

        A search for what is rare gives a page that is short, or empty, and says where to go on.

        Args:
            search: text that is in the name or the series, whatever its case.
        """
        with self._reader.connect() as connection:
            end = None
            if searching.needs_end(search, outcome):
                end = searching.end(connection, job_num, outcome, after, most)
            span = searching.Span(job_num, after, end)
            query = searching.query(self._reader.dialect, span, outcome, search, limit + 1)
            rows = connection.execute(query).all()
        items = [_as_item(row) for row in rows[:limit]]
        return ItemPage(items, items[-1].seq if len(rows) > limit else end)

    def refs(self, job_num: int, outcome: Outcome) -> Iterator[ItemRef]:
        """All items with an outcome, read page by page."""
        after = -1
        while page := self.items(job_num, outcome=outcome, after=after, limit=1_000):
            yield from (row.item for row in page)
            after = page[-1].seq

    def fingerprint(self, host: str, item_id: str) -> str | None:
        """Fingerprint of the state in which we left an item, if we ever changed it."""
        query = select(fingerprints.c.fingerprint).where(
            fingerprints.c.host == host, fingerprints.c.item_id == storable(item_id)
        )
        with self._reader.connect() as connection:
            found = connection.execute(query).scalar()
        return None if found is None else str(found)

    def left_of(self, host: str, items: Iterable[str]) -> dict[str, tuple[str, float]]:
        """Fingerprints of the states in which we left items, and when, of those we ever changed."""
        query = text(
            "SELECT item_id, fingerprint, left_at FROM fingerprints WHERE host = :host"
            f" AND item_id IN {among(self._reader.dialect.name)}"
        )
        with self._reader.connect() as connection:
            rows = connection.execute(query, {"host": host, "ids": pack_ids(items)})
            return {str(row[0]): (str(row[1]), float(row[2])) for row in rows}

    def settle(self, host: str, seen: Mapping[str, str]) -> None:
        """The states in which items were seen after a command count as those that we left."""
        self._writer.call(settle_all, (host, dict(seen)))

    def _items(self, query: Any) -> list[LedgerItem]:
        with self._reader.connect() as connection:
            return [_as_item(row) for row in connection.execute(query)]


def _as_item(row: Row[Any]) -> LedgerItem:
    return LedgerItem(
        seq=row.seq,
        item=ItemRef(row.item_id, row.name, row.series),
        outcome=Outcome(row.outcome) if row.outcome else None,
        reason=row.reason,
        attempts=row.attempts,
        seconds=row.seconds,
    )
