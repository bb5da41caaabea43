"""`kill -9` of the engine at a third of 2,000 items, under `shelfhook serve`."""

from __future__ import annotations

import os
import signal
import tempfile
import time
from collections import Counter
from pathlib import Path

from benchmarks.report import Row
from benchmarks.services import free_port, running, write_settings
from shelfhook.model import Job
from shelfhook.pool import BATCH
from shelfhook.sandbox.process import SandboxProcess
from shelfhook.store import Store

ITEMS = 2_000
WORKERS = 4


def _engine_of(supervisor: int) -> int:
    """Process id of the engine among the supervisor's children."""
    children = Path(f"/proc/{supervisor}/task/{supervisor}/children").read_text().split()
    for child in children:
        if b"engine" in Path(f"/proc/{child}/cmdline").read_bytes().split(b"\0"):
            return int(child)
    raise RuntimeError("no engine process")


def _wait(store: Store, processed: int) -> Job:
    """The job, once so many items have their outcome (or it has ended)."""
    until = time.monotonic() + 120
    while time.monotonic() < until:
        jobs = store.jobs.page(limit=1)
        if jobs and (jobs[0].counts.processed >= processed or jobs[0].state.final):
            return jobs[0]
        time.sleep(0.01)
    raise RuntimeError("the job makes no progress")


def kill_at_a_third(rounds: int) -> list[Row]:
    """Items lost, items run again, and seconds until the first item after the kill."""
    seconds, again, lost = [], [], []
    for _ in range(min(rounds, 3)):
        with tempfile.TemporaryDirectory() as folder, SandboxProcess("--books", str(ITEMS)) as host:
            port = free_port()
            config = write_settings(Path(folder), port, host.url, host.admin_key)
            with (
                running(["shelfhook", "serve"], port, SHELFHOOK_CONFIG=str(config)) as serve,
                Store(f"sqlite:///{folder}/data/shelfhook.db") as store,
            ):
                host.control(
                    "PUT",
                    "/sandbox/webhook",
                    {
                        "url": f"http://127.0.0.1:{port}/hooks/bench",
                        "token": "benchmark-hook-token",
                    },
                )
                host.scan()
                _wait(store, ITEMS // 3)
                os.kill(_engine_of(serve.pid), signal.SIGKILL)
                killed_at = time.time()
                job = _wait(store, ITEMS)
            reads = [e for e in host.journal(method="GET") if e.get("bookId")]
            after = min((e["time"] for e in reads if e["time"] > killed_at + 0.02), default=0.0)
            seconds.append(after - killed_at)
            again.append(sum(count - 1 for count in Counter(e["bookId"] for e in reads).values()))
            lost.append(ITEMS - job.counts.processed)
    return [
        Row("kill -9: items lost", max(lost), 0, f"of {ITEMS}, {len(lost)} runs", at_least=False),
        Row(
            "kill -9: seconds until back at work",
            max(seconds),
            2,
            " ".join(f"{s:.2f}" for s in seconds),
            at_least=False,
        ),
        Row(
            "kill -9: items run again",
            max(again),
            WORKERS + BATCH,
            " ".join(map(str, again)) + f"; allowed: {WORKERS} in flight and a batch of {BATCH}",
            at_least=False,
        ),
    ]
