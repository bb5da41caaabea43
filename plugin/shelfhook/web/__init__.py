"""The HTTP side: takes events in, shows jobs, passes wishes on. The only room that knows Flask."""

from __future__ import annotations

from shelfhook.web.application import create_app, openapi
from shelfhook.web.context import WebContext
from shelfhook.web.server import serve

__all__ = ["WebContext", "create_app", "openapi", "serve"]
