"""What a host tells of itself becomes jobs, without any webhook; and nothing of it twice."""

from __future__ import annotations

import shutil
import zipfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from shelfhook.model import DERIVED, JobState
from shelfhook.sandbox.process import SandboxProcess
from shelfhook.store import Store
from tests.support.books import comic_info, picture
from tests.support.service import Service
from tests.support.waiting import wait_until

BOOKS = 2_000
CUTS = 10
PER_SERIES = 40
ROUTINES = """
[routines.process-all]
workers = 8
"""


def fill(folder: Path, books: int) -> None:
    """Small books, of which every fourth has a title of its own that its analysis brings."""
    page = picture()
    for number in range(books):
        series = folder / f"Series {number // PER_SERIES:03}"
        series.mkdir(parents=True, exist_ok=True)
        name = f"{series.name} #{number % PER_SERIES + 1:03} (2019).cbz"
        with zipfile.ZipFile(series / name, "w") as archive:
            archive.writestr("001.jpg", page)
            if number % 4 == 0:
                archive.writestr("ComicInfo.xml", comic_info(Title=name.removesuffix(".cbz")))


@pytest.fixture
def shelf_folder(tmp_path: Path) -> Path:
    folder = tmp_path / "Comics"
    folder.mkdir()
    return folder


@pytest.fixture
def told(shelf_folder: Path) -> Iterator[SandboxProcess]:
    """A server without books, and without a webhook, that tells of its tasks often."""
    arguments = ("--folder", shelf_folder, "--task-status", "0.3", "--heartbeat", "1")
    with SandboxProcess(*arguments) as started:
        yield started


def at_rest(sandbox: SandboxProcess, store: Store) -> bool:
    """The host has nothing to do, nothing waits in the inbox, and no job is under way."""
    open_states = (JobState.QUEUED, JobState.RUNNING, JobState.PAUSED)
    return (
        sandbox.wait_idle(0)
        and not store.inbox.waiting()
        and store.jobs.count(*open_states) == 0
        and store.jobs.count(JobState.COMPLETED) > 0
    )


def echoes_were_dropped(store: Store) -> bool:
    """What our own writes have caused was told, up to the end of what looked like a scan."""
    told = store.inbox.page(limit=20_000)
    return any(one.delivery.startswith(DERIVED) and one.state == "dropped" for one in told)


def cut(sandbox: SandboxProcess) -> None:
    """Let the scan go on until the stream breaks, and hold it until somebody listens again."""
    sandbox.control("PUT", "/sandbox/tasks", {"paused": False})
    wait_until(lambda: sandbox.wait_streams(0, 0) == 0)
    sandbox.control("PUT", "/sandbox/tasks", {"paused": True})
    sandbox.wait_streams(1)


@pytest.mark.crash
def test_every_added_book_is_written_once_though_the_stream_is_cut_and_the_engine_dies(
    told: SandboxProcess, shelf_folder: Path, tmp_path: Path
) -> None:
    service = Service(
        tmp_path / "service", told.url, told.admin_key, quiet=1.0, events="stream", more=ROUTINES
    )
    fill(tmp_path / "made", BOOKS)
    with service as shelf, shelf.store() as store:
        engine = shelf.start("engine")
        told.wait_streams(1)
        wait_until(lambda: store.cursors.cursors("komga"))  # it knows what is new from now on
        shutil.copytree(tmp_path / "made", shelf_folder, dirs_exist_ok=True)
        told.set_faults(sse_break={"events": 100})
        told.control("DELETE", "/sandbox/streams")  # this one ends in good order, others break
        told.wait_streams(1)
        told.scan(wait=0)
        for number in range(CUTS):
            cut(told)
            if number == 3:
                shelf.kill(engine)  # SIGKILL
                engine = shelf.start("engine")
            if number == 6:
                engine.terminate()
                engine.wait(30)
                shelf.start("engine")
        assert not told.wait_idle(0), "the scan was over before the stream was cut often enough"
        told.set_faults()
        told.control("PUT", "/sandbox/tasks", {"paused": False})
        wait_until(lambda: at_rest(told, store) and echoes_were_dropped(store), 60)
        books = told.books()
        assert len(books) == BOOKS
        written = Counter(entry["bookId"] for entry in told.writes(applied=True))
        assert written == dict.fromkeys((book["id"] for book in books), 1)
        assert len(store.jobs.page()) == 1
