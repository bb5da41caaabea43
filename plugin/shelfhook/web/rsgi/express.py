"""Deliveries on the loop: while their commit is under way they hold no thread.

Goes to Flask, by a thread, what is long, what asks the store something, and what fails.
"""

from __future__ import annotations

import asyncio
from asyncio import Future
from collections.abc import Sequence
from functools import partial
from typing import Any, Final

from shelfhook.errors import StoreUnavailable
from shelfhook.model import NewEvent, Receipt
from shelfhook.store.writer import PATIENCE, Ticket
from shelfhook.web import hooks
from shelfhook.web.context import Web
from shelfhook.web.lean import JSON, SECURITY
from shelfhook.web.problems import Problem
from shelfhook.web.rsgi.body import SHORT
from shelfhook.web.rsgi.bridge import Bridge
from shelfhook.web.rsgi.environ import announced
from shelfhook.web.rsgi.errands import Errands
from shelfhook.web.rsgi.protocol import Exchange
from shelfhook.web.senders import Sender, shown

HEADERS: Final = [*SECURITY, ("Content-Type", JSON)]


class Express:
    """Answers `POST /hooks/<host>`."""

    def __init__(self, web: Web, bridge: Bridge, errands: Errands) -> None:
        self._web = web
        self._bridge = bridge
        self._errands = errands

    async def answer(self, environ: dict[str, Any], exchange: Exchange) -> None:
        """Answer a delivery: after its commit, or with what is wrong."""
        length = announced(environ)
        if length is None or length > SHORT or self._asks_store(environ):
            await self._bridge.answer(environ, exchange)
            return
        body = b""
        try:
            sender = hooks.admit(
                self._web, environ["PATH_INFO"].removeprefix(hooks.PREFIX), environ
            )
            body = await exchange() if length else b""
            if len(body) != length:
                raise Problem(400, "the body breaks off; send it again")
            status, document = await self._take(sender, environ, body)
        except Exception as error:  # noqa: BLE001 - Flask answers (and records) it
            environ[hooks.FAILURE] = error
            await self._bridge.answer(environ, exchange, body)
            return
        exchange.response_bytes(status, HEADERS, document)

    def _asks_store(self, environ: dict[str, Any]) -> bool:
        """Whether the store is to be read for this; a thread may wait for it, we may not.

        The libraries, and a token of the API that was shown, are read anew once a second.
        """
        sender = self._web.senders.get(environ["PATH_INFO"].removeprefix(hooks.PREFIX))
        own = sender is not None and sender.has_own
        known = own or self._web.doors.knows(shown(environ))
        return not (known and self._web.libraries.fresh)

    async def _take(
        self, sender: Sender, environ: dict[str, Any], body: bytes
    ) -> tuple[int, bytes]:
        now = self._web.clock.now()
        taken = hooks.understand(self._web, sender, environ, body, now)
        receipts = await self._commit(taken.events, now) if taken.events else []
        hooks.note_repeat(self._web, sender.host, environ, receipts)
        return hooks.told(taken, receipts)

    async def _commit(self, events: Sequence[NewEvent], now: float) -> list[Receipt]:
        """The receipts, after the commit.

        Raises:
            StoreUnavailable: nothing was accepted.
        """
        loop = asyncio.get_running_loop()
        committed: Future[None] = loop.create_future()

        def done(_: Ticket[list[Receipt]]) -> None:
            self._errands.leave(partial(_settle, committed))

        ticket = self._web.store.inbox.offer(events, now, done)
        patience = loop.call_later(PATIENCE, _give_up, ticket, committed)
        await committed
        patience.cancel()
        return ticket.wait(0)


def _settle(committed: Future[None]) -> None:
    if not committed.done():
        committed.set_result(None)


def _give_up(ticket: Ticket[list[Receipt]], committed: Future[None]) -> None:
    ticket.given_up = True
    if not committed.done():
        committed.set_exception(
            StoreUnavailable(f"the database did not answer within {PATIENCE:.0f} s")
        )
