"""How much a client still has to read: asked of the kernel, since granian does not tell."""

from __future__ import annotations

import fcntl
import os
import socket
import struct
from contextlib import suppress
from ipaddress import IPv6Address, ip_address
from typing import Final

SIOCOUTQ: Final = 0x5411
"""Linux: bytes that a socket holds and its peer has not acknowledged (`man 7 tcp`)."""
ROOM: Final = 32_768
"""A client with more than that to read gets nothing further for now."""
DEAF: Final = 60.0
"""Seconds after which a client that confirms nothing of what it was sent counts as gone."""
BLIND_BYTES: Final = 1 << 20
"""Where the kernel cannot be asked, a stream ends after so many bytes, and the client comes back:
so no more than that can ever wait for one that does not read."""


class Line:
    """One client's connection.

    Args:
        descriptor: the socket's, which belongs to granian and may be closed, and given to another,
            at any time; hence `peer`. None where it was not found.
    """

    def __init__(self, descriptor: int | None, peer: tuple[str, int] | None) -> None:
        self._descriptor = descriptor
        self._peer = peer
        self._sent = 0
        self._confirmed = 0
        self._heard_at: float | None = None

    def clogged(self) -> bool:
        """Whether the client reads more slowly than we write."""
        return (self._left() or 0) > ROOM

    def answers(self, now: float) -> bool:
        """Whether the client is still there: has confirmed something lately, if it has anything to.

        A machine that was switched off says no goodbye, and the kernel waits a quarter of an hour.
        """
        left = self._left()
        if left is None:
            return True
        confirmed = self._sent - left
        if left == 0 or self._heard_at is None or confirmed > self._confirmed:
            self._confirmed, self._heard_at = confirmed, now
        return now - self._heard_at < DEAF

    def _left(self) -> int | None:
        """Bytes that the client has not confirmed; None if the kernel cannot tell."""
        if self._descriptor is None or peer_of(self._descriptor) != self._peer:
            return None
        try:
            left = fcntl.ioctl(self._descriptor, SIOCOUTQ, b"\0\0\0\0")
        except OSError:
            return None
        return int(struct.unpack("i", left)[0])

    def sent(self, length: int) -> None:
        """So many bytes go out."""
        self._sent += length

    @property
    def spent(self) -> bool:
        """Whether the stream must end, since nobody knows how much the client has read."""
        return self._descriptor is None and self._sent > BLIND_BYTES


class Lines:
    """Finds the connections by their peers' addresses. Used by the loop alone."""

    def __init__(self) -> None:
        self._known: dict[tuple[str, int], int] = {}

    def line(self, client: str) -> Line:
        """The connection of a client, which granian names `address:port`."""
        peer = _parsed(client)
        if peer is None:
            return Line(None, None)
        known = self._known.get(peer)
        if known is None or peer_of(known) != peer:
            self._known = _connected()
        return Line(self._known.get(peer), peer)


def peer_of(descriptor: int) -> tuple[str, int] | None:
    """Who is at the other end of a socket; None for what is no (connected) socket."""
    with suppress(OSError, ValueError):
        borrowed = socket.socket(socket.AF_INET, socket.SOCK_STREAM, 0, descriptor)
        try:
            found = borrowed.getpeername()
        finally:
            borrowed.detach()  # it is not ours to close
        if isinstance(found, tuple):
            return _plain(str(found[0])), int(found[1])
    return None


def _connected() -> dict[tuple[str, int], int]:
    """All connections of this process."""
    found: dict[tuple[str, int], int] = {}
    with suppress(OSError):
        for name in os.listdir("/proc/self/fd"):  # noqa: PTH208 - numbers, not files
            peer = peer_of(int(name))
            if peer is not None:
                found[peer] = int(name)
    return found


def _parsed(client: str) -> tuple[str, int] | None:
    address, _, port = client.rpartition(":")
    with suppress(ValueError):
        return _plain(address.strip("[]")), int(port)
    return None


def _plain(address: str) -> str:
    """An address as text that is the same however it was written."""
    found = ip_address(address)
    if isinstance(found, IPv6Address) and found.ipv4_mapped is not None:
        return str(found.ipv4_mapped)
    return str(found)
