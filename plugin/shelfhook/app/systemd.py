"""What `serve` tells systemd, where a unit with `Type=notify` started it: `sd_notify(3)`.

The protocol is one datagram per message to the socket that NOTIFY_SOCKET names.
"""

from __future__ import annotations

import logging
import math
import os
import socket
import time
from collections.abc import Mapping
from dataclasses import dataclass

log = logging.getLogger("shelfhook.serve")

VARIABLES = ("NOTIFY_SOCKET", "WATCHDOG_USEC", "WATCHDOG_PID")
"""What systemd tells us, and only us: children get none of it."""
PATIENCE = 0.2
"""Seconds for a datagram, and for a connection to our own port."""


@dataclass
class Manager:
    """systemd; nothing is told where NOTIFY_SOCKET names no socket.

    Attributes:
        place: what NOTIFY_SOCKET says.
        every: seconds between two signs of life.
        ready: whether READY=1 has arrived; it is told again until it has.
    """

    place: str
    every: float
    ready: bool = False
    due_at: float = 0.0

    def tell(self, message: str) -> bool:
        """Send one message; False if it did not arrive, which is logged and no more."""
        if not self.place:
            return True
        # "@" stands for the null byte that begins the name of an abstract socket.
        where = "\0" + self.place[1:] if self.place.startswith("@") else self.place
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as line:
            line.settimeout(PATIENCE)
            try:
                line.sendto(message.encode("ascii"), where)
            except OSError as error:
                log.warning("systemd was not told %s: %s", message, error)
                return False
        return True

    def look(self, address: tuple[str, int]) -> None:
        """Say once that the service is there, and a sign of life whenever one is due."""
        if not self.place:
            return
        if not self.ready and answers(address):
            self.ready = self.tell("READY=1")
        if time.monotonic() >= self.due_at:
            self.due_at = time.monotonic() + self.every
            if self.every < math.inf:
                self.tell("WATCHDOG=1")


def manager(env: Mapping[str, str]) -> Manager:
    """What the environment says of systemd; half of its patience lies between two signs of life."""
    patience = env.get("WATCHDOG_USEC", "")
    ours = env.get("WATCHDOG_PID", "") in ("", str(os.getpid()))
    micros = int(patience) if ours and patience.isascii() and patience.isdigit() else 0
    return Manager(env.get("NOTIFY_SOCKET", ""), micros / 2e6 or math.inf)


def answers(address: tuple[str, int]) -> bool:
    """Whether somebody takes connections there."""
    try:
        with socket.create_connection(address, PATIENCE):
            return True
    except OSError:
        return False
