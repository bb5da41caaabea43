"""Every table of the store. Times are seconds since the epoch (UTC).

The indexes carry two of the promises: `uq_jobs_waiting` allows one waiting job per routine and
library (and scope), `uq_jobs_running` one running job per routine and library.
"""

from __future__ import annotations

from sqlalchemy import (
    Boolean,
    Column,
    Double,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    PrimaryKeyConstraint,
    Table,
    Text,
    UniqueConstraint,
    false,
    text,
)

from shelfhook.store.columns import Number, metadata
from shelfhook.store.columns import count_column as _count
from shelfhook.store.columns import text_column as _text
from shelfhook.store.columns import time_column as _when
from shelfhook.store.outgoing_tables import digests, job_callbacks, outgoing
from shelfhook.store.record_tables import job_log, rejections, samples
from shelfhook.store.side_tables import (
    CURRENT,
    FAILING,
    cursors,
    findings,
    fingerprints,
    fires,
    heartbeats,
    item_states,
    lease,
    schedules,
)
from shelfhook.store.sign_in_tables import links, people, sessions, tokens

__all__ = [
    "CHILD",
    "CURRENT",
    "DROPPED",
    "FAILING",
    "GATHERED",
    "NOTABLE",
    "REPEATED",
    "RUNNING",
    "WAITING",
    "changes",
    "cursors",
    "digests",
    "events",
    "findings",
    "fingerprints",
    "fires",
    "heartbeats",
    "item_states",
    "job_callbacks",
    "job_events",
    "job_items",
    "job_log",
    "jobs",
    "lease",
    "links",
    "metadata",
    "outgoing",
    "people",
    "rejections",
    "samples",
    "schedules",
    "sessions",
    "tokens",
]

WAITING = "state = 'queued' AND started_at IS NULL"
RUNNING = "state IN ('running', 'paused')"
DROPPED = "state = 'dropped'"
REPEATED = "repeats > 0"
"""Deliveries that came more than once."""
CHILD = "parent <> ''"
GATHERED = "changes.state = 'gathered'"
"""Wishes to be on a list; repeated by queries likewise."""
NOTABLE = "outcome IN ('changed', 'planned', 'skipped', 'failed')"
"""Outcomes that people look for; queries repeat this text so that SQLite uses the index."""

events = Table(
    "events",
    metadata,
    Column("seq", Number, primary_key=True),
    Column("id", Text, nullable=False, unique=True),
    _text("host"),
    _text("kind"),
    _text("delivery"),
    _count("position"),
    _text("library"),
    _text("item"),
    _text("routine"),
    Column("received_at", Double, nullable=False),
    _text("state"),
    _text("note"),
    _count("repeats"),
    _when("repeated_at"),
    sqlite_autoincrement=True,
)
Index(
    "ix_events_waiting",
    events.c.host,
    events.c.library,
    sqlite_where=text("state = 'waiting'"),
    postgresql_where=text("state = 'waiting'"),
)
Index(
    "ix_events_dropped",
    events.c.seq,
    sqlite_where=text(DROPPED),
    postgresql_where=text(DROPPED),
)
Index(
    "ix_events_repeated",
    events.c.seq,
    sqlite_where=text(REPEATED),
    postgresql_where=text(REPEATED),
)

jobs = Table(
    "jobs",
    metadata,
    Column("num", Number, primary_key=True),
    Column("id", Text, nullable=False, unique=True),
    _text("routine"),
    _text("host"),
    _text("library"),
    _text("scope"),
    _text("trigger"),
    _text("state"),
    _count("priority"),
    Column("dry_run", Boolean, nullable=False),
    _text("parent"),
    Column("items", Text, nullable=False, server_default="[]"),
    Column("created_at", Double, nullable=False),
    _when("started_at"),
    _when("finished_at"),
    _when("progress_at"),
    _when("stalled_at"),
    _count("listed"),
    Column("total", Integer),
    _count("changed"),
    _count("unchanged"),
    _count("planned"),
    _count("skipped"),
    _count("failed"),
    _count("cancelled"),
    Column("wish", Text),
    _text("reason"),
    _count("limit_now"),
    _count("version"),
    Column("everything", Boolean, nullable=False, server_default=false()),
    _when("told_at"),
    _text("requested_by"),
    sqlite_autoincrement=True,
)
Index(
    "uq_jobs_waiting",
    jobs.c.routine,
    jobs.c.host,
    jobs.c.library,
    jobs.c.scope,
    unique=True,
    sqlite_where=text(WAITING),
    postgresql_where=text(WAITING),
)
Index(
    "uq_jobs_running",
    jobs.c.routine,
    jobs.c.host,
    jobs.c.library,
    unique=True,
    sqlite_where=text(RUNNING),
    postgresql_where=text(RUNNING),
)
Index("ix_jobs_told_at", jobs.c.told_at)
Index("ix_jobs_state", jobs.c.state, jobs.c.priority, jobs.c.num)
Index("ix_jobs_state_num", jobs.c.state, jobs.c.num)
Index("ix_jobs_routine_num", jobs.c.routine, jobs.c.num)
Index("ix_jobs_host_num", jobs.c.host, jobs.c.num)
Index("ix_jobs_trigger_num", jobs.c.trigger, jobs.c.num)
Index(
    "ix_jobs_parent",
    jobs.c.parent,
    sqlite_where=text(CHILD),
    postgresql_where=text(CHILD),
)
Index(
    "ix_jobs_wish",
    jobs.c.wish,
    sqlite_where=text("wish IS NOT NULL"),
    postgresql_where=text("wish IS NOT NULL"),
)

job_events = Table(
    "job_events",
    metadata,
    Column("job_num", Number, ForeignKey("jobs.num", ondelete="CASCADE"), nullable=False),
    Column("event_seq", Number, ForeignKey("events.seq", ondelete="CASCADE"), nullable=False),
    PrimaryKeyConstraint("job_num", "event_seq"),
    Index("ix_job_events_event_seq", "event_seq"),
    sqlite_with_rowid=False,
)

job_items = Table(
    "job_items",
    metadata,
    Column("job_num", Number, ForeignKey("jobs.num", ondelete="CASCADE"), nullable=False),
    Column("seq", Integer, nullable=False),
    Column("item_id", Text, nullable=False),
    _text("name"),
    _text("series"),
    Column("outcome", Text),
    _text("reason"),
    _count("attempts"),
    Column("seconds", Double, nullable=False, server_default="0"),
    PrimaryKeyConstraint("job_num", "seq"),
    UniqueConstraint("job_num", "item_id"),
    sqlite_with_rowid=False,
)
Index(
    "ix_job_items_notable",
    job_items.c.job_num,
    job_items.c.outcome,
    job_items.c.seq,
    sqlite_where=text(NOTABLE),
    postgresql_where=text(NOTABLE),
)

changes = Table(
    "changes",
    metadata,
    Column("id", Number, primary_key=True),
    Column("job_num", Number, nullable=False),
    Column("seq", Integer, nullable=False),
    _text("kind"),
    _text("entity"),
    _text("entity_id"),
    Column("before", Text, nullable=False, server_default="{}"),
    Column("after", Text, nullable=False, server_default="{}"),
    _text("command"),
    _text("state"),
    _text("action"),
    _text("left_as"),
    ForeignKeyConstraint(
        ["job_num", "seq"], ["job_items.job_num", "job_items.seq"], ondelete="CASCADE"
    ),
    Index("ix_changes_job_num_seq", "job_num", "seq"),
    sqlite_autoincrement=True,
)

Index(
    "ix_changes_gathered",
    changes.c.job_num,
    changes.c.entity,
    changes.c.entity_id,
    sqlite_where=text("state = 'gathered'"),
    postgresql_where=text("state = 'gathered'"),
)
