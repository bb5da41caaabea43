"""Promise 1: as many orchestrators as workers, all begun before any item is submitted: all end.

The seed ran orchestrators and items in one pool. "50 items, 4 workers, one job" passes on that
design most of the time; what kills it is that every worker is an orchestrator which waits.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, as_completed
from concurrent.futures import TimeoutError as Late
from contextlib import contextmanager
from pathlib import Path

import pytest

from shelfhook.model import JobState
from shelfhook.runner.lister import Lister
from tests.support.engines import shelf
from tests.support.hosts import FakeHost

HANG = 0.5
"""Seconds after which the seed's design counts as hanging; its items take none."""
LIMIT = 20.0


class OnePool:
    """The seed's `JobManager`, faithfully: one executor runs `_process_job` and all its items."""

    def __init__(self, max_workers: int, meet: Callable[[], object]) -> None:
        self.executor = ThreadPoolExecutor(max_workers=max_workers)
        self._meet = meet
        self.given_up = threading.Event()
        self.done: list[str] = []

    def start_job(self, job_id: str, process: Callable[[str], str], items: Sequence[str]) -> Future:  # type: ignore[type-arg]
        return self.executor.submit(self._process_job, job_id, process, items)

    def _process_job(self, job_id: str, process: Callable[[str], str], items: Sequence[str]) -> str:
        self._meet()
        futures = {self.executor.submit(process, f"{job_id} {item}") for item in items}
        while futures and not self.given_up.is_set():  # `as_completed` without end in the seed
            try:
                for future in as_completed(futures, timeout=0.05):
                    self.done.append(future.result())
                    futures.discard(future)
            except Late:
                continue
        return job_id


@contextmanager
def the_seeds(max_workers: int, meet: Callable[[], object]) -> Iterator[OnePool]:
    """At the end its orchestrators are released, so that the test run can go on."""
    pool = OnePool(max_workers, meet)
    try:
        yield pool
    finally:
        pool.given_up.set()
        pool.executor.shutdown(wait=True, cancel_futures=True)


SHAPES = [(1, 1, 1), (2, 2, 3), (4, 4, 3), (4, 4, 20), (4, 6, 5)]
"""Workers, orchestrators, items of each job."""


@pytest.mark.parametrize(("workers", "orchestrators", "items"), SHAPES)
def test_the_single_pool_design_hangs_when_all_orchestrators_begin_first(
    workers: int, orchestrators: int, items: int
) -> None:
    together = threading.Barrier(min(workers, orchestrators))

    def meet() -> None:
        if not pool.given_up.is_set():
            together.wait(LIMIT)

    with the_seeds(workers, meet) as pool:
        jobs = [
            pool.start_job(f"job{n}", str.upper, [f"i{k}" for k in range(items)])
            for n in range(orchestrators)
        ]
        with pytest.raises(Late):
            jobs[0].result(HANG)
        assert pool.done == []
        pool.given_up.set()


def test_the_single_pool_design_passes_the_seeds_own_check() -> None:
    """50 items, 4 workers, one job: which is why that check proves nothing."""
    with the_seeds(4, lambda: None) as pool:
        pool.start_job("job", str.upper, [f"i{k}" for k in range(50)]).result(LIMIT)
        assert len(pool.done) == 50


@pytest.mark.parametrize(("workers", "orchestrators", "items"), SHAPES)
def test_orchestrators_as_many_as_workers_started_behind_a_barrier_all_end(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    workers: int,
    orchestrators: int,
    items: int,
) -> None:
    together = threading.Barrier(orchestrators)
    begin = Lister.__init__

    def meet_first(self: Lister, *given: object, **more: object) -> None:
        together.wait(LIMIT)  # in the orchestrator's thread, before it has listed or submitted
        begin(self, *given, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(Lister, "__init__", meet_first)
    names = [f"routine{n}" for n in range(orchestrators)]
    host = FakeHost(items)
    with shelf(
        tmp_path,
        host,
        routines={name: {"workers": workers, "actions": [{"name": "nothing"}]} for name in names},
        concurrent_jobs=orchestrators,
    ) as desk:
        jobs = [desk.call(name) for name in names]
        for job in jobs:
            ended = desk.wait(job, limit=LIMIT)
            assert (ended.state, ended.counts.unchanged) == (JobState.COMPLETED, items)
