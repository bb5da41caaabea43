"""One attempt over HTTP, on a tuned `requests.Session` per thread; or one stream on its own."""

from __future__ import annotations

import math
import threading
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import replace
from typing import Any, BinaryIO, cast

import requests
from requests import PreparedRequest
from requests import exceptions as faults
from urllib3 import BaseHTTPResponse
from urllib3 import exceptions as urllib3_faults

from shelfhook.errors import HostDown
from shelfhook.hosts import bodies, broken
from shelfhook.hosts.calls import Answer, Call, Route
from shelfhook.hosts.lanes import SHORTEST_TIMEOUT, Lane
from shelfhook.hosts.limits import Deadline
from shelfhook.ports import Clock

BROKEN = (faults.RequestException, urllib3_faults.HTTPError, OSError)
"""What is raised when a call breaks off; `broken.meaning` says what it means."""


class Transport:
    """Sends attempts, each on the connection of its own thread; streams have one of their own.

    The lock guards the lanes: of the threads, which grow when a new thread comes and shrink when
    one has died, and of the streams. A thread finds its own lane without it.

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
        self._streams: set[Lane] = set()
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
            response = self._begin(lane, call, headers, deadline)
            body, streamed = b"", 0
            if into is not None and 200 <= response.status_code < 300:
                streamed = bodies.save(response.raw, into, self._where(call), deadline)
            else:
                body = bodies.whole(response.raw, self._where(call))
        except BROKEN as error:
            raise broken.meaning(self._where(call), error, self._route, deadline) from error
        seconds = self._clock.monotonic() - started
        return Answer(response.status_code, response.raw.headers, body, seconds, streamed)

    @contextmanager
    def stream(
        self,
        call: Call,
        headers: Mapping[str, str],
        deadline: Deadline,
        silence: float = math.inf,
    ) -> Iterator[tuple[Answer, Iterator[bytes]]]:
        """Send a call once; gives the answer without its body, and the body's pieces as they come.

        The host may be silent for `silence` seconds, and until the deadline. The connection serves
        this call alone and ends with the `with`, or by `close`, however long the body would go on:
        without an end in sight (a deadline of infinity) nothing of it is kept, so it may have any
        length.

        Raises:
            HostDown, Transient, Permanent: as `send`; the pieces raise them, too.
        """
        started = self._clock.monotonic()
        route = replace(self._route, read_timeout=min(silence, deadline.left()))
        with self._streaming(deadline, silence) as lane:
            with self._meaning(call, deadline, route):
                response = self._begin(lane, call, headers, deadline)
            seconds = self._clock.monotonic() - started
            with closing(response.raw) as raw:
                answer = Answer(response.status_code, raw.headers, b"", seconds)
                yield answer, self._pieces(raw, call, deadline, route)

    def close(self) -> None:
        """Close every thread's connection, end every stream; later sends are refused."""
        with self._lock:
            self._closed = True
            lanes = list(self._lanes.values())
            self._lanes.clear()
            streams = list(self._streams)
        for lane in lanes:
            lane.session.close()
        for lane in streams:
            lane.cut()

    def _begin(
        self, lane: Lane, call: Call, headers: Mapping[str, str], deadline: Deadline
    ) -> requests.Response:
        """Send a call; the answer with its body still to be read."""
        return lane.adapter.send(
            self._prepare(call, headers),
            stream=True,
            timeout=self._timeouts(deadline),
            verify=self._route.verify,
            proxies=lane.session.proxies,
        )

    def _pieces(
        self, raw: BaseHTTPResponse, call: Call, deadline: Deadline, route: Route
    ) -> Iterator[bytes]:
        endless = math.isinf(deadline.seconds)
        with self._meaning(call, deadline, route):
            yield from bodies.pieces(raw, self._where(call), endless=endless)

    @contextmanager
    def _meaning(self, call: Call, deadline: Deadline, route: Route) -> Iterator[None]:
        try:
            yield
        except BROKEN as error:
            raise broken.meaning(self._where(call), error, route, deadline) from error

    @contextmanager
    def _streaming(self, deadline: Deadline, silence: float) -> Iterator[Lane]:
        lane = Lane(self._route, silence)
        lane.begin(deadline)
        with self._lock:
            self._refuse_if_closed()
            self._streams.add(lane)
        try:
            yield lane
        finally:
            with self._lock:
                self._streams.discard(lane)
            lane.session.close()

    def _lane(self) -> Lane:
        lane: Lane | None = getattr(self._mine, "lane", None)
        if lane is None or self._closed:
            lane = self._mine.lane = self._new_lane()
        return lane

    def _new_lane(self) -> Lane:
        with self._lock:
            self._refuse_if_closed()
            # Workers die with their job: their connections go when the next worker comes.
            dead = [thread for thread in self._lanes if not thread.is_alive()]
            left_over = [self._lanes.pop(thread) for thread in dead]
            lane = self._lanes[threading.current_thread()] = Lane(
                self._route, self._route.read_timeout
            )
        for old in left_over:
            old.session.close()
        return lane

    def _refuse_if_closed(self) -> None:
        if self._closed:
            raise HostDown(f"{self._route.name}: Shelfhook has closed its connections")

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
