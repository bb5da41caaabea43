"""WSGI calls in a pool of threads, for all that is not answered on the loop."""

from __future__ import annotations

import asyncio
import io
import logging
from asyncio import AbstractEventLoop
from collections.abc import AsyncIterator, Iterable
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext
from itertools import chain
from typing import TYPE_CHECKING, Any, Final, Protocol, runtime_checkable

from granian.rsgi import ProtocolClosed  # type: ignore[attr-defined] # its public name, without `__all__`

from shelfhook.web.rsgi.body import PATIENCE, SHORT, Body, next_of
from shelfhook.web.rsgi.environ import announced
from shelfhook.web.rsgi.protocol import Exchange, Transport

if TYPE_CHECKING:  # exists for type checkers only
    from _typeshed.wsgi import WSGIApplication

log = logging.getLogger(__name__)

PLAIN: Final = [("content-type", "text/plain; charset=utf-8")]
LONG_BODIES: Final = 4
"""So many threads at most read long bodies at once: who sends slowly, and he need not have proved
anything yet, holds these and no more. Others that are long wait for their turn without a thread."""
BROKEN: Final = b"the body breaks off, or comes too slowly; send it again\n"
SEND_SECONDS: Final = 30.0
"""How long the loop may take to queue a piece of an answer."""


class Head:
    """`start_response`: keeps what the application says; the last word counts.

    Attributes:
        sent: whether it is on its way, so that nothing else can be answered.
    """

    def __init__(self) -> None:
        self.status = 0
        self.headers: list[tuple[str, str]] = []
        self.sent = False

    def __call__(
        self,
        status: str,
        headers: list[tuple[str, str]],
        exc_info: Any = None,  # noqa: ARG002 - PEP 3333; nothing was sent yet, so we may replace it
    ) -> Any:
        """Take status and headers."""
        self.status, self.headers = int(status.split(" ", 1)[0]), headers
        return _write


def _write(_: bytes) -> object:
    raise NotImplementedError("an application must return its body, not write it")


class Bridge:
    """Calls a WSGI application.

    The pool's threads (`web_*`) end with `close`. Requests wait in its queue while all are busy;
    there are no more of them than the server lets connections in.
    """

    def __init__(self, application: WSGIApplication, threads: int) -> None:
        self._application = application
        self.pool = ThreadPoolExecutor(threads, thread_name_prefix="web")
        self._long = asyncio.Semaphore(LONG_BODIES)  # used by the loop alone

    async def answer(
        self, environ: dict[str, Any], exchange: Exchange, body: bytes | None = None
    ) -> None:
        """Answer a request.

        A short body is read before a thread is taken, so that a slow sender holds none; a long one
        is read by the application, which may refuse it unread.

        Args:
            body: if it was read already.
        """
        loop = asyncio.get_running_loop()
        try:
            source = await asyncio.wait_for(_begun(environ, exchange, loop, body), PATIENCE)
        except (TimeoutError, ConnectionError) as error:
            status = 408 if isinstance(error, TimeoutError) else 400
            exchange.response_bytes(status, [*PLAIN, ("connection", "close")], BROKEN)
            return
        environ["wsgi.input"] = source
        async with self._long if isinstance(source, Body) else nullcontext():
            await loop.run_in_executor(self.pool, self._call, environ, exchange, loop)

    def close(self) -> None:
        """End the threads; what waits for one is dropped."""
        self.pool.shutdown(wait=False, cancel_futures=True)

    def _call(self, environ: dict[str, Any], exchange: Exchange, loop: AbstractEventLoop) -> None:
        """In a thread: call the application and send what it gives."""
        head = Head()
        try:
            parts = self._application(environ, head)
            try:
                _send(parts, head, exchange, loop)
            finally:
                if isinstance(parts, Closable):
                    parts.close()
        except Exception:
            # Flask answers its own errors: this is one of a middleware's, or of a body half sent.
            # Its path is not told: it may hold a link's secret.
            log.exception("A %s failed outside of the application", environ["REQUEST_METHOD"])
            if head.sent:
                raise  # granian breaks the connection off: nobody takes the half for the whole
            exchange.response_bytes(500, PLAIN, b"something went wrong here\n")


async def _begun(
    environ: dict[str, Any], exchange: Exchange, loop: AbstractEventLoop, body: bytes | None
) -> Body | io.BytesIO:
    """`wsgi.input`: a short body whole; of one whose length nobody knows as much as is short.

    Raises:
        ConnectionError: the sender has broken off.
    """
    length = announced(environ)
    if body is None and length is not None and length <= SHORT:
        body = await exchange() if length else b""
        if len(body) != length:
            raise ConnectionError("the body breaks off")
    if body is not None:
        return io.BytesIO(body)
    chunks = aiter(exchange)
    begin, ended = await _up_to(SHORT, chunks) if length is None else (b"", False)
    return io.BytesIO(begin) if ended else Body(chunks, loop, begin, length)


async def _up_to(most: int, chunks: AsyncIterator[bytes]) -> tuple[bytes, bool]:
    """What comes, until it is more than `most` or ends; whether it has ended."""
    found = b""
    while len(found) <= most:
        chunk = await next_of(chunks)
        if not chunk:
            return found, True
        found += chunk
    return found, False


@runtime_checkable
class Closable(Protocol):
    """A body that wants to be told of its end."""

    def close(self) -> None:
        """Be told."""
        ...


def _send(parts: Iterable[bytes], head: Head, exchange: Exchange, loop: AbstractEventLoop) -> None:
    """Send a body: a list in one go, as one of a single piece; else piece by piece."""
    pieces = iter(parts)
    if isinstance(parts, list):
        first, second = b"".join(parts), None
    else:
        first, second = next(pieces, b""), next(pieces, None)
    head.sent = True
    if second is None:
        exchange.response_bytes(head.status, head.headers, first)
        return
    transport = exchange.response_stream(head.status, head.headers)
    for piece in chain((first, second), pieces):
        queued = asyncio.run_coroutine_threadsafe(_queue(transport, piece), loop)
        if not queued.result(SEND_SECONDS):
            return


async def _queue(transport: Transport, piece: bytes) -> bool:
    """Whether there is still somebody to send it to."""
    try:
        await transport.send_bytes(piece)
    except ProtocolClosed:
        return False
    return True
