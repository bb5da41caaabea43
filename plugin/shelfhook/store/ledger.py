"""The ledger: every item of every job, its changes with before and after, and how it ended."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
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
    Noted,
    add_all,
    cancel_slice,
    close_listing,
    intend_all,
    new_items,
    note_left_all,
    record_all,
    settle_all,
)
from shelfhook.store.rows import among, pack_ids, storable
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
        return self.note(job_num, seq, [(change, state, "") for change in planned])

    def note(self, job_num: int, seq: int, noted: Sequence[Noted]) -> list[int]:
        """As `intend`, each with a state of its own and with what undo will recognise it by."""
        return self._writer.call(intend_all, (job_num, seq, tuple(noted)))

    def note_left(self, change: int, left: str) -> None:
        """Write down what undo will recognise a change by, if that is known only afterwards."""
        self._writer.call(note_left_all, (change, left))

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

    def changes_of_item(
        self, job_num: int, item_id: str, states: Collection[ChangeState]
    ) -> list[LedgerChange]:
        """Changes of one item of a job that got so far, in the order they were recorded."""
        query = (
            select(changes)
            .join_from(changes, job_items, _same_item())
            .where(
                job_items.c.job_num == job_num,
                job_items.c.item_id == storable(item_id),
                changes.c.state.in_([str(state) for state in states]),
            )
            .order_by(changes.c.id)
        )
        with self._reader.connect() as connection:
            return [_as_change(row) for row in connection.execute(query)]

    def changed_items(
        self, job_num: int, states: Collection[ChangeState], *, after: int, limit: int
    ) -> list[LedgerItem]:
        """Items of a job with a change that got so far, page by page in order."""
        some = (
            select(changes.c.id)
            .where(_same_item(), changes.c.state.in_([str(state) for state in states]))
            .exists()
        )
        query = (
            select(job_items)
            .where(job_items.c.job_num == job_num, job_items.c.seq > after, some)
            .order_by(job_items.c.seq)
            .limit(limit)
        )
        return self._items(query)

    def gathered(self, job_num: int) -> list[tuple[str, str]]:
        """Kind and name of every list that items of a job want to be on."""
        query = (
            select(changes.c.entity, changes.c.entity_id)
            .distinct()
            .where(changes.c.job_num == job_num, changes.c.state == str(ChangeState.GATHERED))
            .order_by(changes.c.entity, changes.c.entity_id)
        )
        with self._reader.connect() as connection:
            return [(str(row[0]), str(row[1])) for row in connection.execute(query)]

    def wishes_for(self, job_num: int, kind: str, name: str) -> list[LedgerChange]:
        """Every item's wish to be on a list, in the items' order."""
        query = (
            select(changes)
            .where(
                changes.c.job_num == job_num,
                changes.c.state == str(ChangeState.GATHERED),
                changes.c.entity == kind,
                changes.c.entity_id == name,
            )
            .order_by(changes.c.seq, changes.c.id)
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


def _same_item() -> Any:
    return (changes.c.job_num == job_items.c.job_num) & (changes.c.seq == job_items.c.seq)


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
            action=row.action,
        ),
        state=ChangeState(row.state),
        left=row.left_as,
    )
