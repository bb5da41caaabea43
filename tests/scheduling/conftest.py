"""Scheduling stands above the store; its own tests need only SQLite."""

from tests.support.stores import sqlite_store, sqlite_template, sqlite_url

__all__ = ["sqlite_store", "sqlite_template", "sqlite_url"]
