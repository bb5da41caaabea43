"""`kill -9` ten times while changes are applied and ten times while they are undone."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from shelfhook.app import parts
from shelfhook.clock import SystemClock
from shelfhook.coalesce.calls import Calls
from shelfhook.model import ChangeState, Job, JobState
from shelfhook.sandbox.process import SandboxProcess
from shelfhook.store import Store
from tests.journeys.library import Books
from tests.journeys.test_actions import ROUTINES
from tests.support.service import PACKAGES
from tests.support.waiting import wait_until

pytestmark = [pytest.mark.crash, pytest.mark.timeout(300)]

KILLS = 10
SEED = int(os.environ.get("SHELFHOOK_CRASH_SEED") or random.randrange(1_000_000))


@pytest.fixture
def books(sandbox: SandboxProcess, tmp_path: Path) -> Books:
    sandbox.scan(wait=60)
    return Books(tmp_path, sandbox, tmp_path / "Comics", ROUTINES)


def start_engine(books: Books) -> subprocess.Popen[bytes]:
    environment = {
        **os.environ,
        "SHELFHOOK_CONFIG": str(books.config),
        "PYTHONPATH": str(PACKAGES),
    }
    with (books.folder / "engine.log").open("ab") as log:
        return subprocess.Popen(
            [sys.executable, "-m", "shelfhook.app", "engine"],
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
        )


def run_under_fire(books: Books, store: Store, job: Job, chance: random.Random) -> Job:
    """Run a job to its end with an engine that is killed again and again."""
    kills = 0
    while kills < KILLS:
        seen = books.sandbox.summary()["last"]
        engine = start_engine(books)
        books.sandbox.journal(since=seen, route="/api/v1/books/{bookId}", at_least=2, timeout=20)
        time.sleep(chance.uniform(0.0, 0.25))  # the moment itself is left to chance
        ended = store.jobs.get(job.id).state.final
        engine.send_signal(signal.SIGKILL)
        engine.wait(20)
        if ended:
            break
        kills += 1
    assert kills >= 5, "the job ended before it was killed often enough"
    engine = start_engine(books)
    try:
        wait_until(lambda: store.jobs.get(job.id).state.final, 90)
    finally:
        engine.terminate()
        engine.wait(30)
    ended_job = store.jobs.get(job.id)
    assert ended_job.state is JobState.COMPLETED
    assert ended_job.counts.failed == ended_job.counts.skipped == 0, ended_job
    return ended_job


def test_all_ends_the_same_however_often_the_engine_is_killed(books: Books) -> None:
    print(f"SHELFHOOK_CRASH_SEED={SEED}")  # noqa: T201 - shown when it fails
    chance = random.Random(SEED)
    before = books.state()
    shown = books.document("run", "tidy", "--dry-run")
    made = parts.read(books.config, {})
    books.sandbox.set_faults(latency_ms=10)
    with Store(made.settings.paths.database_url) as store:
        calls = Calls(store, made.settings.routines, SystemClock())
        applied = run_under_fire(books, store, calls.apply(shown["id"])[0], chance)

        planned = store.jobs.get(shown["id"])
        assert applied.counts.changed == planned.counts.planned
        for row in store.ledger.changes(applied.num, limit=10_000):
            assert row.state is ChangeState.APPLIED
        books.sandbox.set_faults()
        again = books.document("run", "tidy", "--dry-run")
        assert again["counts"]["planned"] == 0, "something that was shown was not done"
        assert not list(books.root.rglob(".*")), "a crash left something behind"

        books.sandbox.set_faults(latency_ms=10)
        undone = run_under_fire(books, store, calls.undo(applied.id)[0], chance)
        assert undone.counts.changed == applied.counts.changed
    books.sandbox.set_faults()
    assert books.state() == before
