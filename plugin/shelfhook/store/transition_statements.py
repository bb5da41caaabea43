"""What the writer operations of `transitions` tell the database."""

from __future__ import annotations

from sqlalchemy import BindParameter, Text, bindparam, text

from shelfhook.model import JobState
from shelfhook.store.rows import INT
from shelfhook.store.tables import RUNNING, WAITING

LEAVES = {
    JobState.RUNNING: "('paused')",
    JobState.PAUSED: "('running')",
    JobState.QUEUED: "('running', 'paused')",
    JobState.COMPLETED: "('running', 'paused')",
    JobState.FAILED: "('running', 'paused')",
    JobState.CANCELLED: "('queued', 'running', 'paused')",
}

QUEUE = text(
    "INSERT INTO jobs (id, routine, host, library, scope, trigger, state, priority, dry_run,"
    " parent, items, everything, created_at, requested_by) VALUES (:id, :routine, :host,"
    " :library, :scope, :trigger, 'queued', :priority, :dry_run, :parent, :items, :everything,"
    " :now, :requested_by)"
    f" ON CONFLICT (routine, host, library, scope) WHERE {WAITING} DO UPDATE SET"
    " priority = CASE WHEN excluded.priority > jobs.priority THEN excluded.priority"
    " ELSE jobs.priority END, version = jobs.version + 1"
    " RETURNING num, id"
)
LINK_COLUMNS = {"job_num": INT, "event_seq": INT}
LINK_ONE = text(
    "INSERT INTO job_events (job_num, event_seq) SELECT :num, seq FROM events WHERE id = :event"
    " ON CONFLICT DO NOTHING"
)
TAKE_ONE = text("UPDATE events SET state = 'taken' WHERE id = :event")
JOB_OF_EVENT = text(
    "SELECT jobs.id FROM jobs JOIN job_events ON job_num = num JOIN events ON event_seq = seq"
    " WHERE events.id = :event ORDER BY num LIMIT 1"
)
FREE = (
    "q.state = 'queued' AND NOT EXISTS (SELECT 1 FROM jobs AS r"
    " WHERE r.state IN ('running', 'paused')"
    " AND r.routine = q.routine AND r.host = q.host AND r.library = q.library)"
    " AND q.host NOT IN :down"
)
DOWN: BindParameter[str] = bindparam("down", type_=Text, expanding=True)
CLAIMABLE = text(f"SELECT count(*) FROM jobs AS q WHERE {FREE}").bindparams(DOWN)
CLAIM = text(
    "UPDATE jobs SET state = 'running', started_at = COALESCE(started_at, :now),"
    " progress_at = :now, stalled_at = NULL, reason = '', version = version + 1"
    f" WHERE state = 'queued' AND num = (SELECT q.num FROM jobs AS q WHERE {FREE}"
    " ORDER BY q.priority DESC, q.num LIMIT 1) RETURNING *"
).bindparams(DOWN)
KEEP_PAUSE = (
    "wish = CASE WHEN state = 'paused' AND wish IS NULL AND reason = :by_wish THEN 'pause'"
    " ELSE wish END"
)
"""A person's pause outlasts a crash and a stop."""
REQUEUE = text(
    "UPDATE jobs SET state = 'queued', reason = :reason, limit_now = 0, version = version + 1,"
    f" {KEEP_PAUSE} WHERE {RUNNING} RETURNING id"
)
CANCEL_ITEMS = text(
    "UPDATE job_items SET outcome = 'cancelled' WHERE job_num = :num AND outcome IS NULL"
)
CANCEL_QUEUED = text(
    "UPDATE jobs SET state = 'cancelled', wish = NULL, finished_at = :now, total = listed,"
    " cancelled = cancelled + :items, version = version + 1"
    " WHERE num = :num AND state = 'queued'"
)
