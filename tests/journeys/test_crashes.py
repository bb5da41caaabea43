"""Promise 6: `kill -9` at any moment loses nothing and repeats nothing."""

from __future__ import annotations

import os
import random
import threading
import time
import urllib.error
from collections import Counter
from collections.abc import Mapping
from http.client import HTTPException
from pathlib import Path
from typing import Any

import pytest

from shelfhook.model import ChangeState, EventKind, JobState, NewEvent
from shelfhook.sandbox.process import SandboxProcess
from shelfhook.store import Store
from tests.support.service import Service, kill
from tests.support.waiting import wait_until

pytestmark = pytest.mark.crash

KILLS = 8
SEED = int(os.environ.get("SHELFHOOK_CRASH_SEED") or random.randrange(1_000_000))


def service(folder: Path, sandbox: SandboxProcess, **more: Any) -> Service:
    return Service(folder / "service", sandbox.url, sandbox.admin_key, **more)


def originals(sandbox: SandboxProcess) -> Mapping[str, Mapping[str, Any]]:
    return {book["id"]: book["metadata"] for book in sandbox.books()}


def scanned(library: str, delivery: str) -> NewEvent:
    return NewEvent("komga", EventKind.LIBRARY_SCANNED, delivery, 0, library)


def check_ledger_against_journal(
    store: Store, sandbox: SandboxProcess, before: Mapping[str, Mapping[str, Any]]
) -> None:
    """N outcomes; each changed book written once; every before is what really was there."""
    (job,) = store.jobs.page(states=[JobState.COMPLETED])
    items = store.ledger.items(job.num, limit=100_000)
    assert len(items) == len({row.item.id for row in items}) == len(before)
    assert (job.total, job.counts.processed, job.counts.failed) == (len(before), len(before), 0)
    assert None not in [row.outcome for row in items]
    applied = Counter(entry["bookId"] for entry in sandbox.writes(applied=True))
    assert set(applied.values()) == {1}
    changes = store.ledger.changes(job.num, limit=100_000)
    assert len(changes) == len(applied) == job.counts.changed
    after = originals(sandbox)
    for row in changes:
        change = row.change
        assert row.state is ChangeState.APPLIED
        was, now = before[change.entity_id], after[change.entity_id]
        assert dict(change.before) == {name: was[name] for name in change.before}
        assert dict(change.after) == {name: now[name] for name in change.after}
    assert {row.change.entity_id for row in changes} == set(applied)


def test_an_engine_killed_again_and_again_changes_every_book_exactly_once(
    sandbox: SandboxProcess, tmp_path: Path
) -> None:
    print(f"SHELFHOOK_CRASH_SEED={SEED}")  # noqa: T201 - shown when it fails
    chance = random.Random(SEED)
    before = originals(sandbox)
    library = str(sandbox.libraries()[0]["id"])
    sandbox.set_faults(latency_ms=20)
    kills = 0
    with service(tmp_path, sandbox) as shelf, shelf.store() as store:
        store.inbox.accept([scanned(library, "before the first start")], time.time())
        for life in range(KILLS):
            seen = sandbox.summary()["last"]
            engine = shelf.start("engine")
            # A life's moments: while it starts, at its first call, or deep in the work.
            if life % 4 == 3:
                time.sleep(chance.uniform(0.1, 0.9))
            else:
                sandbox.journal(since=seen, at_least=3, timeout=20)
                time.sleep(chance.uniform(0.0, 0.22))
            ended = [job for job in store.jobs.page() if job.state.final]
            shelf.kill(engine)
            if ended:
                break
            kills += 1
        assert kills >= 4, "the job ended before it was killed often enough"
        sandbox.set_faults()
        shelf.start("engine")
        wait_until(lambda: store.jobs.page(states=[JobState.COMPLETED]), 40)
        check_ledger_against_journal(store, sandbox, before)
        assert store.inbox.waiting() == []


def test_a_killed_engine_is_back_at_work_unaided_and_the_web_side_accepts_meanwhile(
    sandbox: SandboxProcess, tmp_path: Path
) -> None:
    before = originals(sandbox)
    library = str(sandbox.libraries()[0]["id"])
    sandbox.set_faults(latency_ms=20)
    with service(tmp_path, sandbox) as shelf:
        serve = shelf.start("serve")
        shelf.ready()
        assert shelf.scanned(library, "d1") == 202
        sandbox.writes(at_least=5, timeout=20)
        engine = shelf.child_of(serve, "engine")
        kill(engine)
        killed = time.time()
        wait_until(lambda: _gone(engine))
        seen = sandbox.summary()["last"]
        assert shelf.scanned("another", "d2") == 202  # nobody is there to work on it
        # The first calls may be those that were on their way, or the new engine's look at its host.
        reads = sandbox.journal(since=seen, route="/api/v1/books/{bookId}", at_least=6, timeout=20)
        assert reads[5]["time"] - killed < 15  # .8 s; `benchmarks/crash.py` measures it
        sandbox.set_faults()
        with shelf.store() as store:
            wait_until(lambda: store.jobs.page(states=[JobState.COMPLETED]), 40)
            check_ledger_against_journal(store, sandbox, before)


def _gone(pid: int) -> bool:
    try:
        return not Path(f"/proc/{pid}/cmdline").read_bytes()  # a zombie has none
    except OSError:
        return True


def test_every_delivery_that_was_answered_is_there_once_though_the_web_process_was_killed(
    sandbox: SandboxProcess, tmp_path: Path
) -> None:
    library = str(sandbox.libraries()[0]["id"])
    answered: set[str] = set()
    sent: set[str] = set()
    stop = threading.Event()
    answers = threading.Lock()
    with service(tmp_path, sandbox, quiet=60, engine="max_wait_seconds = 60") as shelf:

        def deliver(sender: int) -> None:
            for number in range(100_000):
                if stop.is_set():
                    return
                name = f"{sender}-{number}"
                for _ in range(400):  # like a real sender: the same delivery until it is answered
                    sent.add(name)
                    try:
                        status = shelf.scanned(library, name)
                    except (OSError, HTTPException, urllib.error.URLError):
                        if stop.wait(0.02):
                            return
                        continue
                    if status in (200, 202):
                        with answers:
                            answered.add(name)
                        break

        serve = shelf.start("serve")
        shelf.ready()
        senders = [threading.Thread(target=deliver, args=(n,), daemon=True) for n in range(4)]
        for sender in senders:
            sender.start()
        for _ in range(2):
            so_far = len(answered)
            wait_until(lambda least=so_far + 100: len(answered) >= least, 30)  # type: ignore[misc]
            kill(shelf.child_of(serve, "web"))
        so_far = len(answered)
        wait_until(lambda: len(answered) >= so_far + 100, 30)
        stop.set()
        for sender in senders:
            sender.join(20)
        with shelf.store() as store, store._read_engine.connect() as connection:
            rows = connection.exec_driver_sql("SELECT delivery FROM events").scalars().all()
    assert len(rows) == len(set(rows)), "an event was stored twice"
    assert answered <= set(rows) <= sent
