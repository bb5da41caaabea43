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
from shelfhook.ports.extras import (
    Converts,
    Covers,
    Downloads,
    Formats,
    Happening,
    History,
    Import,
    Imports,
    Lists,
    SeriesBooks,
)
from shelfhook.ports.hosts import Clock, Connect, Host, HostOptions
from shelfhook.ports.tidings import Asked, News, Notebook, Sign, Tells, Tiding
from shelfhook.ports.vocabulary import Said, Vocabulary

__all__ = [
    "Action",
    "ActionType",
    "Asked",
    "Clock",
    "Connect",
    "Converts",
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
    "Judge",
    "ListAction",
    "Lists",
    "News",
    "Notebook",
    "PlanContext",
    "Planned",
    "ReadyAction",
    "Said",
    "SeriesAction",
    "SeriesBooks",
    "Sibling",
    "Sign",
    "Tells",
    "Tiding",
    "Together",
    "Verdict",
    "Vocabulary",
]
