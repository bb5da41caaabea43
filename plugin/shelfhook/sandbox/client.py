"""Controls a running sandbox from a test, over its `/sandbox/` endpoints."""

import http.client
import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

Json = Any  # what a sandbox answers; tests read it freely


class SandboxClient:
    """The controls that `SandboxServer` and `SandboxProcess` share.

    `url` is what Shelfhook gets as the host's URL: with the base path, if there is one.
    """

    admin_key: str = ""
    reader_key: str = ""

    def __init__(self, root: str, base_path: str = "") -> None:
        self.root = root
        self.url = root + base_path
        self.base_path = base_path

    def control(self, method: str, path: str, body: object = None, wait: float = 0) -> Json:
        """Call a path of the sandbox; `wait` is how long the answer may take on purpose."""
        return self._send(method, path, body, {}, wait)

    def call(
        self,
        method: str,
        path: str,
        body: object = None,
        *,
        key: str | None = None,
        quiet: bool = True,
    ) -> Json:
        """Call a path of the host as its administrator, or with another API key.

        A quiet call meets no faults and leaves no trace in the journal and the counters.
        """
        headers = {"X-API-Key": self.admin_key if key is None else key}
        if quiet:
            headers["X-Sandbox-Quiet"] = "true"
        return self._send(method, self.base_path + path, body, headers, 0)

    def _send(
        self, method: str, path: str, body: object, headers: Mapping[str, str], wait: float
    ) -> Json:
        place = urlsplit(self.root)
        connection = http.client.HTTPConnection(
            place.hostname or "127.0.0.1", place.port, timeout=30 + wait
        )
        try:
            data = None if body is None else json.dumps(body).encode()
            connection.request(method, path, data, {"Content-Type": "application/json", **headers})
            response = connection.getresponse()
            content = response.read()
        finally:
            connection.close()
        if response.status >= 400:
            raise SandboxError(response.status, content.decode())
        return json.loads(content) if content else None

    def status(self) -> Json:
        """Give libraries, counts, tasks, authentications, events and webhooks."""
        return self.control("GET", "/sandbox/status")

    def state(self) -> str:
        """Give all fields, lists and covers as one canonical JSON text, without times.

        Equal texts mean that nobody could tell the two moments apart.
        """
        told = self.control("GET", "/sandbox/state")
        return json.dumps(told, sort_keys=True, separators=(",", ":"), ensure_ascii=False)

    def journal(self, *, at_least: int = 0, timeout: float = 0, **which: object) -> list[Json]:
        """Give journal entries by `since`, `method`, `route`, `book`, `writes`, `applied`.

        With `at_least` and `timeout` it waits until so many match.
        """
        given = {name: _written(value) for name, value in which.items() if value is not None}
        query = urlencode({**given, "at_least": at_least, "timeout": timeout})
        found = self.control("GET", f"/sandbox/journal?{query}", wait=timeout)
        entries: list[Json] = found["entries"]
        return entries

    def writes(self, *, at_least: int = 0, timeout: float = 0, **which: object) -> list[Json]:
        """Give the entries of requests that change the host (lists are not among them)."""
        return self.journal(at_least=at_least, timeout=timeout, writes=True, **which)

    def summary(self) -> Json:
        """Count requests by method and route, and by status."""
        return self.control("GET", "/sandbox/journal/summary")

    def clear_journal(self) -> None:
        """Forget the journal's entries in memory."""
        self.control("DELETE", "/sandbox/journal")

    def set_faults(self, **switches: object) -> Json:
        """Replace all faults; none given clears them and lets held requests go on."""
        return self.control("PUT", "/sandbox/faults", switches)

    def faults(self) -> Json:
        """Give the switches, how often each has acted, and how many requests are held."""
        return self.control("GET", "/sandbox/faults")

    def wait_held(self, at_least: int, timeout: float = 10) -> int:
        """Wait until so many requests are held by the `hold` fault."""
        query = urlencode({"at_least": at_least, "timeout": timeout})
        return int(self.control("GET", f"/sandbox/held?{query}", wait=timeout)["held"])

    def wait_streams(self, at_least: int = 1, timeout: float = 10) -> int:
        """Wait until so many clients listen to the event stream."""
        query = urlencode({"at_least": at_least, "timeout": timeout})
        return int(self.control("GET", f"/sandbox/streams?{query}", wait=timeout)["clients"])

    def wait_webhooks(self, at_least: int = 1, timeout: float = 10) -> list[Json]:
        """Wait until so many webhooks were delivered or given up."""
        query = urlencode({"at_least": at_least, "timeout": timeout})
        found = self.control("GET", f"/sandbox/webhooks?{query}", wait=timeout)
        deliveries: list[Json] = found["deliveries"]
        return deliveries

    def wait_idle(self, timeout: float = 30) -> bool:
        """Wait until the task queue is empty."""
        found = self.control("GET", f"/sandbox/tasks?timeout={timeout}", wait=timeout)
        return bool(found["idle"])

    def libraries(self) -> list[Json]:
        """Give id, name and root of each library."""
        found: list[Json] = self.status()["libraries"]
        return found

    def scan(self, library: str | None = None, *, wait: float = 30) -> None:
        """Scan a library (the first one if none is named) and wait for its tasks."""
        library = library or str(self.libraries()[0]["id"])
        self.call("POST", f"/api/v1/libraries/{library}/scan")
        if wait and not self.wait_idle(wait):
            raise TimeoutError(f"the scan's tasks did not end in {wait} s")

    def books(self) -> list[Json]:
        """Give every book (as its administrator sees it), sorted by url."""
        found = self.call("POST", "/api/v1/books/list?unpaged=true&sort=url", {})
        content: list[Json] = found["content"]
        return content

    def book(self, book_id: str) -> Json:
        """Give one book."""
        return self.call("GET", f"/api/v1/books/{quote(book_id)}")

    def vanish(self, book_id: str) -> None:
        """Make a book vanish, row and file."""
        self.control("POST", f"/sandbox/books/{quote(book_id)}/vanish")

    def add_book(self, library: str, series: str, name: str) -> str:
        """Put a small book into a library's folder; a scan finds it. Give its path."""
        body = {"series": series, "name": name}
        return str(self.control("POST", f"/sandbox/libraries/{library}/books", body)["path"])


class SandboxError(Exception):
    """The sandbox answered with an error status."""

    def __init__(self, status: int, body: str) -> None:
        super().__init__(f"{status}: {body[:500]}")
        self.status = status


def _written(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
