"""The store: inbox, jobs, ledger, schedules. The only room that knows SQL."""

from __future__ import annotations

from shelfhook.store.store import Store

__all__ = ["Store"]
