"""The streams over real sockets, by our server in a process of its own."""

from __future__ import annotations

import json
import shutil
import uuid
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from shelfhook.clock import SystemClock
from shelfhook.model import Job, JobState
from shelfhook.store import Store
from tests.web import desk, serving
from tests.web.live.listening import parsed
from tests.web.serving import Served, follow, head, read_until, stream, until

SEATS = 150
THREADS = 2
MANY = 120
"""Streams at once: far more than threads."""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory, empty_database: Path) -> Path:
    return Path(shutil.copytree(empty_database, tmp_path_factory.mktemp("live") / "data"))


@pytest.fixture(scope="module")
def served(folder: Path) -> Iterator[Served]:
    with serving.server(folder, threads=THREADS, max_streams=SEATS) as running:
        yield running


@pytest.fixture
def store(folder: Path) -> Iterator[Store]:
    with Store(desk.folder_database(folder)) as opened:
        yield opened


@pytest.fixture
def job(store: Store) -> Iterator[Job]:
    started = desk.run(store, SystemClock(), library=str(uuid.uuid4()))
    yield started
    store.jobs.move(started.num, JobState.COMPLETED, 1_700_000_000.0)


def worker_threads(served: Served) -> int:
    """Threads of the server's processes."""

    def of(pid: int) -> int:
        tasks = list(Path(f"/proc/{pid}/task").iterdir())
        children = [
            int(child) for task in tasks for child in (task / "children").read_text().split()
        ]
        return len(tasks) + sum(map(of, children))

    return of(served.process.pid)


def document(data: bytes, kind: str) -> Any:
    """The last event of a kind in what was received."""
    body = data.rpartition(f"event: {kind}\n".encode())[2]
    return json.loads(body.partition(b"data: ")[2].partition(b"\n\n")[0])


def heads(data: bytes) -> tuple[int, dict[str, str]]:
    lines = data.partition(b"\r\n\r\n")[0].decode().split("\r\n")
    named = (line.partition(": ") for line in lines[1:])
    return int(lines[0].split(" ")[1]), {name.lower(): value for name, _, value in named}


def ask(served: Served, method: str, path: str, headers: dict[str, str]) -> bytes:
    with served.connect() as connection:
        connection.sendall(head(method, path, headers))
        data = b""
        while more := connection.recv(65_536):
            data += more
        return data


def test_many_streams_take_no_thread_each_and_all_hear_of_a_change(
    served: Served, store: Store, job: Job
) -> None:
    follow(served, job).close()  # the tailer's thread runs from now on
    before = worker_threads(served)
    with ExitStack() as tabs:
        streams = [tabs.enter_context(follow(served, job)) for _ in range(MANY)]
        assert worker_threads(served) - before <= THREADS + 8  # the pool's, and no more
        assert served.call("GET", "/api/jobs", desk.API)[0] == 200
        store.jobs.mark(job.num, limit=5)
        for one in streams:
            read_until(one, b'"limit":5')
        store.jobs.move(job.num, JobState.COMPLETED, 1_700_000_000.0)
        for one in streams:
            read_until(one, b"event: done")


@pytest.mark.parametrize("prefix", ["/api/v1", "/api"])
def test_a_page_is_greeted_told_the_state_and_each_change(
    served: Served, store: Store, job: Job, prefix: str
) -> None:
    with stream(served, f"{prefix}/live?topics=overview&job={job.id[:8]}", desk.API) as page:
        data = read_until(page, b"event: schedules")
        assert data.index(b"retry: ") < data.index(b"event: hello") < data.index(b"event: job")
        assert b"event: inbox" in data
        store.jobs.mark(job.num, limit=9)
        assert b'"limit":9' in read_until(page, b'"limit":9')
        store.jobs.move(job.num, JobState.COMPLETED, 1_700_000_000.0)
        read_until(page, b'"state":"completed"')


def test_a_page_of_one_job_hears_of_no_other(served: Served, store: Store, job: Job) -> None:
    other = desk.run(store, SystemClock(), library=str(uuid.uuid4()))
    with stream(served, f"/api/v1/live?job={job.id}", desk.API) as page:
        data = read_until(page, b"event: job")
        store.jobs.mark(other.num, limit=1)
        store.jobs.mark(job.num, limit=2)
        data += read_until(page, b'"limit":2')
        assert other.id.encode() not in data
    store.jobs.move(other.num, JobState.COMPLETED, 1_700_000_000.0)


def test_the_headers_are_those_of_a_stream_that_no_proxy_may_hold_back(
    served: Served, job: Job
) -> None:
    with served.connect() as connection:
        connection.sendall(head("GET", f"/api/v1/jobs/{job.id}/events", desk.API))
        status, headers = heads(read_until(connection, b"event: snapshot"))
    assert status == 200
    assert headers["content-type"].startswith("text/event-stream")
    assert headers["x-accel-buffering"] == "no"
    assert headers["cache-control"] == "no-store"
    assert headers["x-content-type-options"] == "nosniff"


def test_head_tells_the_headers_and_ends(served: Served, job: Job) -> None:
    status, headers = heads(ask(served, "HEAD", f"/api/v1/jobs/{job.id}/events", desk.API))
    assert (status, headers["content-type"].split(";")[0]) == (200, "text/event-stream")


NOBODY = "00000000-0000-0000-0000-000000000000"


@pytest.mark.parametrize(
    ("path", "headers", "status", "field"),
    [
        ("/api/v1/live?topics=jobs", {}, 401, None),
        ("/api/v1/live?topics=jobs", {"Authorization": "Bearer wrong"}, 401, None),
        (f"/api/v1/jobs/{NOBODY}/events", {}, 401, None),
        (f"/api/v1/jobs/{NOBODY}/events", desk.API, 404, "job"),
        ("/api/v1/jobs/x/events", desk.API, 404, "job"),
        (f"/api/v1/live?job={NOBODY}", desk.API, 404, "job"),
        ("/api/v1/live?topics=weather", desk.API, 400, "topics"),
        ("/api/v1/live", desk.API, 400, "topics"),
        ("/api/v1/live?topics=jobs&x=1", desk.API, 400, "x"),
    ],
)
def test_what_is_wrong_is_answered_like_every_other_error(
    served: Served, path: str, headers: dict[str, str], status: int, field: str | None
) -> None:
    answer = ask(served, "GET", path, headers)
    found, named = heads(answer)
    assert (found, named["content-type"]) == (status, "application/problem+json")
    problem = json.loads(answer.partition(b"\r\n\r\n")[2])
    assert (problem["status"], problem.get("field")) == (status, field)


def test_who_comes_when_all_seats_are_taken_is_told_when_to_come_back(
    folder: Path, job: Job
) -> None:
    with serving.server(folder, max_streams=2) as small, ExitStack() as tabs:
        for _ in range(2):
            tabs.enter_context(follow(small, job))
        status, headers = heads(ask(small, "GET", f"/api/v1/jobs/{job.id}/events", desk.API))
        assert (status, headers["retry-after"]) == (503, "2")
        tabs.close()  # clients that vanish are noticed without anything being sent to them
        stream(small, "/api/v1/live?topics=hosts", desk.API).close()


def test_who_comes_back_with_its_version_gets_no_snapshot(served: Served, job: Job) -> None:
    seen = desk.API | {"Last-Event-ID": str(job.version)}
    with stream(served, f"/api/v1/jobs/{job.id}/events", seen) as connection:
        assert b"snapshot" not in read_until(connection, b": nothing new")


def test_a_job_that_has_ended_is_told_and_the_stream_ends(
    served: Served, store: Store, job: Job
) -> None:
    store.jobs.move(job.num, JobState.FAILED, 1_700_000_000.0, "the disk is full")
    answer = ask(served, "GET", f"/api/v1/jobs/{job.id}/events", desk.API)
    assert answer.count(b"event: snapshot") == answer.count(b"event: done") == 1
    assert document(answer, "done")["reason"] == "the disk is full"


def test_streams_that_come_and_go_leave_no_seat_taken(served: Served, job: Job) -> None:
    for _ in range(3):
        with ExitStack() as tabs:
            for _ in range(SEATS // 2):
                tabs.enter_context(follow(served, job))

    def all_free() -> bool:
        """As many as there are seats may come at once."""
        with ExitStack() as tabs:
            for _ in range(SEATS):
                connection = tabs.enter_context(served.connect())
                connection.sendall(head("GET", "/api/v1/live?topics=hosts", desk.API))
                if b" 200 " not in connection.recv(15):
                    return False
        return True

    until(all_free)


def test_events_are_well_formed(served: Served, job: Job) -> None:
    with stream(served, f"/api/v1/live?job={job.id}", desk.API) as page:
        data = read_until(page, b'"links"')
        data += b"" if data.endswith(b"\n\n\r\n") else read_until(page, b"\n\n")
    chunks = data.partition(b"\r\n\r\n")[2].split(b"\r\n")
    body = b"".join(chunks[1::2])
    assert [one[0] for one in parsed(body) if one[0]][:2] == ["hello", "job"]
