"""`GET /api/jobs/<id>/events`: a job live, as server-sent events.

Each stream holds one thread of the server, hence the seats. A stream reads the job's row ten times
a second; a page that is fed by a loop of its own needs only `messages` of this.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

from flask import Blueprint, request

from shelfhook.errors import Unknown
from shelfhook.model import Job
from shelfhook.ports import Clock
from shelfhook.web import shapes
from shelfhook.web.context import current
from shelfhook.web.jobs import find
from shelfhook.web.lean import Answer, dump
from shelfhook.web.problems import Problem, record
from shelfhook.web.seats import Seat

blueprint = Blueprint("stream", __name__, url_prefix="/api/v1/jobs")

LOOK_EVERY = 0.1
HEARTBEAT = 15.0
"""Seconds of silence after which a comment is sent, by which a client that left is noticed."""
COME_BACK = 2
"""Seconds after which a client without a seat may ask again."""
MIMETYPE = "text/event-stream; charset=utf-8"


@blueprint.get("/<job_id>/events")
def follow(job_id: str) -> Answer:
    """First the job as it is, then as it becomes; ends with the event `done`."""
    web = current()
    job = find(job_id)
    if request.method == "HEAD":  # nobody would close the stream
        return Answer(None, content_type=MIMETYPE)
    seat = web.streams.take()
    if seat is None:
        raise Problem(
            503,
            f"{web.streams.limit} clients follow jobs already; close a page, or try again later",
            headers=[("Retry-After", str(COME_BACK))],
        )
    stream = JobStream(
        lambda: web.store.jobs.get(job.id),
        web.clock,
        seat,
        web.closing,
        _last_seen(),
        partial(record, web.mask, "a live stream"),
    )
    return Answer(stream, headers=[("X-Accel-Buffering", "no")], content_type=MIMETYPE)


def _last_seen() -> int | None:
    given = request.headers.get("Last-Event-ID", "")
    return int(given) if given.isascii() and given.isdigit() and len(given) < 19 else None


class JobStream:
    """The messages of one client as the body of an answer.

    Not a generator: a client may leave before the first message is asked for, and closing a
    generator that never began runs none of it, so that its seat would be lost.
    """

    def __init__(
        self,
        look: Callable[[], Job],
        clock: Clock,
        seat: Seat,
        closing: threading.Event,
        seen: int | None,
        on_error: Callable[[Exception], None],
    ) -> None:
        self._seat = seat
        self._record = on_error
        self._messages = messages(look, clock, closing, seen)

    def __iter__(self) -> JobStream:
        return self

    def __next__(self) -> bytes:
        try:
            return next(self._messages)
        except StopIteration:
            self.close()
            raise
        except Unknown:  # cleaned up meanwhile
            self.close()
            raise StopIteration from None
        except Exception as error:  # noqa: BLE001 - the stream's root: recorded, the client returns
            self.close()
            self._record(error)
            raise StopIteration from None

    def close(self) -> None:
        """Give the seat back; the server calls this when the client has left."""
        self._seat.leave()


def messages(
    look: Callable[[], Job], clock: Clock, closing: threading.Event, seen: int | None
) -> Iterator[bytes]:
    """The messages to a client that has seen version `seen` of the job.

    Ends after the final state, or without it when the process closes.
    """
    job = look()
    if job.version != seen:
        yield message("snapshot", job, clock.now())
    else:
        yield b": nothing new\n\n"  # so that the client knows it is connected
    beat_at = clock.monotonic() + HEARTBEAT
    while not job.state.final:
        if clock.wait(closing, LOOK_EVERY):
            return
        known, job = job.version, look()
        if job.version != known and not job.state.final:
            yield message("progress", job, clock.now())
        elif clock.monotonic() >= beat_at:
            yield b": beat\n\n"
        else:
            continue
        beat_at = clock.monotonic() + HEARTBEAT
    yield message("done", job, clock.now())


def message(kind: str, job: Job, now: float) -> bytes:
    """One server-sent event; its id is the job's version."""
    data: Any = dump(shapes.job(job, now))
    return b"id: %d\nevent: %s\ndata: %s\n\n" % (job.version, kind.encode(), data)
