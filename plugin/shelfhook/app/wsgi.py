"""The application for granian's worker, which names it by a string."""

from __future__ import annotations

import os

from shelfhook.app import logs, parts
from shelfhook.clock import SystemClock
from shelfhook.coalesce.calls import Calls
from shelfhook.store import Store
from shelfhook.web import create_app
from shelfhook.web.context import WebContext
from shelfhook.web.lean import Application


def build(made: parts.Parts, store: Store) -> Application:
    """The application over an open store."""
    clock = SystemClock()
    return create_app(
        WebContext(
            store=store,
            settings=made.settings,
            manifest=made.manifest.document(),
            clock=clock,
            calls=Calls(store, made.settings.routines, clock),
        )
    )


def create() -> Application:
    """The application of this process; settings as `SHELFHOOK_CONFIG` and the environment say."""
    made = parts.read(None, os.environ)
    logs.configure_as(made.settings.engine)
    return build(made, Store(made.settings.paths.database_url))
