"""Writer operations on what is told to others."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from sqlalchemy import Connection, text

from shelfhook.errors import Conflict
from shelfhook.store.rows import storable

MOST_CALLBACKS = 16
"""URLs of one job: several calls may have become one."""


class Message(NamedTuple):
    """A message to be queued.

    Attributes:
        version: of the job; a message never takes the place of one about a later version.
        message: the `webhook-id`: the same for every attempt.
    """

    job_num: int | None
    channel: str
    target: str
    receiver: str
    kind: str
    message: str
    body: str
    version: int
    now: float
    due_at: float


@dataclass(frozen=True, slots=True)
class Result:
    """How an attempt ended.

    Attributes:
        messages: id of each row with its `webhook-id`.
        state: `pending`: tried again at `due_at`.
        receiver: "" if only these rows wait; else all that are to go there.
    """

    messages: tuple[tuple[int, str], ...]
    state: str
    now: float
    note: str = ""
    due_at: float = 0.0
    receiver: str = ""


COLUMNS = "job_num, channel, target, receiver, kind, message, body, version, state, made_at, due_at"
PUT = text(
    f"INSERT INTO outgoing ({COLUMNS}) VALUES (:job_num, :channel, :target, :receiver, :kind,"
    " :message, :body, :version, 'pending', :now, :due_at)"
    " ON CONFLICT (job_num, channel, target) DO UPDATE SET kind = excluded.kind,"
    " message = excluded.message, body = excluded.body, version = excluded.version,"
    " made_at = excluded.made_at, state = 'pending', settled_at = NULL,"
    # A receiver that rests is not disturbed because there is something newer.
    " due_at = CASE WHEN outgoing.state = 'pending' THEN outgoing.due_at ELSE excluded.due_at END,"
    " attempts = CASE WHEN outgoing.state = 'pending' THEN outgoing.attempts ELSE 0 END"
    " WHERE outgoing.version <= excluded.version AND outgoing.state <> 'gone' RETURNING id"
)
TOLD = text("UPDATE jobs SET told_at = :now WHERE num = :num AND told_at IS NULL")
SETTLE = text(
    "UPDATE outgoing SET state = :state, attempts = attempts + 1, note = :note,"
    " due_at = :due_at, settled_at = :settled_at WHERE id = :id AND message = :message"
)
POSTPONE = text(
    "UPDATE outgoing SET due_at = :due_at WHERE state = 'pending' AND receiver = :receiver"
    " AND due_at < :due_at"
)
EXPIRE = text(
    "UPDATE outgoing SET state = 'given_up', settled_at = :now"
    " WHERE state = 'pending' AND made_at < :before"
)
FARTHEST = 7 * 3600.0
"""Seconds: no message is put off for longer, unless the clock was set back meanwhile."""
HURRY = text(
    "UPDATE outgoing SET due_at = :now WHERE state = 'pending' AND due_at > :now + :farthest"
)
KNOW = text("INSERT INTO digests (name, until) VALUES (:name, :now) ON CONFLICT (name) DO NOTHING")
DIGEST = text("UPDATE digests SET until = :until WHERE name = :name AND until = :since")
ADD_CALLBACK = text(
    "INSERT INTO job_callbacks (job_num, url) VALUES (:num, :url) ON CONFLICT DO NOTHING"
)
COUNT_CALLBACKS = text("SELECT count(*) FROM job_callbacks WHERE job_num = :num")
TRIM = text("DELETE FROM outgoing WHERE job_num IS NULL AND made_at < :before")


def add_callbacks(connection: Connection, num: int, urls: Sequence[str]) -> None:
    """Note the URLs that a call names; a part of queuing the job.

    Raises:
        Conflict: the waiting job that takes the call in has too many already.
    """
    for url in urls:
        connection.execute(ADD_CALLBACK, {"num": num, "url": url})
    if urls and connection.execute(COUNT_CALLBACKS, {"num": num}).scalar_one() > MOST_CALLBACKS:
        raise Conflict(
            f"the job that waits has {MOST_CALLBACKS} callbacks already; call again when it runs"
        )


def put_all(connection: Connection, calls: Sequence[tuple[Message, ...]]) -> list[list[int]]:
    """Queue messages, each in the place of an older one."""
    return [[_put(connection, message) for message in messages] for messages in calls]


def _put(connection: Connection, message: Message) -> int:
    values = message._asdict() | {"body": storable(message.body)}
    return int(connection.execute(PUT, values).scalar() or 0)


def tell_all(
    connection: Connection, calls: Sequence[tuple[int, tuple[Message, ...], float]]
) -> list[bool]:
    """Tell of a job's end, once."""
    answers = []
    for num, messages, now in calls:
        first = connection.execute(TOLD, {"num": num, "now": now}).rowcount == 1
        if first:
            put_all(connection, [messages])
        answers.append(first)
    return answers


def settle_all(connection: Connection, calls: Sequence[Result]) -> list[None]:
    """Write down how attempts ended."""
    for result in calls:
        values: dict[str, Any] = {
            "state": result.state,
            "note": storable(result.note)[:500],
            "due_at": result.due_at,
            "settled_at": None if result.state == "pending" else result.now,
        }
        for row, message in result.messages:
            connection.execute(SETTLE, {**values, "id": row, "message": message})
        if result.receiver:
            later = {"due_at": result.due_at, "receiver": result.receiver}
            connection.execute(POSTPONE, later)
    return [None] * len(calls)


def expire_all(connection: Connection, calls: Sequence[tuple[float, float]]) -> list[int]:
    """Give up what is too old; what is due impossibly late is due now."""
    answers = []
    for before, now in calls:
        answers.append(connection.execute(EXPIRE, {"before": before, "now": now}).rowcount)
        connection.execute(HURRY, {"now": now, "farthest": FARTHEST})
    return answers


def know_all(connection: Connection, calls: Sequence[tuple[str, float]]) -> list[None]:
    """Begin to count for a digest."""
    for name, now in calls:
        connection.execute(KNOW, {"name": name, "now": now})
    return [None] * len(calls)


def digest_all(
    connection: Connection, calls: Sequence[tuple[str, float, float, tuple[Message, ...]]]
) -> list[bool]:
    """Move a digest's mark on, and queue what it tells."""
    answers = []
    for name, since, until, messages in calls:
        values = {"name": name, "since": since, "until": until}
        first = connection.execute(DIGEST, values).rowcount == 1
        if first:
            put_all(connection, [messages])
        answers.append(first)
    return answers
