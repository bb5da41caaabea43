"""Finds out which kind of media server lies behind a URL, without an account there."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from urllib.parse import urljoin, urlsplit

from shelfhook.errors import Permanent, Transient
from shelfhook.hosts.calls import Answer, Call, Route
from shelfhook.hosts.kinds import KINDS, Ask, Kind, header
from shelfhook.hosts.limits import Deadline
from shelfhook.hosts.transport import Transport
from shelfhook.ports import Clock

SECONDS = 5.0
"""For one question."""
ALL_SECONDS = 30.0
"""For all of them: a server that hangs must not hold its owner up for minutes."""
MOST_BASES = 12
"""So many places are asked at most; each costs a handful of questions."""
NOTHING = Answer(0, {}, b"", 0.0)


@dataclass(frozen=True, slots=True)
class Recognised:
    """What was found.

    Attributes:
        url: the base URL that answers, maybe shorter or longer than the one that was given.
        version: "" if it tells it to nobody.
    """

    kind: Kind
    url: str
    version: str = ""


def recognise(url: str, clock: Clock, *, verify: bool | str = True) -> Recognised | None:
    """Ask whatever lies behind a URL what it is; None if it is nothing that we know.

    The URL may be any that a browser shows: with a page's path behind the base path, or without the
    base path that the server has behind a proxy.

    Raises:
        HostDown, Transient: nothing answers there.
        Permanent: no call can succeed, for instance over a certificate that is not trusted.
    """
    asked: set[str] = set()
    waiting = list(_bases(url))
    whole = Deadline(clock, ALL_SECONDS)
    while waiting and len(asked) < MOST_BASES and whole.left() > 0:
        base = waiting.pop(0)
        if base in asked:
            continue
        first = not asked
        asked.add(base)
        with closing(_transport(base, verify, clock)) as transport:
            ask = _asking(transport, clock, whole, strict=first)
            if found := _kind_at(base, ask):
                return found
            waiting = [*_elsewhere(base, ask), *waiting]
    return None


def _kind_at(base: str, ask: Ask) -> Recognised | None:
    for kind in KINDS:
        version = kind.tell(ask)
        if version is not None:
            return Recognised(kind, base, version)
    return None


def _bases(url: str) -> Iterator[str]:
    """Where the server may be: at the URL, above it, or at a path that servers like to have."""
    parts = urlsplit(url)
    origin = f"{parts.scheme}://{parts.netloc}"
    names = [name for name in parts.path.split("/") if name]
    for length in range(len(names), -1, -1):
        yield "/".join([origin, *names[:length]])
    for kind in KINDS:
        yield origin + kind.base


def _elsewhere(base: str, ask: Ask) -> Iterator[str]:
    """Where the page at the base sends a browser, if it is the same machine."""
    target = header(ask("/"), "Location")
    if not target:
        return
    try:
        place = urljoin(f"{base}/", target)
        parts = urlsplit(place)
        # Whoever answers writes this: only what a browser would follow on the same machine counts.
        usable = parts.scheme in ("http", "https") and "@" not in parts.netloc and parts.port != 0
    except ValueError:  # a port or an IPv6 address that is none
        return
    if usable and parts.hostname == urlsplit(base).hostname:
        yield from list(_bases(place))[: -len(KINDS)]


def _transport(base: str, verify: bool | str, clock: Clock) -> Transport:
    return Transport(Route("the server", base, verify, SECONDS, SECONDS), clock)


def _asking(transport: Transport, clock: Clock, whole: Deadline, *, strict: bool) -> Ask:
    """Questions to one base, each asked once.

    Args:
        whole: when all questions are over.
        strict: whether it is an error, rather than no answer, if the very first one fails.
    """
    known: dict[str, Answer] = {}

    def ask(path: str) -> Answer:
        if path not in known:
            call = Call("GET", path, path, accept="application/json, text/plain;q=0.5")
            deadline = Deadline(clock, min(SECONDS, max(0.0, whole.left())))
            try:
                known[path] = transport.send(call, {}, deadline)
            except (Transient, Permanent):
                if strict and not known:
                    raise
                known[path] = NOTHING
        return known[path]

    return ask
