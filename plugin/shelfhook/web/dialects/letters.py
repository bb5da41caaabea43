"""A delivery that is not in our own words, as events for the inbox."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from typing import Any, Final, NamedTuple

from shelfhook.errors import Permanent, Unknown
from shelfhook.model import NewEvent
from shelfhook.web.dialects.heard import Dialect, Heard
from shelfhook.web.dialects.jellyfin import JELLYFIN
from shelfhook.web.dialects.kapowarr import KAPOWARR
from shelfhook.web.dialects.mylar import MYLAR
from shelfhook.web.dialects.plain import PLAIN
from shelfhook.web.dialects.servarr import SERVARR
from shelfhook.web.libraries import Libraries
from shelfhook.web.problems import Problem
from shelfhook.web.texts import fault

DIALECTS: Final = (KAPOWARR, SERVARR, JELLYFIN, MYLAR, PLAIN)
"""The first that fits is taken: Kapowarr's bodies look like Sonarr's, too."""
SOMEBODY: Final = Dialect("somebody", lambda _: True, lambda _: [Heard()])
"""Whoever posts to a URL that names the library: that he posts is all that he says."""
WAIT: Final = 15
"""Seconds after which the engine has asked a host again."""


class Letter(NamedTuple):
    """What a delivery comes to: its events, maybe none, and how it is answered."""

    events: Sequence[NewEvent]
    sender: str
    status: int


def dialect_of(document: Any, library: str) -> Dialect | None:
    """Whose words these are; None if they are nobody's, and the URL names no library either."""
    if isinstance(document, Mapping):
        for dialect in DIALECTS:
            if dialect.fits(document):
                return dialect
    return SOMEBODY if library else None


def read(
    host: str, document: Any, dialect: Dialect, delivery: str, libraries: Libraries, library: str
) -> Letter:
    """The events of one delivery, each library and item once.

    Args:
        delivery: its id from the header `webhook-id`; "": it is new, however often it comes.
        library: what the URL says; it wins over what the document says.

    Raises:
        Problem: it cannot be told which library is meant; with the field and the remedy.
    """
    if wrong := fault(delivery):
        raise Problem(400, wrong, field="webhook-id")
    heard = dialect.read(document) if isinstance(document, Mapping) else [Heard()]
    known_as = delivery or str(uuid.uuid4())
    found = dict.fromkeys(
        (one.kind, _library(host, one, libraries, library), _item(one)) for one in heard
    )
    events = [
        NewEvent(host, kind, known_as, place, library=where, item=item)
        for place, (kind, where, item) in enumerate(found)
    ]
    return Letter(events, dialect.name, dialect.status)


def _library(host: str, heard: Heard, libraries: Libraries, from_url: str) -> str:
    """The library's id: from the URL, else by its name, else by the path."""
    if from_url:
        return named(host, from_url, libraries)
    if heard.library:
        return named(host, heard.library, libraries, heard.field)
    if not heard.path:
        raise _untold(heard.field, "does not tell which library is meant", host)
    return _at(host, heard, libraries)


def named(host: str, name: str, libraries: Libraries, field: str = "library") -> str:
    """The id of the library of this name or id.

    Raises:
        Problem: the host's libraries are known, and this is none of them.
    """
    if wrong := fault(name):
        raise Problem(400, wrong, field=field)
    try:
        return libraries.find(host, name)
    except Unknown as error:
        raise Problem(400, str(error), field=field) from None


def _at(host: str, heard: Heard, libraries: Libraries) -> str:
    try:
        found = libraries.at(host, heard.path)
    except Permanent:
        raise Problem(
            400, "holds '.', '..' or a NUL, which no file's whole path does", field=heard.field
        ) from None
    if found is None:
        raise _untold(heard.field, "lies in no library of this host", host)
    if not found:
        raise Problem(
            503,
            "the host has not told its libraries yet, so this path fits none; try again in"
            f" {WAIT} s, or put ?library=<name> on the URL",
            field=heard.field,
            headers=[("Retry-After", str(WAIT))],
        )
    return found


def _untold(field: str, wrong: str, host: str) -> Problem:
    return Problem(
        400,
        f"{wrong}; put ?library=<name or id> on the URL, or map the sender's folders in"
        f" [hosts.{host}.paths]",
        field=field,
    )


def _item(heard: Heard) -> str:
    if wrong := fault(heard.item):
        raise Problem(400, wrong, field="item")
    return heard.item
