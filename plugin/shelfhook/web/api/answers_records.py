"""What the API answers about a job's course and log, deliveries that were refused, and messages."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AwareDatetime, Field

from shelfhook.settings.notifications import What
from shelfhook.store.outgoing import Channel, DeliveryState
from shelfhook.web.api.answers import Answer, Count, Next


class Sample(Answer):
    """One moment of a job."""

    at: AwareDatetime
    done: Count
    """How many items had ended."""
    failed: Count
    limit: Count
    """How many items might be at work at once."""


class Samples(Answer):
    """How a job went along, in order; a few hundred points at most."""

    samples: list[Sample]


class LogLine(Answer):
    """A line of a job's log."""

    id: int
    at: AwareDatetime
    level: Literal["info", "warning", "error"]
    kind: str
    """Names the kind of line for programs, such as `begun`."""
    message: str
    count: Annotated[int, Field(ge=1)]
    """For how many lines it stands: 1, but for those of kind `more`."""


class Log(Answer):
    """Lines of a job's log, in order."""

    lines: list[LogLine]
    next: Next


class Rejection(Answer):
    """Deliveries of one minute that were turned away alike."""

    id: int
    at: AwareDatetime
    """When the first of them came."""
    last_at: AwareDatetime
    host: str
    """The host that the path names, whether or not there is one."""
    status: int
    reason: str
    address: str
    """Where it came from."""
    agent: str
    """What the sender calls itself."""
    count: Annotated[int, Field(ge=1)]


class Rejections(Answer):
    """Deliveries that were turned away, newest first."""

    rejections: list[Rejection]
    next: Next


class Outgoing(Answer):
    """A callback or a notification, without its text."""

    id: int
    job: str | None
    channel: Channel
    target: str
    """The URL that is called back, without what follows its `?`; or the receiver, as `phone/1`."""
    kind: str
    """`job.progress`, `job.completed` and the like; of notifications what they tell, or `test`."""
    message: str
    """The id that the receiver sees, too (`webhook-id`)."""
    state: DeliveryState
    attempts: Count
    made_at: AwareDatetime
    due_at: AwareDatetime | None
    """When it is sent, or tried again; null once it is settled."""
    settled_at: AwareDatetime | None
    note: str
    """Why the last attempt has failed."""


class OutgoingPage(Answer):
    """Callbacks and notifications, newest first."""

    outgoing: list[Outgoing]
    next: Next


class Receiver(Answer):
    """One of the URLs of a notification."""

    receiver: str
    """Such as `phone/1`; the URL itself is secret."""
    last: Outgoing | None
    """What was last sent there."""


class Notification(Answer):
    """Whom Shelfhook tells what."""

    name: str
    on: list[What]
    routines: list[str]
    digest_at: str | None
    timezone: str | None
    receivers: list[Receiver]


class Notifications(Answer):
    """All notifications."""

    notifications: list[Notification]


class Queued(Answer):
    """Messages that the engine sends now."""

    outgoing: list[int]
    """Their ids in `/outgoing`."""
