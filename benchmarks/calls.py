"""2,000 items, GET and PATCH each, against a host that answers after 5 ms; 8 workers, durable."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from benchmarks.report import Row, alternate, median, worker

ITEMS = 2_000
WORKERS = 8
IDEAL = ITEMS * 2 * 0.005 / WORKERS


@contextmanager
def slow_server() -> Iterator[str]:
    """The host in a process of its own; gives its URL."""
    command = [sys.executable, "-m", "benchmarks.slow_server", str(ITEMS)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            yield f"http://127.0.0.1:{process.stdout.readline().strip()}"
        finally:
            process.terminate()


def get_and_patch(rounds: int) -> list[Row]:
    """Share of ideal, with a bare `requests` session per thread beside it."""
    with slow_server() as url:
        bare, ours = alternate(
            rounds,
            lambda: IDEAL / worker("requests", url, ITEMS, WORKERS)["seconds"],
            lambda: IDEAL / worker("komga", url, ITEMS, WORKERS)["job_seconds"],
        )
    detail = f"bare tuned requests, nothing durable: {median(bare):.3f}; rounds " + " ".join(
        f"{value:.3f}" for value in ours
    )
    return [Row("GET + PATCH, 5 ms, 8 workers: share of ideal", median(ours), 0.72, detail)]
