"""What the tests of the web room share: settings, a clock with a side effect, a signed request."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from shelfhook.coalesce.calls import Calls
from shelfhook.model import EventKind as Kind
from shelfhook.model import Job, JobRequest, NewEvent, Trigger
from shelfhook.ports import Clock
from shelfhook.rules import signatures
from shelfhook.settings import Settings
from shelfhook.store import Store
from shelfhook.store.status import Beat
from shelfhook.web import WebContext, create_app
from shelfhook.web.lean import Application
from tests.support.clock import FakeClock

TOKEN = "api-token-0123456789"
HOOK_TOKEN = "hook-token-0123456789"
SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
API_KEY = "komga-key-0123456789"
API = {"Authorization": f"Bearer {TOKEN}"}
HOOK = {"X-Shelfhook-Token": HOOK_TOKEN}
SCAN = {"event": "library.scanned", "library": {"id": "L1"}}
MANIFEST = {"id": "shelfhook", "version": "0.1.0"}


def settings(more: Mapping[str, Any] | None = None, **web: Any) -> Settings:
    """Three hosts: one with a token, one with a secret, one with neither."""
    return Settings.model_validate(
        {
            **(more or {}),
            "web": {"token": TOKEN, **web},
            "hosts": {
                "komga": {
                    "kind": "komga",
                    "url": "http://komga.local:25600",
                    "api_key": API_KEY,
                    "hook_token": HOOK_TOKEN,
                },
                "signed": {
                    "kind": "komga",
                    "url": "http://other.local",
                    "api_key": "k",
                    "hook_secret": SECRET,
                },
                "open": {"kind": "komga", "url": "http://third.local", "api_key": "k"},
            },
            "routines": {
                "process-all": {"host": "komga", "actions": [{"name": "refresh"}]},
                "nightly": {
                    "host": "komga",
                    "actions": [{"name": "analyze", "password": "parameter-secret"}],
                    "triggers": {"cron": "0 3 * * *", "timezone": "Europe/Berlin"},
                },
            },
        }
    )


def make(
    store: Store, clock: Clock, more: Mapping[str, Any] | None = None, **web: Any
) -> Application:
    """An application over a store; `more` are further tables of the settings."""
    found = settings(more, **web)
    return create_app(
        WebContext(store, found, MANIFEST, clock, Calls(store, found.routines, clock))
    )


class BusyClock(FakeClock):
    """Runs what the test wants whenever somebody waits: the world goes on meanwhile."""

    def __init__(self) -> None:
        super().__init__()
        self.meanwhile: Callable[[], object] = lambda: None

    def wait(self, event: threading.Event, seconds: float) -> bool:
        self.meanwhile()
        return super().wait(event, seconds)


def signed(body: bytes, clock: Clock, *, delivery: str = "msg_1", age: float = 0) -> dict[str, str]:
    """Headers of a delivery to the host `signed`."""
    timestamp = str(int(clock.now() - age))
    return {
        "webhook-id": delivery,
        "webhook-timestamp": timestamp,
        "webhook-signature": signatures.sign(signatures.key(SECRET), delivery, timestamp, body),
        "Content-Type": "application/json",
    }


def queue(store: Store, *, library: str = "L1", at: float = 1_700_000_000.0) -> Job:
    """A job that waits."""
    request = JobRequest("process-all", "komga", library, Trigger.ADMIN)
    event = NewEvent("komga", Kind.ROUTINE_CALLED, f"test {library} {at}", library=library)
    return store.jobs.request(request, event, at)[0]


def run(store: Store, clock: Clock, **how: Any) -> Job:
    """A job that runs."""
    queue(store, **how)
    job = store.jobs.claim(clock.now())
    assert job is not None
    return job


def tell(
    store: Store, clock: Clock, name: str, detail: Mapping[str, Any] | None = None, **how: Any
) -> None:
    """A sign of life of the engine."""
    beat = {"every": 5.0, "ok": True, "beat_at": clock.now()} | how
    store.status.beat([Beat(name=name, detail=detail or {}, **beat)])


def folder_database(folder: Path) -> str:
    return f"sqlite:///{folder / 'shelfhook.db'}"
