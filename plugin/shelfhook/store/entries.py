"""Writer operations behind the ledger: items in, changes noted, outcomes written."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

from sqlalchemy import Connection, select, text

from shelfhook.model import Change, ChangeState, Fields, ItemRef, LedgerItem, Outcome, Result
from shelfhook.store import notes
from shelfhook.store.entry_statements import (
    CANCEL_SLICE,
    CHANGE_COLUMNS,
    COUNT_UP,
    END_ITEMS,
    FINGERPRINT_COLUMNS,
    ITEM_COLUMNS,
    LEAVE,
    LISTED,
    RECOUNT,
    RESULT_COLUMNS,
)
from shelfhook.store.rows import ENCODER, insert, pack, run, set_state, storable
from shelfhook.store.tables import job_items

Noted: TypeAlias = "tuple[Change, ChangeState, str]"
"""A change, how far it got, and what undo will recognise it by."""


@dataclass(frozen=True, slots=True)
class Batch:
    """Outcomes of one job that are committed together.

    `routine` and `recipe` (see `ItemState`) say whose knowledge of the items this becomes; without
    a routine it becomes nobody's.
    """

    job_num: int
    host: str
    results: Sequence[Result]
    now: float
    routine: str = ""
    recipe: str = ""


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
        if batch.routine:
            notes.remember(
                connection, num, batch.routine, batch.host, batch.recipe, results, batch.now
            )
        notes.add_findings(connection, num, results)
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
        connection.execute(set_state(connection.dialect.name), values)
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
            tail=LEAVE,
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
    connection: Connection, calls: Sequence[tuple[int, int, tuple[Noted, ...]]]
) -> list[list[int]]:
    """Writer operation behind `Ledger.intend`, for the items of a group at once."""
    rows = [[num, seq, *_columns(noted)] for num, seq, planned in calls for noted in planned]
    statement = insert("changes", CHANGE_COLUMNS, connection.dialect, tail="RETURNING id")
    # An insert hands out ids in the order of its rows; sorting makes that hold for RETURNING too.
    ids = iter(sorted(int(r[0]) for r in run(connection, statement, pack(rows))))
    return [[next(ids) for _ in planned] for _, _, planned in calls]


def note_left_all(connection: Connection, calls: Sequence[tuple[int, str]]) -> list[None]:
    """Writer operation behind `Ledger.note_left`."""
    for change, left in calls:
        connection.execute(
            text("UPDATE changes SET left_as = :left WHERE id = :id"), {"id": change, "left": left}
        )
    return [None] * len(calls)


def supersede_all(connection: Connection, calls: Sequence[tuple[int, ...]]) -> list[None]:
    """Writer operation behind `Ledger.supersede`."""
    for ids in calls:
        values = {"rows": pack([[one] for one in ids]), "state": str(ChangeState.SUPERSEDED)}
        connection.execute(set_state(connection.dialect.name), values)
    return [None] * len(calls)


def look_all(
    connection: Connection, calls: Sequence[Sequence[tuple[int, Fields, Fields, str]]]
) -> list[None]:
    """Writer operation behind `Ledger.looked`."""
    changed = text(
        "UPDATE changes SET before = :before, after = :after, state = :state, left_as = :left"
        " WHERE id = :id"
    )
    for rows in calls:
        for number, before, after, left in rows:
            if not after:
                connection.execute(text("DELETE FROM changes WHERE id = :id"), {"id": number})
                continue
            values = {"id": number, "state": str(ChangeState.APPLIED), "left": left}
            values |= {"before": _dump(before), "after": _dump(after)}
            connection.execute(changed, values)
    return [None] * len(calls)


def commanded_all(connection: Connection, calls: Sequence[Batch]) -> list[None]:
    """Writer operation behind `Ledger.commanded`."""
    for batch in calls:
        _mark_applied(connection, batch)
        notes.add_findings(connection, batch.job_num, batch.results)
    return [None] * len(calls)


def settle_all(
    connection: Connection, calls: Sequence[tuple[str, Mapping[str, str]]]
) -> list[None]:
    """Writer operation behind `Ledger.settle`: when we left them does not change."""
    tail = "ON CONFLICT (host, item_id) DO UPDATE SET fingerprint = excluded.fingerprint"
    statement = insert("fingerprints", FINGERPRINT_COLUMNS, connection.dialect, tail=tail)
    for host, seen in calls:
        rows = [[host, storable(item), fingerprint, 0.0] for item, fingerprint in seen.items()]
        connection.execute(statement, {"rows": pack(rows)})
    return [None] * len(calls)


def _columns(noted: Noted) -> list[str]:
    change, state, left = noted
    return [
        change.kind,
        change.entity,
        change.entity_id,
        _dump(change.before),
        _dump(change.after),
        change.command,
        state,
        change.action,
        left,
    ]


def _dump(fields: Mapping[str, Any]) -> str:
    packed = ENCODER.encode(dict(fields))
    # Halves of surrogate pairs survive as escapes, so that undo can write back what was there.
    return packed if storable(packed) == packed else json.dumps(dict(fields))
