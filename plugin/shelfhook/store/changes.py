"""The ledger's other half: every change with before and after, and the wishes to be on lists."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Sequence
from typing import Any, NamedTuple

from sqlalchemy import Engine, Row, select, text

from shelfhook.model import (
    BY_HOST,
    Change,
    ChangeKind,
    ChangeState,
    Fields,
    LedgerChange,
    Outcome,
)
from shelfhook.store.entries import (
    Noted,
    intend_all,
    look_all,
    note_left_all,
    supersede_all,
)
from shelfhook.store.rows import storable
from shelfhook.store.tables import GATHERED, changes, job_items
from shelfhook.store.writer import Writer


class Looked(NamedTuple):
    """What has become of a change that stood for what the host may make by itself.

    `before` and `after` hold what it has made, `left` is the digest of the entity's fields then.
    """

    id: int
    before: Fields
    after: Fields
    left: str


class ChangeLog:
    """Records changes before they are made, and shows them."""

    def __init__(self, writer: Writer, reader: Engine) -> None:
        self._writer = writer
        self._reader = reader

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

    def supersede(self, ids: Sequence[int]) -> None:
        """These changes were not made, and others are planned instead."""
        self._writer.call(supersede_all, tuple(ids))

    def looked(self, rows: Sequence[Looked]) -> None:
        """Write down what the host has made by itself; where that is nothing, no change is left."""
        self._writer.call(look_all, tuple(rows))

    def series_places(self, job_num: int) -> tuple[dict[str, int], set[str]]:
        """Which item holds the job's changes of each series, and of which series the host's own."""
        query = text(
            "SELECT entity_id, min(seq), max(CASE WHEN action = :host THEN 1 ELSE 0 END)"
            " FROM changes WHERE job_num = :num AND entity = 'series'"
            " AND state IN ('intended', 'applied') GROUP BY entity_id"
        )
        with self._reader.connect() as connection:
            rows = connection.execute(query, {"num": job_num, "host": BY_HOST}).all()
        return {str(r[0]): int(r[1]) for r in rows}, {str(r[0]) for r in rows if r[2]}

    def has_changes(self, job_num: int, states: Collection[ChangeState]) -> bool:
        """Whether a job has any change that got so far; looks at its changes only."""
        wanted = changes.c.state.in_([str(state) for state in states])
        query = select(changes.c.id).where(changes.c.job_num == job_num, wanted).limit(1)
        with self._reader.connect() as connection:
            return connection.execute(query).first() is not None

    def changes(
        self, job_num: int, *, after: int = 0, limit: int = 50, gathered: bool = True
    ) -> list[LedgerChange]:
        """Changes of a job in the order they were recorded; `gathered`: with wishes for lists."""
        query = (
            select(changes)
            .where(changes.c.job_num == job_num, changes.c.id > after)
            .order_by(changes.c.id)
            .limit(limit)
        )
        if not gathered:
            query = query.where(changes.c.state != str(ChangeState.GATHERED))
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
            .join_from(changes, job_items, same_item())
            .where(
                job_items.c.job_num == job_num,
                job_items.c.item_id == storable(item_id),
                changes.c.state.in_([str(state) for state in states]),
            )
            .order_by(changes.c.id)
        )
        with self._reader.connect() as connection:
            return [_as_change(row) for row in connection.execute(query)]

    def gathered(self, job_num: int) -> list[tuple[str, str]]:
        """Kind and name of every list that items of a job want to be on, in all spellings."""
        query = (
            select(changes.c.entity, changes.c.entity_id)
            .distinct()
            .where(changes.c.job_num == job_num, text(GATHERED))
            .order_by(changes.c.entity, changes.c.entity_id)
        )
        with self._reader.connect() as connection:
            return [(str(row[0]), str(row[1])) for row in connection.execute(query)]

    def wishes_for(
        self, job_nums: Sequence[int], kind: str, names: Sequence[str]
    ) -> Iterator[LedgerChange]:
        """The wishes to be on a list, in the items' order, of items that have ended well.

        Args:
            job_nums: the job, and those that it retries.
            names: the list's name in all its spellings.
        """
        well = [str(Outcome.CHANGED), str(Outcome.UNCHANGED), str(Outcome.PLANNED)]
        query = (
            select(changes)
            .join_from(changes, job_items, same_item())
            .where(
                changes.c.job_num.in_(job_nums),
                text(GATHERED),
                changes.c.entity == kind,
                changes.c.entity_id.in_(names),
                job_items.c.outcome.in_(well),
            )
            .order_by(changes.c.job_num, changes.c.seq, changes.c.id)
        )
        with self._reader.connect() as connection:
            for row in connection.execute(query):
                yield _as_change(row)


def same_item() -> Any:
    """The condition that a change is an item's."""
    return (changes.c.job_num == job_items.c.job_num) & (changes.c.seq == job_items.c.seq)


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
