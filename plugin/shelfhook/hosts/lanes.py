"""A session and the one connection that goes with it."""

from __future__ import annotations

import socket
from typing import cast

import requests

from shelfhook.hosts import sockets
from shelfhook.hosts.calls import Route
from shelfhook.hosts.limits import Deadline
from shelfhook.hosts.sockets import OneHostAdapter

SHORTEST_TIMEOUT = 0.001
"""Seconds; a timeout of 0 would make the socket non-blocking."""


class Lane:
    """One session and its connection. Used by one thread alone, closed or cut by any.

    Args:
        route: where the host is.
        read_timeout: seconds that one `recv` may take.
    """

    def __init__(self, route: Route, read_timeout: float) -> None:
        self._read_timeout = read_timeout
        self._deadline: Deadline | None = None
        self._socket: socket.socket | None = None
        self._is_cut = False
        self.session = requests.Session()
        self.session.trust_env = (
            False  # reading ~/.netrc and the environment costs a third of a call
        )
        self.session.mount("http://", OneHostAdapter(self._left, self._opened))
        self.session.mount("https://", OneHostAdapter(self._left, self._opened))
        self.adapter = cast(OneHostAdapter, self.session.get_adapter(route.base))
        if route.proxy:
            self.session.proxies = {"http": route.proxy, "https": route.proxy}

    def begin(self, deadline: Deadline) -> None:
        """From now on reads end with this deadline."""
        self._deadline = deadline

    def cut(self) -> None:
        """End what is being read; the thread that reads it wakes."""
        # First the flag, then the socket, and in `_opened` the other way round: whichever thread
        # comes second sees what the first has set.
        self._is_cut = True
        if self._socket is not None:
            sockets.cut(self._socket)

    def _opened(self, sock: socket.socket) -> None:
        self._socket = sock
        if self._is_cut:
            sockets.cut(sock)

    def _left(self) -> float:
        assert self._deadline is not None  # begin() comes before each send
        left = self._deadline.left()
        if left <= 0.0:
            raise TimeoutError("the call's total time is over")
        return max(SHORTEST_TIMEOUT, min(self._read_timeout, left))
