"""The ledger: every item of every job, its changes with before and after, and how it ended."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import Any

from sqlalchemy import Engine, Row, select, text

from shelfhook.model import (
    Change,
    ChangeKind,
    ChangeState,
    ItemRef,
    LedgerChange,
    LedgerItem,
    Outcome,
)
from shelfhook.store.entries import (
    Batch,
    add_all,
    cancel_slice,
    close_listing,
    intend_all,
    new_items,
    record_all,
)
from shelfhook.store.rows import storable
from shelfhook.store.tables import NOTABLE, changes, fingerprints, job_items
from shelfhook.store.writer import Ticket, Writer


class Ledger:
    """Lists items in, writes outcomes, shows both."""

    def __init__(self, writer: Writer, reader: Engine) -> None:
        self._writer = writer
        self._reader = reader

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

    def cancel_pending(self, job_num: int, now: float, slice_size: int = 5_000) -> None:
        """Give every item without an outcome the outcome `cancelled`, some thousand at a time."""
        while self._writer.call(cancel_slice, (job_num, now, slice_size)):
            pass

    # -- changes --

    def intend(
        self, job_num: int, seq: int, planned: Sequence[Change], state: ChangeState
    ) -> list[int]:
        """Record changes durably before they are made (or as a dry run's plan); gives their ids."""
        return self._writer.call(intend_all, (job_num, seq, tuple(planned), state))

    def changes(self, job_num: int, *, after: int = 0, limit: int = 50) -> list[LedgerChange]:
        """Changes of a job in the order they were recorded."""
        query = (
            select(changes)
            .where(changes.c.job_num == job_num, changes.c.id > after)
            .order_by(changes.c.id)
            .limit(limit)
        )
        with self._reader.connect() as connection:
            return [_as_change(row) for row in connection.execute(query)]

    def changes_of(self, job_num: int, seqs: Sequence[int]) -> list[LedgerChange]:
        """Changes of some items of a job."""
        query = (
            select(changes)
            .where(changes.c.job_num == job_num, changes.c.seq.in_(seqs))
            .order_by(changes.c.id)
        )
        with self._reader.connect() as connection:
            return [_as_change(row) for row in connection.execute(query)]

    # -- looking --

    def items(
        self,
        job_num: int,
        *,
        outcome: Outcome | None = None,
        after: int = -1,
        limit: int = 50,
    ) -> list[LedgerItem]:
        """Items of a job in order; `after` is the last page's largest `seq`."""
        query = (
            select(job_items)
            .where(job_items.c.job_num == job_num, job_items.c.seq > after)
            .order_by(job_items.c.seq)
            .limit(limit)
        )
        if outcome is not None:
            query = query.where(job_items.c.outcome == str(outcome))
            if outcome in (Outcome.CHANGED, Outcome.PLANNED, Outcome.SKIPPED, Outcome.FAILED):
                query = query.where(text(NOTABLE))
        return self._items(query)

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


def _as_change(row: Row[Any]) -> LedgerChange:
    return LedgerChange(
        id=row.id,
        seq=row.seq,
        change=Change(
            kind=ChangeKind(row.kind),
            entity=row.entity,
            entity_id=row.entity_id,
            before=json.loads(row.before),
            after=json.loads(row.after),
            command=row.command,
        ),
        state=ChangeState(row.state),
    )
