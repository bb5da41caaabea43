"""Which hosts are installed: entry points of the group `shelfhook.hosts`."""

from __future__ import annotations

from collections.abc import Iterable
from importlib.metadata import EntryPoint, entry_points
from typing import cast

from shelfhook.ports import Connect

GROUP = "shelfhook.hosts"


def discover(points: Iterable[EntryPoint] | None = None) -> tuple[dict[str, Connect], list[str]]:
    """All kinds of host by name, and one sentence for each that cannot be loaded.

    A broken extension is named and left out; it never stops the others. Two extensions that claim
    the same kind: ours is taken, otherwise the first by its module's name; the other is named.

    Args:
        points: entry points to look at; None: those that are installed.
    """
    found: dict[str, Connect] = {}
    faults: list[str] = []
    for point in sorted(entry_points(group=GROUP) if points is None else points, key=_ours_first):
        fault = _fault_of(point, found)
        if fault:
            faults.append(f"host {point.name!r} ({point.value}) left out: {fault}")
    return dict(sorted(found.items())), faults


def _fault_of(point: EntryPoint, found: dict[str, Connect]) -> str:
    """Load one entry point into `found`; tells what is wrong with it, or ""."""
    if point.name in found:
        return "another host has this name already"
    try:
        connect = point.load()
    except (Exception, SystemExit) as error:  # noqa: BLE001 - a foreign module may raise anything
        return f"{type(error).__name__}: {error}"
    if not callable(connect):
        return "it cannot be called"
    found[point.name] = cast("Connect", connect)
    return ""


def _ours_first(point: EntryPoint) -> tuple[bool, str, str]:
    return not point.value.startswith("shelfhook."), point.name, point.value
