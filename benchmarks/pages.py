"""Every list call and every page over 1,000,000 ledger rows: 95 of 100 in under 100 ms.

Server time is measured in this process, without a network; then each path once more over HTTP, with
the server in a process of its own. A path that answers 404 is not there yet, and is named as such.
"""

from __future__ import annotations

import gc
import http.client
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

from benchmarks import big_store
from benchmarks.report import Row
from benchmarks.services import free_port, running, write_settings
from shelfhook import manifest
from shelfhook.app import parts
from shelfhook.clock import SystemClock
from shelfhook.coalesce.calls import Calls
from shelfhook.store import Store, retention
from shelfhook.web import WebContext, create_app

GOAL = 100.0
"""Milliseconds."""
TIMES = 20
DEEP = 50
"""Pages that are turned."""
API_TOKEN = "benchmark-api-token"
BIG = "/api/jobs/{big}"
LISTS = (
    "/api/jobs",
    "/api/jobs?state=failed",
    "/api/jobs?state=failed&state=cancelled&state=running",
    "/api/jobs?state=completed&routine=routine-3",
    "/api/jobs?host=rare",
    "/api/jobs?trigger=schedule",
    "/api/jobs?before=5000&limit=200",
    "/api/jobs/{short}",
    BIG,
    f"{BIG}/items",
    f"{BIG}/items?limit=200",
    f"{BIG}/items?after=250000",
    *(
        f"{BIG}/items?outcome={one}"
        for one in ("changed", "unchanged", "planned", "skipped", "failed", "cancelled")
    ),
    f"{BIG}/items?outcome=failed&after=250000",
    f"{BIG}/items?search=needle",
    f"{BIG}/items?search=no-such-text",
    f"{BIG}/items?search=%C3%A9tranger",
    f"{BIG}/items?search=volume",
    f"{BIG}/items?search=needle&outcome=changed",
    f"{BIG}/items?search=needle&outcome=unchanged&after=250000",
    f"{BIG}/samples",
    f"{BIG}/log",
    f"{BIG}/log?limit=200",
    "/api/events",
    "/api/events?limit=200",
    "/api/events?state=dropped",
    "/api/events?state=waiting",
    "/api/inbox/holds",
    "/api/inbox/rejections",
    "/api/findings",
    "/api/findings?severity=error",
    "/api/findings?code=code.3",
    "/api/findings?code=code.9.rare",
    "/api/findings?item=B500",
    "/api/findings?job={big}",
    "/api/findings?job={big}&code=code.9.rare",
    "/api/quarantine",
    "/api/quarantine?limit=200",
    "/api/hosts",
    "/api/routines",
    "/api/schedules",
    "/metrics",
    "/health",
    "/health/ready",
)
JOB = "/jobs/{big}"
PAGES = (
    "/",
    "/jobs",
    "/jobs?state=failed",
    "/jobs?state=paused",
    "/jobs?state=completed&routine=routine-3",
    "/jobs?routine=no-such-routine",
    "/jobs?before=5000",
    JOB,
    *(
        f"{JOB}?outcome={one}"
        for one in ("changed", "unchanged", "planned", "skipped", "failed", "cancelled")
    ),
    f"{JOB}?after=250000",
    f"{JOB}?after=250000&outcome=failed",
    f"{JOB}?search=needle",
    f"{JOB}?search=no-such-text",
    f"{JOB}?search=volume",
    f"{JOB}?search=needle&outcome=changed&after=250000",
    "/inbox",
    "/inbox?before=25000",
    "/routines",
    "/hosts",
    "/findings",
    "/findings?severity=error",
    "/findings?code=code.3",
    "/findings?code=code.9.rare&severity=info",
    "/findings?severity=warning&after=50000",
    "/findings?job={big}",
    "/findings?job={big}&code=code.9.rare",
    "/quarantine",
    "/settings",
    "/settings/people",
    "/settings/tokens",
    "/account",
)
TURNED = (
    "/api/jobs",
    "/api/jobs?state=completed",
    f"{BIG}/items",
    f"{BIG}/items?after=250000&outcome=changed",
    f"{BIG}/items?search=needle",
    f"{BIG}/items?outcome=cancelled",
    "/api/events",
    "/api/findings",
    "/api/findings?code=code.3",
    "/api/quarantine",
)
Ask = Callable[[str], tuple[int, Any]]


def pages(rounds: int) -> list[Row]:
    """All paths in process, and over HTTP; migration and retention beside them."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "data" / "shelfhook.db"
        file.parent.mkdir()
        big_store.make(file, "0004")
        seconds = _timed(lambda: big_store.upgrade(file)) / 1000
        big_store.add_records(file)
        return [
            Row("migration of 1,000,000 rows: s", seconds, 15, "from 0004", at_least=False),
            *_in_process(Path(folder), file, rounds),
            *_over_http(Path(folder), rounds),
            *_retention(file),
        ]


def _in_process(folder: Path, file: Path, rounds: int) -> Iterator[Row]:
    settings = parts.read(write_settings(folder, 8000), {}).settings
    with Store(f"sqlite:///{file}") as store:
        clock = SystemClock()
        calls = Calls(store, settings.routines, clock)
        document = manifest.load().document()
        app = create_app(WebContext(store, settings, document, clock, calls))
        client = app.test_client()
        headers = {"Authorization": f"Bearer {API_TOKEN}"}
        gc.collect()
        gc.freeze()  # as the server does

        def ask(path: str) -> tuple[int, Any]:
            answer = client.get(path, headers=headers)
            return answer.status_code, answer.get_json(silent=True)

        yield from _measured("in process", ask, rounds)


def _over_http(folder: Path, rounds: int) -> Iterator[Row]:
    port = free_port()
    file = write_settings(folder, port)
    environment = {"SHELFHOOK_CONFIG": str(file)}
    with (
        running(["shelfhook.app", "web"], port, **environment),
        closing(http.client.HTTPConnection("127.0.0.1", port, timeout=30)) as connection,
    ):

        def ask(path: str) -> tuple[int, Any]:
            connection.request("GET", path, headers={"Authorization": f"Bearer {API_TOKEN}"})
            answer = connection.getresponse()
            answer.read()
            return answer.status, None

        yield from _measured("HTTP", ask, rounds, turned=())


def _measured(how: str, ask: Ask, rounds: int, turned: tuple[str, ...] = TURNED) -> Iterator[Row]:
    names = _names(ask) if turned else {"big": _big_id(), "short": _big_id()[:8]}
    slowest: list[tuple[float, str]] = []
    for path in (*LISTS, *PAGES):
        made = path.format(**names)
        status, _ = ask(made)
        if status == 404:
            print(f"  {how}: {path} is not there (404)", file=sys.stderr)
            continue
        if status >= 400 and status != 503:
            raise RuntimeError(f"{made} answers {status}")
        slowest.append((_p95(lambda made=made: ask(made), TIMES * rounds), path))
    slowest += [
        (_turn(ask, path.format(**names)), f"{path}, {DEEP} pages turned") for path in turned
    ]
    for spent, path in sorted(slowest, reverse=True):
        yield Row(f"{how}, p95 ms: {path}", spent, GOAL, "", at_least=False)


def _big_id() -> str:
    i = big_store.BIG - 1
    return f"{i * 2654435761 & 4294967295:08x}-0000-4000-8000-{i:012x}"


def _names(ask: Ask) -> dict[str, str]:
    status, job = ask(f"/api/jobs/{_big_id()}")
    assert status == 200, job
    assert job["listed"] == big_store.ITEMS
    return {"big": job["id"], "short": job["id"][:8]}


def _turn(ask: Ask, path: str) -> float:
    spent, following = [], path
    for _ in range(DEEP):
        begun = time.perf_counter()
        _, document = ask(following)
        spent.append((time.perf_counter() - begun) * 1000)
        following = document["next"]
        if following is None:
            break
    return _percentile(spent)


def _p95(work: Callable[[], object], times: int) -> float:
    return _percentile([_timed(work) for _ in range(times)])


def _timed(work: Callable[[], object]) -> float:
    """Milliseconds."""
    begun = time.perf_counter()
    work()
    return (time.perf_counter() - begun) * 1000


def _percentile(values: list[float]) -> float:
    return sorted(values)[min(len(values) - 1, int(len(values) * 0.95))]


def _retention(file: Path) -> Iterator[Row]:
    """All jobs go; meanwhile a delivery must not wait long for the writer."""
    with Store(f"sqlite:///{file}") as store:
        ended, waits = threading.Event(), []

        def knock() -> None:
            while not ended.wait(0.05):
                waits.append(_timed(lambda: store.rejections.note_soon([]).wait()))

        other = threading.Thread(target=knock)
        other.start()
        seconds = _timed(lambda: retention.clean(store.writer, big_store.NOW + 86_400)) / 1000
        ended.set()
        other.join()
    yield Row("retention: longest wait for the writer, ms", max(waits), 1000, "", at_least=False)
    yield Row("retention of 1,000,000 rows: s", seconds, 300, "", at_least=False)
