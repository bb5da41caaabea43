"""Our own writes never trigger us again: two routines, with the host's events coming back in."""

from __future__ import annotations

import json
import threading
import urllib.request
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from shelfhook.model import JobState
from shelfhook.sandbox.process import SandboxProcess
from shelfhook.store import Store
from tests.support.service import DIRECT, Service
from tests.support.waiting import wait_until

KINDS = {"BookAdded": "item.added", "BookChanged": "item.changed", "BookDeleted": "item.removed"}
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
]
{EVENTS}
[routines.polish]
actions = [{{ name = "refresh" }}, {{ name = "analyze" }}]
{EVENTS}
"""


class Bridge(threading.Thread):
    """Passes the host's stream of events on to the webhook; ends when the stream does."""

    def __init__(self, sandbox: SandboxProcess, shelf: Service) -> None:
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
            "library": {"id": data["libraryId"]},
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
    told = {name: n for name, n in sandbox.status()["events"].items() if name != "TaskQueueStatus"}
    heard = {name: n for name, n in bridge.heard.items() if name != "TaskQueueStatus"}
    unfinished = store.jobs.count(JobState.QUEUED, JobState.RUNNING, JobState.PAUSED)
    return (
        sandbox.wait_idle(0.1)
        and told == heard
        and not store.inbox.waiting()
        and unfinished == 0
        and store.jobs.count(JobState.COMPLETED) > 0
    )


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
        sandbox.scan(wait=60)
        shelf.start("serve")
        shelf.ready()
        with listening(sandbox, shelf) as bridge, shelf.store() as store:
            assert shelf.scanned(str(sandbox.libraries()[0]["id"]), "the scan") == 202
            wait_until(lambda: all_is_quiet(sandbox, bridge, store), 90)
            jobs = {job.routine: job for job in store.jobs.page()}
            assert len(store.jobs.page()) == len(jobs) == 2, store.jobs.page()
            assert jobs["tidy"].counts.changed > 150
            assert jobs["tidy"].counts.failed == 0
            assert bridge.heard["BookChanged"] > 500
            dropped = [one for one in store.inbox.page(limit=5_000) if one.state == "dropped"]
            assert len(dropped) >= bridge.heard["BookChanged"]
