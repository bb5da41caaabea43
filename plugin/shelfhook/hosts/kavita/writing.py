"""Writes to Kavita. Each replaces all of an entity's metadata, so: read, change, write, look."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from typing import Any, NamedTuple

from shelfhook.errors import Permanent, Refused, ShelfhookError, Transient
from shelfhook.hosts.calls import Call
from shelfhook.hosts.kavita import mapping, routes
from shelfhook.hosts.kavita.documents import Dto, an_object, promised
from shelfhook.hosts.kavita.fields import (
    BOOK,
    HIDDEN_LOCKS,
    METADATA,
    NAMES,
    OF_ENTITY,
    READ_ONLY_CHAPTER,
    WRITTEN_SERIES,
    Field,
)
from shelfhook.hosts.kavita.kinds import PEOPLE
from shelfhook.hosts.kavita.talk import Talk
from shelfhook.model import Fields

Body = dict[str, Any]


class Part(NamedTuple):
    """What is read and replaced as a whole: a book, or one of a series' two documents."""

    known: Mapping[str, Field]
    read: Call
    body_of: Callable[[Dto, Body], Body]
    write: Callable[[Body], Call]


class Plan(NamedTuple):
    """What will be sent to a part, whose document is `before` now."""

    part: Part
    fields: Fields
    before: Dto
    body: Body


class Writer:
    """Writes, one at a time.

    The lock holds from the reading to the look afterwards: two of our writes at once would each
    write back what the other has just replaced, and parallel ones have made Kavita answer 400 after
    minutes (Kavita#2247, #3350). What is done under it are calls, which end by their deadlines,
    and at once when the client is closed.
    """

    def __init__(self, talk: Talk) -> None:
        self._talk = talk
        self._lock = threading.Lock()

    def write(self, entity: str, entity_id: str, fields: Fields) -> None:
        """Set fields and locks of a book or series; see `Host.write`."""
        _check(entity, fields)
        with self._lock:
            # All are looked at before one is sent: a series that is refused stays whole.
            plans = [self._plan(part, fields) for part in _parts(entity, entity_id)]
            for plan in plans:
                if plan is not None:
                    self._replace(plan)

    def _plan(self, part: Part, fields: Fields) -> Plan | None:
        """What is to be sent to a part of an entity; None if nothing is."""
        own = {k: v for k, v in fields.items() if k in part.known or k in _locks(part.known)}
        if not own:
            return None
        before = an_object(self._talk.ask(part.read))
        body = _wanted(part.body_of, part.known, own, before)
        if not _unlike(part.known, own, before) and not _is_hidden(own, before):
            return None
        return Plan(part, own, before, body)

    def _replace(self, plan: Plan) -> None:
        part, before = plan.part, plan.before
        barred = _barred(plan.fields, before) if part.known is METADATA else []
        if not barred:
            self._send(part.write(plan.body), part.read, part.known, plan.fields)
            return
        # Kavita passes over people whose lock is set when the write comes in
        opened = part.body_of(before, dict.fromkeys(barred, False))
        try:
            self._send(part.write(opened), part.read, {}, {})
            self._send(part.write(plan.body), part.read, part.known, plan.fields)
        except ShelfhookError:
            # as it was, or the next attempt would take the open locks for somebody's wish
            with suppress(ShelfhookError):
                self._talk.tell(part.write(part.body_of(before, {})))
            raise

    def _send(self, write: Call, read: Call, known: Mapping[str, Field], fields: Fields) -> None:
        """Write, and look whether it is there: a 200 may mean less, and a 400 may mean more.

        Raises:
            Gone: there is no such thing, which Kavita answers with 400, too.
            Permanent: Kavita answered that it was done, and left a field as it was.
            Transient: it answered 400, as it does for all that went wrong in its database.
        """
        failure: Permanent | None = None
        try:
            self._talk.tell(write)
        except Refused:
            raise
        except Permanent as error:
            failure = error
        now = an_object(self._talk.ask(read))
        left = _unlike(known, fields, now)
        if failure is not None and (left or not known):
            raise Transient(f"{failure}; Kavita tells no reason, its database may be busy")
        if left:
            raise Permanent(
                f"Kavita answered that {write.entity} was written, but left as it was: "
                f"{', '.join(left)} (before 0.8.9 it cannot empty a chapter's genres, tags and "
                "people; it never clears an ISBN, and takes valid ones only)"
            )


def locks_hidden(chapter: Dto) -> frozenset[str]:
    """The locks that this server takes but does not show."""
    return HIDDEN_LOCKS - chapter.keys()


@promised
def _wanted(
    body_of: Callable[[Dto, Body], Body], known: Mapping[str, Field], fields: Fields, before: Dto
) -> Body:
    """The body to be sent, made of a document that is what Kavita promises."""
    body = body_of(before, _values(known, fields, before))
    body["id"]  # what everything is found by
    return body


def _parts(entity: str, entity_id: str) -> list[Part]:
    if entity == "book":
        return [Part(BOOK, routes.chapter(entity_id), _chapter_body, routes.write_chapter)]
    return [
        Part(NAMES, routes.series(entity_id), _series_body, routes.write_series),
        Part(METADATA, routes.metadata(entity_id), _metadata_body, routes.write_metadata),
    ]


def _check(entity: str, fields: Fields) -> None:
    known = OF_ENTITY.get(entity)
    if known is None:
        raise Permanent(f"Kavita has no metadata of a {entity!r}, only of {', '.join(OF_ENTITY)}")
    unknown = [name for name in fields if name not in known and name not in _locks(known)]
    if unknown:
        raise Permanent(f"Kavita's {entity} has no field {', '.join(map(repr, unknown))}")


def _locks(known: Mapping[str, Field]) -> frozenset[str]:
    return frozenset(field.lock for field in known.values() if field.lock)


def _values(known: Mapping[str, Field], fields: Fields, before: Dto) -> Body:
    """The properties that the fields stand for."""
    values: Body = {name: bool(value) for name, value in fields.items() if name not in known}
    for name, value in fields.items():
        field = known.get(name)
        if field is not None:
            values[field.key] = field.kind.write(field.kind.normal(value), before.get(field.key))
    return values


@promised
def _unlike(known: Mapping[str, Field], fields: Fields, now: Dto) -> Sequence[str]:
    """Names of the fields that are other than these; of locks only those that are shown."""
    found = []
    for name, value in fields.items():
        field = known.get(name)
        if field is None:
            different = name in now and bool(now[name]) is not bool(value)
        else:
            there = field.kind.read(now.get(field.key))
            different = mapping.meaning(field, there) != mapping.meaning(field, value)
        if different:
            found.append(name)
    return found


def _is_hidden(fields: Fields, before: Dto) -> bool:
    """Whether a lock is to be set that nobody can see."""
    return any(name in HIDDEN_LOCKS and name not in before for name in fields)


def _barred(fields: Fields, before: Dto) -> list[str]:
    """The locks that are set now and would keep people from being written."""
    people = [METADATA[name] for name in fields if name in METADATA]
    return [one.lock for one in people if one.kind is PEOPLE and one.lock and before.get(one.lock)]


def _chapter_body(chapter: Dto, values: Body) -> Body:
    """All that an update takes: as it is now, but for these values.

    A lock that is not shown cannot be kept: it is set where there is something to be kept, since
    otherwise the next scan would clear what a person, or we, have locked.
    """
    body = {name: value for name, value in chapter.items() if name not in READ_ONLY_CHAPTER}
    body.update(values)
    for name in locks_hidden(chapter) - values.keys():
        body[name] = _needs_lock(name, body, chapter)
    return body


def _needs_lock(lock: str, body: Body, chapter: Dto) -> bool:
    field = next(one for one in BOOK.values() if one.lock == lock)
    value = body.get(field.key)
    if field.key == "sortOrder":  # a scan gives it the chapter's number
        return bool(value != chapter.get("minNumber"))
    return bool(field.kind.read(value))


def _series_body(series: Dto, values: Body) -> Body:
    return {**{name: series.get(name) for name in WRITTEN_SERIES}, **values}


def _metadata_body(metadata: Dto, values: Body) -> Body:
    return {**metadata, **values}
