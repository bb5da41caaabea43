"""The item pool: named threads, and no work from its own workers."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest

from shelfhook.errors import SelfSubmission
from shelfhook.pool import ItemPool

LIMIT = 10


@pytest.fixture
def pool() -> Iterator[ItemPool]:
    with ItemPool("job-abc12345", 4) as made:
        yield made


def test_threads_carry_the_job_and_their_place(pool: ItemPool) -> None:
    together = threading.Barrier(4)

    def name() -> str:
        together.wait(LIMIT)
        return threading.current_thread().name

    names = {future.result(LIMIT) for future in [pool.submit(name) for _ in range(4)]}
    assert names == {f"job-abc12345-{place}" for place in range(4)}
    assert len(pool.members) == 4


def test_a_worker_that_submits_into_its_own_pool_gets_an_error_at_once(pool: ItemPool) -> None:
    def submit() -> None:
        pool.submit(lambda: None)

    with pytest.raises(SelfSubmission, match="job-abc12345-0 submitted work into its own pool"):
        pool.submit(submit).result(LIMIT)


def test_map_from_a_worker_of_the_pool_is_refused_too(pool: ItemPool) -> None:
    def spread() -> list[int]:
        return list(pool.map(abs, [1, 2]))

    with pytest.raises(SelfSubmission):
        pool.submit(spread).result(LIMIT)


def test_a_worker_of_another_jobs_pool_may_submit(pool: ItemPool) -> None:
    with ItemPool("job-def67890", 1) as other:

        def ask() -> int:
            return other.submit(abs, -7).result(LIMIT)

        assert pool.submit(ask).result(LIMIT) == 7


def test_a_pool_that_was_left_has_no_threads() -> None:
    with ItemPool("job-gone0000", 2) as left:
        left.submit(abs, 1).result(LIMIT)
    assert not [t for t in threading.enumerate() if t.name.startswith("job-gone0000")]
    with pytest.raises(RuntimeError):
        left.submit(abs, 1)
