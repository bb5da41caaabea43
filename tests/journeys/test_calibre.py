"""A real calibre-server, the hook inside it, and Shelfhook's own processes: from add to list."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from tests.calibre_hook.hooked import Hooked, books, hooked
from tests.support.calibre import ADMIN, PASSWORD, PATIENT, READER, Calibre, Way
from tests.support.service import HOOK_TOKEN, TOKEN, Service
from tests.support.waiting import Background, wait_until

pytestmark = PATIENT
LIBRARY = "Journey"
SETTINGS = """
[web]
listen = "127.0.0.1:{port}"
token = "{token}"
[engine]
quiet_seconds = 0.2
drain_seconds = 10
concurrent_jobs = 8
[paths]
data = "{data}"
[hosts.calibre]
kind = "calibre"
url = "{url}"
username = "{user}"
password = "{password}"
{way_in}
events = "off"
budget = 8
{host}
[routines.process-all.triggers]
enabled = false
[routines.nightly.triggers]
enabled = false
{more}
"""
SHELVE = """
[routines.shelve]
libraries = ["Journey"]
actions = [{ name = "normalize" }, { name = "tags", add = ["on the shelf"] }]
workers = 8
triggers = { events = ["item.added", "library.scanned"] }
"""
APPEND = """
[routines.append-{n}]
libraries = ["Journey"]
actions = [{{ name = "tags", add = ["{word}"] }}]
workers = 8
triggers = {{ enabled = false }}
"""
TAG = "on the shelf"
SECRET = "whsec_MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5"
FINAL = ("completed", "failed", "cancelled")
Json = dict[str, Any]


class Shelf(Service):
    """Shelfhook with this calibre as its only host."""

    def __init__(self, folder: Path, host: Calibre, **more: str) -> None:
        super().__init__(folder, host.url, "-")
        chosen = {
            "user": ADMIN,
            "way_in": f'hook_token = "{HOOK_TOKEN}"',
            "host": "",
            "more": SHELVE,
            **more,
        }
        self.config.write_text(
            SETTINGS.format(
                port=self.port,
                token=TOKEN,
                data=folder / "data",
                url=host.url,
                password=PASSWORD,
                **chosen,
            )
        )

    def jobs(self) -> list[Json]:
        found: list[Json] = self.call("GET", "/api/jobs?limit=200")[1]["jobs"]
        return found

    def outcomes(self) -> dict[str, list[str]]:
        """How each book ended, in every job."""
        found: dict[str, list[str]] = {}
        for job in self.jobs():
            for item in self.call("GET", f"/api/jobs/{job['id']}/items?limit=200")[1]["items"]:
                found.setdefault(item["id"], []).append(item["outcome"])
        return found

    def settled(self, wanted: set[str], limit: float = 60) -> dict[str, list[str]]:
        """The outcomes, once these books have some and every job has ended."""

        def look() -> dict[str, list[str]]:
            ended = all(job["state"] in FINAL for job in self.jobs())
            found = self.outcomes() if ended else {}
            return found if wanted <= set(found) else {}

        try:
            return wait_until(look, limit)
        except TimeoutError:
            raise TimeoutError(f"{self.jobs()}; {self.said()[-3000:]}") from None

    def command(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run Shelfhook's command line."""
        return subprocess.run(
            [sys.executable, "-m", "shelfhook", "--config", str(self.config), *arguments],
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )


@pytest.fixture
def host(calibre_session: Calibre, monkeypatch: pytest.MonkeyPatch) -> Iterator[Hooked]:
    with hooked(calibre_session, LIBRARY, monkeypatch) as made:
        yield made


Make = Callable[..., Shelf]


@pytest.fixture
def shelf(tmp_path: Path, host: Hooked) -> Iterator[Make]:
    """Makes the service, and installs the plugin that delivers to it."""
    with ExitStack() as stack:

        def make(secret: str = "", **more: str) -> Shelf:
            made = stack.enter_context(Shelf(tmp_path / "service", host.calibre, **more))
            host.install({"url": made.root, "token": HOOK_TOKEN, "secret": secret})
            return made

        yield make


def listed(host: Hooked) -> dict[int, tuple[str, list[str]]]:
    """Title and tags of every book, as `calibredb list` tells them."""
    told = host.calibre.calibredb("list", "--for-machine", "--fields=title,tags", library=LIBRARY)
    return {one["id"]: (one["title"], one["tags"]) for one in json.loads(told)}


def shelved(numbers: list[int], first: int = 1) -> set[tuple[str, str]]:
    return {(f"Salt Lanterns #{place}", TAG) for place in range(first, first + len(numbers))}


def seen(host: Hooked, numbers: list[int]) -> set[tuple[str, str]]:
    books_now = listed(host)
    return {(books_now[number][0], ", ".join(books_now[number][1])) for number in numbers}


def _jobs(service: Shelf, state: str) -> list[Json]:
    return [job for job in service.jobs() if job["state"] == state]


def _processed(service: Shelf) -> int:
    return sum(job["processed"] for job in service.jobs()) if service.health()[0] else 0


def _ended(service: Shelf) -> list[Json]:
    return [job for job in service.jobs() if job["state"] in FINAL]


def _words(host: Hooked) -> dict[int, tuple[str, ...]]:
    return {number: tuple(sorted(book[1])) for number, book in listed(host).items()}


def ids(numbers: list[int]) -> set[str]:
    return {f"{LIBRARY}/{number}" for number in numbers}


@pytest.mark.parametrize(
    ("mode", "secret"), [("basic", ""), ("digest", SECRET)], ids=["basic, token", "digest, signed"]
)
def test_twenty_added_books_get_their_tags_and_titles(
    host: Hooked, shelf: Make, tmp_path: Path, mode: str, secret: str
) -> None:
    way_in = f'hook_secret = "{secret}"' if secret else f'hook_token = "{HOOK_TOKEN}"'
    service = shelf(secret, way_in=way_in)
    host.calibre.start(Way(mode), fresh=(LIBRARY,))
    service.start("serve")
    service.ready()
    numbers = host.add(*books(tmp_path / "comics", 20))
    outcomes = service.settled(ids(numbers))
    assert all("changed" in outcomes[one] for one in ids(numbers)), outcomes
    assert seen(host, numbers) == shelved(numbers)
    assert host.waiting() == 0


def test_what_is_added_while_shelfhook_stops_is_done_after_its_start(
    host: Hooked, shelf: Make, tmp_path: Path
) -> None:
    service = shelf()
    host.calibre.start(Way(), fresh=(LIBRARY,))
    running = service.start("serve")
    service.ready()
    files = books(tmp_path / "comics", 20)
    first = host.add(*files[:5])
    rest = Background(lambda: host.add(*files[5:]))
    wait_until(lambda: len(list(host.calibre.path(LIBRARY).glob("*/*/*.cbz"))) > 24 + 5)
    running.terminate()  # in the middle of what it has been told, and of the add
    assert running.wait(25) == 0
    numbers = first + rest.result(60)
    assert len(numbers) == 20
    numbers += host.add(*books(tmp_path / "more", 5, first=21))  # while nobody listens at all
    assert host.waiting() >= 5
    service.start("serve")
    service.ready()
    wait_until(lambda: host.waiting() == 0, 60)
    outcomes = service.settled(ids(numbers))
    assert all("changed" in outcomes[one] for one in ids(numbers)), outcomes
    assert seen(host, numbers) == shelved(numbers)


def test_books_added_without_any_server_are_done_once_it_runs(
    host: Hooked, shelf: Make, tmp_path: Path
) -> None:
    service = shelf()
    host.calibre.start(Way(), fresh=(LIBRARY,))
    host.calibre.stop()
    numbers = host.add(*books(tmp_path / "comics", 5))  # straight into the library's folder
    assert host.waiting() == 5
    host.calibre.start()  # it delivers what it finds, as soon as somebody listens
    service.start("serve")
    service.ready()
    service.settled(ids(numbers))
    assert seen(host, numbers) == shelved(numbers)


def test_a_server_killed_in_the_middle_of_a_job_costs_time_and_no_book(
    host: Hooked, shelf: Make, tmp_path: Path
) -> None:
    service = shelf(more=SHELVE.replace("workers = 8", "workers = 2"))
    host.calibre.start(Way(), fresh=(LIBRARY,))
    numbers = host.add(*books(tmp_path / "comics", 120))
    service.start("serve")
    wait_until(lambda: _processed(service) >= 10, 60)
    host.calibre.kill()
    job = wait_until(lambda: _jobs(service, "paused"), 60)[0]
    assert "the host is down" in job["reason"]
    assert job["counts"]["failed"] == 0
    assert job["processed"] < 120
    host.calibre.start()
    outcomes = service.settled(ids(numbers), 90)
    assert all(set(one) <= {"changed", "unchanged"} for one in outcomes.values()), outcomes
    assert all("changed" in outcomes[one] for one in ids(numbers)), outcomes
    assert seen(host, numbers) == shelved(numbers)


def test_of_forty_appends_to_each_book_by_eight_workers_none_is_lost(
    host: Hooked, shelf: Make
) -> None:
    words = [f"word {number:02}" for number in range(40)]
    service = shelf(more="".join(APPEND.format(n=n, word=word) for n, word in enumerate(words)))
    host.calibre.start(Way(), fresh=(LIBRARY,))
    service.start("serve")
    service.ready()
    for number in range(40):
        status, _ = service.call("POST", "/api/jobs", {"routine": f"append-{number}"})
        assert status == 202
    wait_until(lambda: len(_ended(service)) == 40, 240)
    assert {job["state"] for job in service.jobs()} == {"completed"}
    assert {one[1] for one in _words(host).items()} == {tuple(words)}


def test_a_user_who_may_only_read_is_refused_with_a_sentence_before_a_job_starts(
    host: Hooked, shelf: Make
) -> None:
    service = shelf(user=READER)
    host.calibre.start(Way(), fresh=(LIBRARY,))
    done = service.command("check")
    assert done.returncode == 1
    told = "normalize, tags would change things at calibre, and its account 'reader' may not write"
    assert told in done.stdout
    assert done.stderr == ""
    ran = json.loads(service.command("run", "shelve", "--json").stdout)
    assert (ran["state"], ran["processed"]) == ("failed", 0)
    assert told in ran["reason"]
