"""1,000 pages that look on: what they cost, and how soon they all hear of a change."""

from __future__ import annotations

import http.client
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from benchmarks.report import Row, median
from benchmarks.services import free_port, running, write_settings
from benchmarks.webhooks import deliver
from shelfhook.model import EventKind, Job, JobRequest, NewEvent, Trigger
from shelfhook.store import Store

CLIENTS = 1_000
HEALTH_CALLS = 300
CHANGES = 5


class Watching:
    """The watchers' process."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process
        self.expect("open")

    def line(self) -> str:
        assert self._process.stdout is not None
        return self._process.stdout.readline().strip()

    def expect(self, word: str) -> None:
        if (said := self.line()) != word:
            raise RuntimeError(f"the watchers said {said!r}, not {word!r}")

    def reached(self, text: str, change: Any) -> float:
        """Seconds from before a change until every stream has received `text`."""
        assert self._process.stdin is not None
        self._process.stdin.write(f"{text}\n")
        self._process.stdin.flush()
        self.expect("expecting")
        began = time.monotonic()
        change()
        return float(self.line()) - began


@contextmanager
def watching(port: int, path: str) -> Iterator[Watching]:
    command = [sys.executable, "-m", "benchmarks.watchers", str(port), str(CLIENTS), path]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        try:
            yield Watching(process)
        finally:
            process.terminate()


def resident(pid: int) -> int:
    """Bytes that a process and its descendants hold in memory."""
    folder = Path(f"/proc/{pid}")
    total = int((folder / "statm").read_text().split()[1]) * 4096
    children = (folder / "task" / str(pid) / "children").read_text().split()
    return total + sum(resident(int(child)) for child in children)


def health_p99(port: int) -> float:
    """Milliseconds; over one connection, one call after the other."""
    times = []
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    for _ in range(HEALTH_CALLS):
        began = time.perf_counter()
        connection.request("GET", "/health")
        connection.getresponse().read()
        times.append(time.perf_counter() - began)
    connection.close()
    return sorted(times)[int(len(times) * 0.99)] * 1000


def running_job(store: Store) -> Job:
    """A job that never ends: no engine runs."""
    request = JobRequest("none", "bench", "LIB", Trigger.ADMIN)
    event = NewEvent("bench", EventKind.ROUTINE_CALLED, "streams", library="LIB")
    store.jobs.request(request, event, time.time())
    job = store.jobs.claim(time.time())
    assert job is not None
    return job


def once() -> dict[str, float]:
    port = free_port()
    with tempfile.TemporaryDirectory() as folder:
        config = write_settings(Path(folder), port)
        with (
            running(["shelfhook.app", "web"], port, SHELFHOOK_CONFIG=str(config)) as server,
            Store(f"sqlite:///{folder}/data/shelfhook.db") as store,
        ):
            job = running_job(store)
            alone = deliver(port, 16, "alone")["per_second"]
            health_p99(port)
            before = resident(server.pid)
            # One hears of jobs, and nothing is said of any: it is idle, also while events come.
            with watching(port, "/api/v1/live?topics=jobs") as watchers:
                after = resident(server.pid)
                health = health_p99(port)
                beside = deliver(port, 16, "beside")["per_second"]
                reached = [
                    watchers.reached(
                        f'"limit":{number},', lambda n=number: store.jobs.mark(job.num, limit=n)
                    )
                    for number in range(1, CHANGES + 1)
                ]
            again = deliver(port, 16, "again")["per_second"]
    return {
        "health": health,
        "webhooks": beside / ((alone + again) / 2),
        "kilobytes": (after - before) / CLIENTS / 1000,
        "slowest": max(reached),
        "usual": median(reached),
        "alone": (alone + again) / 2,
        "beside": beside,
    }


def streams(rounds: int) -> list[Row]:
    """Idle streams beside the rest, by the middle of the rounds; the slowest change of all."""
    runs = [once() for _ in range(rounds)]

    def middle(key: str) -> float:
        return median([run[key] for run in runs])

    return [
        Row(
            "1,000 streams: p99 of /health in ms",
            middle("health"),
            50,
            f"over {HEALTH_CALLS} calls",
            at_least=False,
        ),
        Row(
            "1,000 streams: webhooks, with / without them",
            middle("webhooks"),
            0.8,
            f"{middle('beside'):,.0f}/s against {middle('alone'):,.0f}/s",
        ),
        Row(
            "1,000 streams: kB of memory for each",
            middle("kilobytes"),
            100,
            "resident, all processes of the server",
            at_least=False,
        ),
        Row(
            "1,000 streams: seconds until all know",
            max(run["slowest"] for run in runs),
            1,
            f"the slowest of {CHANGES * rounds} changes; usually {middle('usual'):.2f} s",
            at_least=False,
        ),
    ]
