"""One job: its items through its pool into the ledger."""

from __future__ import annotations

from shelfhook.runner.runner import Runner
from shelfhook.runner.setting import Setting

__all__ = ["Runner", "Setting"]
