"""Which job runs next, and what becomes of those that run."""

from __future__ import annotations

from shelfhook.dispatch.dispatcher import Dispatcher

__all__ = ["Dispatcher"]
