"""What we use of granian's side of a request."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from typing import Protocol, TypeAlias

Pairs: TypeAlias = Sequence[tuple[str, str]]


class Transport(Protocol):
    """An answer that is sent piece by piece."""

    async def send_bytes(self, data: bytes) -> None:
        """Queue a piece. granian never makes us wait, however slow the client is."""
        ...


class Exchange(Protocol):
    """One request, to be answered once (from any thread)."""

    async def __call__(self) -> bytes:
        """The whole body."""
        ...

    def __aiter__(self) -> AsyncIterator[bytes]:
        """The body as it comes."""
        ...

    async def client_disconnect(self) -> None:
        """Returns when the client has left."""
        ...

    def response_bytes(self, status: int, headers: Pairs, body: bytes) -> None:
        """Answer in one piece."""
        ...

    def response_stream(self, status: int, headers: Pairs) -> Transport:
        """Begin an answer in pieces; it ends when the request's coroutine does."""
        ...
