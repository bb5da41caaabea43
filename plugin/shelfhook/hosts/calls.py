"""What is sent to a host and what comes back, as values; and what a host's dialect is."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol, TypeAlias, runtime_checkable
from urllib.parse import quote, urlencode

from shelfhook.errors import Gone

Json: TypeAlias = "str | int | float | bool | list[Json] | dict[str, Json] | None"
"""A decoded JSON document."""

Observe: TypeAlias = Callable[[str, str, int, float], None]
"""Called after each attempt: method, route, status (0: no answer), seconds."""


@dataclass(frozen=True, slots=True)
class Route:
    """Where a host is and how to get there. Times are seconds.

    Attributes:
        name: the host's name, for messages.
        base: URL without a slash at its end and without a user or password.
        verify: whether to check the TLS certificate, or the path of a CA file.
        connect_timeout: for a connection to be made.
        read_timeout: for the next bytes to come.
        proxy: URL of a proxy, or "".
    """

    name: str
    base: str
    verify: bool | str = True
    connect_timeout: float = 5.0
    read_timeout: float = 60.0
    proxy: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class Call:
    """One call of a host's API.

    Attributes:
        method: GET, POST, PATCH, …
        path: below the base URL, quoted, with its query.
        route: the path with its variables named, for metrics.
        body: what is sent, mostly JSON text; None for no body.
        content_type: what the body is.
        accept: what the answer may be; "" for what the dialect says.
        expects: the status of success. 200 promises a body, others promise none.
        entity: what is called upon, such as "book 0BWZ": a 404 then means that it is gone.
        repeatable: whether sending it twice is the same as once.
        retries: how often it is sent again; None: as the host's options say.
        seconds: its total time; None: as the host's options say.
        right: name of the right that it needs, for the message when we lack it.
        again: statuses below 500 after which it is sent again like after a 503; the last answer
            then means what it says. For a host that says no before it is ready.
        gone: statuses by which the host says, in any form, that `entity` is not there; 404 and 410
            in the form of an API do so anyway.
    """

    method: str
    path: str
    route: str
    body: bytes | None = None
    expects: int = 200
    entity: str = ""
    repeatable: bool = True
    retries: int | None = None
    seconds: float | None = None
    content_type: str = "application/json"
    accept: str = ""
    right: str = ""
    again: frozenset[int] = frozenset()
    gone: frozenset[int] = frozenset()


def request(
    method: str,
    route: str,
    ids: Mapping[str, str] | None = None,
    *,
    query: Mapping[str, str | int] | None = None,
    document: object = None,
    form: Mapping[str, str] | None = None,
    **more: Any,
) -> Call:
    """A call made of plain values, for instance `request("GET", "/books/{book}", {"book": id})`.

    Args:
        method: GET, POST, …
        route: the path below the base URL, with variables in braces.
        ids: what stands in their place, unquoted. The first is also the call's `entity`.
        query: what stands behind the `?`.
        document: sent as JSON; None: no body.
        form: sent as the fields of a form (`application/x-www-form-urlencoded`).
        more: all else that a `Call` has; sets of statuses may be of any sort.

    Raises:
        Gone: no entity can have such an id.
    """
    ids = ids or {}
    path = route.format_map({word: part_of_path(word, value) for word, value in ids.items()})
    if query:
        path += "?" + urlencode(query)
    for word, value in list(ids.items())[:1]:
        more.setdefault("entity", f"{word} {value}")
    for name in {"again", "gone"} & set(more):
        more[name] = frozenset(more[name])
    if form is not None:
        more.setdefault("content_type", "application/x-www-form-urlencoded")
        return Call(method, path, route, urlencode(form).encode(), **more)
    body = None if document is None else json.dumps(document).encode()
    return Call(method, path, route, body, **more)


def part_of_path(word: str, value: str) -> str:
    """An id as a part of a path.

    Raises:
        Gone: it would make another path of it ("", "." and ".."), or cannot be sent.
    """
    if value in ("", ".", "..") or any(ord(char) < 32 or ord(char) == 127 for char in value):
        raise Gone(f"{word} {value!r} cannot exist")
    return quote(value, safe="")


@dataclass(frozen=True, slots=True)
class Answer:
    """What a host answered to one attempt.

    Attributes:
        body: b"" too where the body was written elsewhere.
        seconds: how long it took.
        streamed: how many bytes of a body were written elsewhere.
    """

    status: int
    headers: Mapping[str, str]
    body: bytes
    seconds: float
    streamed: int = 0


class Dialect(Protocol):
    """The ways of one kind of host. Called from many threads at once."""

    def headers(self) -> Mapping[str, str]:
        """Headers that identify us, for the next attempt."""
        ...

    def learn(self, sent: Mapping[str, str], answer: Answer) -> bool:
        """Look at an answer; True asks to send the same call again, at once.

        Args:
            sent: the headers the attempt was made with, as `headers` gave them.
            answer: what came back.
        """
        ...

    def explain(self, body: bytes) -> str:
        """The host's own words about an error, or ""."""
        ...

    def overloaded(self, answer: Answer) -> bool:
        """Whether a 500 means that the host has too much to do."""
        ...

    def redact(self, text: str) -> str:
        """The text without our key, password or session."""
        ...


@runtime_checkable
class Signs(Protocol):
    """What a dialect has, too, whose headers differ from call to call (RFC 7616: Digest)."""

    def sign(self, call: Call) -> Mapping[str, str]:
        """Headers that identify us, for the next attempt of this call; in place of `headers`."""
        ...
