"""Where a host's events come from, and whether they do."""

from __future__ import annotations

import threading
from collections.abc import Iterable
from typing import cast

from shelfhook.bridges import Plan
from shelfhook.bridges.source import POLL, STREAM
from shelfhook.cli.lines import Line
from shelfhook.errors import ShelfhookError, Transient
from shelfhook.ports import Host, Sign, Tells
from shelfhook.store.status import Beat

LISTEN_SECONDS = 30.0
"""So long a stream may keep us waiting for its first word; Komga says something every 15 s."""
MISSED = 3
"""So many signs of life may be missing before a service counts as gone."""
SCHEDULER = "scheduler"
SOURCES = {STREAM: "its own stream", POLL: "asked again and again"}


def check_events(name: str, host: Host, wanted: Plan, beats: Iterable[Beat], now: float) -> Line:
    """The line about a host's events; a stream that we try out closes the host.

    A running service knows: its bridge tells with a sign of life. Without one we say what would be
    used, and listen for a moment.

    Args:
        wanted: what a service would do.
        beats: what a service has left in the store, if there is one.
    """
    what = f"events {name}"
    known = {beat.name: beat for beat in beats}
    scheduler, bridge = known.get(SCHEDULER), known.get(f"bridge:{name}")
    if bridge and scheduler and _fresh(scheduler, now):
        return _from_bridge(what, bridge, now)
    if wanted.kind == STREAM:
        return _listen(what, host)
    detail = {"source": wanted.kind, "running": False}
    if wanted.kind == POLL:
        minutes = f"{wanted.poll_seconds / 60:g} min"
        return Line(what, True, f"asked every {minutes} what is new; no service does now", detail)
    told = f"{wanted.note}; senders may post to /hooks/{name}, see docs/senders.md"
    return Line(what, True, told, detail)


def _fresh(beat: Beat, now: float) -> bool:
    return abs(now - beat.beat_at) <= MISSED * beat.every


def _from_bridge(what: str, bridge: Beat, now: float) -> Line:
    fresh = _fresh(bridge, now)
    source, state = (str(bridge.detail.get(key) or "") for key in ("source", "state"))
    told = f"{SOURCES[source]}; {state}" if source in SOURCES else state
    if not fresh:
        told += f"; the service has not told of it for {now - bridge.beat_at:,.0f} s"
    return Line(what, bridge.ok and fresh, told, {**bridge.detail, "running": True})


def _listen(what: str, host: Host) -> Line:
    """Open the stream for a moment."""
    # The timer's thread closes the host if the stream stays silent; it ends with `cancel`, or once
    # it has closed.
    silent = threading.Event()

    def give_up() -> None:
        silent.set()
        host.close()

    timer = threading.Timer(LISTEN_SECONDS, give_up)
    timer.start()
    detail = {"source": STREAM, "running": False}
    try:
        hint = _first_word(cast(Tells, host))
    except ShelfhookError as error:
        told = (
            f"its stream said nothing for {LISTEN_SECONDS:g} s" if silent.is_set() else str(error)
        )
        return Line(what, False, told, detail)
    finally:
        timer.cancel()
        timer.join()
    told = "its own stream, which opens; no service listens now"
    if hint:
        told += f"; {hint}"
    return Line(what, True, told, {**detail, "note": hint})


def _first_word(host: Tells) -> str:
    """Wait until the stream is open; what the host has to say about it."""
    stream = host.tidings()
    try:
        for tiding in stream:
            if tiding.sign is Sign.LISTENING:
                return tiding.item
        raise Transient("its stream is open to us, but it ended at once")
    finally:
        getattr(stream, "close", lambda: None)()  # adapters give generators
