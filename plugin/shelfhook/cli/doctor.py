"""`shelfhook doctor`: a report for an issue, without secrets. It asks no host."""

from __future__ import annotations

import platform
import sqlite3
import sys
from collections.abc import Mapping, Sequence
from importlib import metadata
from pathlib import Path
from typing import Any

from rich.markup import escape

from shelfhook.app.parts import Parts
from shelfhook.cli import terminal
from shelfhook.cli.place import Place
from shelfhook.clock import SystemClock
from shelfhook.errors import ConfigurationError, ShelfhookError
from shelfhook.model import JobState, Outcome
from shelfhook.settings import masked
from shelfhook.store import Store

PACKAGES = ("flask", "granian", "apscheduler", "sqlalchemy", "requests", "pydantic", "pillow")
LAST = 5
"""How many failed jobs, and failed items of each, are told."""


def doctor(place: Place, *, as_json: bool) -> int:
    """Print the report; 0 if it could be made, whatever it says."""
    document = report(place)
    if as_json:
        terminal.print_json(document)
    else:
        console = terminal.results()
        for line in _lines(document):
            console.print(escape(line), soft_wrap=True)
    return 0


def report(place: Place) -> dict[str, Any]:
    """All that helps to understand a fault."""
    found: dict[str, Any] = {"versions": versions()}
    try:
        made = place.parts()
    except ConfigurationError as error:
        return found | {"settings": {"faults": error.faults}}
    from shelfhook.web.masking import Mask  # loads Flask

    mask = Mask.of(made.settings)
    found["settings"] = shown(made)
    found["extensions"] = {"left out": list(made.faults)}
    found["database"] = database(made)
    cleaned = _cleaned(found, mask)
    assert isinstance(cleaned, dict)
    return cleaned


def versions() -> dict[str, str]:
    """Ours, Python's, and those of what we stand on."""
    packages = {name: metadata.version(name) for name in PACKAGES}
    return {
        "shelfhook": metadata.version("shelfhook"),
        "python": platform.python_version(),
        "system": f"{platform.system()} {platform.release()} {platform.machine()}",
        "sqlite": sqlite3.sqlite_version,
        "encoding": sys.getfilesystemencoding(),
        **packages,
    }


def shown(made: Parts) -> dict[str, Any]:
    """The settings without secrets, and without the values of actions' parameters: those of a
    foreign action may be secret under any name."""
    document = masked(made.settings)
    for routine in document["routines"].values():
        routine["actions"] = [
            {"name": action["name"], "parameters": sorted(set(action) - {"name"})}
            for action in routine["actions"]
        ]
    return document


def database(made: Parts) -> dict[str, Any]:
    """What the store tells; why it cannot be read, if so."""
    url = made.settings.paths.database_url
    file = Path(url.removeprefix("sqlite:///"))
    if url.startswith("sqlite:///") and not file.exists():
        return {"message": "there is none yet"}  # opening it would make one
    try:
        with Store(url) as store:
            return _told(store)
    except ShelfhookError as error:
        return {"message": str(error)}


def _told(store: Store) -> dict[str, Any]:
    now = SystemClock().now()
    states = store.gauges.jobs_by_state()
    lease = store.gauges.lease()
    return {
        "kind": store.url.get_backend_name(),
        "schema": store.gauges.schema,
        "bytes": store.gauges.size(),
        "lease": {"holder": lease.name, "age_seconds": round(now - lease.since)} if lease else None,
        "jobs": {str(state): count for state, count in states.items()},
        "events waiting": sum(one.count for one in store.inbox.waiting()),
        "beats": {
            beat.name: {
                "ok": beat.ok,
                "age_seconds": round(now - beat.beat_at, 1),
                **{key: beat.detail[key] for key in ("error", "message") if key in beat.detail},
            }
            for beat in store.status.beats()
        },
        "last errors": _errors(store),
    }


def _errors(store: Store) -> list[dict[str, Any]]:
    """The last jobs that failed, or in which items failed."""
    jobs = store.jobs.page(limit=100)
    bad = [job for job in jobs if job.state is JobState.FAILED or job.counts.failed]
    return [
        {
            "job": job.short,
            "routine": job.routine,
            "state": str(job.state),
            "reason": job.reason,
            "failed": job.counts.failed,
            "items": [
                item.reason
                for item in store.ledger.items(job.num, outcome=Outcome.FAILED, limit=LAST)
            ],
        }
        for job in bad[:LAST]
    ]


def _cleaned(value: object, mask: Any) -> object:
    """The report with every text masked once more: a host's words may repeat a secret."""
    if isinstance(value, str):
        return mask(value)
    if isinstance(value, Mapping):
        return {key: _cleaned(one, mask) for key, one in value.items()}
    if isinstance(value, Sequence):
        return [_cleaned(one, mask) for one in value]
    return value if isinstance(value, int | float | None) else mask(str(value))


def _lines(document: Mapping[str, Any], depth: int = 0) -> list[str]:
    """The report as people read it: one line for each value, tables further in."""
    lines = []
    for key, value in document.items():
        if isinstance(value, Mapping) and value:
            lines += [f"{'  ' * depth}{key}:", *_lines(value, depth + 1)]
        elif isinstance(value, list) and any(isinstance(one, Mapping) for one in value):
            lines += [f"{'  ' * depth}{key}:"]
            for one in value:
                lines += [f"{'  ' * (depth + 1)}-", *_lines(one, depth + 2)]
        else:
            lines.append(f"{'  ' * depth}{key}: {_word(value)}")
    return lines


def _word(value: object) -> str:
    if isinstance(value, list):
        return ", ".join(str(one) for one in value) or "none"
    if isinstance(value, Mapping) or value is None or value == "":
        return "none"
    return str(value)
