"""What the writer operations of `entries` tell the database."""

from __future__ import annotations

from sqlalchemy import text

from shelfhook.model import Outcome
from shelfhook.rules import ECHO_WINDOW, UNSETTLED
from shelfhook.store.rows import INT, REAL, TEXT

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
    "action": TEXT,
    "left_as": TEXT,
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
# While the host still works on a command of another job, what we write is not how it will stay.
STILL = (
    f"fingerprints.fingerprint LIKE '{UNSETTLED}%' AND excluded.fingerprint NOT LIKE"
    f" '{UNSETTLED}%' AND excluded.left_at - fingerprints.left_at <= {ECHO_WINDOW}"
)
LEAVE = (
    "ON CONFLICT (host, item_id) DO UPDATE SET fingerprint ="
    f" CASE WHEN {STILL} THEN '{UNSETTLED}' || excluded.fingerprint"
    " ELSE excluded.fingerprint END,"
    f" left_at = CASE WHEN {STILL} THEN fingerprints.left_at ELSE excluded.left_at END"
)
CANCEL_SLICE = text(
    "UPDATE job_items SET outcome = 'cancelled' WHERE job_num = :num AND seq IN"
    " (SELECT seq FROM job_items WHERE job_num = :num AND outcome IS NULL LIMIT :slice)"
)
