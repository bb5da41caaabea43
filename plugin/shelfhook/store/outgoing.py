"""What is told to others: one message at most waits for each job and receiver, the newest.

A message that a newer one has overtaken is not sent any more; so an older state never arrives after
a newer one, and what a job's end says is the last. Rows hold URLs of callbacks, and of
notifications the name only: their URLs are secrets.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, NamedTuple

from sqlalchemy import Engine, Row, func, select, text

from shelfhook.model import FINAL_STATES, Job
from shelfhook.store import outgoing_operations as operations
from shelfhook.store.jobs import as_job
from shelfhook.store.outgoing_operations import Message, Result
from shelfhook.store.tables import digests, job_callbacks, jobs, outgoing
from shelfhook.store.writer import Writer

FINAL = [str(state) for state in sorted(FINAL_STATES)]


class Channel(StrEnum):
    """By what way something is told."""

    CALLBACK = "callback"
    NOTIFICATION = "notification"


class DeliveryState(StrEnum):
    """What has become of a message."""

    PENDING = "pending"
    DELIVERED = "delivered"
    GIVEN_UP = "given_up"
    GONE = "gone"
    """The receiver wants no more of this job."""


class Last(NamedTuple):
    """The newest message to a target about a job."""

    kind: str
    version: int
    made_at: float


@dataclass(frozen=True, slots=True)
class Delivery:
    """A message with what has become of it.

    Attributes:
        job: id of the job; "" for what is about none (a digest, a test).
        target: URL of a callback; of a notification name and place of the URL, such as `phone/1`.
        receiver: those that share a receiver are sent one after the other.
        message: the `webhook-id`.
        note: how the last attempt ended, in words; "" if it was taken.
    """

    id: int
    job_num: int | None
    job: str
    channel: Channel
    target: str
    receiver: str
    kind: str
    message: str
    body: str
    state: DeliveryState
    attempts: int
    made_at: float
    due_at: float
    settled_at: float | None
    note: str


class Outgoing:
    """Writes and reads what is to be told."""

    def __init__(self, writer: Writer, reader: Engine) -> None:
        self._writer = writer
        self._reader = reader

    # -- what jobs ask for --

    def callbacks(self, nums: Collection[int]) -> dict[int, list[str]]:
        """The URLs that were named with some jobs."""
        query = select(job_callbacks).where(job_callbacks.c.job_num.in_(nums))
        found: dict[int, list[str]] = {}
        for row in self._rows(query.order_by(job_callbacks.c.url)):
            found.setdefault(row.job_num, []).append(row.url)
        return found

    def untold(self, limit: int) -> list[Job]:
        """Jobs that have ended, of whose end nobody was told yet."""
        query = select(jobs).where(jobs.c.told_at.is_(None), jobs.c.state.in_(FINAL))
        return [as_job(row) for row in self._rows(query.order_by(jobs.c.num).limit(limit))]

    def last(self, nums: Collection[int]) -> dict[tuple[int, str, str], Last]:
        """The newest message of some jobs, by job, channel and target."""
        query = select(outgoing).where(outgoing.c.job_num.in_(nums))
        return {
            (row.job_num, row.channel, row.target): Last(row.kind, row.version, row.made_at)
            for row in self._rows(query)
        }

    # -- queuing --

    def tell(self, job_num: int, messages: Sequence[Message], now: float) -> bool:
        """Queue what is to be told of a job's end, and note that it was: both, or neither.

        False if it was told already.
        """
        return self._writer.call(operations.tell_all, (job_num, tuple(messages), now))

    def put(self, messages: Sequence[Message]) -> list[int]:
        """Queue messages; each takes the place of an older one to the same target; gives ids.

        An id of 0 stands for one that is not wanted any more.
        """
        return self._writer.call(operations.put_all, tuple(messages))

    # -- sending --

    def due(self, now: float, *, busy: Collection[str], limit: int) -> list[Delivery]:
        """Messages whose time has come, of receivers that are not busy; seldom tried ones first."""
        query = _whole().where(
            outgoing.c.state == "pending",
            outgoing.c.due_at <= now,
            outgoing.c.receiver.not_in(list(busy)),
        )
        return self._deliveries(query.order_by(outgoing.c.attempts, outgoing.c.id).limit(limit))

    def waiting(self, receiver: str, limit: int) -> list[Delivery]:
        """All that waits for a receiver, due or not, oldest first."""
        query = _whole().where(outgoing.c.state == "pending", outgoing.c.receiver == receiver)
        return self._deliveries(query.order_by(outgoing.c.id).limit(limit))

    def settle(self, result: Result) -> None:
        """Write down how an attempt ended; what was replaced meanwhile is left as it is."""
        self._writer.call(operations.settle_all, result)

    def expire(self, before: float, now: float) -> int:
        """Give up what was made before a time and never taken; gives how many."""
        return self._writer.call(operations.expire_all, (before, now))

    # -- looking --

    def page(
        self,
        *,
        before: int | None = None,
        limit: int = 50,
        state: str = "",
        job_num: int | None = None,
    ) -> list[Delivery]:
        """Messages, newest first; `before` is the last page's smallest id."""
        query = _whole().order_by(outgoing.c.id.desc()).limit(limit)
        if before is not None:
            query = query.where(outgoing.c.id < before)
        if state:
            query = query.where(outgoing.c.state == state)
        if job_num is not None:
            query = query.where(outgoing.c.job_num == job_num)
        return self._deliveries(query)

    def pending(self) -> dict[str, tuple[int, float | None]]:
        """By channel: how many messages wait, and when the oldest was made; None if none is."""
        oldest = func.min(outgoing.c.made_at).label("oldest")
        query = select(outgoing.c.channel, func.count().label("many"), oldest)
        rows = self._rows(query.where(text("state = 'pending'")).group_by(outgoing.c.channel))
        found = {str(row.channel): (int(row.many), row.oldest) for row in rows}
        return {str(channel): found.get(channel, (0, None)) for channel in Channel}

    def latest(self, receivers: Collection[str]) -> dict[str, Delivery]:
        """The last attempt to reach each receiver, if there was one."""
        found = {}
        for receiver in receivers:
            query = _whole().where(outgoing.c.receiver == receiver, outgoing.c.attempts > 0)
            for one in self._deliveries(query.order_by(outgoing.c.id.desc()).limit(1)):
                found[receiver] = one
        return found

    # -- digests --

    def digest_since(self, name: str, now: float) -> float:
        """Up to when the last digest of a name told; of a new one from now on."""
        self._writer.call(operations.know_all, (name, now))
        [row] = self._rows(select(digests.c.until).where(digests.c.name == name))
        return float(row.until)

    def digest(self, name: str, span: tuple[float, float], messages: Sequence[Message]) -> bool:
        """Queue a digest over a span of time, once; False if another has told of it already."""
        return self._writer.call(operations.digest_all, (name, *span, tuple(messages)))

    def _rows(self, query: Any) -> Sequence[Row[Any]]:
        with self._reader.connect() as connection:
            return connection.execute(query).all()

    def _deliveries(self, query: Any) -> list[Delivery]:
        return [_delivery(row) for row in self._rows(query)]


def _whole() -> Any:
    joined = outgoing.outerjoin(jobs, jobs.c.num == outgoing.c.job_num)
    return select(outgoing, jobs.c.id.label("job")).select_from(joined)


def _delivery(row: Row[Any]) -> Delivery:
    return Delivery(
        id=row.id,
        job_num=row.job_num,
        job=row.job or "",
        channel=Channel(row.channel),
        target=row.target,
        receiver=row.receiver,
        kind=row.kind,
        message=row.message,
        body=row.body,
        state=DeliveryState(row.state),
        attempts=row.attempts,
        made_at=row.made_at,
        due_at=row.due_at,
        settled_at=row.settled_at,
        note=row.note,
    )
