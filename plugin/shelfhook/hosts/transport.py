"""One attempt over HTTP: a tuned `requests.Session` per thread, and what can go wrong with it."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, cast

import requests
from requests import PreparedRequest
from requests import exceptions as faults
from urllib3 import exceptions as urllib3_faults

from shelfhook.errors import HostDown, Permanent, Transient
from shelfhook.hosts.calls import Answer, Call
from shelfhook.hosts.limits import Deadline
from shelfhook.hosts.sockets import OneHostAdapter
from shelfhook.ports import Clock

LARGEST_ANSWER = 64 * 1024 * 1024
"""Bytes of an answer's body, unpacked; a page of 2,000 books has about 5 MB."""
SHORTEST_TIMEOUT = 0.001
"""Seconds; a timeout of 0 would make the socket non-blocking."""


@dataclass(frozen=True, slots=True)
class Route:
    """Where a host is and how to get there. Times are seconds.

    Attributes:
        name: the host's name, for messages.
        base: URL without a slash at its end and without a user or password.
        verify: whether to check the TLS certificate, or the path of a CA file.
        connect_timeout: for a connection to be made.
        read_timeout: for the next bytes to come.
        proxy: URL of a proxy, or "".
    """

    name: str
    base: str
    verify: bool | str = True
    connect_timeout: float = 5.0
    read_timeout: float = 60.0
    proxy: str = field(default="", repr=False)


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

    def send(self, call: Call, headers: Mapping[str, str], deadline: Deadline) -> Answer:
        """Send a call once and read the whole answer.

        Args:
            call: what to send.
            headers: as they go out, except the body's length.
            deadline: bounds every step but the DNS look-up, which cannot be interrupted.

        Raises:
            HostDown: there is no connection to be had.
            Transient: it broke off, or did not answer in time (with `overload`).
            Permanent: no call can succeed this way, for instance over a bad certificate.
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
            body = response.raw.read(LARGEST_ANSWER + 1, decode_content=True)
            if len(body) > LARGEST_ANSWER:
                response.raw.close()
                raise Permanent(
                    f"{self._where(call)}: the answer is too large, over {LARGEST_ANSWER} bytes"
                )
        except (faults.RequestException, urllib3_faults.HTTPError, OSError) as error:
            raise self._translate(call, error, deadline) from error
        seconds = self._clock.monotonic() - started
        return Answer(response.status_code, response.raw.headers, body, seconds)

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
        if call.body is not None:
            fields["Content-Type"] = "application/json"
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

    def _translate(self, call: Call, error: Exception, deadline: Deadline) -> Exception:
        where = self._where(call)
        if _caused_by(error, urllib3_faults.SSLError) and "CERTIFICATE" in str(error).upper():
            return Permanent(
                f"{where}: the TLS certificate of {self._route.base} is not trusted; "
                "give the file of its authority as `verify`"
            )
        if isinstance(error, faults.ProxyError):
            return HostDown(f"{where}: the proxy cannot be reached")
        if isinstance(error, faults.ConnectTimeout):
            return HostDown(f"{where}: no connection within {self._route.connect_timeout:g} s")
        if _caused_by(error, urllib3_faults.NameResolutionError):
            return HostDown(f"{where}: the name in {self._route.base} is not known")
        if _caused_by(error, urllib3_faults.NewConnectionError):
            return HostDown(f"{where}: {self._route.base} accepts no connection")
        if _timed_out(error):
            if deadline.left() <= 0.0:
                said = f"no complete answer within {deadline.seconds:g} s"
            else:
                said = f"no answer within {self._route.read_timeout:g} s"
            return Transient(f"{where}: {said}", overload=True)
        if isinstance(error, faults.InvalidURL | faults.InvalidSchema | faults.MissingSchema):
            return Permanent(f"{where}: {self._route.base} is not a usable URL")
        return Transient(f"{where}: the connection broke off ({type(_root(error)).__name__})")


def _timed_out(error: Exception) -> bool:
    return isinstance(error, faults.Timeout | TimeoutError) or _caused_by(
        error, urllib3_faults.ReadTimeoutError
    )


def _chain(error: BaseException) -> list[BaseException]:
    """An error and the ones it carries, as requests and urllib3 nest them: in args and `reason`."""
    found: list[BaseException] = []
    waiting: list[BaseException] = [error]
    while waiting:
        one = waiting.pop()
        if one in found:
            continue
        found.append(one)
        inner = [*one.args, getattr(one, "reason", None), one.__cause__]
        waiting += [part for part in inner if isinstance(part, BaseException)]
    return found


def _caused_by(error: BaseException, kind: type[BaseException]) -> bool:
    return any(isinstance(one, kind) for one in _chain(error))


def _root(error: BaseException) -> BaseException:
    return _chain(error)[-1]
