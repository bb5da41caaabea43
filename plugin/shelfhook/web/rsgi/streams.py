"""Server-sent events on the loop: a client costs a coroutine, not a thread."""

from __future__ import annotations

import asyncio
from typing import Any, Final

from shelfhook.web.context import Web
from shelfhook.web.hooks import FAILURE
from shelfhook.web.lean import SECURITY, dump
from shelfhook.web.live import messages
from shelfhook.web.live.access import may_look
from shelfhook.web.live.clients import Client, JobClient
from shelfhook.web.live.messages import event, job_key, of_job
from shelfhook.web.live.service import Live
from shelfhook.web.live.views import COME_BACK, HEADERS, MIMETYPE, RETRY
from shelfhook.web.live.wanted import Wanted, last_seen, takes, wanted
from shelfhook.web.problems import Problem
from shelfhook.web.rsgi.bridge import Bridge
from shelfhook.web.rsgi.lines import Line, Lines
from shelfhook.web.rsgi.protocol import Exchange, Transport

HEAD: Final = [*SECURITY, *HEADERS, ("Content-Type", MIMETYPE)]
SLOW_LOOK: Final = 0.25
"""Seconds between two looks at a client that does not read as fast as we write."""


class Streams:
    """Answers `GET /api/v1/live` and `GET /api/v1/jobs/<id>/events`."""

    takes = staticmethod(takes)

    def __init__(self, web: Web, live: Live, bridge: Bridge) -> None:
        self._web = web
        self._live = live
        self._bridge = bridge
        self._lines = Lines()

    async def answer(self, environ: dict[str, Any], exchange: Exchange, peer: str) -> None:
        """Stream until the client leaves, its subject ends, or the process does."""
        loop = asyncio.get_running_loop()
        try:
            found = await loop.run_in_executor(self._bridge.pool, self._admit, environ)
            if found is not None:
                self._seat()
        except Exception as error:  # noqa: BLE001 - Flask answers (and records) it
            environ[FAILURE] = error
            found = None
        if found is None:  # or Flask asks for a sign-in
            await self._bridge.answer(environ, exchange, b"")
            return
        client = self._client(found, environ)
        self._live.join(client)
        gone = asyncio.ensure_future(exchange.client_disconnect())
        gone.add_done_callback(lambda _: client.close())
        try:
            if isinstance(client, JobClient):
                begun = loop.run_in_executor(self._bridge.pool, self._begin, found)
                client.begin(await begun)
            transport = exchange.response_stream(200, HEAD)
            await transport.send_bytes(RETRY)
            await self._feed(client, transport, gone, self._lines.line(peer))
        finally:
            self._live.leave(client)
            gone.cancel()

    def _admit(self, environ: dict[str, Any]) -> Wanted | None:
        """In a thread: what is wanted; None for somebody who may not look."""
        return wanted(self._web, environ) if may_look(self._web, environ) else None

    def _seat(self) -> None:
        """Refuse whom we cannot take."""
        hub = self._live.hub
        if hub.closed or self._web.closing.is_set():
            detail = f"the server is about to stop; try again in {COME_BACK} s"
        elif hub.full:
            detail = f"{hub.limit} pages are live already; close one, or try again later"
        else:
            return
        raise Problem(503, detail, headers=[("Retry-After", str(COME_BACK))])

    def _client(self, found: Wanted, environ: dict[str, Any]) -> Client:
        if found.events and found.job is not None:
            return JobClient(job_key(found.job.num), environ, last_seen(environ))
        topics = messages.topics(found.topics)
        now = self._web.clock.now()
        client = Client(topics | ({job_key(found.job.num)} if found.job else set()), environ)
        client.hold("hello", event("hello", dump({"now": now})))
        if found.job is not None:
            client.offer(of_job(found.job, now))
            self._live.tailer.watch(found.job.num, found.job.version)
        return client

    def _begin(self, found: Wanted) -> messages.Message:
        """In a thread, after the client has joined: the job as it is, which is watched from now."""
        assert found.job is not None
        job = self._web.store.jobs.get(found.job.id)
        self._live.tailer.watch(job.num, job.version)
        return of_job(job, self._web.clock.now())

    async def _feed(
        self, client: Client, transport: Transport, gone: asyncio.Future[None], line: Line
    ) -> None:
        """Send what the client is to have, as fast as it reads; it gets the latest meanwhile.

        granian would queue without a limit, so we look at what the kernel still holds. One that
        reads nothing for a minute gives its seat up.
        """
        while not gone.done():
            await client.ready.wait()
            if not await self._free(line, gone):
                return
            ending, data = client.closed, client.take()
            if data and not gone.done():
                line.sent(len(data))
                await transport.send_bytes(data)
            if (ending and not client.holds) or line.spent:
                return

    async def _free(self, line: Line, gone: asyncio.Future[None]) -> bool:
        """Wait until the client has read what was sent; False if it is no longer there."""
        now = asyncio.get_running_loop().time
        while line.answers(now()):
            if gone.done() or self._live.hub.closed or not line.clogged():
                return True
            await asyncio.wait([gone], timeout=SLOW_LOOK)
        return False
