"""`GET /health`: are the store, the engine's scheduler and loops, and the hosts well?

`/health/live` and `/health/ready` are for what starts, stops and chooses processes.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from flask import Blueprint

from shelfhook.store.status import Beat
from shelfhook.web.context import Web, current
from shelfhook.web.lean import Answer, answer
from shelfhook.web.shapes import moment

blueprint = Blueprint("health", __name__)

SCHEDULER = "scheduler"
MISSED = 3
"""So many beats may be missing before we speak of a failure."""


@blueprint.get("/health")
def health() -> Answer:
    """200 if everything runs, also when a host is down; 503 if nothing would be done."""
    document = report(current())
    return answer(document, 503 if document["status"] == "failing" else 200)


@blueprint.get("/health/live")
def live() -> Answer:
    """200 whenever this process answers; asks nobody, for a restart heals nobody else."""
    return answer({"status": "live"})


@blueprint.get("/health/ready")
def ready() -> Answer:
    """200 if the store answers and an engine holds the lease and beats; else 503, with why."""
    reasons = lacking(current())
    status = "unready" if reasons else "ready"
    return answer({"status": status, "reasons": reasons}, 503 if reasons else 200)


def lacking(web: Web) -> list[str]:
    """What stands in the way of work.

    The lease itself is not asked for: a try could keep an engine from taking it. But only its
    holder beats, and one that has lost it ends within two seconds.
    """
    try:
        web.store.status.ping()
        beats, holder = web.store.status.beats(), web.store.gauges.lease()
    except Exception as error:  # noqa: BLE001 - ping raises what the driver raises; this tells it
        return [web.mask(f"the database does not answer: {error}")]
    if holder is None:
        return ["no engine has ever held the lease"]
    now = web.clock.now()
    if not alive(beats, now):
        return [f"the engine {holder.name} does not beat"]
    lost = [beat for beat in beats if beat.name == "loop:lease" and not fresh(beat, now)]
    return ["the engine does not look after its lease"] if lost else []


def fresh(beat: Beat, now: float) -> bool:
    """Whether a sign of life says that all is well, and is recent.

    One from the future (the clock was set back) is no better than one as far in the past.
    """
    return beat.ok and abs(now - beat.beat_at) <= MISSED * beat.every


def alive(beats: Iterable[Beat], now: float) -> bool:
    """Whether an engine is at work that could grant a wish."""
    return any(beat.name == SCHEDULER and fresh(beat, now) for beat in beats)


def report(web: Web) -> dict[str, Any]:
    """The state of everything, without secrets."""
    try:
        web.store.status.ping()
        beats = web.store.status.beats()
    except Exception as error:  # noqa: BLE001 - ping raises what the driver raises; this tells it
        return {
            "status": "failing",
            "store": {"ok": False, "message": web.mask(f"{type(error).__name__}: {error}")},
            "scheduler": None,
            "loops": {},
            "hosts": {},
        }
    now = web.clock.now()
    scheduler = _named(beats, SCHEDULER, now).get("")
    loops = _named(beats, "loop:", now)
    hosts = hosts_of(web, beats, now)
    well = scheduler is not None and all(one["ok"] for one in (scheduler, *loops.values()))
    reachable = all(one["ok"] for one in hosts.values())
    return {
        "status": "failing" if not well else "ok" if reachable else "degraded",
        "store": {"ok": True},
        "scheduler": scheduler or {"ok": False, "message": "the engine has never run"},
        "loops": loops,
        "hosts": hosts,
    }


def _named(beats: Sequence[Beat], prefix: str, now: float) -> dict[str, dict[str, Any]]:
    return {
        beat.name.removeprefix(prefix): {
            "ok": fresh(beat, now),
            "age_seconds": round(max(0.0, now - beat.beat_at), 1),
        }
        for beat in beats
        if beat.name.startswith(prefix)
    }


def hosts_of(web: Web, beats: Sequence[Beat], now: float) -> dict[str, dict[str, Any]]:
    """Every configured host; one that nobody has asked yet is not well either."""
    shown: dict[str, dict[str, Any]] = {
        name: {"ok": False, "message": "not asked yet"} for name in web.context.settings.hosts
    }
    ages = _named(beats, "host:", now)
    for beat in beats:
        name = beat.name.removeprefix("host:")
        if beat.name.startswith("host:") and name in shown:
            shown[name] = ages[name] | {
                "message": web.mask(str(beat.detail.get("message", ""))),
                "version": str(beat.detail.get("version", "")),
            }
    for name, one in shown.items():
        one |= surroundings(web, name, beats, now)
    return shown


def surroundings(web: Web, host: str, beats: Iterable[Beat], now: float) -> dict[str, Any]:
    """What the engine tells of a host besides: where its events come from, and its breaker.

    Nothing where no engine has told it. `down` is there while the host is not called: why, and when
    it is tried again.
    """
    found: dict[str, Any] = {}
    for beat in beats:
        detail = beat.detail
        if beat.name == f"bridge:{host}":
            found["events"] = {
                "ok": fresh(beat, now),
                "source": str(detail.get("source", "")),
                "state": web.mask(str(detail.get("state", ""))),
                "received": int(detail.get("events", 0)),
                "unknown": dict(detail.get("unknown") or {}),
            }
        if beat.name == f"breaker:{host}" and not beat.ok and abs(now - beat.beat_at) <= MISSED:
            found["down"] = {
                "reason": web.mask(str(detail.get("reason", ""))),
                "retry_at": moment(detail.get("retry_at")),
            }
    return found
