"""What people are shown of where a host's events come from. Times: seconds since the epoch."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime

STREAM, POLL, OFF = "stream", "poll", "off"


@dataclass(frozen=True, slots=True)
class Source:
    """Where a host's events come from, and how that goes.

    Attributes:
        kind: `stream`, `poll` or `off`.
        poll_seconds: between two polls; 0 while nothing is polled.
        since: since when we listen; None while we do not.
        again_at: when the stream is opened again.
        polled_at: when the host was last asked what is new.
        trouble: what keeps us from it, in plain words.
        note: what the host does not tell us, or why nothing is fetched.
        connections: how often the stream was open.
        events: how many were put into the inbox.
        unknown: how many messages of each name were not understood.
    """

    kind: str = OFF
    poll_seconds: float = 0.0
    since: float | None = None
    again_at: float | None = None
    polled_at: float | None = None
    trouble: str = ""
    note: str = ""
    connections: int = 0
    events: int = 0
    unknown: Mapping[str, int] = field(default_factory=dict)


def is_well(source: Source) -> bool:
    """Whether events come in as they should."""
    return source.kind == OFF or not (source.trouble or source.again_at)


def words(source: Source, now: float) -> str:
    """The state in a line."""
    if source.kind == OFF:
        return f"off: {source.note}" if source.note else "off"
    if source.kind == POLL:
        return _joined(_polls(source), source.trouble)
    if source.since is not None:
        return _joined(f"listening since {_moment(source.since)}", source.note, source.trouble)
    if source.again_at is not None:
        seconds = max(0.0, source.again_at - now)
        meanwhile = _polls(source) if source.poll_seconds else ""
        return _joined(f"reconnects in {seconds:.0f} s: {source.trouble}", meanwhile)
    return "connecting"


def _polls(source: Source) -> str:
    every = f"polls every {source.poll_seconds / 60:g} min"
    return every if source.polled_at is None else f"{every}, last at {_moment(source.polled_at)}"


def _joined(*parts: str) -> str:
    return "; ".join(part for part in parts if part)


def _moment(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%d %H:%M:%S UTC")
