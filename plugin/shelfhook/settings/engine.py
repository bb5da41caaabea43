"""`[engine]`: the side that does the work."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Literal, TypeAlias

from pydantic import Field, ValidationInfo, field_validator

from shelfhook.settings.base import Seconds, Table, suggestion

LOG_ROOMS = (
    "backups",
    "bridge",
    "coalesce",
    "dispatch",
    "engine",
    "hosts",
    "item",
    "job",
    "loops",
    "notify",
    "schedule",
    "scheduler",
    "serve",
    "store",
    "watchdog",
    "web",
)
"""What `log_levels` may name: a test holds them against the loggers that there are."""

Level: TypeAlias = Literal["DEBUG", "INFO", "WARNING", "ERROR"]


class EngineSettings(Table):
    """The side that does the work."""

    concurrent_jobs: Annotated[int, Field(ge=1, le=64)] = 2
    """How many jobs run at once."""
    quiet_seconds: Annotated[float, Field(ge=0, le=86_400)] = 10.0
    """Events become a job when none has come for so long."""
    max_wait_seconds: Annotated[float, Field(ge=0, le=86_400)] = 300.0
    """They become one after so long in any case, counted from the first."""
    page_size: Annotated[int, Field(ge=1, le=2000)] = 500
    """How many items a listing asks for at a time."""
    stall_seconds: Seconds = 30.0
    """A job without progress for so long is marked, and its threads' stacks are logged."""
    item_seconds: Seconds = 300.0
    """Longest time for one item."""
    item_attempts: Annotated[int, Field(ge=1, le=20)] = 3
    """How often an item is tried before it counts as failed."""
    drain_seconds: Annotated[float, Field(ge=0, le=3600)] = 30.0
    """How long running items may go on after the order to stop."""
    quarantine_after: Annotated[int, Field(ge=0, le=100)] = 3
    """An item that failed in so many jobs in a row is set aside; 0: never."""
    heavy_processes: Annotated[int, Field(ge=0, le=64)] = 0
    """Processes for what keeps a processor busy, such as `audit`; 0: one for each processor."""
    keep_days: Annotated[int, Field(ge=1, le=36_500)] = 30
    """How many days finished jobs are kept, with their ledger and the old files of their changes.
    A job that is gone cannot be undone."""
    log_level: Level = "INFO"
    """How much is logged."""
    log_format: Literal["text", "json"] = "text"
    """Lines for people, or one JSON document per line."""
    log_levels: Mapping[str, Level] = Field(default_factory=dict)
    """How much single rooms log, such as `hosts = "DEBUG"`, which shows every call."""

    @field_validator("max_wait_seconds")
    @classmethod
    def _not_before_the_quiet(cls, longest: float, info: ValidationInfo) -> float:
        quiet = info.data.get("quiet_seconds", 0.0)
        if longest < quiet:
            raise ValueError(f"less than engine.quiet_seconds ({quiet:g}); make it longer")
        return longest

    @field_validator("log_level", mode="before")
    @classmethod
    def _any_case(cls, level: object) -> object:
        return level.upper() if isinstance(level, str) else level

    @field_validator("log_levels", mode="before")
    @classmethod
    def _of_rooms_that_log(cls, levels: object) -> object:
        if not isinstance(levels, Mapping):
            return levels
        for room in levels:
            if room not in LOG_ROOMS:
                raise ValueError(f"no room '{room}' logs; {suggestion(room, LOG_ROOMS, 'rooms')}")
        return {
            room: level.upper() if isinstance(level, str) else level
            for room, level in levels.items()
        }
