"""One job: its items through its pool into the ledger."""

from __future__ import annotations

from shelfhook.runner.runner import Runner, Setting

__all__ = ["Runner", "Setting"]
