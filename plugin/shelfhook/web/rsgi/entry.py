"""What granian calls for each request."""

from __future__ import annotations

from asyncio import AbstractEventLoop
from collections.abc import Callable

from shelfhook.web import hooks
from shelfhook.web.context import EXTENSION, MOST_WAITS, Web
from shelfhook.web.lean import Application
from shelfhook.web.live.hub import Hub
from shelfhook.web.live.service import Live
from shelfhook.web.rsgi.bridge import LONG_BODIES, Bridge
from shelfhook.web.rsgi.environ import Scope, environ_of
from shelfhook.web.rsgi.errands import Errands
from shelfhook.web.rsgi.express import Express
from shelfhook.web.rsgi.protocol import Exchange
from shelfhook.web.rsgi.streams import Streams


class Entry:
    """The application as granian's RSGI interface wants it.

    Args:
        watch: called once in the worker's main thread when its loop is about to run, with what is
            to be done when the order to stop comes.
    """

    def __init__(
        self, app: Application, threads: int, watch: Callable[[Callable[[], None]], None]
    ) -> None:
        web = app.extensions[EXTENSION]
        assert isinstance(web, Web)
        self._web = web
        self._watch = watch
        # Requests that wait for the engine, or for a slow sender, have threads of their own: they
        # never take those that answer.
        self._bridge = Bridge(app.wsgi_app, threads + MOST_WAITS + LONG_BODIES)

    def __rsgi_init__(self, loop: AbstractEventLoop) -> None:
        """Begin; granian calls this before the first request."""
        errands = Errands(loop)
        self._live = Live(
            self._web, errands, Hub(self._web.context.settings.web.max_streams, loop.call_soon)
        )
        self._express = Express(self._web, self._bridge, errands)
        self._streams = Streams(self._web, self._live, self._bridge)
        self._watch(self._live.close)

    def __rsgi_del__(self, loop: AbstractEventLoop) -> None:
        """End; granian calls this after the last request."""
        self._live.close()
        self._bridge.close()

    async def __rsgi__(self, scope: Scope, exchange: Exchange) -> None:
        """Answer one request."""
        environ = environ_of(scope)
        self._web.proxies.adjust(environ)
        path, method = environ["PATH_INFO"], environ["REQUEST_METHOD"]
        if method == "POST" and path.startswith(hooks.PREFIX):
            await self._express.answer(environ, exchange)
        elif method == "GET" and self._streams.takes(path):
            await self._streams.answer(environ, exchange, scope.client)
        else:
            await self._bridge.answer(environ, exchange)
