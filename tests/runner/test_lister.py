"""Which items a job has: listed page by page, each once."""

from __future__ import annotations

from pathlib import Path

import pytest

from shelfhook.errors import Permanent, Transient
from shelfhook.model import JobState, Outcome, Trigger
from tests.support.engines import Bench
from tests.support.hosts import FakeHost, Nothing, Retitle
from tests.support.waiting import Background


def test_an_item_that_the_host_lists_twice_is_one_item(tmp_path: Path) -> None:
    host = FakeHost({"lib": ["b0", "b1", "b0", "b2", "b1"]})
    with Bench(tmp_path, host, Retitle(), page_size=2) as bench:
        job = bench.run()
        assert sorted(bench.outcomes(job)) == ["b0", "b1", "b2"]
        assert (job.listed, job.total, job.counts.changed) == (3, 3, 3)
    assert host.writes_of("b0") == 1


@pytest.mark.parametrize("page_size", [1, 7, 100])
def test_a_library_is_listed_in_pages_of_the_size_that_is_set(
    tmp_path: Path, page_size: int
) -> None:
    host = FakeHost(30)
    with Bench(tmp_path, host, Nothing(), page_size=page_size) as bench:
        job = bench.run()
        assert (job.total, len(bench.items(job))) == (30, 30)
    assert set(host.page_sizes) == {page_size}


@pytest.mark.parametrize(
    ("chosen", "expected"),
    [
        ({"name": "B1*.CBZ"}, ["b1", "b10", "b11"]),
        ({"name": "*.pdf"}, []),
        ({"series": "a ser*"}, [f"b{i}" for i in range(12)]),
        ({"series": "other"}, []),
        ({"status": ["READY"], "name": "b3.cbz"}, ["b3"]),
        ({"status": ["ERROR"]}, []),
    ],
)
def test_a_filter_chooses_by_name_series_and_status(
    tmp_path: Path, chosen: dict[str, object], expected: list[str]
) -> None:
    with Bench(tmp_path, FakeHost(12), Nothing(), routine={"filter": chosen}) as bench:
        job = bench.run()
        assert sorted(bench.outcomes(job)) == sorted(expected)
        assert (job.state, job.total) == (JobState.COMPLETED, len(expected))


SHELVES = {"A": ["a1", "a2"], "B": ["b1"], "C": ["c1", "c2"]}


@pytest.mark.parametrize(
    ("libraries", "library", "expected"),
    [
        ([], "", ["a1", "a2", "b1", "c1", "c2"]),
        (["A", "The C"], "", ["a1", "a2", "c1", "c2"]),
        ([], "B", ["b1"]),
        (["A"], "B", ["b1"]),
    ],
)
def test_a_job_without_a_library_takes_all_that_its_routine_names(
    tmp_path: Path, libraries: list[str], library: str, expected: list[str]
) -> None:
    with Bench(tmp_path, FakeHost(SHELVES), Nothing(), routine={"libraries": libraries}) as bench:
        job = bench.run(library=library)
        assert list(bench.outcomes(job)) == expected


@pytest.mark.parametrize(
    ("library", "libraries"), [("gone", []), ("", ["gone"]), ("", ["A", "The gone"])]
)
def test_a_library_that_does_not_exist_fails_the_job_and_says_so(
    tmp_path: Path, library: str, libraries: list[str]
) -> None:
    with Bench(tmp_path, FakeHost(SHELVES), Nothing(), routine={"libraries": libraries}) as bench:
        job = bench.run(library=library)
        assert job.state is JobState.FAILED
        assert "unknown library" in job.reason
        assert "gone" in job.reason
        assert "A" in job.reason  # what there is


def test_items_that_were_named_are_the_whole_job(tmp_path: Path) -> None:
    with Bench(tmp_path, FakeHost(9), Retitle()) as bench:
        job = bench.run(items=("b3", "b5", "not-there"))
        outcomes = bench.outcomes(job)
        assert outcomes == {
            "b3": Outcome.CHANGED,
            "b5": Outcome.CHANGED,
            "not-there": Outcome.SKIPPED,
        }


def test_a_retry_takes_exactly_the_failed_items_of_its_parent(tmp_path: Path) -> None:
    host = FakeHost(10)
    for book in ("b2", "b7"):
        host.fail_read(book, Permanent("unreadable"))
    with Bench(tmp_path, host, Retitle()) as bench:
        parent = bench.run()
        assert parent.counts.failed == 2
        again = bench.run(parent=parent.id, trigger=Trigger.RETRY)
        assert bench.outcomes(again) == {"b2": Outcome.CHANGED, "b7": Outcome.CHANGED}


def test_a_listing_that_fails_for_good_fails_the_job_and_cancels_what_was_listed(
    tmp_path: Path,
) -> None:
    host = FakeHost(30)
    host.page_errors.extend([None, Permanent("is it a Komga server?")])
    with Bench(tmp_path, host, Retitle(), page_size=10) as bench:
        host.reads.shut()
        running = Background(bench.runner().run)
        host.reads.wait_for(4)
        host.reads.open()
        assert running.result() is JobState.FAILED
        (job,) = bench.store.jobs.page()
        assert (job.reason, job.total) == ("is it a Komga server?", 10)
        assert job.counts.processed == 10
        assert None not in bench.outcomes(job).values()


def test_a_listing_that_fails_for_a_moment_goes_on(tmp_path: Path) -> None:
    host = FakeHost(30)
    host.page_errors.extend([None, Transient("busy", retry_after=0.01)])
    with Bench(tmp_path, host, Retitle(), page_size=10) as bench:
        job = bench.run()
        assert (job.state, job.total, job.counts.changed) == (JobState.COMPLETED, 30, 30)


def test_a_page_that_comes_after_a_cancel_is_not_listed_any_more(tmp_path: Path) -> None:
    """Or its items would never get an outcome: the job has ended."""
    host = FakeHost(30)
    host.pages_gate.shut()
    with Bench(tmp_path, host, Retitle(), page_size=10) as bench:
        runner = bench.runner()
        running = Background(runner.run)
        host.pages_gate.wait_for(1)
        from shelfhook.model import Wish

        runner.wish(Wish.CANCEL)
        assert running.result() is JobState.CANCELLED
        lister = runner._feed._lister
        assert lister is not None
        host.pages_gate.open()
        lister._thread.join(10)
        assert not lister._thread.is_alive()
        job = bench.store.jobs.get(runner.job.id)
        assert (job.listed, job.total, job.counts.processed) == (0, 0, 0)
        assert bench.items(job) == []
