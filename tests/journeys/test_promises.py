"""From HTTP to the host's state: the promises of the design page, against the sandbox."""

from __future__ import annotations

import socket
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from shelfhook.sandbox.options import Login, Options
from shelfhook.sandbox.server import SandboxServer
from tests.journeys.house import House, house
from tests.support.waiting import wait_until

Start = Callable[[int], SandboxServer]


@pytest.fixture
def sandboxes() -> Iterator[Start]:
    """Makes sandboxes with so many books in memory; what a hold keeps back is let go at the end."""
    started: list[SandboxServer] = []

    def start(books: int) -> SandboxServer:
        server = SandboxServer(Options(books=books))
        server.start()
        started.append(server)
        return server

    yield start
    for server in started:
        server.set_faults()
        server.stop()


def library_of(sandbox: SandboxServer) -> str:
    return str(sandbox.libraries()[0]["id"])


def applied(sandbox: SandboxServer) -> Counter[str]:
    """How often each book was written to."""
    return Counter(entry["bookId"] for entry in sandbox.writes(applied=True))


PATCHES = {"methods": ["PATCH"]}
READS = {"methods": ["GET"], "path": "/api/v1/books/*"}


def test_promise_2_a_delivery_is_answered_after_its_commit_and_counts_once(
    tmp_path: Path, sandboxes: Start
) -> None:
    sandbox = sandboxes(10)
    library = library_of(sandbox)
    with house(tmp_path, sandbox, quiet=0.3) as home:
        status, first = home.scanned(library, "delivery-1")
        assert status == 202
        with home.store._read_engine.connect() as connection:  # what another process would see
            stored = connection.exec_driver_sql("SELECT id FROM events").scalars().all()
        assert stored == [first["id"]]
        for _ in range(3):
            status, again = home.scanned(library, "delivery-1")
            assert (status, again["id"]) == (200, first["id"])
        home.job(0)
        assert home.scanned(library, "delivery-1")[0] == 200
        assert len(home.jobs()) == 1


def test_promise_3_an_event_during_a_job_makes_one_more_and_a_storm_only_one(
    tmp_path: Path, sandboxes: Start
) -> None:
    sandbox = sandboxes(10)
    library = library_of(sandbox)
    with house(tmp_path, sandbox, quiet=0.1) as home:
        sandbox.set_faults(hold=READS)
        home.scanned(library)
        running = home.job(0, "running")
        sandbox.wait_held(4)
        batch = {"event": "library.scanned", "library": {"id": library}}
        for number in range(10):
            status, _ = home.deliver({"events": [batch] * 1000, "id": f"storm-{number}"})
            assert status == 202
        waiting = home.job(1, "queued")
        wait_until(lambda: not home.store.inbox.waiting())
        assert [job["id"] for job in home.jobs()] == [running["id"], waiting["id"]]
        sandbox.set_faults()
        assert [home.job(n)["state"] for n in (0, 1)] == ["completed"] * 2
        assert len(home.jobs()) == 2
        with home.store._read_engine.connect() as connection:
            states = connection.exec_driver_sql(
                "SELECT state, count(*) FROM events GROUP BY state"
            ).all()
        assert [tuple(row) for row in states] == [("taken", 10_001)]


def test_promise_3_a_storm_without_end_is_a_job_after_the_longest_wait(
    tmp_path: Path, sandboxes: Start
) -> None:
    sandbox = sandboxes(5)
    library = library_of(sandbox)
    with house(tmp_path, sandbox, quiet=0.6, engine="max_wait_seconds = 1.2") as home:
        began = home.clock.monotonic()

        def storm() -> bool:
            home.scanned(library)
            return bool(home.jobs())

        wait_until(storm, limit=5)  # never quiet for 0.6 s
        assert 1.1 < home.clock.monotonic() - began < 2.5


def test_promise_4_n_books_in_are_n_outcomes(tmp_path: Path, sandboxes: Start) -> None:
    sandbox = sandboxes(230)
    with house(tmp_path, sandbox, engine="page_size = 50") as home:
        assert home.call("POST", "/api/jobs/process-all", {})[0] == 202
        job = home.job(0)
        items = home.items(job)
        books = {book["id"] for book in sandbox.books()}
        assert {item["id"] for item in items} == books
        assert (job["processed"], job["total"], len(items)) == (230, 230, 230)
        counts = Counter(item["outcome"] for item in items)
        assert counts == {name: count for name, count in job["counts"].items() if count}
        assert applied(sandbox) == dict.fromkeys(
            (item["id"] for item in items if item["outcome"] == "changed"), 1
        )


def test_promise_5_after_a_cancel_at_most_a_pool_of_books_is_still_written(
    tmp_path: Path, sandboxes: Start
) -> None:
    sandbox = sandboxes(100)
    with house(tmp_path, sandbox) as home:
        sandbox.set_faults(hold={**PATCHES, "after": 10})
        home.scanned(library_of(sandbox))
        job = home.job(0, "running")
        sandbox.wait_held(4)
        home.store.jobs.wish(job["id"], "cancel", home.clock.now())  # type: ignore[arg-type]
        (runner,) = home.engine.dispatcher.running()
        wait_until(runner._cancelled.is_set)
        at_cancel = len(sandbox.writes(applied=True))
        sandbox.set_faults()
        ended = home.job(0)
        assert ended["state"] == "cancelled"
        assert len(sandbox.writes(applied=True)) - at_cancel <= 4
        assert ended["processed"] == ended["total"]
        assert ended["counts"]["changed"] == len(sandbox.writes(applied=True))
        for what in ("cancel", "pause", "resume"):
            assert home.call("POST", f"/api/jobs/{job['id']}/{what}", {})[0] == 409
        assert home.jobs()[0]["state"] == "cancelled"


def test_promise_5_a_cancel_over_http_returns_when_it_holds(
    tmp_path: Path, sandboxes: Start
) -> None:
    sandbox = sandboxes(300)
    sandbox.set_faults(latency_ms=10)
    with house(tmp_path, sandbox) as home:
        home.scanned(library_of(sandbox))
        job = home.job(0, "running")
        sandbox.writes(at_least=5, timeout=10)
        status, answer = home.call("POST", f"/api/jobs/{job['id']}/cancel", {})
        at_return = len(sandbox.writes(applied=True))
        assert (status, answer["granted"], answer["state"]) == (200, True, "cancelled")
        wait_until(lambda: not home.engine.dispatcher.running())
        assert len(sandbox.writes(applied=True)) - at_return <= 4


def test_a_pause_over_http_holds_over_a_restart_and_a_resume_goes_on(
    tmp_path: Path, sandboxes: Start
) -> None:
    sandbox = sandboxes(200)
    sandbox.set_faults(latency_ms=10)
    with house(tmp_path, sandbox) as home:
        home.scanned(library_of(sandbox))
        job = home.job(0, "running")
        sandbox.writes(at_least=5, timeout=10)
        status, answer = home.call("POST", f"/api/jobs/{job['id']}/pause", {})
        assert (status, answer["state"]) == (200, "paused")
        home.restart()
        home.job(0, "paused")
        before = len(sandbox.writes())
        assert home.call("POST", f"/api/jobs/{job['id']}/resume", {})[0] == 200
        sandbox.set_faults()
        assert home.job(0)["processed"] == 200
        assert len(sandbox.writes()) > before
        assert set(applied(sandbox).values()) == {1}


def test_promise_7_a_second_run_writes_nothing_and_our_own_echo_starts_no_job(
    tmp_path: Path, sandboxes: Start
) -> None:
    sandbox = sandboxes(60)
    library = library_of(sandbox)
    events = '[routines.process-all.triggers]\nevents = ["library.scanned", "item.changed"]'
    with house(tmp_path, sandbox, more=events) as home:
        home.scanned(library)
        changed = [item["id"] for item in home.items(home.job(0)) if item["outcome"] == "changed"]
        written = len(sandbox.writes())
        assert written == len(changed) > 5
        home.scanned(library)
        second = home.job(1)
        assert second["counts"]["unchanged"] == second["total"] == 60
        assert len(sandbox.writes()) == written
        echoes = [
            {"event": "item.changed", "library": {"id": library}, "item": {"id": book}}
            for book in changed
        ]
        assert home.deliver({"events": echoes})[0] == 202
        wait_until(lambda: not home.store.inbox.waiting())
        assert len(home.jobs()) == 2
        # Somebody else's change of such a book is none of our echoes.
        sandbox.call("PATCH", f"/api/v1/books/{changed[0]}/metadata", {"summary": "by hand"})
        home.deliver(echoes[0])
        assert home.job(2)["state"] == "completed"


def test_promise_8_a_vanished_book_is_skipped_and_a_bad_one_does_not_stop_the_rest(
    tmp_path: Path, sandboxes: Start
) -> None:
    sandbox = sandboxes(40)
    books = [book["id"] for book in sandbox.books()]
    with house(tmp_path, sandbox, engine="item_attempts = 1", host="retries = 0") as home:
        sandbox.set_faults(hold=READS)
        home.scanned(library_of(sandbox))
        sandbox.wait_held(4)
        wait_until(lambda: home.jobs()[0]["total"] == 40)
        sandbox.vanish(books[20])
        sandbox.vanish(books[30])
        sandbox.set_faults(error_500_after_ms={"ms": 0, "path": f"/api/v1/books/{books[10]}"})
        job = home.job(0)
        assert job["state"] == "completed"
        outcomes = {item["id"]: item["outcome"] for item in home.items(job)}
        bad = {name: outcomes.pop(books[n]) for n, name in ((10, "bad"), (20, "a"), (30, "b"))}
        assert bad == {"bad": "failed", "a": "skipped", "b": "skipped"}
        assert set(outcomes.values()) <= {"changed", "unchanged"}
        sandbox.set_faults()
        status, retried = home.call("POST", f"/api/jobs/{job['id']}/retry", {})
        assert (status, retried["parent"]) == (202, job["id"])
        again = home.job(1)
        assert (again["total"], again["counts"]["failed"]) == (1, 0)


def test_promise_9_an_outage_in_the_middle_of_a_job_costs_time_and_no_book(
    tmp_path: Path, sandboxes: Start
) -> None:
    sandbox = sandboxes(120)
    with house(tmp_path, sandbox, engine="page_size = 30") as home:
        sandbox.set_faults(latency_ms=5, offline={"after": 80})
        home.scanned(library_of(sandbox))
        paused = home.job(0, "paused")
        assert "the host is down" in paused["reason"]
        assert paused["counts"]["failed"] == 0
        sandbox.set_faults()
        job = home.job(0)
        assert (job["state"], job["processed"], job["counts"]["failed"]) == ("completed", 120, 0)
        assert set(applied(sandbox).values()) == {1}
        with home.store._read_engine.connect() as connection:
            states = connection.exec_driver_sql("SELECT DISTINCT state FROM changes")
            assert states.scalars().all() == ["applied"]


def test_answers_that_are_lost_make_no_second_write(tmp_path: Path, sandboxes: Start) -> None:
    sandbox = sandboxes(60)
    with house(tmp_path, sandbox, host="retries = 0") as home:
        sandbox.set_faults(drop_after_write={**PATCHES, "every": 7})
        home.scanned(library_of(sandbox))
        job = home.job(0)
        assert (job["state"], job["counts"]["failed"]) == ("completed", 0)
        assert job["counts"]["changed"] == len(applied(sandbox))
        assert set(applied(sandbox).values()) == {1}


def test_a_host_that_is_unreachable_at_the_start_is_told_and_found_when_it_comes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("shelfhook.app.engine.HOST_LOOK", 0.5)
    with socket.create_server(("127.0.0.1", 0)) as reserved:
        port = reserved.getsockname()[1]
    with House(tmp_path, f"http://127.0.0.1:{port}", "the-key") as home:

        def health() -> tuple[int, dict[str, Any]]:
            return home.call("GET", "/health")

        wait_until(lambda: health()[1]["hosts"]["komga"]["message"] != "not asked yet", limit=5)
        status, document = health()
        assert (status, document["status"]) == (200, "degraded")
        assert document["hosts"]["komga"]["ok"] is False
        assert home.call("POST", "/api/jobs/process-all", {})[0] == 202
        assert "the host is down" in home.job(0, "paused")["reason"]
        admin = Login("admin@example.org", "pw", "the-key")
        with SandboxServer(Options(books=20, port=port, admin=admin)) as sandbox:
            job = home.job(0)
            assert (job["state"], job["processed"]) == ("completed", 20)
            assert set(applied(sandbox).values()) == {1}
            wait_until(lambda: health()[1]["status"] == "ok")


def test_a_library_that_the_host_does_not_have_fails_the_job_and_says_so(
    tmp_path: Path, sandboxes: Start
) -> None:
    with house(tmp_path, sandboxes(5)) as home:
        assert home.scanned("no-such-library")[0] == 202
        job = home.job(0)
        assert job["state"] == "failed"
        assert "unknown library 'no-such-library'" in job["reason"]


def test_a_dry_run_shows_every_change_and_writes_nothing(tmp_path: Path, sandboxes: Start) -> None:
    sandbox = sandboxes(30)
    with house(tmp_path, sandbox) as home:
        assert home.call("POST", "/api/jobs/process-all", {"dry_run": True})[0] == 202
        job = home.job(0)
        planned = [item for item in home.items(job) if item["outcome"] == "planned"]
        assert len(planned) == job["counts"]["planned"] > 5
        for item in planned:
            (change,) = item["changes"]
            assert change["state"] == "planned"
            assert change["before"].keys() == change["after"].keys()
            assert change["before"] != change["after"]
        assert sandbox.writes() == []
