"""A store as years leave it: 10,000 jobs, 1,000,000 rows in the ledger, made by SQL.

One job holds half of the items; the rest are spread over the others. `at` says with which schema it
is made, so that the way from there to the newest can be measured.
"""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, text

from shelfhook.store import engine, migrate

JOBS = 10_000
BIG = 4_321
"""Number of the job with half of the items."""
ITEMS = 500_000
"""In the big job, and in all others together."""
SMALL = 50
FINDINGS = 100_000
EVENTS = 50_000
ASIDE = 5_000
NOW = 1_750_000_000

COUNT = "WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i + 1 < {many})"
STATE = "CASE i % 40 WHEN 0 THEN 'failed' WHEN 1 THEN 'cancelled' ELSE 'completed' END"
OUTCOME = (
    "CASE WHEN {i} % 1000 = 7 THEN 'failed' WHEN {i} % 200 = 3 THEN 'skipped'"
    " WHEN {i} % 10 = 1 THEN 'changed' WHEN {i} % 50000 = 17 THEN 'cancelled'"
    " ELSE 'unchanged' END"
)
NAME = "'Volume ' || {i} || CASE WHEN {i} = 400123 THEN ' needle' ELSE '' END || '.cbz'"
SERIES = "'Series ' || ({i} / 40)"
WORK = (
    f"{COUNT.format(many=JOBS)} INSERT INTO jobs (num, id, routine, host, library, trigger, state,"
    " dry_run, created_at, started_at, finished_at, listed, total, changed, unchanged, version)"
    " SELECT i + 1, printf('%08x-0000-4000-8000-%012x', (i * 2654435761) & 4294967295, i),"
    " 'routine-' || (i % 8), CASE WHEN i % 97 = 0 THEN 'rare' ELSE 'komga' END, 'L' || (i % 5),"
    " CASE i % 3 WHEN 0 THEN 'scan' WHEN 1 THEN 'schedule' ELSE 'admin' END,"
    f" {STATE}, 0, {NOW} - 600 * ({JOBS} - i), {NOW} - 600 * ({JOBS} - i),"
    f" {NOW} - 600 * ({JOBS} - i) + 60, {SMALL}, {SMALL}, 5, 45, 9 FROM n",
    f"{COUNT.format(many=ITEMS)} INSERT INTO job_items (job_num, seq, item_id, name, series,"
    f" outcome, attempts, seconds) SELECT {BIG}, i, 'B' || i, {NAME.format(i='i')},"
    f" {SERIES.format(i='i')}, {OUTCOME.format(i='i')}, 1, 0.1 FROM n",
    f"{COUNT.format(many=ITEMS)} INSERT INTO job_items (job_num, seq, item_id, name, series,"
    f" outcome, attempts, seconds) SELECT i / {SMALL} + 1"
    f" + (i / {SMALL} + 1 = {BIG}) * {JOBS - BIG},"
    f" i % {SMALL} + 1000 * (i / {SMALL} + 1 = {BIG}), 'B' || i, {NAME.format(i='i')},"
    f" {SERIES.format(i='i')}, {OUTCOME.format(i='i')}, 1, 0.1 FROM n WHERE i / {SMALL} < {JOBS}"
    f" AND i / {SMALL} + 1 <> {JOBS}",
    "INSERT INTO changes (job_num, seq, kind, entity, entity_id, before, after, state, action)"
    " SELECT job_num, seq, 'fields', 'book', item_id, '{\"title\":\"old\"}',"
    " '{\"title\":\"new\"}', 'applied', 'normalize' FROM job_items WHERE outcome = 'changed'",
    f"{COUNT.format(many=FINDINGS)} INSERT INTO findings (job_num, seq, action, code, severity,"
    f" message) SELECT {BIG}, i * 5, 'audit', 'code.' || (i % 12) || CASE WHEN i % 20000 = 9 THEN"
    " '.rare' ELSE '' END, CASE i % 3 WHEN 0 THEN 'error' WHEN 1 THEN 'warning' ELSE 'info' END,"
    " 'something is wrong with it' FROM n",
    "INSERT INTO item_states (routine, host, item_id, name, fingerprint, recipe, since, job_num)"
    f" SELECT j.routine, j.host, i.item_id, '', 'f', 'r', {NOW}, {BIG} FROM job_items AS i"
    f" JOIN jobs AS j ON j.num = i.job_num WHERE i.job_num = {BIG}",
    f"{COUNT.format(many=ASIDE)} INSERT INTO item_states (routine, host, item_id, name, failures,"
    f" since, job_num) SELECT 'routine-1', 'komga', 'X' || i, 'x.cbz', 3 + i % 3, {NOW}, 1 FROM n",
    f"{COUNT.format(many=EVENTS)} INSERT INTO events (seq, id, host, kind, delivery, library,"
    " received_at, state) SELECT i + 1, printf('%032x', i), 'komga', 'library.scanned', 'd' || i,"
    f" 'L' || (i % 200), {NOW} - 120 * ({EVENTS} - i), CASE WHEN i > {EVENTS - 500} THEN 'waiting'"
    " WHEN i % 500 = 0 THEN 'dropped' ELSE 'taken' END FROM n",
    "INSERT INTO job_events (job_num, event_seq) SELECT 1 + (seq / 5), seq FROM events"
    f" WHERE state = 'taken' AND 1 + seq / 5 <= {JOBS}",
    f"INSERT INTO schedules (name, cron, since) SELECT 'routine-' || num, '0 3 * * *', {NOW}"
    " FROM jobs WHERE num < 8",
    f"{COUNT.format(many=20_000)} INSERT INTO fires (schedule, due_at, logged_at, result, reason)"
    f" SELECT 'routine-' || (1 + i % 7), {NOW} - 60 * i, {NOW} - 60 * i, 'ran', '' FROM n",
    f"UPDATE jobs SET listed = {ITEMS}, total = {ITEMS}, unchanged = {ITEMS} WHERE num = {BIG}",
)
RECORDS = (
    f"{COUNT.format(many=240)} INSERT INTO samples (job_num, at, done, failed, limit_now)"
    f" SELECT {BIG}, {NOW} + i, i * 2000, i, 4 FROM n",
    f"{COUNT.format(many=500)} INSERT INTO job_log (job_num, at, level, kind, message)"
    f" SELECT {BIG}, {NOW} + i, 'info', 'failed', 'Volume ' || i || ': it cannot be read' FROM n",
    f"{COUNT.format(many=1000)} INSERT INTO rejections (minute, at, last_at, host, status, reason)"
    f" SELECT {NOW} / 60 + i, {NOW} + 60 * i, {NOW} + 60 * i, 'komga', 401, 'token' FROM n",
    "UPDATE jobs SET state = 'running', finished_at = NULL WHERE num IN (9001, 9002)",
)


def make(file: Path, at: str = "head") -> None:
    """Make the database, with the schema of a revision."""
    with _connected(file) as connection:
        _upgrade(connection, at)
        connection.commit()
        _run(connection, WORK if at != "head" else (*WORK, *CURRENT, *RECORDS))


CURRENT = ("UPDATE findings SET is_current = 1, item_id = 'B' || seq",)


def add_records(file: Path) -> None:
    """What only the newest schema has a place for."""
    with _connected(file) as connection:
        _run(connection, RECORDS)


def upgrade(file: Path) -> None:
    """Bring it to the newest schema."""
    migrate.upgrade(engine.parse(f"sqlite:///{file}"))


def _connected(file: Path) -> Connection:
    return engine.writing(engine.parse(f"sqlite:///{file}")).connect()


def _upgrade(connection: Connection, at: str) -> None:
    config = Config()
    config.set_main_option("script_location", str(migrate.SCRIPTS))
    config.attributes["connection"] = connection
    command.upgrade(config, at)


def _run(connection: Connection, statements: tuple[str, ...]) -> None:
    for statement in statements:
        with connection.begin():
            connection.execute(text(statement))
