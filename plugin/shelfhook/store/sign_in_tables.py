"""Tables of who may use Shelfhook. Of every secret only a hash is kept."""

from __future__ import annotations

from sqlalchemy import Column, Double, Index, Table, Text

from shelfhook.store.columns import metadata
from shelfhook.store.columns import text_column as _text
from shelfhook.store.columns import time_column as _when

people = Table(
    "people",
    metadata,
    Column("name", Text, primary_key=True),
    _text("password"),
    _text("role"),
    Column("created_at", Double, nullable=False),
    _when("signed_in_at"),
)

tokens = Table(
    "tokens",
    metadata,
    Column("id", Text, primary_key=True),
    Column("hash", Text, nullable=False, unique=True),
    _text("name"),
    _text("role"),
    _text("scopes"),
    _text("created_by"),
    Column("created_at", Double, nullable=False),
    _when("last_used_at"),
    _when("expires_at"),
    _when("revoked_at"),
)

sessions = Table(
    "sessions",
    metadata,
    Column("hash", Text, primary_key=True),
    Column("id", Text, nullable=False, unique=True),
    _text("name"),
    _text("person"),
    _text("token"),
    _text("role"),
    _text("agent"),
    Column("created_at", Double, nullable=False),
    Column("seen_at", Double, nullable=False),
    Column("expires_at", Double, nullable=False),
    Index("ix_sessions_person", "person"),
)

links = Table(
    "links",
    metadata,
    Column("hash", Text, primary_key=True),
    _text("person"),
    _text("role"),
    _text("created_by"),
    Column("created_at", Double, nullable=False),
    Column("expires_at", Double, nullable=False),
)
