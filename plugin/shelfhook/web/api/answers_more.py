"""What the API answers about findings, routines, schedules, hosts, hooks and the service."""

from __future__ import annotations

from typing import Literal

from pydantic import AwareDatetime, ConfigDict, JsonValue

from shelfhook.model import FireResult, Severity
from shelfhook.settings.routines import FilterSettings, TriggerSettings
from shelfhook.web.api.answers import Answer, Count, Next


class Finding(Answer):
    """Something that is wrong with an item."""

    id: int
    job: str
    host: str
    library: str | None
    item: str
    name: str
    series: str | None
    series_title: str | None
    code: str
    severity: Severity
    message: str
    remedy: str
    place: str
    action: str


class FindingCount(Answer):
    """How many findings there are of a code."""

    severity: Severity
    code: str
    count: Count


class FindingsPage(Answer):
    """Findings in the order they were recorded."""

    findings: list[Finding]
    counts: list[FindingCount]
    """Of all that fit the query, not of this page alone."""
    next: Next


class AsideItem(Answer):
    """An item that failed in several jobs in a row and is set aside."""

    routine: str
    host: str
    item_id: str
    name: str
    failures: Count
    reason: str
    since: AwareDatetime


class AsidePage(Answer):
    """The quarantine."""

    items: list[AsideItem]
    next: Next


class ReleasedItem(Answer):
    """An item that the next job tries again."""

    released: str


class Routine(Answer):
    """A configured piece of work, without the parameters of its actions."""

    name: str
    host: str
    libraries: list[str]
    filter: FilterSettings
    actions: list[str]
    workers: int
    priority: int
    dry_run: bool
    triggers: TriggerSettings
    callbacks: list[str]
    """URLs that are told how its jobs go, without what follows their `?`."""
    notify: list[str]
    """Notifications that it names."""


class Routines(Answer):
    """All routines."""

    routines: list[Routine]


class Fire(Answer):
    """One due time of a schedule."""

    due_at: AwareDatetime
    logged_at: AwareDatetime
    result: FireResult
    reason: str


class Fires(Answer):
    """A schedule's due times, latest first."""

    fires: list[Fire]
    next: Next


class Schedule(Answer):
    """When a routine runs by itself."""

    routine: str
    cron: str
    timezone: str
    enabled: bool
    """As the settings say."""
    paused_at: AwareDatetime | None
    """Since when somebody has paused it; null if nobody has."""
    paused_by: str | None
    next_at: AwareDatetime | None
    """Null while it is paused or switched off."""
    fires: list[Fire]
    """The latest due times; all of them: `/schedules/<routine>/fires`."""


class Schedules(Answer):
    """All schedules."""

    schedules: list[Schedule]


class HostEvents(Answer):
    """Where a host's events come from."""

    ok: bool
    source: str
    state: str
    received: Count
    unknown: dict[str, int]


class HostDown(Answer):
    """Why a host is not called just now."""

    reason: str
    retry_at: AwareDatetime | None


class HostHealth(Answer):
    """How a host is."""

    ok: bool
    message: str
    version: str | None = None
    age_seconds: float | None = None
    events: HostEvents | None = None
    down: HostDown | None = None


class Library(Answer):
    """A library of a host."""

    id: str
    name: str
    root: str = ""


class Host(HostHealth):
    """A media server."""

    name: str
    kind: str
    libraries: list[Library]


class Hosts(Answer):
    """All hosts."""

    hosts: list[Host]


class Receipt(Answer):
    """What has become of one event of a delivery."""

    id: str
    duplicate: bool
    """Whether it was known already, and is not stored again."""


class Delivered(Answer):
    """A delivery that is taken in."""

    id: str | None = None
    events: list[Receipt]
    note: str | None = None
    """Why there is nothing to do, where there is not."""


class Sign(Answer):
    """A sign of life."""

    ok: bool
    age_seconds: float | None = None
    message: str | None = None


class Health(Answer):
    """How the service is."""

    status: Literal["ok", "degraded", "failing"]
    store: Sign
    scheduler: Sign | None
    loops: dict[str, Sign]
    hosts: dict[str, HostHealth]


class Live(Answer):
    """This process answers."""

    status: Literal["live"]


class Ready(Answer):
    """Whether work would be done."""

    status: Literal["ready", "unready"]
    reasons: list[str]


class Document(Answer):
    """A document with a schema of its own."""

    model_config = ConfigDict(extra="allow")
    __pydantic_extra__: dict[str, JsonValue]
