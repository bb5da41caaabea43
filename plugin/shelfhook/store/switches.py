"""Whether a schedule is paused, by whom and since when; kept over restarts.

A pause stands in the schedule's own row. When it has ended, its beginning and end stay there, so
that a due time that fell into it is still skipped if the engine settles it only afterwards.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, Engine, select, text

from shelfhook.rules.pauses import in_pause
from shelfhook.store.rows import storable
from shelfhook.store.schedules import know_all
from shelfhook.store.tables import schedules
from shelfhook.store.writer import Writer


@dataclass(frozen=True, slots=True)
class Switch:
    """A schedule's last pause: by whom, from when, until when (None while it lasts)."""

    by: str = ""
    begun: float | None = None
    ended: float | None = None

    @property
    def off(self) -> bool:
        """Whether the schedule is paused now."""
        return self.begun is not None and self.ended is None

    @property
    def reason(self) -> str:
        """Why a due time within the pause is skipped."""
        return f"paused by {self.by}"

    def paused(self, due: float) -> bool:
        """Whether a due time (seconds since the epoch) is skipped."""
        return in_pause(due, self.begun, self.ended)


ON = Switch()


class Switches:
    """Pauses schedules and lets them go on; the engine looks whenever one is due."""

    def __init__(self, writer: Writer, reader: Engine) -> None:
        self._writer = writer
        self._reader = reader

    def pause(self, name: str, cron: str, timezone: str, by: str, now: float) -> None:
        """Skip every due time from now on; one that is paused already stays as it is."""
        self._writer.call(pause_all, (name, cron, timezone, storable(by), now))

    def resume(self, name: str, now: float) -> None:
        """End a pause; one that is not paused stays as it is."""
        self._writer.call(resume_all, (name, now))

    def of(self, name: str) -> Switch:
        """One schedule's switch."""
        return self.all().get(name, ON)

    def all(self) -> dict[str, Switch]:
        """The switches of all schedules that have ever been paused."""
        query = select(
            schedules.c.name,
            schedules.c.paused_by,
            schedules.c.paused_from,
            schedules.c.paused_until,
        ).where(schedules.c.paused_from.is_not(None))
        with self._reader.connect() as connection:
            return {str(row[0]): Switch(*row[1:]) for row in connection.execute(query)}


PAUSE = text(
    "UPDATE schedules SET paused_by = :by, paused_from = :now, paused_until = NULL"
    " WHERE name = :name AND (paused_from IS NULL OR paused_until IS NOT NULL)"
)
RESUME = text(
    "UPDATE schedules SET paused_until = :now"
    " WHERE name = :name AND paused_from IS NOT NULL AND paused_until IS NULL"
)


def pause_all(
    connection: Connection, calls: Sequence[tuple[str, str, str, str, float]]
) -> list[None]:
    """Writer operation behind `Switches.pause`. A schedule that no engine knows yet is noted."""
    for name, cron, timezone, by, now in calls:
        know_all(connection, [(name, cron, timezone, now)])
        connection.execute(PAUSE, {"name": name, "by": by, "now": now})
    return [None] * len(calls)


def resume_all(connection: Connection, calls: Sequence[tuple[str, float]]) -> list[None]:
    """Writer operation behind `Switches.resume`."""
    for name, now in calls:
        connection.execute(RESUME, {"name": name, "now": now})
    return [None] * len(calls)
