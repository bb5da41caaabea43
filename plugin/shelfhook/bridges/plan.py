"""How a host's events are fetched: what is wished for, and what the host can do."""

from __future__ import annotations

from collections.abc import Set
from dataclasses import dataclass

from shelfhook.bridges.source import OFF, POLL, STREAM


@dataclass(frozen=True, slots=True)
class Plan:
    """What a bridge does.

    Attributes:
        kind: `stream`, `poll` or `off`.
        asks: whether the host can be asked what is new.
        poll_seconds: between two polls; 0: it never polls.
        note: why it is off.
    """

    kind: str
    asks: bool = False
    poll_seconds: float = 0.0
    note: str = ""


def plan(wish: str, capabilities: Set[str], poll_minutes: float) -> Plan:
    """What is done for a wish (`auto`, `stream`, `poll` or `off`) with what the host can do."""
    tells, asks = "events" in capabilities, "news" in capabilities
    seconds = poll_minutes * 60
    if wish == OFF:
        return Plan(OFF, note="as the settings say")
    if tells and wish in ("auto", STREAM):
        return Plan(STREAM, asks, seconds if asks and wish == "auto" else 0.0)
    if asks and wish in ("auto", POLL):
        return Plan(POLL, asks, seconds)
    lacks = {STREAM: "has no stream of events", POLL: "cannot be asked what is new"}
    return Plan(OFF, note=f"this host {lacks.get(wish, 'tells nothing by itself')}; use a webhook")
