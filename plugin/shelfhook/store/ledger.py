"""The ledger: every item of every job, its changes with before and after, and how it ended."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Engine, Row, select, text

from shelfhook.model import (
    Change,
    ChangeKind,
    ChangeState,
    ItemRef,
    LedgerChange,
    LedgerItem,
    Outcome,
    Result,
)
from shelfhook.store.rows import INT, REAL, TEXT, insert, mark_applied, pack, storable
from shelfhook.store.tables import NOTABLE, changes, fingerprints, job_items
from shelfhook.store.writer import Ticket, Writer

ITEM_COLUMNS = {"job_num": INT, "seq": INT, "item_id": TEXT, "name": TEXT, "series": TEXT}
RESULT_COLUMNS = {
    "job_num": INT,
    "seq": INT,
    "item_id": TEXT,
    "outcome": TEXT,
    "reason": TEXT,
    "attempts": INT,
    "seconds": REAL,
}
CHANGE_COLUMNS = {
    "job_num": INT,
    "seq": INT,
    "kind": TEXT,
    "entity": TEXT,
    "entity_id": TEXT,
    "before": TEXT,
    "after": TEXT,
    "command": TEXT,
    "state": TEXT,
}
FINGERPRINT_COLUMNS = {"host": TEXT, "item_id": TEXT, "fingerprint": TEXT, "left_at": REAL}

END_ITEMS = (
    "ON CONFLICT (job_num, seq) DO UPDATE SET outcome = excluded.outcome,"
    " reason = excluded.reason, attempts = excluded.attempts, seconds = excluded.seconds"
    " WHERE job_items.outcome IS NULL"
)
LISTED = text("UPDATE jobs SET listed = listed + :count, version = version + 1 WHERE num = :num")
RECOUNT = text(
    "UPDATE jobs SET listed = (SELECT count(*) FROM job_items WHERE job_num = :num),"
    + ",".join(
        f" {outcome} = (SELECT count(*) FROM job_items"
        f" WHERE job_num = :num AND outcome = '{outcome}')"
        for outcome in Outcome
    )
    + " WHERE num = :num"
)
COUNT_UP = text(
    "UPDATE jobs SET changed = changed + :changed, unchanged = unchanged + :unchanged,"
    " planned = planned + :planned, skipped = skipped + :skipped, failed = failed + :failed,"
    " cancelled = cancelled + :cancelled, progress_at = :now, stalled_at = NULL,"
    " version = version + 1 WHERE num = :num"
)
CANCEL_SLICE = text(
    "UPDATE job_items SET outcome = 'cancelled' WHERE job_num = :num AND seq IN"
    " (SELECT seq FROM job_items WHERE job_num = :num AND outcome IS NULL LIMIT :slice)"
)


@dataclass(frozen=True, slots=True)
class Batch:
    """Outcomes of one job that are committed together."""

    job_num: int
    host: str
    results: Sequence[Result]
    now: float


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


def new_items(refs: Sequence[ItemRef], first_seq: int, fresh: set[int] | None) -> list[LedgerItem]:
    """Those of a page that are new to the job: all if `fresh` is None, else the numbers in it."""
    return [
        LedgerItem(seq, ref, None, "", 0, 0.0)
        for seq, ref in enumerate(refs, first_seq)
        if fresh is None or seq in fresh
    ]


def add_all(
    connection: Connection, calls: Sequence[tuple[int, int, tuple[ItemRef, ...]]]
) -> list[set[int] | None]:
    """Writer operation behind `Ledger.add`: None where all were new, else the new numbers."""
    statement = insert("job_items", ITEM_COLUMNS, connection.dialect, tail="ON CONFLICT DO NOTHING")
    answers: list[set[int] | None] = []
    for num, first, refs in calls:
        rows = [[num, first + i, ref.id, ref.name, ref.series] for i, ref in enumerate(refs)]
        added = connection.execute(statement, {"rows": pack(rows)}).rowcount
        connection.execute(LISTED, {"num": num, "count": added})
        if added == len(refs):
            answers.append(None)
            continue
        kept = select(job_items.c.seq).where(job_items.c.job_num == num, job_items.c.seq >= first)
        answers.append({int(row[0]) for row in connection.execute(kept)})
    return answers


def close_listing(connection: Connection, calls: Sequence[int]) -> list[None]:
    """Writer operation behind `Ledger.listed`."""
    for num in calls:
        connection.execute(
            text("UPDATE jobs SET total = listed, version = version + 1 WHERE num = :num"),
            {"num": num},
        )
    return [None] * len(calls)


def record_all(connection: Connection, calls: Sequence[Batch]) -> list[None]:
    """Writer operation behind `Ledger.record`."""
    statement = insert("job_items", RESULT_COLUMNS, connection.dialect, tail=END_ITEMS)
    for batch in calls:
        num = batch.job_num
        results = _first_of_each(batch.results)
        rows = [[num, r.seq, "", r.outcome, r.reason, r.attempts, r.seconds] for r in results]
        ended = connection.execute(statement, {"rows": pack(rows)}).rowcount
        counts = Counter(result.outcome for result in results)
        if ended != len(rows):  # some had ended before: count what is there instead
            connection.execute(RECOUNT, {"num": num})
            counts.clear()
        connection.execute(
            COUNT_UP, {"num": num, "now": batch.now} | {o.value: counts[o] for o in Outcome}
        )
        _mark_applied(connection, batch)
    return [None] * len(calls)


def _first_of_each(results: Sequence[Result]) -> Sequence[Result]:
    """Without what ends an item a second time: one statement may touch a row only once."""
    if len({result.seq for result in results}) == len(results):
        return results
    return list({result.seq: result for result in reversed(results)}.values())


def _mark_applied(connection: Connection, batch: Batch) -> None:
    applied = [change for result in batch.results for change in result.applied]
    if applied:
        values = {"rows": pack([[change] for change in applied]), "state": str(ChangeState.APPLIED)}
        connection.execute(mark_applied(connection.dialect.name), values)
    rows = [
        [batch.host, result.item_id, result.fingerprint, batch.now]
        for result in batch.results
        if result.fingerprint
    ]
    if rows:
        statement = insert(
            "fingerprints",
            FINGERPRINT_COLUMNS,
            connection.dialect,
            tail="ON CONFLICT (host, item_id) DO UPDATE SET"
            " fingerprint = excluded.fingerprint, left_at = excluded.left_at",
        )
        connection.execute(statement, {"rows": pack(rows)})


def cancel_slice(connection: Connection, calls: Sequence[tuple[int, float, int]]) -> list[int]:
    """Writer operation behind `Ledger.cancel_pending`: how many items of a slice it ended."""
    ended = []
    for num, now, size in calls:
        count = connection.execute(CANCEL_SLICE, {"num": num, "slice": size}).rowcount
        none = {outcome.value: 0 for outcome in Outcome}
        connection.execute(COUNT_UP, {**none, "num": num, "now": now, "cancelled": count})
        ended.append(count)
    return ended


def intend_all(
    connection: Connection, calls: Sequence[tuple[int, int, tuple[Change, ...], ChangeState]]
) -> list[list[int]]:
    """Writer operation behind `Ledger.intend`, for the items of a group at once."""
    rows = [
        [num, seq, c.kind, c.entity, c.entity_id, _dump(c.before), _dump(c.after), c.command, state]
        for num, seq, planned, state in calls
        for c in planned
    ]
    statement = insert("changes", CHANGE_COLUMNS, connection.dialect, tail="RETURNING id")
    # An insert hands out ids in the order of its rows; sorting makes that hold for RETURNING too.
    ids = iter(sorted(int(r[0]) for r in connection.execute(statement, {"rows": pack(rows)})))
    return [[next(ids) for _ in planned] for _, _, planned, _ in calls]


def _dump(fields: Mapping[str, Any]) -> str:
    packed = json.dumps(dict(fields), ensure_ascii=False)
    # Halves of surrogate pairs survive as escapes, so that undo can write back what was there.
    return packed if storable(packed) == packed else json.dumps(dict(fields))


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
