"""Tables of what is told to others: callbacks, notifications, digests."""

from __future__ import annotations

from sqlalchemy import (
    Column,
    Double,
    ForeignKey,
    Index,
    PrimaryKeyConstraint,
    Table,
    Text,
    UniqueConstraint,
    text,
)

from shelfhook.store.columns import Number, metadata
from shelfhook.store.columns import count_column as _count
from shelfhook.store.columns import text_column as _text
from shelfhook.store.columns import time_column as _when

job_callbacks = Table(
    "job_callbacks",
    metadata,
    Column("job_num", Number, ForeignKey("jobs.num", ondelete="CASCADE"), nullable=False),
    Column("url", Text, nullable=False),
    PrimaryKeyConstraint("job_num", "url"),
    sqlite_with_rowid=False,
)

outgoing = Table(
    "outgoing",
    metadata,
    Column("id", Number, primary_key=True),
    Column("job_num", Number, ForeignKey("jobs.num", ondelete="CASCADE")),
    _text("channel"),
    _text("target"),
    _text("receiver"),
    _text("kind"),
    _text("message"),
    _text("body"),
    _count("version"),
    _text("state"),
    _count("attempts"),
    Column("made_at", Double, nullable=False),
    Column("due_at", Double, nullable=False),
    _when("settled_at"),
    _text("note"),
    UniqueConstraint("job_num", "channel", "target"),
    sqlite_autoincrement=True,
)
Index(
    "ix_outgoing_pending",
    outgoing.c.receiver,
    outgoing.c.due_at,
    sqlite_where=text("state = 'pending'"),
    postgresql_where=text("state = 'pending'"),
)

digests = Table(
    "digests",
    metadata,
    Column("name", Text, primary_key=True),
    Column("until", Double, nullable=False),
)
