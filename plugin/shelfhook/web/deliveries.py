"""A delivery's body as events for the inbox. Checked by hand: this is the hot path."""

from __future__ import annotations

import uuid
from typing import Any, Final

from shelfhook.model import EventKind, NewEvent
from shelfhook.web.libraries import Libraries
from shelfhook.web.problems import Problem
from shelfhook.web.texts import fault

MOST_EVENTS: Final = 1_000
"""In one delivery."""
KINDS: Final = {str(kind): kind for kind in EventKind if kind is not EventKind.ROUTINE_CALLED}
"""What a host may report; routines are called through the API."""
EVENT_KEYS: Final = frozenset(("event", "library", "item"))
SINGLE_KEYS: Final = EVENT_KEYS | {"id"}
"""An event that comes alone may name its delivery; in a batch the batch does."""
BATCH_KEYS: Final = frozenset(("events", "id"))
NAMED_KEYS: Final = frozenset(("id", "name"))


def ours(document: Any, *, strict: bool = False) -> bool:
    """Whether a document is in our own words. Its keys decide.

    Args:
        strict: whether every event must be one of ours, too, since the document may be anybody's.
    """
    if not strict:
        return isinstance(document, list) or (
            isinstance(document, dict) and ("event" in document or "events" in document)
        )
    batch = document.get("events", [document]) if isinstance(document, dict) else document
    return isinstance(batch, list) and bool(batch) and all(map(_is_event, batch))


def _is_event(one: Any) -> bool:
    name = one.get("event") if isinstance(one, dict) else None
    return isinstance(name, str) and name in KINDS


def of_library(document: Any, library: str) -> Any:
    """A delivery in our words (see `ours`, strict) with all its events in one library."""
    if isinstance(document, list):
        return [{**one, "library": library} for one in document]
    if "events" in document:
        return {**document, "events": of_library(document["events"], library)}
    return {**document, "library": library}


def events(host: str, document: Any, delivery: str, libraries: Libraries) -> list[NewEvent]:
    """The events of one delivery, in their order.

    Args:
        delivery: its id from the header `webhook-id`; "" lets the body name it. Where neither
            does, one is made up: such a delivery sent twice is two.
    """
    if delivery:
        _checked(delivery, "webhook-id")
    if isinstance(document, dict) and "events" not in document:
        named = delivery or _own_id(document)
        return [_event(host, document, named, 0, "", libraries)]
    batch = document
    if isinstance(document, dict):
        _refuse_unknown(document, BATCH_KEYS, "")
        batch = document["events"]
        delivery = delivery or _own_id(document)
    if not isinstance(batch, list) or not 0 < len(batch) <= MOST_EVENTS:
        raise Problem(400, f"give an event, or a list of 1 to {MOST_EVENTS} events", field="events")
    named = delivery or str(uuid.uuid4())
    return [
        _event(host, one, named, place, f"events.{place}.", libraries)
        for place, one in enumerate(batch)
    ]


def _event(
    host: str, one: Any, delivery: str, place: int, path: str, libraries: Libraries
) -> NewEvent:
    if not isinstance(one, dict):
        raise Problem(400, "an event must be a JSON object", field=path.rstrip(".") or "body")
    known = EVENT_KEYS if path else SINGLE_KEYS
    if not one.keys() <= known:
        _refuse_unknown(one, known, path)
    name = one.get("event")
    kind = KINDS.get(name) if isinstance(name, str) else None
    if kind is None:
        raise Problem(400, f"unknown event; known: {', '.join(KINDS)}", field=f"{path}event")
    item = ""
    if kind is not EventKind.LIBRARY_SCANNED:
        item = _entity(one.get("item"), f"{path}item")
    elif "item" in one:
        raise Problem(400, "a scanned library has no item; leave it out", field=f"{path}item")
    library = _entity(one.get("library"), f"{path}library")
    return NewEvent(host, kind, delivery, place, libraries.translate(host, library), item)


def _entity(value: Any, field: str) -> str:
    """What a library or an item is called: a string, or an object with its id (or its name)."""
    if isinstance(value, dict):
        if not value.keys() <= NAMED_KEYS:
            _refuse_unknown(value, NAMED_KEYS, f"{field}.")
        if "name" in value:
            _checked(value["name"], f"{field}.name")
        by = "id" if "id" in value or field.endswith("item") else "name"
        return _checked(value.get(by), f"{field}.id")
    if value is None:
        raise Problem(400, 'is missing; give {"id": "…"}', field=field)
    return _checked(value, field)


def _own_id(document: dict[str, Any]) -> str:
    if "id" in document:
        return _checked(document["id"], "id")
    return str(uuid.uuid4())


def _checked(value: Any, field: str) -> str:
    if not isinstance(value, str) or not value:
        raise Problem(400, "must be a string that is not empty", field=field)
    wrong = fault(value)
    if wrong:
        raise Problem(400, wrong, field=field)
    return value


def _refuse_unknown(one: dict[str, Any], known: frozenset[str], path: str) -> None:
    for name in one.keys() - known:
        raise Problem(
            400, f"unknown key; known: {', '.join(sorted(known))}", field=f"{path}{name}"[:100]
        )
