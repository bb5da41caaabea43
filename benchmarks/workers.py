"""`python -m benchmarks.workers NAME …`: one measurement, its answer as JSON on the last line."""

from __future__ import annotations

import json
import logging
import resource
import sys
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor, as_completed
from pathlib import Path
from typing import Any

from benchmarks.fakes import Bench, IdleHost


def pool(items: str, workers: str, seconds: str) -> dict[str, Any]:
    """The baseline: a bare in-memory `ThreadPoolExecutor` with a future per item."""
    wait = float(seconds)

    def work(_item: int) -> None:
        if wait:
            time.sleep(wait)

    begun = time.perf_counter()
    with ThreadPoolExecutor(int(workers)) as executor:
        for future in as_completed([executor.submit(work, i) for i in range(int(items))]):
            future.result()
    return {"seconds": time.perf_counter() - begun}


def engine(items: str, workers: str, seconds: str) -> dict[str, Any]:
    """The whole engine: queue, claim, list into the ledger, work, durable outcomes, final state."""
    host = IdleHost(int(items), float(seconds))
    with tempfile.TemporaryDirectory() as folder, Bench(Path(folder), host, int(workers)) as bench:
        job, spent = bench.run()
        assert job.counts.unchanged == int(items), job
        commits = bench.store.writer.commits
        assert job.finished_at and job.started_at
        inside = job.finished_at - job.started_at
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return {"seconds": spent, "job_seconds": inside, "commits": commits, "peak_kb": peak}


def huey(items: str, workers: str) -> dict[str, Any]:
    """SqliteHuey with its own consumer: enqueue, run, store nothing."""
    from huey import SqliteHuey
    from huey.consumer import Consumer

    logging.getLogger("huey").setLevel(logging.ERROR)
    with tempfile.TemporaryDirectory() as folder:
        queue = SqliteHuey(filename=f"{folder}/huey.db", fsync=True, results=True)
        done: list[int] = []

        @queue.task()  # type: ignore[untyped-decorator] # huey has no type information
        def work(number: int) -> int:
            done.append(number)
            return number

        begun = time.perf_counter()
        for number in range(int(items)):
            work(number)
        consumer = Consumer(queue, workers=int(workers), periodic=False, initial_delay=0.001)
        consumer.start()
        while len(done) < int(items):
            time.sleep(0.002)
        spent = time.perf_counter() - begun
        consumer.stop(graceful=True)
    return {"seconds": spent}


def bare_requests(url: str, items: str, workers: str) -> dict[str, Any]:
    """The baseline of calls: a tuned `requests` session per thread, nothing recorded."""
    import threading

    import requests

    local = threading.local()

    def work(number: int) -> None:
        session = getattr(local, "session", None)
        if session is None:
            session = local.session = requests.Session()
            session.trust_env = False
        session.get(f"{url}/api/v1/books/{number}", timeout=10).json()
        session.patch(f"{url}/api/v1/books/{number}/metadata", json={"title": "after"}, timeout=10)

    with ThreadPoolExecutor(int(workers)) as executor:
        begun = time.perf_counter()
        for future in as_completed([executor.submit(work, i) for i in range(int(items))]):
            future.result()
        return {"seconds": time.perf_counter() - begun}


def komga(url: str, items: str, workers: str) -> dict[str, Any]:
    """The whole engine with the Komga adapter; each book's title changes."""
    from shelfhook.clock import SystemClock
    from shelfhook.hosts.komga import connect
    from shelfhook.ports import HostOptions

    host = connect(
        HostOptions("bench", "komga", url, api_key="key", budget=int(workers)), SystemClock()
    )
    with (
        tempfile.TemporaryDirectory() as folder,
        Bench(Path(folder), host, int(workers), action="retitle", library="LIB") as bench,
    ):
        job, _ = bench.run()
        assert job.counts.changed == int(items), job
        assert job.finished_at and job.started_at
        return {"job_seconds": job.finished_at - job.started_at}


def neighbours(state: str) -> dict[str, Any]:
    """A job beside a host that is `down`, or `well`."""
    from benchmarks.neighbours import measure

    return measure(state)


MEASURES: dict[str, Callable[..., dict[str, Any]]] = {
    "pool": pool,
    "engine": engine,
    "huey": huey,
    "requests": bare_requests,
    "komga": komga,
    "neighbours": neighbours,
}

if __name__ == "__main__":
    logging.basicConfig(level=logging.WARNING)
    answer = MEASURES[sys.argv[1]](*sys.argv[2:])
    print(json.dumps(answer), flush=True)
