"""One attempt over HTTP, on a tuned `requests.Session` per thread."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from typing import Any, BinaryIO, cast

import requests
from requests import PreparedRequest
from requests import exceptions as faults
from urllib3 import exceptions as urllib3_faults

from shelfhook.errors import HostDown
from shelfhook.hosts import bodies, broken
from shelfhook.hosts.calls import Answer, Call, Route
from shelfhook.hosts.limits import Deadline
from shelfhook.hosts.sockets import OneHostAdapter
from shelfhook.ports import Clock

SHORTEST_TIMEOUT = 0.001
"""Seconds; a timeout of 0 would make the socket non-blocking."""


class Lane:
    """One thread's session and connection. Used by that thread alone, closed by any."""

    def __init__(self, route: Route) -> None:
        self._read_timeout = route.read_timeout
        self._deadline: Deadline | None = None
        self.session = requests.Session()
        self.session.trust_env = (
            False  # reading ~/.netrc and the environment costs a third of a call
        )
        self.session.mount("http://", OneHostAdapter(self._left))
        self.session.mount("https://", OneHostAdapter(self._left))
        self.adapter = cast(OneHostAdapter, self.session.get_adapter(route.base))
        if route.proxy:
            self.session.proxies = {"http": route.proxy, "https": route.proxy}

    def begin(self, deadline: Deadline) -> None:
        """From now on reads end with this deadline."""
        self._deadline = deadline

    def _left(self) -> float:
        assert self._deadline is not None  # begin() comes before each send
        left = self._deadline.left()
        if left <= 0.0:
            raise TimeoutError("the call's total time is over")
        return max(SHORTEST_TIMEOUT, min(self._read_timeout, left))


class Transport:
    """Sends attempts, each on the connection of its own thread.

    The lock guards the list of lanes, which grows when a new thread comes and shrinks when one has
    died; a thread finds its own lane without it.

    Args:
        route: where the host is.
        clock: tells how long an attempt took.
    """

    def __init__(self, route: Route, clock: Clock) -> None:
        self._route = route
        self._clock = clock
        self._mine = threading.local()
        self._lock = threading.Lock()
        self._lanes: dict[threading.Thread, Lane] = {}
        self._closed = False

    def send(
        self,
        call: Call,
        headers: Mapping[str, str],
        deadline: Deadline,
        into: BinaryIO | None = None,
    ) -> Answer:
        """Send a call once and read the whole answer.

        Args:
            call: what to send.
            headers: as they go out, except those that the call itself decides.
            deadline: bounds every step but the DNS look-up, which cannot be interrupted.
            into: gets the body of a success, from its beginning, in place of the answer.

        Raises:
            HostDown: there is no connection to be had.
            Transient: it broke off, or did not answer in time (with `overload`).
            Permanent: no call can succeed this way, for instance over a bad certificate; or
                `into` cannot be written.
        """
        lane = self._lane()
        lane.begin(deadline)
        started = self._clock.monotonic()
        try:
            response = lane.adapter.send(
                self._prepare(call, headers),
                stream=True,
                timeout=self._timeouts(deadline),
                verify=self._route.verify,
                proxies=lane.session.proxies,
            )
            body, streamed = b"", 0
            if into is not None and 200 <= response.status_code < 300:
                streamed = bodies.save(response.raw, into, self._where(call), deadline)
            else:
                body = bodies.whole(response.raw, self._where(call))
        except (faults.RequestException, urllib3_faults.HTTPError, OSError) as error:
            raise broken.meaning(self._where(call), error, self._route, deadline) from error
        seconds = self._clock.monotonic() - started
        return Answer(response.status_code, response.raw.headers, body, seconds, streamed)

    def close(self) -> None:
        """Close every thread's connection; later sends are refused."""
        with self._lock:
            self._closed = True
            lanes = list(self._lanes.values())
            self._lanes.clear()
        for lane in lanes:
            lane.session.close()

    def _lane(self) -> Lane:
        lane: Lane | None = getattr(self._mine, "lane", None)
        if lane is None or self._closed:
            lane = self._mine.lane = self._new_lane()
        return lane

    def _new_lane(self) -> Lane:
        with self._lock:
            if self._closed:
                raise HostDown(f"{self._route.name}: Shelfhook has closed its connections")
            # Workers die with their job: their connections go when the next worker comes.
            dead = [thread for thread in self._lanes if not thread.is_alive()]
            left_over = [self._lanes.pop(thread) for thread in dead]
            lane = self._lanes[threading.current_thread()] = Lane(self._route)
        for old in left_over:
            old.session.close()
        return lane

    def _prepare(self, call: Call, headers: Mapping[str, str]) -> PreparedRequest:
        # Set by hand: requests would parse, quote and merge what is already in its final form,
        # which costs more than the whole rest of a call.
        request = PreparedRequest()
        request.method = call.method
        request.url = self._route.base + call.path
        request.body = call.body
        fields = dict(headers)
        if call.accept:
            fields["Accept"] = call.accept
            fields["Accept-Encoding"] = "identity"  # files and pictures are packed already
        if call.body is not None:
            fields["Content-Type"] = call.content_type
            fields["Content-Length"] = str(len(call.body))
        elif call.method != "GET":
            fields["Content-Length"] = "0"
        request.headers = cast(Any, fields)  # a plain dict: its keys never differ in case
        return request

    def _timeouts(self, deadline: Deadline) -> tuple[float, float]:
        left = max(SHORTEST_TIMEOUT, deadline.left())
        return min(self._route.connect_timeout, left), min(self._route.read_timeout, left)

    def _where(self, call: Call) -> str:
        return f"{self._route.name}: {call.method} {call.path}"
