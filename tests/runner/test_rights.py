"""A job that could write nothing is refused before its first item."""

from __future__ import annotations

from pathlib import Path

from shelfhook.errors import HostDown
from shelfhook.model import Account, JobState, Outcome, Trigger
from tests.support.engines import Bench
from tests.support.hosts import FakeHost, Retitle


class Reader(FakeHost):
    """A host at which we may only read."""

    admin = False

    def whoami(self) -> Account:
        self._up()
        return Account("reader", admin=self.admin)


def test_an_account_that_may_not_write_fails_the_job_with_a_sentence(tmp_path: Path) -> None:
    host = Reader(3)
    with Bench(tmp_path, host, Retitle()) as bench:
        job = bench.run()
        assert (job.state, job.listed) == (JobState.FAILED, 0)
        assert "'reader' may not write; give it that right" in job.reason
    assert not host.read


def test_it_may_look_all_the_same(tmp_path: Path) -> None:
    looking = Retitle()
    looking.only_looks = True  # type: ignore[attr-defined] # what an action may say of itself
    with Bench(tmp_path, Reader(3), looking) as bench:
        assert bench.run().listed == 3


def test_a_dry_run_needs_no_rights(tmp_path: Path) -> None:
    with Bench(tmp_path, Reader(2), Retitle()) as bench:
        job = bench.run(dry_run=True)
        assert set(bench.outcomes(job).values()) == {Outcome.PLANNED}


def test_an_undo_needs_them_too(tmp_path: Path) -> None:
    host = Reader(1)
    host.admin = True
    with Bench(tmp_path, host, Retitle()) as bench:
        job = bench.run()
        host.admin = False
        undone = bench.run(trigger=Trigger.UNDO, parent=job.id)
        assert undone.state is JobState.FAILED
        assert undone.reason.startswith("undo would change things at fake")


def test_a_host_that_cannot_be_asked_now_costs_time_and_no_item(tmp_path: Path) -> None:
    host = Reader(3)
    host.admin = True
    answers = iter([HostDown("away", retry_after=0.01), None])
    known = host.whoami

    def whoami() -> Account:
        if error := next(answers):
            raise error
        return known()

    host.whoami = whoami  # type: ignore[method-assign] # down once
    with Bench(tmp_path, host, Retitle()) as bench:
        job = bench.run()
        assert set(bench.outcomes(job).values()) == {Outcome.CHANGED}
