"""What the application needs from outside, and what it keeps while it runs."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from flask import current_app

from shelfhook.coalesce.calls import Calls
from shelfhook.ports import Clock
from shelfhook.settings import Settings
from shelfhook.store import Store
from shelfhook.web.auth.doors import Doors
from shelfhook.web.libraries import Libraries
from shelfhook.web.masking import Mask
from shelfhook.web.proxies import Proxies
from shelfhook.web.refusals import Refusals
from shelfhook.web.seats import Seats
from shelfhook.web.senders import Sender, senders

EXTENSION: Final = "shelfhook"
MOST_WAITS: Final = 8
"""So many requests may wait for the engine at once."""


@dataclass(frozen=True, slots=True)
class WebContext:
    """What the composition root hands over.

    Attributes:
        manifest: the document served at `/manifest.json`.
        calls: turns what an administrator calls into jobs.
    """

    store: Store
    settings: Settings
    manifest: Mapping[str, Any]
    clock: Clock
    calls: Calls


class Web:
    """One application's own state.

    Attributes:
        doors: the ways in of people and programs.
        metrics_token: the one that opens the metrics alone; b"" for none.
        limit: longest request body.
        senders: who may deliver events, by name of the host.
        proxies: what is believed of a proxy before us.
        refusals: deliveries that were turned away, on their way into the store.
        waits: seats of requests that wait for the engine, so that they never hold every thread.
        streams: how many live streams are open.
        closing: set when the process shall end; streams end by it.
    """

    def __init__(self, context: WebContext) -> None:
        settings = context.settings
        self.context = context
        self.store = context.store
        self.clock = context.clock
        self.proxies = Proxies(settings.web.base_path, settings.web.trusted_proxies)
        self.doors = Doors(context.store, context.clock, settings.web, self.proxies)
        self.metrics_token = settings.web.metrics_token.get_secret_value().encode()
        self.limit = settings.web.max_body_bytes
        self.mask = Mask.of(settings)
        self.senders: Mapping[str, Sender] = senders(settings, self.doors.opens_hooks)
        paths = {name: host.paths for name, host in settings.hosts.items()}
        self.libraries = Libraries(context.store.status, context.clock, paths)
        self.refusals = Refusals(context.store.rejections, context.clock, self.mask)
        self.waits = Seats(MOST_WAITS)
        self.streams: Callable[[], int] = int
        self.closing = threading.Event()


def current() -> Web:
    """The state of the application that answers the present request."""
    web = current_app.extensions[EXTENSION]
    assert isinstance(web, Web)
    return web
