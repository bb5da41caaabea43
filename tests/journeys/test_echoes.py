"""Our own writes never trigger us again: two routines, with the host's events coming back in.

Between them they write everything that Shelfhook can write: fields of books and series, files,
covers, lists, and the commands. Every event that names a book counts as a change of it.
"""

from __future__ import annotations

import json
import shutil
import threading
import urllib.request
import uuid
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from shelfhook.model import JobState
from shelfhook.sandbox.process import SandboxProcess
from shelfhook.store import Store
from tests.support.books import cbz, pages
from tests.support.planting import tar
from tests.support.service import DIRECT, Service
from tests.support.waiting import wait_until

KINDS = {
    "BookAdded": "item.added",
    "BookChanged": "item.changed",
    "BookDeleted": "item.removed",
    "ThumbnailBookAdded": "item.changed",
    "ThumbnailBookDeleted": "item.changed",
}
NAMES_NO_BOOK = {"SeriesChanged", "CollectionAdded", "ReadListAdded", "ReadListChanged"}
"""What else is told of our writes; a bridge has no item to name."""
EVENTS = 'triggers = { events = ["library.scanned", "item.added", "item.changed"] }'
ROUTINES = f"""
[routines.process-all.triggers]
enabled = false
[routines.tidy]
filter = {{ status = ["READY"] }}
actions = [
  {{ name = "normalize", sort_title = "move-article" }},
  {{ name = "tags", add = ["checked"], on = "both" }},
  {{ name = "embed" }},
  {{ name = "cover", page = 2 }},
  {{ name = "collect", lists = [
    {{ name = "Checked", where = {{ tag = "checked" }} }},
    {{ kind = "read-list", name = "All of {{series}}", sort = "series-number" }},
  ] }},
]
{EVENTS}
[routines.polish]
actions = [
  {{ name = "convert" }},
  {{ name = "refresh" }},
  {{ name = "analyze" }},
  {{ name = "collect", lists = [
    {{ kind = "read-list", name = "By hand", where = {{ series = "*" }} }},
  ] }},
]
{EVENTS}
"""


class Bridge(threading.Thread):
    """Passes the host's stream of events on to the webhook; ends when the stream does."""

    def __init__(self, sandbox: SandboxProcess, shelf: Service) -> None:
        self.before: dict[str, int] = sandbox.status()["events"]
        self._library = str(sandbox.libraries()[0]["id"])
        super().__init__(name="bridge", daemon=True)
        self._shelf = shelf
        request = urllib.request.Request(
            f"{sandbox.url}/sse/v1/events", headers={"X-API-Key": sandbox.admin_key}
        )
        self._stream = DIRECT.open(request, timeout=60)
        self.heard: dict[str, int] = {}

    def run(self) -> None:
        name = ""
        for raw in self._stream:
            line = raw.decode().strip()
            if line.startswith("event:"):
                name = line.removeprefix("event:").strip()
            elif line.startswith("data:"):
                self._pass_on(name, json.loads(line.removeprefix("data:")))
                self.heard[name] = self.heard.get(name, 0) + 1

    def _pass_on(self, name: str, data: dict[str, str]) -> None:
        if name not in KINDS:
            return
        body = {
            "event": KINDS[name],
            "library": {"id": data.get("libraryId", self._library)},
            "item": {"id": data["bookId"]},
        }
        headers = {"webhook-id": str(uuid.uuid4())}
        token = self._shelf.hook_token
        status, _ = self._shelf.call("POST", "/hooks/komga", body, token=token, headers=headers)
        assert status == 202


@contextmanager
def listening(sandbox: SandboxProcess, shelf: Service) -> Iterator[Bridge]:
    bridge = Bridge(sandbox, shelf)
    bridge.start()
    sandbox.wait_streams(1)
    try:
        yield bridge
    finally:
        sandbox.control("DELETE", "/sandbox/streams")
        bridge.join(10)


def all_is_quiet(sandbox: SandboxProcess, bridge: Bridge, store: Store) -> bool:
    """The host has nothing to do, has told everything, and all of it has been looked at."""
    told = {name: n - bridge.before.get(name, 0) for name, n in sandbox.status()["events"].items()}
    told = {name: n for name, n in told.items() if n and name != "TaskQueueStatus"}
    heard = {name: n for name, n in bridge.heard.items() if name != "TaskQueueStatus"}
    unfinished = store.jobs.count(JobState.QUEUED, JobState.RUNNING, JobState.PAUSED)
    return (
        sandbox.wait_idle(0.1)
        and told == heard
        and not store.inbox.waiting()
        and unfinished == 0
        and store.jobs.count(JobState.COMPLETED) > 0
    )


def plant(root: Path, sandbox: SandboxProcess) -> None:
    """An archive that is only named CBZ, and a list that a person has made."""
    series = sorted(path for path in root.iterdir() if path.is_dir())[0]
    (series / "zz 1.cbz").write_bytes(tar(pages(3)))
    sandbox.scan(wait=60)
    books = [one["id"] for one in sandbox.books()[:2]]
    body = {"name": "By hand", "ordered": True, "summary": "", "bookIds": books}
    sandbox.call("POST", "/api/v1/readlists", body)


def check_that_all_was_written(sandbox: SandboxProcess) -> None:
    """Each sort of write was made, so that its echo must have come."""
    written = {(entry["method"], entry["route"]) for entry in sandbox.writes()}
    assert written >= {
        ("PATCH", "/api/v1/books/{bookId}/metadata"),
        ("PATCH", "/api/v1/series/{seriesId}/metadata"),
        ("POST", "/api/v1/books/{bookId}/analyze"),
        ("POST", "/api/v1/books/{bookId}/metadata/refresh"),
        ("POST", "/api/v1/books/{bookId}/thumbnails"),
        ("POST", "/api/v1/collections"),
        ("POST", "/api/v1/readlists"),
        ("PATCH", "/api/v1/readlists/{id}"),
    }
    (converted,) = (one for one in sandbox.books() if one["url"].endswith("/zz 1.cbz"))
    assert converted["media"]["status"] == "READY"


def test_after_the_first_writes_no_further_job_arises(
    sandbox: SandboxProcess, tmp_path: Path
) -> None:
    paths = f'[hosts.komga.paths]\n"{tmp_path}/Comics" = "{tmp_path}/Comics"'
    with Service(
        tmp_path / "service",
        sandbox.url,
        sandbox.admin_key,
        quiet=1.0,
        host=paths,
        more=ROUTINES,
    ) as shelf:
        plant(tmp_path / "Comics", sandbox)
        shelf.start("serve")
        shelf.ready()
        with listening(sandbox, shelf) as bridge, shelf.store() as store:
            assert shelf.scanned(str(sandbox.libraries()[0]["id"]), "the scan") == 202
            wait_until(lambda: all_is_quiet(sandbox, bridge, store), 90)
            jobs = {job.routine: job for job in store.jobs.page()}
            assert len(store.jobs.page()) == len(jobs) == 2, store.jobs.page()
            assert jobs["tidy"].counts.changed > 150
            assert jobs["tidy"].counts.failed == 0
            assert jobs["polish"].counts.failed == 0
            check_that_all_was_written(sandbox)
            assert bridge.heard["BookChanged"] > 500
            assert bridge.heard["ThumbnailBookAdded"] > 300
            assert bridge.heard.keys() >= NAMES_NO_BOOK
            told = sum(bridge.heard.get(name, 0) for name in KINDS)
            dropped = [one for one in store.inbox.page(limit=10_000) if one.state == "dropped"]
            assert len(dropped) == told


def at_rest(sandbox: SandboxProcess, store: Store) -> bool:
    """The host has nothing to do, nothing waits in the inbox, and no job is under way."""
    unfinished = store.jobs.count(JobState.QUEUED, JobState.RUNNING, JobState.PAUSED)
    return sandbox.wait_idle(0) and not store.inbox.waiting() and unfinished == 0


def jobs_of(store: Store) -> dict[str, int]:
    return dict(Counter(job.routine for job in store.jobs.page()))


def test_nor_with_shelfhooks_own_ear_at_the_stream_and_the_hosts_own_webhook(
    made_books: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "Comics"
    shutil.copytree(made_books, folder)
    arguments = ("--folder", folder, "--journal", tmp_path / "journal.jsonl")
    with (
        SandboxProcess(*arguments, "--task-status", "0.3", "--heartbeat", "1") as sandbox,
        Service(
            tmp_path / "service",
            sandbox.url,
            sandbox.admin_key,
            quiet=1.0,
            events="stream",
            host=f'[hosts.komga.paths]\n"{folder}" = "{folder}"',
            more=ROUTINES,
        ) as shelf,
        shelf.store() as store,
    ):
        plant(folder, sandbox)
        shelf.start("serve")
        shelf.ready()
        wait_until(lambda: store.cursors.cursors("komga"))  # it knows what is new from now on
        hook = {"url": f"{shelf.root}/hooks/komga", "token": shelf.hook_token}
        sandbox.control("PUT", "/sandbox/webhook", hook)
        sandbox.scan(wait=60)
        wait_until(lambda: len(jobs_of(store)) == 2 and at_rest(sandbox, store), 120)
        check_that_all_was_written(sandbox)
        # Whatever is told later than all echoes starts the next jobs, and nothing did before it.
        series = sorted(path for path in folder.iterdir() if path.is_dir())[0]
        cbz(series / "zz 2.cbz", pages(3))
        assert jobs_of(store) == {"tidy": 1, "polish": 1}
        sandbox.scan(wait=60)
        wait_until(lambda: jobs_of(store) == {"tidy": 2, "polish": 2}, 60)
        wait_until(lambda: at_rest(sandbox, store), 60)
        assert jobs_of(store) == {"tidy": 2, "polish": 2}
        dropped = [one for one in store.inbox.page(limit=10_000) if one.state == "dropped"]
        assert len(dropped) > 150
