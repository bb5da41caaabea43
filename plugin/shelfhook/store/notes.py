"""Writer operations beside the outcomes: findings, and what is known of each item afterwards."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

from sqlalchemy import Connection, TextClause, text

from shelfhook.model import Finding, Outcome, Result
from shelfhook.store.rows import INT, REAL, TEXT, insert, pack, source
from shelfhook.store.tables import CURRENT, item_states

FINDING_COLUMNS = {
    "job_num": INT,
    "seq": INT,
    "action": TEXT,
    "code": TEXT,
    "severity": TEXT,
    "message": TEXT,
    "remedy": TEXT,
    "place": TEXT,
    "series": TEXT,
    "library": TEXT,
    "item_id": TEXT,
}
STATE_COLUMNS = {
    "routine": TEXT,
    "host": TEXT,
    "item_id": TEXT,
    "name": TEXT,
    "fingerprint": TEXT,
    "recipe": TEXT,
    "failures": INT,
    "reason": TEXT,
    "since": REAL,
    "job_num": INT,
}
KEEP = (
    "ON CONFLICT (routine, host, item_id) DO UPDATE SET"
    " name = excluded.name, recipe = excluded.recipe, reason = excluded.reason,"
    " since = excluded.since, job_num = excluded.job_num,"
)
WELL = f"{KEEP} fingerprint = excluded.fingerprint, failures = 0"
# A failure in a state that is new to us begins a new row of them. After a restart, and in a retry,
# nobody knows the state.
SAME = "(item_states.fingerprint = '' OR excluded.fingerprint IN ('', item_states.fingerprint))"
FAILED = (
    f"{KEEP} failures = CASE WHEN {SAME} THEN item_states.failures + 1 ELSE 1 END,"
    " fingerprint = CASE WHEN excluded.fingerprint = '' THEN item_states.fingerprint"
    " ELSE excluded.fingerprint END"
)


FORGOTTEN = text(
    f"UPDATE findings SET is_current = false WHERE {CURRENT} AND item_id = :item AND EXISTS"
    " (SELECT 1 FROM jobs AS j WHERE j.num = findings.job_num AND j.host = :host"
    " AND :routine IN ('', j.routine))"
)

WELL_ENDED = frozenset({Outcome.CHANGED, Outcome.UNCHANGED})


@lru_cache(maxsize=4)
def no_more(dialect: str) -> TextClause:
    """What other jobs of a routine have found at the items `:rows` (one-column rows) is past.

    Only findings that hold are looked through, by their items: where there are none it costs
    nothing, and that is nearly always.
    """
    picked = source((("id", TEXT),), dialect)
    return text(
        f"UPDATE findings SET is_current = false WHERE {CURRENT} AND job_num <> :num"
        f" AND item_id IN (SELECT r.id FROM {picked}) AND EXISTS (SELECT 1 FROM jobs AS j"
        " WHERE j.num = findings.job_num AND j.routine = :routine AND j.host = :host)"
    )


@lru_cache(maxsize=4)
def hold_now(dialect: str) -> TextClause:
    """Findings of a job at the places `:rows` hold, where the last look at the item was its."""
    picked = source((("seq", INT),), dialect)
    return text(
        "UPDATE findings SET is_current = true WHERE job_num = :num"
        f" AND seq IN (SELECT r.seq FROM {picked}) AND EXISTS (SELECT 1 FROM jobs AS j"
        " JOIN item_states AS s ON s.routine = j.routine AND s.host = j.host"
        " WHERE j.num = findings.job_num AND s.item_id = findings.item_id"
        " AND s.job_num = findings.job_num)"
    )


def add_findings(connection: Connection, job_num: int, results: Sequence[Result]) -> None:
    """Write what was found with these outcomes. It holds now if the item's last look was this one.

    Comes after `remember`, which says whose look was the last.
    """
    rows = [
        [job_num, r.seq, *_columns(f), *r.shelf, r.item_id] for r in results for f in r.findings
    ]
    if rows:
        statement = insert("findings", FINDING_COLUMNS, connection.dialect)
        connection.execute(statement, {"rows": pack(rows)})
        seqs = pack([[r.seq] for r in results if r.findings])
        values = {"rows": seqs, "num": job_num}
        connection.execute(hold_now(connection.dialect.name), values)


def _columns(one: Finding) -> tuple[str, ...]:
    return one.action, one.code, one.severity, one.message, one.remedy, one.place


def remember(
    connection: Connection,
    job_num: int,
    routine: str,
    host: str,
    recipe: str,
    results: Sequence[Result],
    now: float,
) -> None:
    """Keep in what state each item was done with, or how often in a row it has failed."""
    well = [
        [routine, host, r.item_id, "", r.seen, recipe, 0, "", now, job_num]
        for r in results
        if (r.seen or r.findings) and r.outcome in WELL_ENDED
    ]
    failed = [
        [routine, host, r.item_id, r.name, r.seen, "", 1, r.reason, now, job_num]
        for r in results
        if r.outcome is Outcome.FAILED
    ]
    if well or failed:  # what their earlier looks have found holds no longer
        ids = pack([[row[2]] for row in (*well, *failed)])
        values = {"rows": ids, "num": job_num, "routine": routine, "host": host}
        connection.execute(no_more(connection.dialect.name), values)
    for rows, tail in ((well, WELL), (failed, FAILED)):
        if rows:
            statement = insert("item_states", STATE_COLUMNS, connection.dialect, tail=tail)
            connection.execute(statement, {"rows": pack(rows)})


def forget_all(connection: Connection, calls: Sequence[tuple[str, str, str]]) -> list[int]:
    """Writer operation behind `ItemStates.release`: how many were released."""
    released = []
    for host, item_id, routine in calls:
        statement = item_states.delete().where(
            item_states.c.host == host, item_states.c.item_id == item_id
        )
        if routine:
            statement = statement.where(item_states.c.routine == routine)
        connection.execute(FORGOTTEN, {"host": host, "item": item_id, "routine": routine})
        released.append(connection.execute(statement).rowcount)
    return released
