"""Writer operations beside the outcomes: findings, and what is known of each item afterwards."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Connection

from shelfhook.model import Outcome, Result
from shelfhook.store.rows import INT, REAL, TEXT, insert, pack
from shelfhook.store.tables import item_states

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


WELL_ENDED = frozenset({Outcome.CHANGED, Outcome.UNCHANGED})


def add_findings(connection: Connection, job_num: int, results: Sequence[Result]) -> None:
    """Write what was found with these outcomes."""
    rows = [
        [job_num, r.seq, f.action, f.code, f.severity, f.message, f.remedy, f.place, *r.shelf]
        for r in results
        for f in r.findings
    ]
    if rows:
        statement = insert("findings", FINDING_COLUMNS, connection.dialect)
        connection.execute(statement, {"rows": pack(rows)})


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
        released.append(connection.execute(statement).rowcount)
    return released
