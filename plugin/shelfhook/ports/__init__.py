"""What the engine asks of the things it is plugged into. Adapters satisfy these protocols.

Every method may be called from several threads at once. Errors are those of
[`errors`][shelfhook.errors]: an adapter translates its library's own exceptions.
"""

from __future__ import annotations

from shelfhook.ports.actions import (
    Action,
    ActionType,
    FileAction,
    Files,
    Heavy,
    Judge,
    ListAction,
    PlanContext,
    Planned,
    ReadyAction,
    SeriesAction,
    Sibling,
    Together,
    Verdict,
)
from shelfhook.ports.extras import Converts, Covers, Downloads, Lists, SeriesBooks
from shelfhook.ports.hosts import Clock, Connect, Host, HostOptions

__all__ = [
    "Action",
    "ActionType",
    "Clock",
    "Connect",
    "Converts",
    "Covers",
    "Downloads",
    "FileAction",
    "Files",
    "Heavy",
    "Host",
    "HostOptions",
    "Judge",
    "ListAction",
    "Lists",
    "PlanContext",
    "Planned",
    "ReadyAction",
    "SeriesAction",
    "SeriesBooks",
    "Sibling",
    "Together",
    "Verdict",
]
