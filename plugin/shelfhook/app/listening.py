"""The bridges of all hosts, made after the settings and shown with their state."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from shelfhook.bridges import Bridge, Intake, Source, is_well, plan, words
from shelfhook.bridges.source import OFF
from shelfhook.model import Library
from shelfhook.ports import Clock, Host
from shelfhook.rules.scans import Waits
from shelfhook.scheduling.loops import Loops
from shelfhook.settings import Settings
from shelfhook.store import Store
from shelfhook.store.status import Beat

QUIETS = 3
"""A scan's end that must be guessed counts so many times the quiet time of a batch of events."""
LATEST = 10.0
"""A bridge beats twice a second, but for the seconds that a call to its host takes."""


class Listening:
    """One bridge for each host. `begin` starts their threads, `end` and `join` end them.

    A host's bridge knows nothing of the others: one that is down holds up its own bridge alone.
    """

    def __init__(
        self,
        settings: Settings,
        hosts: Mapping[str, Host],
        store: Store,
        clock: Clock,
        loops: Loops,
    ) -> None:
        self._clock = clock
        engine = settings.engine
        waits = Waits(QUIETS * engine.quiet_seconds, engine.max_wait_seconds)
        self._intakes = {name: Intake(name, store.cursors, clock, waits) for name in hosts}
        self._bridges = {
            name: bridge(host, intake, clock, settings, loops)
            for (name, host), intake in zip(hosts.items(), self._intakes.values(), strict=True)
        }

    def holds(self, host: str, library: str) -> bool:
        """Whether a library's events had better wait, because it is perhaps being scanned."""
        intake = self._intakes.get(host)
        return intake is not None and intake.holds(library)

    def begin(self) -> None:
        """Listen to all hosts."""
        for bridge in self._bridges.values():
            bridge.start()

    def end(self) -> None:
        """Take in nothing more."""
        for bridge in self._bridges.values():
            bridge.stop()

    def join(self) -> None:
        """Wait for the threads, which end once their hosts are closed."""
        for bridge in self._bridges.values():
            bridge.join()

    def beats(self) -> list[Beat]:
        """The state of each bridge, and the next one is due in a second."""
        now = self._clock.now()
        return [
            Beat(f"bridge:{name}", now, 1.0, is_well(bridge.source), detail(bridge.source, now))
            for name, bridge in self._bridges.items()
        ]


def bridge(host: Host, intake: Intake, clock: Clock, settings: Settings, loops: Loops) -> Bridge:
    """A host's bridge. One that has nothing to do has no heart either: it would never beat."""
    its = settings.hosts[host.name]
    made = plan(its.events, host.capabilities, its.poll_minutes)
    more: dict[str, Any] = {"wanted": wanted(settings, host.name)}
    if made.kind != OFF:
        more["beat"] = loops.heart(f"bridge {host.name}", LATEST + its.total_timeout / 2)
    return Bridge(host, intake, clock, made, **more)


def detail(source: Source, now: float) -> dict[str, Any]:
    """What a beat tells of where a host's events come from."""
    return {
        "source": source.kind,
        "state": words(source, now),
        "since": source.since,
        "again_at": source.again_at,
        "polled_at": source.polled_at,
        "connections": source.connections,
        "events": source.events,
        "unknown": dict(source.unknown),
    }


def wanted(settings: Settings, host: str) -> Callable[[Library], bool]:
    """Whether any routine waits for events of a host's library."""
    routines = [
        one
        for one in settings.routines.values()
        if one.host == host and one.triggers.enabled and one.triggers.events
    ]
    everything = any(not one.libraries for one in routines)
    named = {name for one in routines for name in one.libraries}
    return lambda library: everything or not named.isdisjoint((library.id, library.name))
