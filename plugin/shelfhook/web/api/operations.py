"""How an operation of the API is described: plain values, which `document` makes OpenAPI of."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Final, Literal

from pydantic import BaseModel

from shelfhook.web.auth import accounts
from shelfhook.web.lean import JSON


class Tag(StrEnum):
    """What operations are about, as the page groups them."""

    JOBS = "Jobs"
    INBOX = "Inbox"
    HOOKS = "Hooks"
    FINDINGS = "Findings"
    CATALOGUE = "Catalogue"
    LIVE = "Live"
    SERVICE = "Service"
    PEOPLE = "People"
    NOTIFICATIONS = "Notifications"


Access = Literal["public", "viewer", "operator", "admin", "hook", "metrics"]
"""Who may call it: a role of the API, a host's secret, the monitoring's token, or everybody."""


@dataclass(frozen=True, slots=True)
class Reply:
    """One answer that is no error.

    Attributes:
        meaning: when it is given.
        model: what a JSON body looks like; None where the body is none, or no JSON.
        example: a body, valid by the model.
        kinds: media types; for other types than JSON a body is any text.
        headers: what the headers mean, by name.
        links: operations that take something of the body: name of the operation's id, parameter
            and runtime expression, as OpenAPI's links have them.
    """

    meaning: str
    model: type[BaseModel] | None = None
    example: Any = None
    kinds: tuple[str, ...] = (JSON,)
    headers: Mapping[str, str] = field(default_factory=dict)
    links: Mapping[str, Mapping[str, str]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Operation:
    """One method of one path.

    Attributes:
        id: unique; clients' generators name functions by it.
        summary: what it does, in a few words.
        about: the same at length, in CommonMark.
        replies: the answers that are no errors, by status.
        problems: the errors that can really occur, besides those that `document` adds to all.
        query, body: what the request must look like; checked with the same models.
        path: an example of each path parameter.
        examples: examples of the body, by name; the page shows the first.
        keyed: whether it takes an `Idempotency-Key`.
    """

    id: str
    tag: Tag
    summary: str
    about: str
    replies: Mapping[int, Reply]
    problems: tuple[int, ...] = ()
    access: Access = "viewer"
    query: type[BaseModel] | None = None
    body: type[BaseModel] | None = None
    path: Mapping[str, str] = field(default_factory=dict)
    examples: Mapping[str, Any] = field(default_factory=dict)
    keyed: bool = False


PARAMETERS: Final[Mapping[str, tuple[str, dict[str, Any]]]] = {
    "job_id": (
        "Id of a job, or its first eight characters or more.",
        {"type": "string", "pattern": "^[0-9a-fA-F-]{8,36}$"},
    ),
    "seq": ("The item's place in the job, from 0 on.", {"type": "integer", "minimum": 0}),
    "event_id": ("Id of an event.", {"type": "string", "pattern": "^[0-9a-f]{32}$"}),
    "routine": ("Name of a routine that has a schedule.", {"type": "string", "minLength": 1}),
    "name": ("Name of a file.", {"type": "string", "minLength": 1}),
    "person": (
        "Name of a person.",
        {"type": "string", **accounts.PERSON_SCHEMA},
    ),
    "token_id": ("Id of a token.", {"type": "string", "pattern": "^[0-9a-f]{1,64}$"}),
    "notification": (
        "Name of a notification in the settings.",
        {"type": "string", "minLength": 1},
    ),
    "host": ("Name of a host in the settings.", {"type": "string", "minLength": 1}),
}
"""What a path's parameters are, wherever they occur."""
