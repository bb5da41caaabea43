"""What the API answers about jobs, items and events: every answer's schema, written once.

Tests hold real answers against these; nothing is checked while the service runs.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, JsonValue

from shelfhook.model import (
    ChangeKind,
    ChangeState,
    EventKind,
    JobState,
    Outcome,
    Trigger,
    Wish,
)

Count = Annotated[int, Field(ge=0)]
Next = Annotated[
    str | None, Field(description="Path of the page that follows; null on the last one.")
]


class Answer(BaseModel):
    """An answer's JSON object: nothing in it that is not described."""

    model_config = ConfigDict(extra="forbid", use_attribute_docstrings=True)


class Problem(Answer):
    """An error (RFC 9457): what is wrong, where, and the remedy."""

    type: str
    """Names the kind of error for programs: `urn:shelfhook:problem:…`."""
    title: str
    status: Annotated[int, Field(ge=400, le=599)]
    detail: str
    """What is wrong and what to do, in plain words."""
    field: str = ""
    """The key, parameter or header at fault."""


class Counts(Answer):
    """How many items have ended, by outcome."""

    changed: Count
    unchanged: Count
    planned: Count
    skipped: Count
    failed: Count
    cancelled: Count


class JobLinks(Answer):
    """Where to go from a job."""

    self: str
    items: str
    events: str
    cancel: str
    pause: str
    resume: str
    retry: str
    undo: str
    apply: str


class Job(Answer):
    """One run of a routine over a fixed set of items."""

    id: str
    routine: str
    host: str
    library: str
    """Id of the library; "" for all libraries of the routine."""
    trigger: Trigger
    state: JobState
    priority: int
    dry_run: bool
    everything: bool
    parent: str | None
    """The job that this one retries, undoes or applies."""
    chosen_items: int | None
    """How many items were chosen; null for all."""
    created_at: AwareDatetime
    started_at: AwareDatetime | None
    finished_at: AwareDatetime | None
    progress_at: AwareDatetime | None
    counts: Counts
    processed: Count
    listed: Count
    total: Count | None
    """How many items there are; null while the listing goes on."""
    percent: float | None
    rate_per_second: float | None
    eta_seconds: float | None
    limit: int
    """How many items may be at work at once just now."""
    reason: str
    """Why it is in its state, where that needs a reason."""
    stalled: bool
    stalled_at: AwareDatetime | None
    wish: Wish | None
    """What somebody wants of it and the engine has not granted yet."""
    requested_by: str | None
    """Who asked for it; null for what nobody did, such as an event."""
    version: int
    """Grows with every change; the ids of live events are versions."""
    links: JobLinks


class WishedJob(Job):
    """A job of which something was wished."""

    granted: bool
    """Whether the engine has granted it already."""


class JobsPage(Answer):
    """Jobs, newest first."""

    jobs: list[Job]
    next: Next


class Change(Answer):
    """One intended difference, with its before and after."""

    id: int
    kind: ChangeKind
    entity: str
    """`book`, `series`, `collection` or `read-list`."""
    entity_id: str
    action: str
    """The action that planned it."""
    command: str | None
    """What the host was told to do, for a change of the kind `command`."""
    state: ChangeState
    before: dict[str, JsonValue]
    after: dict[str, JsonValue]


class Item(Answer):
    """One item of a job with its changes."""

    seq: Count
    """Its place in the job."""
    id: str
    name: str
    series: str
    outcome: Outcome | None
    """How it ended; null as long as it has not."""
    reason: str
    attempts: Count
    seconds: float
    changes: list[Change]


class ItemsPage(Answer):
    """Items of a job, in order."""

    items: list[Item]
    next: Next


class TakenBy(Answer):
    """A job that has taken an event."""

    job: str
    routine: str
    state: JobState


class Event(Answer):
    """Something that happened at a host."""

    id: str
    host: str
    event: EventKind
    delivery: str
    library: str | None
    item: str | None
    routine: str | None
    received_at: AwareDatetime
    state: Literal["waiting", "taken", "dropped"]
    note: str
    """Why it was dropped."""
    repeats: Count
    """How often the same delivery came again."""
    repeated_at: AwareDatetime | None
    jobs: list[TakenBy]


class EventsPage(Answer):
    """Events, newest first."""

    events: list[Event]
    next: Next


class Waiting(Answer):
    """What waits of one host and library."""

    host: str
    library: str | None
    first_at: AwareDatetime
    last_at: AwareDatetime
    count: Count
    scans: Count
    """How many of them say for certain that the library was scanned."""
    due_at: AwareDatetime | None
    """When it becomes jobs if nothing more comes; null if no engine has told its times."""
    latest_at: AwareDatetime | None
    """When it does at the latest, whatever comes."""
    reason: str
    """Why it is held beyond its time, or may be; "" if only time must pass."""


class Inbox(Answer):
    """What no job has taken yet."""

    waiting: list[Waiting]
