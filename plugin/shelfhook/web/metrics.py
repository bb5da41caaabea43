"""`GET /metrics`: what Prometheus may know.

Two kinds of numbers: how things stand, which is read from the store now, and what was counted,
which the engine publishes every few seconds. Counters begin anew with the engine, as `rate()`
expects; of an engine that no longer beats none are shown, for they would look alive.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from flask import Blueprint

from shelfhook.errors import StoreUnavailable
from shelfhook.model import JobState
from shelfhook.store import Store
from shelfhook.store.status import Beat
from shelfhook.web.context import Web, current
from shelfhook.web.exposition import (
    CONTENT_TYPE,
    Family,
    Labels,
    counter,
    gauge,
    histogram,
    render,
)
from shelfhook.web.health import alive, fresh
from shelfhook.web.lean import Answer

blueprint = Blueprint("metrics", __name__)

COUNTED = "metrics:engine"
ABOUT = {
    "loop": ("name", "shelfhook_loop", "a loop of the engine"),
    "host": ("host", "shelfhook_host", "a look at a host"),
    "bridge": ("host", "shelfhook_bridge", "the bridge that fetches a host's events"),
}


@blueprint.get("/metrics")
def metrics() -> Answer:
    """All metrics as text; 200 also when the store is away, for that is one of them."""
    web = current()
    found = [*collect(web.store, web.clock.now()), *_own(web)]
    return Answer(render(found), content_type=CONTENT_TYPE)


def collect(store: Store, now: float) -> list[Family]:
    """All metrics that can be told now."""
    try:
        store.status.ping()
        beats = store.status.beats()
        found = [*_standing(store, beats, now), *_signs(beats, now), *_counted(store, beats, now)]
    except StoreUnavailable:
        found = [*_writer(store, {})]
        return [_flag("shelfhook_store_up", "Whether the database answers.", False), *found]
    return [_flag("shelfhook_store_up", "Whether the database answers.", True), *found]


def _standing(store: Store, beats: Sequence[Beat], now: float) -> Iterator[Family]:
    """How things stand in the store."""
    yield _flag("shelfhook_engine_up", "Whether an engine is at work.", alive(beats, now))
    states = store.gauges.jobs_by_state()
    yield gauge(
        "shelfhook_jobs",
        "Jobs that are kept, by state.",
        [({"state": str(state)}, count) for state, count in states.items()],
    )
    oldest = store.gauges.oldest_queued()
    age = 0.0 if oldest is None else max(0.0, now - oldest)
    yield gauge(
        "shelfhook_queue_age_seconds", "Age of the job that has waited longest.", [({}, age)]
    )
    yield from _waiting(store, now)
    yield from _running(store)
    yield from _outgoing(store, now)
    size = store.gauges.size()
    yield gauge("shelfhook_database_bytes", "Size of the database.", [({}, size)])


def _waiting(store: Store, now: float) -> Iterator[Family]:
    counts: dict[str, int] = {}
    ages: dict[str, float] = {}
    for one in store.inbox.waiting():
        counts[one.host] = counts.get(one.host, 0) + one.count
        ages[one.host] = max(ages.get(one.host, 0.0), now - one.first_at)
    yield gauge(
        "shelfhook_events_waiting",
        "Events that no job has taken yet.",
        [({"host": host}, count) for host, count in counts.items()],
    )
    yield gauge(
        "shelfhook_events_waiting_age_seconds",
        "Age of the event that has waited longest.",
        [({"host": host}, age) for host, age in ages.items()],
    )


def _outgoing(store: Store, now: float) -> Iterator[Family]:
    """What is to be told to others and was not taken yet."""
    pending = store.outgoing.pending()
    yield gauge(
        "shelfhook_outgoing_pending",
        "Callbacks and notifications that were not taken yet.",
        [({"channel": channel}, count) for channel, (count, _) in pending.items()],
    )
    yield gauge(
        "shelfhook_outgoing_pending_age_seconds",
        "Age of the message that has waited longest.",
        [
            ({"channel": channel}, 0.0 if since is None else max(0.0, now - since))
            for channel, (_, since) in pending.items()
        ],
    )


def _own(web: Web) -> Iterator[Family]:
    """What this process alone knows."""
    yield gauge("shelfhook_live_streams", "Live streams that are open.", [({}, web.streams())])
    attempts = web.doors.attempts
    yield counter(
        "shelfhook_sign_in_failures_total",
        "Sign-ins that failed; refused: not looked at, after too many.",
        [({"reason": "wrong"}, attempts.wrong), ({"reason": "refused"}, attempts.refused)],
    )


def _running(store: Store) -> Iterator[Family]:
    """Limit and progress by routine and library, of which one job runs at a time."""
    jobs = store.jobs.in_states(JobState.RUNNING, JobState.PAUSED)
    named: list[Labels] = [
        {"routine": job.routine, "host": job.host, "library": job.library} for job in jobs
    ]
    for name, about, values in (
        ("limit", "Items of a running job that may be at work at once.", [j.limit for j in jobs]),
        ("listed", "Items of a running job, so far.", [j.listed for j in jobs]),
        ("processed", "Items of a running job that ended.", [j.counts.processed for j in jobs]),
        ("stalled", "Whether a running job makes no progress.", [bool(j.stalled_at) for j in jobs]),
    ):
        samples = zip(named, (int(value) for value in values), strict=True)
        yield gauge(f"shelfhook_running_job_{name}", about, samples)


def _signs(beats: Iterable[Beat], now: float) -> Iterator[Family]:
    """Signs of life: how long ago each loop, host and bridge was last heard of, and how it was."""
    sorted_out: dict[str, list[tuple[str, Beat]]] = {}
    for beat in beats:
        kind, _, name = beat.name.partition(":")
        sorted_out.setdefault(kind, []).append((name, beat))
    for kind, (label, name, what) in ABOUT.items():
        found = sorted_out.get(kind, [])
        yield gauge(
            f"{name}_up",
            f"Whether {what} was well and recent.",
            [({label: one}, int(fresh(beat, now))) for one, beat in found],
        )
        yield gauge(
            f"{name}_age_seconds",
            f"Seconds since the last sign of {what}.",
            [({label: one}, max(0.0, now - beat.beat_at)) for one, beat in found],
        )
    yield gauge(
        "shelfhook_breaker_open",
        "Whether a host is not called just now.",
        [({"host": one}, int(not beat.ok)) for one, beat in sorted_out.get("breaker", [])],
    )


def _counted(store: Store, beats: Iterable[Beat], now: float) -> Iterator[Family]:
    """What the engine has counted since its start."""
    told = next((b.detail for b in beats if b.name == COUNTED and fresh(b, now)), None) or {}
    yield counter(
        "shelfhook_events_total",
        "Events accepted.",
        [({"host": host, "kind": kind}, n) for host, kind, n in told.get("events", ())],
    )
    yield counter(
        "shelfhook_items_total",
        "Items that ended, by outcome.",
        [({"routine": name, "outcome": how}, n) for name, how, n in told.get("outcomes", ())],
    )
    for key, name, about, labels in (
        ("jobs", "shelfhook_job_seconds", "Jobs from begin to end.", ("routine", "state")),
        ("items", "shelfhook_item_seconds", "Items in a worker.", ("routine", "outcome")),
        (
            "calls",
            "shelfhook_host_call_seconds",
            "Attempts to call a host; status none: no answer came.",
            ("host", "method", "route", "status"),
        ),
    ):
        if key in told:
            yield histogram(name, about, labels, told[key])
    yield from _writer(store, told.get("writer", {}))


def _writer(store: Store, engine: Mapping[str, Any]) -> Iterator[Family]:
    """Commits and what they carried; the one by the other is how many share an fsync."""
    own = {"commits": store.writer.commits, "calls": store.writer.calls}
    for key, about in (("commits", "Commits to the database."), ("calls", "Writes committed.")):
        samples = [({"process": "web"}, own[key])]
        if engine:
            samples.append(({"process": "engine"}, int(engine[key])))
        yield counter(f"shelfhook_writer_{key}_total", about, samples)


def _flag(name: str, about: str, on: bool) -> Family:
    return gauge(name, about, [({}, int(on))])
