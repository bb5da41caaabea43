"""Many live streams from a process of its own: `python -m benchmarks.watchers PORT COUNT PATH`.

Prints "open" when every stream has begun. For each line on standard input it prints, when every
stream has received that text, the moment (CLOCK_MONOTONIC) at which the last one had it. Ends with
its input.
"""

from __future__ import annotations

import asyncio
import sys
import time
from typing import Any

HEAD = (
    "GET {path} HTTP/1.1\r\nHost: bench\r\nAccept: text/event-stream\r\n"
    "Authorization: Bearer benchmark-api-token\r\n\r\n"
)
AT_ONCE = 50
"""So many connections are being opened at a time."""
PATIENCE = 60


class Watcher(asyncio.Protocol):
    """One stream; keeps what came last."""

    def __init__(self, path: str) -> None:
        self._path = path
        self._tail = b""
        self._mark = b""
        self.loop = asyncio.get_running_loop()
        self.found = self.loop.create_future()

    def connection_made(self, transport: Any) -> None:
        self.expect(b"retry:")
        transport.write(HEAD.format(path=self._path).encode())

    def expect(self, mark: bytes) -> None:
        self._mark, self._tail = mark, b""
        self.found = self.loop.create_future()

    def data_received(self, data: bytes) -> None:
        self._tail = self._tail[-4096:] + data
        if self._mark in self._tail and not self.found.done():
            self.found.set_result(time.monotonic())

    def connection_lost(self, error: Exception | None) -> None:
        if not self.found.done():
            self.found.set_exception(RuntimeError(f"a stream ended: {error!r}"))


async def watch(port: int, count: int, path: str) -> None:
    loop = asyncio.get_running_loop()
    gate = asyncio.Semaphore(AT_ONCE)

    async def one() -> Watcher:
        async with gate:
            _, made = await loop.create_connection(lambda: Watcher(path), "127.0.0.1", port)
            await asyncio.wait_for(made.found, PATIENCE)
            return made

    watchers = await asyncio.gather(*(one() for _ in range(count)))
    print("open", flush=True)
    while line := (await asyncio.to_thread(sys.stdin.readline)).strip():
        for watcher in watchers:
            watcher.expect(line.encode())
        print("expecting", flush=True)
        times = await asyncio.wait_for(asyncio.gather(*(w.found for w in watchers)), PATIENCE)
        print(max(times), flush=True)


if __name__ == "__main__":
    asyncio.run(watch(int(sys.argv[1]), int(sys.argv[2]), sys.argv[3]))
