"""Hosts as the pages show them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from shelfhook.store.status import Beat
from shelfhook.web.context import Web
from shelfhook.web.health import hosts_of
from shelfhook.web.pages import words

SOURCES: Final = {
    "stream": "live from the server",
    "poll": "by asking every few minutes",
    "off": "webhooks only",
    "": "not known yet",
}
KINDS: Final = {"lanraragi": "LANraragi"}


@dataclass(frozen=True, slots=True)
class HostView:
    """One host: how it is, where its events come from, what it holds."""

    name: str
    kind: str
    url: str
    ok: bool
    state: str
    tone: str
    message: str
    version: str
    events: str
    events_ok: bool
    events_state: str
    received: str
    unknown: tuple[tuple[str, int], ...]
    down: str
    retry: words.Moment | None
    libraries: tuple[tuple[str, str], ...]
    asked: words.Moment | None


def views(web: Web, beats: Sequence[Beat], now: float) -> list[HostView]:
    """Every configured host."""
    told = {beat.name: beat for beat in beats}
    return [
        _view(web, name, one, told.get(f"host:{name}"))
        for name, one in hosts_of(web, beats, now).items()
    ]


def _view(web: Web, name: str, one: Mapping[str, Any], beat: Beat | None) -> HostView:
    settings = web.context.settings.hosts[name]
    events, down = one.get("events") or {}, one.get("down") or {}
    state, tone = _state(one, beat)
    libraries = (beat.detail.get("libraries") or ()) if beat else ()
    return HostView(
        name=name,
        kind=KINDS.get(settings.kind, settings.kind.capitalize()),
        url=web.mask(settings.url),
        ok=tone == "good",
        state=state,
        tone=tone,
        message=str(one.get("message", "")),
        version=str(one.get("version", "")),
        events=SOURCES.get(str(events.get("source", "")), str(events.get("source", ""))),
        events_ok=bool(events.get("ok", True)),
        events_state=str(events.get("state", "")),
        received=words.number(events["received"]) if events else "",
        unknown=tuple((str(k), int(v)) for k, v in (events.get("unknown") or {}).items()),
        down=str(down.get("reason", "")),
        retry=_from_iso(down.get("retry_at")),
        libraries=tuple((str(lib["name"]), str(lib.get("root", ""))) for lib in libraries),
        asked=words.moment(beat.beat_at) if beat else None,
    )


def _state(one: Mapping[str, Any], beat: Beat | None) -> tuple[str, str]:
    if one.get("down"):
        return "resting", "warn"
    if one["ok"]:
        return "well", "good"
    if beat is None:
        return "not asked yet", "quiet"
    return ("not answering", "bad") if not beat.ok else ("no news", "warn")


def _from_iso(text: Any) -> words.Moment | None:
    return words.moment(datetime.fromisoformat(str(text)).timestamp()) if text else None
