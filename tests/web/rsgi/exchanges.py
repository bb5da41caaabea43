"""A request as granian would hand it over, and what was answered."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine
from dataclasses import dataclass, field
from typing import Any

from granian.rsgi import ProtocolClosed  # type: ignore[attr-defined] # its public name, without `__all__`


class Sent:
    """An answer in pieces."""

    def __init__(self, exchange: FakeExchange) -> None:
        self._exchange = exchange

    async def send_bytes(self, data: bytes) -> None:
        if self._exchange.broken:
            raise ProtocolClosed
        self._exchange.pieces.append(data)
        self._exchange.on_piece(data)


@dataclass
class FakeExchange:
    """Satisfies `web.rsgi.protocol.Exchange`."""

    chunks: list[bytes] = field(default_factory=list)
    status: int = 0
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes | None = None
    pieces: list[bytes] = field(default_factory=list)
    broken: bool = False
    read: int = 0
    endless: bool = False
    """Whether the body says nothing any more after its chunks."""
    on_piece: Callable[[bytes], None] = lambda _: None
    left: asyncio.Event = field(default_factory=asyncio.Event)

    async def __call__(self) -> bytes:
        self.read += 1
        await self._end()
        return b"".join(self.chunks)

    def __aiter__(self) -> AsyncIterator[bytes]:
        return self._come()

    async def _come(self) -> AsyncIterator[bytes]:
        for chunk in self.chunks:
            self.read += 1
            yield chunk
        await self._end()

    async def _end(self) -> None:
        if self.endless:
            await asyncio.Event().wait()

    async def client_disconnect(self) -> None:
        await self.left.wait()

    def response_bytes(self, status: int, headers: Any, body: bytes) -> None:
        assert not self.status, "answered twice"
        self.status, self.headers, self.body = status, dict(headers), body

    def response_stream(self, status: int, headers: Any) -> Sent:
        assert not self.status, "answered twice"
        self.status, self.headers = status, dict(headers)
        return Sent(self)


def run(work: Coroutine[Any, Any, Any]) -> Any:
    """Run on a loop of its own, for no longer than a while."""

    async def bounded() -> Any:
        return await asyncio.wait_for(work, 20)

    return asyncio.run(bounded())
