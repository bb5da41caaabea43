"""What becomes of due times of a schedule that a person has paused."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from shelfhook.model import FireResult


def in_pause(due: float, begun: float | None, ended: float | None) -> bool:
    """Whether a due time is skipped: while a pause lasts every one that is not settled yet, and
    after it those that fell into it.

    Args:
        begun: when the last pause began; None if there never was one.
        ended: when it ended; None while it lasts.
    """
    if begun is None:
        return False
    return ended is None or begun <= due < ended


def skip_paused(
    settled: Iterable[tuple[float, FireResult, str]],
    paused: Callable[[float], bool],
    reason: str,
) -> list[tuple[float, FireResult, str]]:
    """Settled due times, with those skipped that are paused, whatever they would have been."""
    return [
        (due, FireResult.SKIPPED, reason) if paused(due) else (due, result, why)
        for due, result, why in settled
    ]
