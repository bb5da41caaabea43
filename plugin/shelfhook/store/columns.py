"""What the tables are made of: the metadata, and the usual columns."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Column,
    Double,
    Integer,
    MetaData,
    Text,
)

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)

Number = BigInteger().with_variant(Integer(), "sqlite")
"""SQLite gives only INTEGER PRIMARY KEY a rowid of its own."""


def text_column(name: str) -> Column[str]:
    """A text, "" by default."""
    return Column(name, Text, nullable=False, server_default="")


def count_column(name: str) -> Column[int]:
    """A whole number, 0 by default."""
    return Column(name, Integer, nullable=False, server_default="0")


def time_column(name: str) -> Column[float]:
    """Seconds since the epoch, or NULL."""
    return Column(name, Double)
