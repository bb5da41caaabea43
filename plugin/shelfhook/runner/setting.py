"""What every job of an engine shares."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from shelfhook.budget import Budget
from shelfhook.files.backups import Backups
from shelfhook.model import Result
from shelfhook.ports import Clock, Files, Heavy, Host
from shelfhook.rules import RetryPolicy, Scaling
from shelfhook.runner.guard import Guard
from shelfhook.runner.journal import Journal
from shelfhook.store import Store


@dataclass(frozen=True, slots=True)
class Setting:
    """The engine as its jobs see it.

    Attributes:
        files: of each host.
        backups: where old files are kept.
        item_seconds: one item's time limit.
        quarantine_after: after so many failed jobs in a row an item is set aside; 0: never.
        journal: hears what goes into the jobs' own logs.
        ended: told of items that have ended (their routine first), before they are in the ledger.
    """

    store: Store
    hosts: Mapping[str, Host]
    files: Mapping[str, Files]
    heavy: Heavy
    backups: Backups
    budget: Budget
    guard: Guard
    clock: Clock
    journal: Journal
    page_size: int = 500
    item_seconds: float = 300.0
    retry: RetryPolicy = field(default_factory=RetryPolicy)
    quarantine_after: int = 3
    scaling: Scaling = field(default_factory=Scaling)
    ended: Callable[[str, Sequence[Result]], None] = lambda _routine, _results: None
