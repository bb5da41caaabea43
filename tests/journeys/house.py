"""Engine, web application and sandbox in this process: quick journeys from HTTP to the host."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from shelfhook.app import parts
from shelfhook.app.engine import Engine
from shelfhook.app.wsgi import build
from shelfhook.clock import SystemClock
from shelfhook.sandbox.client import SandboxClient
from shelfhook.store import Store
from tests.support.service import Service
from tests.support.waiting import LIMIT, wait_until

FINAL = ("completed", "failed", "cancelled")


class House:
    """Reads a real settings file; the engine is at work inside the `with` block."""

    def __init__(
        self, folder: Path, url: str, key: str, *, listens: bool = False, **more: Any
    ) -> None:
        service = Service(folder / "service", url, key, **more)  # only for its settings file
        self.token, self.hook_token = service.token, service.hook_token
        self.parts = parts.read(service.config, {})
        self.store = Store(self.parts.settings.paths.database_url)
        self.clock = SystemClock()
        self.listens = listens
        self.engine = Engine(self.parts, self.store, self.clock, listens=listens)
        self.client = build(self.parts, self.store).test_client()

    def __enter__(self) -> Self:
        assert self.engine.acquire()
        self.engine.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        stopped = self.engine.stop()
        self.store.close()
        assert stopped or kind is not None, "items still ran"

    def restart(self) -> None:
        """Stop the engine and start another over the same store."""
        assert self.engine.stop()
        self.engine = Engine(self.parts, self.store, self.clock, listens=self.listens)
        assert self.engine.acquire()
        self.engine.start()

    def call(
        self, method: str, path: str, body: object = None, **headers: str
    ) -> tuple[int, dict[str, Any]]:
        """Status and JSON of an API call."""
        bearer = {"Authorization": f"Bearer {self.token}"}
        answer = self.client.open(
            path, method=method, json=body, headers={**bearer, **headers}, buffered=True
        )
        return answer.status_code, answer.get_json(silent=True) or {}

    def deliver(self, body: object, delivery: str = "") -> tuple[int, dict[str, Any]]:
        headers = {"webhook-id": delivery} if delivery else {}
        return self.call(
            "POST", "/hooks/komga", body, **headers, Authorization=f"Bearer {self.hook_token}"
        )

    def scanned(self, library: str, delivery: str = "") -> tuple[int, dict[str, Any]]:
        return self.deliver({"event": "library.scanned", "library": {"id": library}}, delivery)

    def jobs(self) -> list[dict[str, Any]]:
        """All jobs, oldest first."""
        listed: list[dict[str, Any]] = self.call("GET", "/api/jobs")[1]["jobs"]
        return listed[::-1]

    def job(self, number: int = 0, *states: str, limit: float = LIMIT) -> dict[str, Any]:
        """The job of this number, once it is there and in one of the states (or ended)."""

        def look() -> dict[str, Any] | None:
            jobs = self.jobs()
            found = jobs[number] if len(jobs) > number else None
            return found if found and found["state"] in (states or FINAL) else None

        try:
            return wait_until(look, limit)  # type: ignore[return-value]
        except TimeoutError:
            raise TimeoutError(f"job {number} never {states or FINAL}: {self.jobs()}") from None

    def items(self, job: Mapping[str, Any]) -> list[dict[str, Any]]:
        """All items of a job, page by page."""
        path: str | None = f"/api/jobs/{job['id']}/items?limit=200"
        found: list[dict[str, Any]] = []
        while path:
            page = self.call("GET", path)[1]
            found += page["items"]
            path = page["next"]
        return found


def house(folder: Path, sandbox: SandboxClient, **more: Any) -> House:
    return House(folder, sandbox.url, sandbox.admin_key, **more)
