"""Tables beside jobs and ledger: what is known of items, schedules, signs of life, the lease."""

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

CURRENT = "is_current"
"""Of a finding: it holds now, for its item's last look has found it. Queries repeat the text."""
FAILING = "failures > 0"

findings = Table(
    "findings",
    metadata,
    Column("id", Number, primary_key=True),
    Column("job_num", Number, nullable=False),
    Column("seq", Integer, nullable=False),
    _text("action"),
    _text("code"),
    _text("severity"),
    _text("message"),
    _text("remedy"),
    _text("place"),
    _text("series"),
    _text("library"),
    _text("item_id"),
    Column("is_current", Boolean, nullable=False, server_default=false()),
    ForeignKeyConstraint(
        ["job_num", "seq"], ["job_items.job_num", "job_items.seq"], ondelete="CASCADE"
    ),
    Index("ix_findings_job_num_seq", "job_num", "seq"),
    Index("ix_findings_job_num_id", "job_num", "id"),
    Index("ix_findings_job_kind", "job_num", "severity", "code", "id"),
    sqlite_autoincrement=True,
)
for _name, _columns in (
    ("ix_findings_current", (findings.c.id,)),
    ("ix_findings_current_kind", (findings.c.severity, findings.c.code, findings.c.id)),
    ("ix_findings_current_item", (findings.c.item_id, findings.c.id)),
):
    Index(_name, *_columns, sqlite_where=text(CURRENT), postgresql_where=text(CURRENT))

item_states = Table(
    "item_states",
    metadata,
    Column("routine", Text, nullable=False),
    Column("host", Text, nullable=False),
    Column("item_id", Text, nullable=False),
    _text("name"),
    _text("fingerprint"),
    _text("recipe"),
    _count("failures"),
    _text("reason"),
    Column("since", Double, nullable=False),
    Column("job_num", Number, nullable=False, server_default="0"),
    PrimaryKeyConstraint("routine", "host", "item_id"),
    sqlite_with_rowid=False,
)
Index(
    "ix_item_states_failing",
    item_states.c.host,
    item_states.c.routine,
    item_states.c.item_id,
    item_states.c.failures,
    sqlite_where=text(FAILING),
    postgresql_where=text(FAILING),
)

fingerprints = Table(
    "fingerprints",
    metadata,
    Column("host", Text, nullable=False),
    Column("item_id", Text, nullable=False),
    Column("fingerprint", Text, nullable=False),
    Column("left_at", Double, nullable=False),
    PrimaryKeyConstraint("host", "item_id"),
    sqlite_with_rowid=False,
)

cursors = Table(
    "cursors",
    metadata,
    Column("host", Text, nullable=False),
    Column("library", Text, nullable=False),
    _text("cursor"),
    Column("asked_at", Double, nullable=False),
    PrimaryKeyConstraint("host", "library"),
    sqlite_with_rowid=False,
)

schedules = Table(
    "schedules",
    metadata,
    Column("name", Text, primary_key=True),
    _text("cron"),
    _text("timezone"),
    Column("since", Double, nullable=False),
    _text("paused_by"),
    Column("paused_from", Double),
    Column("paused_until", Double),
)

fires = Table(
    "fires",
    metadata,
    Column("id", Number, primary_key=True),
    Column("schedule", Text, ForeignKey("schedules.name", ondelete="CASCADE"), nullable=False),
    Column("due_at", Double, nullable=False),
    Column("logged_at", Double, nullable=False),
    _text("result"),
    _text("reason"),
    UniqueConstraint("schedule", "due_at"),
    Index("ix_fires_due_at", "due_at", "id"),
    sqlite_autoincrement=True,
)

heartbeats = Table(
    "heartbeats",
    metadata,
    Column("name", Text, primary_key=True),
    Column("beat_at", Double, nullable=False),
    Column("every", Double, nullable=False),
    Column("ok", Boolean, nullable=False),
    _text("detail"),
)

lease = Table(
    "lease",
    metadata,
    Column("name", Text, primary_key=True),
    _text("holder"),
    Column("since", Double, nullable=False),
)
