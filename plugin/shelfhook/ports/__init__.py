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
    PlanContext,
    Planned,
    SeriesAction,
)
from shelfhook.ports.extras import (
    Covers,
    Downloads,
    Formats,
    Happening,
    History,
    Import,
    Imports,
    Lists,
)
from shelfhook.ports.hosts import Clock, Connect, Host, HostOptions
from shelfhook.ports.tidings import Asked, News, Notebook, Sign, Tells, Tiding

__all__ = [
    "Action",
    "ActionType",
    "Asked",
    "Clock",
    "Connect",
    "Covers",
    "Downloads",
    "FileAction",
    "Files",
    "Formats",
    "Happening",
    "Heavy",
    "History",
    "Host",
    "HostOptions",
    "Import",
    "Imports",
    "Lists",
    "News",
    "Notebook",
    "PlanContext",
    "Planned",
    "SeriesAction",
    "Sign",
    "Tells",
    "Tiding",
]
