"""The words of the design page as values. Frozen, no behaviour beyond reading themselves.

Times are seconds since the epoch (UTC) as floats; durations are seconds.
"""

from __future__ import annotations

from shelfhook.model.events import (
    BRIDGED,
    DERIVED,
    Event,
    EventKind,
    FireResult,
    NewEvent,
    Receipt,
)
from shelfhook.model.hosts import (
    Account,
    Converter,
    HostCheck,
    Library,
    Page,
)
from shelfhook.model.items import (
    BY_HOST,
    BookList,
    Change,
    ChangeKind,
    ChangeState,
    Fields,
    Finding,
    Item,
    ItemRef,
    Severity,
    Value,
)
from shelfhook.model.jobs import (
    FINAL_STATES,
    PAUSED_BY_WISH,
    Counts,
    ItemState,
    Job,
    JobLine,
    JobRequest,
    JobState,
    LedgerChange,
    LedgerItem,
    Outcome,
    Result,
    Shelf,
    Trigger,
    Wish,
)

__all__ = [
    "BRIDGED",
    "BY_HOST",
    "DERIVED",
    "FINAL_STATES",
    "PAUSED_BY_WISH",
    "Account",
    "BookList",
    "Change",
    "ChangeKind",
    "ChangeState",
    "Converter",
    "Counts",
    "Event",
    "EventKind",
    "Fields",
    "Finding",
    "FireResult",
    "HostCheck",
    "Item",
    "ItemRef",
    "ItemState",
    "Job",
    "JobLine",
    "JobRequest",
    "JobState",
    "LedgerChange",
    "LedgerItem",
    "Library",
    "NewEvent",
    "Outcome",
    "Page",
    "Receipt",
    "Result",
    "Severity",
    "Shelf",
    "Trigger",
    "Value",
    "Wish",
]
