"""A request's body for a thread that reads it while it comes: `wsgi.input`."""

from __future__ import annotations

import asyncio
from asyncio import AbstractEventLoop
from collections.abc import AsyncIterator
from typing import Final

SHORT: Final = 65_536
"""Bodies up to this length are read on the loop, whole, before anything looks at them."""
PATIENCE: Final = 30.0
"""Seconds that a thread waits for a sender's next bytes, and that a short body may take."""
LONGEST: Final = 300.0
"""Seconds that a long body may take altogether."""


class Body:
    """Reads no more than it is asked for, and a chunk at most; used by one thread.

    Args:
        chunks: the body as it comes.
        begin: what was read of it already.
        length: what was announced; None if nothing was.
    """

    def __init__(
        self,
        chunks: AsyncIterator[bytes],
        loop: AbstractEventLoop,
        begin: bytes = b"",
        length: int | None = None,
    ) -> None:
        self._chunks = chunks
        self._loop = loop
        self._left = begin
        self._missing = length
        self._ended = False
        self._until = loop.time() + LONGEST

    def read(self, size: int = -1) -> bytes:
        """Up to `size` bytes (all that come, if negative); b"" at the end.

        Raises:
            TimeoutError: the sender says nothing any more, or is too slow.
            ConnectionError: he has broken off.
        """
        parts, held = [self._left], len(self._left)
        while not self._ended and (size < 0 or held < size):
            chunk = self._more()
            parts.append(chunk)
            held += len(chunk)
        found = b"".join(parts)
        size = held if size < 0 else size
        self._left = found[size:]
        return found[:size]

    def readline(self, size: int = -1) -> bytes:
        """A line, or `size` bytes of it."""
        given = self.read(size)
        end = given.find(b"\n") + 1 or len(given)
        self._left = given[end:] + self._left
        return given[:end]

    def readlines(self, hint: int = -1) -> list[bytes]:
        """All lines."""
        return self.read(hint).splitlines(keepends=True)

    def __iter__(self) -> Body:
        return self

    def __next__(self) -> bytes:
        if line := self.readline():
            return line
        raise StopIteration

    def _more(self) -> bytes:
        """The next chunk; b"" at the end."""
        patience = min(PATIENCE, self._until - self._loop.time())
        coming = asyncio.run_coroutine_threadsafe(next_of(self._chunks), self._loop)
        try:
            chunk = coming.result(max(0.0, patience))
        except TimeoutError:
            coming.cancel()
            raise
        self._ended = not chunk
        if self._missing is not None:
            self._missing -= len(chunk)
            if self._ended and self._missing > 0:
                raise ConnectionError("the body breaks off")
        return chunk


async def next_of(chunks: AsyncIterator[bytes]) -> bytes:
    """The next chunk; b"" at the end.

    granian gives an empty chunk where a sender breaks off, and the end after a whole body. What it
    gives to wait for can be cancelled, but not from within `anext` with a default.
    """
    try:
        return await chunks.__anext__()
    except StopAsyncIteration:
        return b""
