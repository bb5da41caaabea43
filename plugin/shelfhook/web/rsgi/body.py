"""A request's body for a thread that reads it while it comes: `wsgi.input`."""

from __future__ import annotations

import asyncio
from asyncio import AbstractEventLoop
from typing import Final

from shelfhook.web.rsgi.protocol import Exchange

SHORT: Final = 65_536
"""Bodies up to this length are read on the loop, whole, before anything looks at them."""
PATIENCE: Final = 30.0
"""Seconds that a thread waits for a sender's next bytes."""


class Body:
    """Reads no more than it is asked for, and a chunk at most; used by one thread."""

    def __init__(self, exchange: Exchange, loop: AbstractEventLoop) -> None:
        self._chunks = aiter(exchange)
        self._loop = loop
        self._left = b""
        self._ended = False

    def read(self, size: int = -1) -> bytes:
        """Up to `size` bytes (all that come, if negative); b"" at the end.

        Raises:
            TimeoutError: the sender says nothing any more.
        """
        while not self._ended and (size < 0 or len(self._left) < size):
            chunk = asyncio.run_coroutine_threadsafe(self._next(), self._loop).result(PATIENCE)
            self._ended = not chunk
            self._left += chunk
        size = len(self._left) if size < 0 else size
        given, self._left = self._left[:size], self._left[size:]
        return given

    def readline(self, size: int = -1) -> bytes:
        """A line, or `size` bytes of it."""
        self._left = self.read(size)
        end = self._left.find(b"\n") + 1 or len(self._left)
        given, self._left = self._left[:end], self._left[end:]
        return given

    def readlines(self, hint: int = -1) -> list[bytes]:
        """All lines."""
        return self.read(hint).splitlines(keepends=True)

    def __iter__(self) -> Body:
        return self

    def __next__(self) -> bytes:
        if line := self.readline():
            return line
        raise StopIteration

    async def _next(self) -> bytes:
        # granian gives an empty chunk where a sender breaks off, and the end after a whole body.
        return await anext(self._chunks, b"")
