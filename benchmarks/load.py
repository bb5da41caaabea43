"""Webhook deliveries over keep-alive connections from a process of its own.

`python -m benchmarks.load PORT CONNECTIONS SECONDS TAG` prints deliveries a second, latencies in
milliseconds and errors, counted after a second of warming up.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from typing import Any

BODY = b'{"event":"library.scanned","library":{"id":"LIB"}}'
TOKEN = "benchmark-hook-token"
HEAD = (
    b"POST /hooks/bench HTTP/1.1\r\nHost: bench\r\nContent-Type: application/json\r\n"
    b"Authorization: Bearer " + TOKEN.encode() + b"\r\nContent-Length: " + str(len(BODY)).encode()
)
WARM = 1.0


class Counters:
    """What all connections of a run share."""

    def __init__(self, seconds: float) -> None:
        self.begin = time.perf_counter() + WARM
        self.end = self.begin + seconds
        self.latencies: list[float] = []
        self.errors: list[str] = []


class Sender(asyncio.Protocol):
    """One connection: sends the next delivery when the last was answered."""

    def __init__(self, name: str, counters: Counters) -> None:
        self._name = name
        self._counters = counters
        self._number = 0
        self._received = b""
        self._done = False

    def connection_made(self, transport: Any) -> None:
        self._transport = transport
        self._send()

    def _send(self) -> None:
        self._number += 1
        delivery = f"\r\nwebhook-id: {self._name}-{self._number}\r\n\r\n".encode()
        self._sent_at = time.perf_counter()
        self._transport.write(HEAD + delivery + BODY)

    def data_received(self, data: bytes) -> None:
        self._received += data
        head, end, body = self._received.partition(b"\r\n\r\n")
        if not end or len(body) < _length(head):
            return
        now, counters = time.perf_counter(), self._counters
        if head[9:12] != b"202":
            counters.errors.append(self._received[:200].decode(errors="replace"))
        if counters.begin <= self._sent_at and now <= counters.end:
            counters.latencies.append(now - self._sent_at)
        self._received = b""
        if now < counters.end:
            self._send()
        else:
            self._done = True
            self._transport.close()

    def connection_lost(self, error: Exception | None) -> None:
        if not self._done:
            self._counters.errors.append(f"connection lost: {error!r}")


def _length(head: bytes) -> int:
    for line in head.split(b"\r\n")[1:]:
        name, _, value = line.partition(b":")
        if name.lower() == b"content-length":
            return int(value)
    return 0


async def load(port: int, connections: int, seconds: float, tag: str) -> dict[str, Any]:
    counters = Counters(seconds)
    loop = asyncio.get_running_loop()
    await asyncio.gather(
        *(
            loop.create_connection(lambda i=i: Sender(f"{tag}-{i}", counters), "127.0.0.1", port)
            for i in range(connections)
        )
    )
    await asyncio.sleep(counters.end - time.perf_counter() + 0.5)
    ordered = sorted(counters.latencies)
    return {
        "per_second": len(ordered) / seconds,
        "p50_ms": ordered[len(ordered) // 2] * 1000 if ordered else 0.0,
        "p99_ms": ordered[int(len(ordered) * 0.99)] * 1000 if ordered else 0.0,
        "errors": len(counters.errors),
        "first_error": counters.errors[0] if counters.errors else "",
    }


if __name__ == "__main__":
    print(
        json.dumps(
            asyncio.run(load(int(sys.argv[1]), int(sys.argv[2]), float(sys.argv[3]), sys.argv[4]))
        )
    )
