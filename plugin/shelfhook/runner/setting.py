"""What every job of an engine shares."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from shelfhook.budget import Budget
from shelfhook.ports import Clock, Host
from shelfhook.rules import RetryPolicy, Scaling
from shelfhook.runner.guard import Guard
from shelfhook.store import Store


@dataclass(frozen=True, slots=True)
class Setting:
    """The engine as its jobs see it. `item_seconds` is one item's time limit."""

    store: Store
    hosts: Mapping[str, Host]
    budget: Budget
    guard: Guard
    clock: Clock
    page_size: int = 500
    item_seconds: float = 300.0
    retry: RetryPolicy = field(default_factory=RetryPolicy)
    scaling: Scaling = field(default_factory=Scaling)
