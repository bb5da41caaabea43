"""Tables of what is only looked at: how jobs went along, what they tell, who was turned away."""

from __future__ import annotations

from sqlalchemy import (
    Column,
    Double,
    ForeignKey,
    Index,
    Integer,
    PrimaryKeyConstraint,
    Table,
    UniqueConstraint,
)

from shelfhook.store.columns import Number, metadata
from shelfhook.store.columns import count_column as _count
from shelfhook.store.columns import text_column as _text

samples = Table(
    "samples",
    metadata,
    Column("job_num", Number, ForeignKey("jobs.num", ondelete="CASCADE"), nullable=False),
    Column("at", Double, nullable=False),
    _count("done"),
    _count("failed"),
    _count("limit_now"),
    PrimaryKeyConstraint("job_num", "at"),
    sqlite_with_rowid=False,
)

job_log = Table(
    "job_log",
    metadata,
    Column("id", Number, primary_key=True),
    Column("job_num", Number, ForeignKey("jobs.num", ondelete="CASCADE"), nullable=False),
    Column("at", Double, nullable=False),
    _text("level"),
    _text("kind"),
    _text("message"),
    Column("count", Integer, nullable=False, server_default="1"),
    Index("ix_job_log_job_num_id", "job_num", "id"),
    sqlite_autoincrement=True,
)

rejections = Table(
    "rejections",
    metadata,
    Column("id", Number, primary_key=True),
    Column("minute", Integer, nullable=False),
    Column("at", Double, nullable=False),
    Column("last_at", Double, nullable=False),
    _text("host"),
    _count("status"),
    _text("reason"),
    _text("address"),
    _text("agent"),
    Column("count", Integer, nullable=False, server_default="1"),
    UniqueConstraint("minute", "host", "status", "reason", "address"),
    sqlite_autoincrement=True,
)
