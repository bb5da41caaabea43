"""`[routines.<name>]`: which work is done where, by what, and when."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Literal, Self
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

from pydantic import (
    ConfigDict,
    Field,
    PrivateAttr,
    ValidationInfo,
    field_validator,
    model_validator,
)

from shelfhook.model import EventKind
from shelfhook.settings.base import Faults, Table, suggestion, surroundings
from shelfhook.settings.callbacks import MOST as MOST_CALLBACKS

HOST_EVENTS = tuple(kind for kind in EventKind if kind is not EventKind.ROUTINE_CALLED)
"""What hosts send. `routine.called` comes from schedules and people; no routine waits for it."""


class FilterSettings(Table):
    """Which items of the libraries are worked on; every key that is set must fit."""

    name: str = ""
    """Glob over the file's name, such as `*.cbz`. Empty: every name."""
    series: str = ""
    """Glob over the series. Empty: every series."""
    status: tuple[str, ...] = ()
    """The host's words for the state of the file, such as `READY`. Empty: every state."""

    @field_validator("status", mode="before")
    @classmethod
    def _one_or_several(cls, status: object) -> object:
        return (status,) if isinstance(status, str) else status


class ActionSettings(Table):
    """One action of a routine; every key besides `name` is a parameter of the action."""

    model_config = ConfigDict(extra="allow")

    name: str
    """Which action, such as `normalize`."""

    @property
    def parameters(self) -> Mapping[str, object]:
        """The action's parameters as they were written."""
        return dict(self.model_extra or {})

    def __repr__(self) -> str:
        # Parameters of a foreign action may be secret.
        return f"ActionSettings(name={self.name!r}, parameters of {sorted(self.parameters)})"

    __str__ = __repr__

    @model_validator(mode="after")
    def _action_takes_this(self, info: ValidationInfo) -> Self:
        check = surroundings(info).check_action
        messages = check(self.name, self.parameters) if check else []
        if messages:
            raise Faults(messages)
        return self


class TriggerSettings(Table):
    """What starts a routine. It can always be called by hand."""

    enabled: bool = True
    """False: neither events nor the schedule start it."""
    events: tuple[EventKind, ...] = ()
    """Events of the host that start it, such as `library.scanned`."""
    timezone: str = ""
    """Time zone of `cron`, such as `Europe/Berlin`. Empty: the machine's own."""
    cron: str = ""
    """Five fields: minute, hour, day of month, month, day of week. Empty: no schedule."""
    misfire_hours: Annotated[float, Field(gt=0, le=24 * 7)] = 6.0
    """How many hours late a due run may still start."""

    @field_validator("events", mode="before")
    @classmethod
    def _events_of_hosts(cls, events: object) -> object:
        if isinstance(events, list | tuple):
            unknown = [str(event) for event in events if event not in HOST_EVENTS]
            if unknown:
                raise Faults([f"unknown event '{one}'; {_known_event(one)}" for one in unknown])
        return events

    @field_validator("timezone")
    @classmethod
    def _zone_exists(cls, timezone: str) -> str:
        try:
            if timezone:
                ZoneInfo(timezone)
        except (ZoneInfoNotFoundError, ValueError, OSError) as error:
            # ValueError and OSError: a key that is no relative path, or a folder such as "Europe".
            remedy = suggestion(timezone, available_timezones(), "zones")
            if not remedy.startswith("did you mean"):
                remedy = "give a name such as 'Europe/Berlin'"
            raise ValueError(f"unknown time zone '{timezone}'; {remedy}") from error
        return timezone

    @field_validator("cron")
    @classmethod
    def _cron_is_one(cls, cron: str, info: ValidationInfo) -> str:
        check = surroundings(info).check_cron
        if cron and check and "timezone" in info.data:  # else the zone is the fault
            fault = check(cron, info.data["timezone"])
            if fault:
                raise ValueError(fault)
        return cron


class RoutineSettings(Table):
    """One routine."""

    host: str
    """Name of the host. May be left out if there is only one."""
    libraries: tuple[str, ...] = ()
    """Ids or names of libraries. Empty: all of the host."""
    filter: FilterSettings = Field(default_factory=FilterSettings)
    """Which items."""
    actions: Annotated[tuple[ActionSettings, ...], Field(min_length=1)]
    """What is done to each item, in this order."""
    workers: Annotated[int, Field(ge=1, le=64)] = 4
    """How many items at once, at most."""
    priority: Annotated[int, Field(ge=-100, le=100)] = 0
    """Of two waiting jobs the higher one runs first, and it gets more of the host's budget."""
    dry_run: bool = False
    """True: plan and show every change, make none."""
    locks: Literal["respect", "override", "set"] = "respect"
    """Fields that are locked at the host: `respect` leaves them alone; `override` writes them all
    the same; `set` leaves them alone, and locks what it writes."""
    only_changed: bool = False
    """True: look only at items that have changed since this routine was last done with them."""
    callbacks: Annotated[tuple[str, ...], Field(max_length=MOST_CALLBACKS)] = ()
    """URLs that are told how its jobs go; their hosts must be in `callbacks.allow`."""
    notify: tuple[str, ...] = ()
    """Notifications that are told of its jobs, by name, besides those whose `routines` fit."""
    triggers: TriggerSettings = Field(default_factory=TriggerSettings)
    """What starts it."""

    _name: str = PrivateAttr(default="")

    @property
    def name(self) -> str:
        """The `<name>` in `[routines.<name>]`."""
        return self._name

    @field_validator("host")
    @classmethod
    def _host_exists(cls, host: str, info: ValidationInfo) -> str:
        hosts = surroundings(info).hosts
        if hosts and host not in hosts:
            raise ValueError(f"unknown host '{host}'; {suggestion(host, hosts, 'hosts')}")
        return host


def bare_routine(name: str, host: str) -> RoutineSettings:
    """A routine that is in no file any more, for the undoing of its jobs."""
    routine = RoutineSettings.model_construct(host=host, actions=())
    routine._name = name
    return routine


def _known_event(name: str) -> str:
    return suggestion(name, [str(kind) for kind in HOST_EVENTS], "events")
