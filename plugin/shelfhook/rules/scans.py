"""When has a host's scan ended, and when is a broken stream opened again? Times are seconds.

No host says reliably that a scan has ended. Komga tells every ten seconds what it is at work on:
two such words in a row of no scan's work, after the last item was told of, mean that it has. A host
that does not tell so is guessed to have ended when it was quiet for a while. And since other work
can sit in a host's queue for weeks, nothing is waited for longer than a maximum.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum

IDLE_TICKS = 2
"""So many words of no work in a row end a scan."""
GRACE = 15.0
"""So much longer than the maximum wait events are held back, so that the word of the scan's end,
which takes a call or two, is there before they go."""
FIRST_PAUSE = 1.0
LONGEST_PAUSE = 60.0


class Hearing(StrEnum):
    """What we can hear of a host."""

    TICKS = "ticks"
    """It tells whether it is at work."""
    QUIET = "quiet"
    """Only what happens to items."""
    DEAF = "deaf"
    """Nothing now; what it does meanwhile we learn later."""


@dataclass(frozen=True, slots=True)
class Waits:
    """How long a scan's end is waited for.

    Attributes:
        quiet: silence about a library after which its scan has ended, where no ticks are told.
        most: the longest wait, counted from the first item that was told of.
        tick: a host that has told no tick for so long does not tell any.
    """

    quiet: float
    most: float
    tick: float = 25.0


@dataclass(frozen=True, slots=True)
class Touch:
    """What was told of a library since its last scan's end.

    Attributes:
        first, last: when the first and the last item was told of.
        sure: whether an item came or went, which our own writes never cause.
        idle: words of no work in a row since.
    """

    first: float
    last: float
    sure: bool
    idle: int = 0


@dataclass(frozen=True, slots=True)
class Scans:
    """A host's libraries that something was told of, and what we can hear of the host.

    Attributes:
        heard_at: when the host last told whether it is at work, or we began to listen.
        busy_since: since when it has been at work without a break; None if it is not.
    """

    touched: Mapping[str, Touch] = field(default_factory=dict)
    hearing: Hearing = Hearing.DEAF
    heard_at: float = 0.0
    busy_since: float | None = None


def listening(scans: Scans, hearing: Hearing, now: float) -> Scans:
    """From now on so much can be heard; what was told of work before says nothing any more."""
    touched = {library: replace(one, idle=0) for library, one in scans.touched.items()}
    return Scans(touched, hearing, now)


def touch(scans: Scans, library: str, now: float, *, sure: bool) -> Scans:
    """Something was told of an item of a library."""
    known = scans.touched.get(library, Touch(now, now, sure))
    one = Touch(known.first, now, known.sure or sure)
    return replace(scans, touched={**scans.touched, library: one})


def stir(scans: Scans, library: str, now: float) -> Scans:
    """Something was told of a library that names no item: if it is being scanned, it still is."""
    known = scans.touched.get(library)
    if known is None:
        return scans
    return replace(scans, touched={**scans.touched, library: replace(known, last=now, idle=0)})


def tick(scans: Scans, now: float, *, busy: bool) -> Scans:
    """The host has told whether it is at work."""
    touched = {
        library: replace(one, idle=0 if busy else one.idle + 1)
        for library, one in scans.touched.items()
    }
    since = (now if scans.busy_since is None else scans.busy_since) if busy else None
    return replace(scans, touched=touched, heard_at=now, busy_since=since)


def ended(scans: Scans, now: float, waits: Waits) -> frozenset[str]:
    """The libraries whose scan has ended, or is waited for no longer."""
    hearing = _hearing(scans, now, waits)
    return frozenset(
        library for library, one in scans.touched.items() if _has_ended(one, hearing, now, waits)
    )


def without(scans: Scans, libraries: frozenset[str]) -> Scans:
    """These libraries' ends were told."""
    left = {library: one for library, one in scans.touched.items() if library not in libraries}
    return replace(scans, touched=left)


def holds(scans: Scans, library: str, now: float, waits: Waits) -> bool:
    """Whether the events of a library had better wait: it is perhaps being scanned."""
    one = scans.touched.get(library)
    return one is not None and now - one.first < waits.most + GRACE


def _hearing(scans: Scans, now: float, waits: Waits) -> Hearing:
    """What can really be heard: ticks that do not come are none, nor are those of stuck work."""
    if scans.hearing is not Hearing.TICKS:
        return scans.hearing
    stuck = scans.busy_since is not None and now - scans.busy_since >= waits.most
    return Hearing.QUIET if stuck or now - scans.heard_at >= waits.tick else Hearing.TICKS


def _has_ended(one: Touch, hearing: Hearing, now: float, waits: Waits) -> bool:
    if now - one.first >= waits.most:
        return True
    if hearing is Hearing.QUIET:
        return now - one.last >= waits.quiet
    return hearing is Hearing.TICKS and one.idle >= IDLE_TICKS


def reconnect_pause(failures: int, fraction: float, asked: float = 0.0) -> float:
    """How long to wait before a stream is opened again.

    The pause doubles with each failure in a row, with jitter, so that a host that comes back is not
    met by all at once.

    Args:
        failures: how many streams in a row brought nothing, from 0.
        fraction: a random number from 0 to 1.
        asked: what the host asked for.
    """
    # 2**16 is past the ceiling; the bound keeps the power a small number
    pause = float(min(LONGEST_PAUSE, FIRST_PAUSE * 2 ** min(failures, 16)))
    return max(asked, pause * (0.5 + fraction / 2))
