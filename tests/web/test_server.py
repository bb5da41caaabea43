from __future__ import annotations

import json
import shutil
import signal
import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path

import pytest

from shelfhook.clock import SystemClock
from shelfhook.model import Job, JobState
from shelfhook.store import Store
from tests.web import desk, serving
from tests.web.serving import Served, follow, head, read_until, until

SCAN = json.dumps(desk.SCAN).encode()
JSON = {"Content-Type": "application/json"}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory, empty_database: Path) -> Path:
    return Path(shutil.copytree(empty_database, tmp_path_factory.mktemp("served") / "data"))


@pytest.fixture
def store(folder: Path) -> Iterator[Store]:
    with Store(desk.folder_database(folder)) as opened:
        yield opened


@pytest.fixture(scope="module")
def served(folder: Path) -> Iterator[Served]:
    with serving.server(folder, threads=1, max_streams=2) as running:
        yield running


@pytest.fixture
def mortal(folder: Path) -> Iterator[Served]:
    """A server for a test that ends it."""
    with serving.server(folder) as running:
        yield running


@pytest.fixture
def job(store: Store) -> Iterator[Job]:
    started = desk.run(store, SystemClock(), library=str(uuid.uuid4()))
    yield started
    store.jobs.move(started.num, JobState.COMPLETED, 1_700_000_000.0)  # its streams end by it


@pytest.fixture
def delivery() -> str:
    return str(uuid.uuid4())


def stored(store: Store, delivery: str) -> int:
    """How many events of a delivery lie in the inbox."""
    return sum(event.delivery.startswith(delivery) for event in store.inbox.page())


def test_a_delivery_over_a_socket_is_committed_when_it_is_answered(
    served: Served, store: Store, delivery: str
) -> None:
    headers = desk.HOOK | JSON | {"webhook-id": delivery}
    assert [served.call("POST", "/hooks/komga", headers, SCAN)[0] for _ in range(2)] == [202, 200]
    assert stored(store, delivery) == 1


def test_ten_megabytes_are_413_with_and_without_an_announced_length(
    served: Served, store: Store, delivery: str
) -> None:
    body = b" " * 10_000_000
    headers = desk.HOOK | JSON | {"webhook-id": delivery}
    status, document = served.call("POST", "/hooks/komga", headers, body)
    assert (status, json.loads(document)["status"]) == (413, 413)

    chunk = b"%x\r\n%s\r\n" % (2**16, b" " * 2**16)
    top = head("POST", "/hooks/komga", headers | {"Transfer-Encoding": "chunked"})
    assert served.ask(top + chunk * 160 + b"0\r\n\r\n")[0] == 413

    assert served.call("GET", "/health", {})[0] == 503  # the engine is not there; we are
    assert stored(store, delivery) == 0


def test_a_chunked_delivery_is_read_whole(served: Served) -> None:
    chunks = b"".join(b"1\r\n%c\r\n" % byte for byte in SCAN) + b"0\r\n\r\n"
    top = head("POST", "/hooks/komga", desk.HOOK | JSON | {"Transfer-Encoding": "chunked"})
    assert served.ask(top + chunks)[0] == 202


def test_a_bad_signature_over_a_socket_stores_nothing(
    served: Served, store: Store, delivery: str
) -> None:
    good = desk.signed(SCAN, SystemClock(), delivery=delivery)
    bad = good | {"webhook-signature": "v1,AAAA"}
    assert served.call("POST", "/hooks/signed", bad, SCAN)[0] == 401
    assert stored(store, delivery) == 0
    assert served.call("POST", "/hooks/signed", good, SCAN)[0] == 202


def test_open_streams_starve_neither_hooks_nor_health(
    served: Served, store: Store, job: Job, delivery: str
) -> None:
    with ExitStack() as tabs:
        for _ in range(2):
            tabs.enter_context(follow(served, job))
        status, _ = served.call("GET", f"/api/jobs/{job.id}/events", desk.API)
        assert status == 503
        with ThreadPoolExecutor(8) as pool:
            answers = pool.map(
                lambda n: served.call(
                    "POST",
                    "/hooks/komga",
                    desk.HOOK | JSON | {"webhook-id": f"{delivery} {n}"},
                    SCAN,
                )[0],
                range(32),
            )
            assert set(answers) == {202}
        assert stored(store, delivery) == 32
        assert served.call("GET", "/health", {})[0] == 503  # answered: no engine runs here

    # The tabs are closed: at the next messages the server notices, and the seats are free.
    def seat_is_free() -> bool:
        store.jobs.mark(job.num, limit=store.jobs.get(job.id).version)
        with served.connect() as connection:
            connection.sendall(head("GET", f"/api/jobs/{job.id}/events", desk.API))
            return b" 200 " in connection.recv(64)

    until(seat_is_free)


def test_a_stream_over_a_socket_ends_with_the_final_state(
    served: Served, store: Store, job: Job
) -> None:
    with follow(served, job) as connection:
        store.jobs.mark(job.num, limit=5)
        read_until(connection, b"event: progress")
        store.jobs.move(job.num, JobState.COMPLETED, 1_700_000_000.0)
        read_until(connection, b"event: done")
        while connection.recv(1000):
            pass


@pytest.mark.parametrize("order", [signal.SIGTERM, signal.SIGINT])
def test_the_order_to_stop_ends_streams_and_server_cleanly(
    mortal: Served, job: Job, order: signal.Signals
) -> None:
    with follow(mortal, job):
        mortal.process.send_signal(order)
        assert mortal.process.wait(8) == 0
    assert not mortal.answers()


def test_a_killed_parent_leaves_no_worker_behind(mortal: Served) -> None:
    mortal.process.kill()
    until(lambda: not mortal.answers())
