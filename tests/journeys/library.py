"""A library of real files at a sandbox in a process of its own, and Shelfhook's command line."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from shelfhook.cli.differences import UNSHOWN
from shelfhook.model import BY_HOST
from shelfhook.sandbox.process import SandboxProcess
from tests.support.books import cbz, comic_info, pages
from tests.support.service import PACKAGES

SETTINGS = """
[web]
token = "api-token-of-the-journey"
[engine]
quiet_seconds = 0
[paths]
data = "{data}"
[hosts.komga]
kind = "komga"
url = "{url}"
api_key = "{key}"
[hosts.komga.paths]
"{root}" = "{root}"
{routines}
"""

Json = dict[str, Any]
State = tuple[str, dict[str, tuple[str, int, int]]]
"""What the host's own state is, as text, and every file."""


class Books:
    """The files, the host and the settings."""

    def __init__(self, folder: Path, sandbox: SandboxProcess, root: Path, routines: str) -> None:
        self.folder = folder
        self.root = root
        self.sandbox = sandbox
        self.config = folder / "shelfhook.toml"
        self.data = folder / "data"
        self.config.write_text(
            SETTINGS.format(
                data=self.data,
                url=sandbox.url,
                key=sandbox.admin_key,
                root=root,
                routines=routines,
            ),
            encoding="utf-8",
        )

    def files(self) -> dict[str, tuple[str, int, int]]:
        """Every file by its path: digest, rights, time of change in nanoseconds."""
        return {
            str(path.relative_to(self.root)): (
                hashlib.sha256(path.read_bytes()).hexdigest(),
                path.stat().st_mode,
                path.stat().st_mtime_ns,
            )
            for path in sorted(self.root.rglob("*"))
            if path.is_file()
        }

    def state(self) -> State:
        """All that anybody could see of the library: at the host, and on the disk."""
        self.sandbox.wait_idle()
        return self.sandbox.state(), self.files()

    def start(self, *arguments: str) -> subprocess.Popen[str]:
        command = [sys.executable, "-m", "shelfhook", "--config", str(self.config), *arguments]
        return subprocess.Popen(
            command,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env={**os.environ, "PYTHONPATH": str(PACKAGES)},
        )

    def shelfhook(self, *arguments: str) -> tuple[str, int]:
        """Run a command to its end; what it printed, and its exit code."""
        process = self.start(*arguments)
        out, err = process.communicate(timeout=120)
        assert process.returncode in (0, 1), err
        return out, process.returncode

    def document(self, *arguments: str) -> Json:
        """Run a command that prints JSON."""
        out, _ = self.shelfhook(*arguments, "--json")
        document: Json = json.loads(out)
        return document

    def calls(self) -> int:
        """How many requests the host has had since the journal was cleared."""
        return len(self.sandbox.journal())

    # -- what the host says --

    def book(self, name: str) -> Json:
        """The book whose file has this name, as the host has it now."""
        found: list[Json] = [one for one in self.sandbox.books() if one["url"].endswith(f"/{name}")]
        assert len(found) == 1, f"{len(found)} books are named {name}"
        return found[0]

    def series(self) -> dict[str, Json]:
        """Every series, by its folder's name."""
        found = self.sandbox.call("POST", "/api/v1/series/list?unpaged=true", {})
        return {Path(one["url"]).name: one for one in found["content"]}

    def lists(self, plural: str) -> dict[str, Json]:
        """The `collections` or `readlists`, by name."""
        found = self.sandbox.call("GET", f"/api/v1/{plural}?unpaged=true")
        return {one["name"]: one for one in found["content"]}

    # -- jobs --

    def items(self, job: Json) -> list[Json]:
        """Every item of a job with its outcome."""
        found: list[Json] = self.document("jobs", job["id"], "--limit", "1000")["items"]
        return found

    def changes(self, job: Json) -> list[Json]:
        """Every change of a job, in an order of its own, without what only the engine needs."""
        found = []
        for change in (one for item in self.items(job) for one in item["changes"]):
            if "member" in change["after"] or change["action"] == BY_HOST:
                continue  # a wish, of which the list itself says what comes; or not planned at all
            kept = {name: change[name] for name in ("kind", "entity", "entity_id", "command")}
            found.append(
                {**kept, "before": _told(change["before"]), "after": _told(change["after"])}
            )
        return sorted(found, key=lambda change: json.dumps(change, sort_keys=True))

    def findings(self, job: Json) -> list[Json]:
        """All that a job has found."""
        out, _ = self.shelfhook("findings", "--job", job["id"], "--format", "json")
        found: list[Json] = json.loads(out)
        return found

    def shown(self, routine: str) -> Json:
        """A dry run, of which nothing is to be seen at the host or on the disk."""
        before = self.state()
        self.sandbox.clear_journal()
        job = self.document("run", routine, "--dry-run")
        assert job["counts"]["failed"] == 0
        assert self.sandbox.writes() == []
        same(before, self.state())
        return job

    def applied(self, shown: Json) -> Json:
        """What was shown, done: all of it, and nothing else."""
        job = self.document("apply", shown["id"])
        assert self.changes(job) == self.changes(shown)
        assert job["counts"]["changed"] == shown["counts"]["planned"]
        assert job["counts"]["failed"] == job["counts"]["skipped"] == 0
        self.sandbox.wait_idle()
        return job

    def settled(self, routine: str) -> None:
        """The routine finds nothing left to do."""
        before = self.state()
        self.sandbox.clear_journal()
        job = self.document("run", routine)
        assert job["counts"]["changed"] == job["counts"]["failed"] == 0
        assert self.sandbox.writes() == []
        same(before, self.state())

    def undone(self, job: Json) -> Json:
        """A job taken back without a conflict."""
        undo = self.document("undo", job["id"])
        assert undo["counts"]["changed"] == job["counts"]["changed"]
        assert undo["counts"]["failed"] == undo["counts"]["skipped"] == 0
        return undo

    @contextmanager
    def there_and_back(self, routine: str) -> Iterator[Json]:
        """Inside, what a dry run (which it gives) has shown of a routine was applied.

        Afterwards a second run must find nothing to do, and the undo leave all as it was.
        """
        before = self.state()
        shown = self.shown(routine)
        job = self.applied(shown)
        yield shown
        self.settled(routine)
        self.undone(job)
        same(before, self.state())


@contextmanager
def library(folder: Path, routines: str) -> Iterator[Books]:
    """The library that `folder / "Comics"` holds, scanned by a sandbox of its own."""
    root = folder / "Comics"
    arguments = ["--folder", root, "--journal", folder / "journal.jsonl", "--task-status", "0.2"]
    with SandboxProcess(*arguments) as sandbox:
        sandbox.scan(wait=60)
        yield Books(folder, sandbox, root, routines)


def shelve(folder: Path, name: str, *first: bytes, leaves: int = 2, **told: Any) -> Path:
    """A small sound book at `folder / "Comics" / name`.

    Args:
        first: pages that stand before its `leaves` ordinary ones.
        told: what its ComicInfo.xml tells; without this it has none.
    """
    path = folder / "Comics" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    front = {f"000 {number:03}.img": page for number, page in enumerate(first)}
    info = {"ComicInfo.xml": comic_info(**told)} if told else {}
    return cbz(path, {**front, **pages(leaves), **info})


def same(one: State, other: State) -> None:
    """Check that two states are the same, and name what is not."""
    files = [name for name in {*one[1], *other[1]} if one[1].get(name) != other[1].get(name)]
    unlike = [*sorted(files), *_unlike("", json.loads(one[0]), json.loads(other[0]))]
    assert not unlike, "\n".join(unlike)


def _unlike(place: str, one: Any, other: Any) -> list[str]:
    both: list[tuple[Any, Any, Any]] = []
    if isinstance(one, dict) and isinstance(other, dict):
        both = [(name, one.get(name), other.get(name)) for name in {**one, **other}]
    elif isinstance(one, list) and isinstance(other, list) and len(one) == len(other):
        both = [(number, *pair) for number, pair in enumerate(zip(one, other, strict=True))]
    elif one != other:
        return [f"{place}: {one!r} -> {other!r}"]
    return [line for name, *pair in both for line in _unlike(f"{place}/{name}", *pair)]


def _told(side: Mapping[str, Any]) -> Json:
    """What people see of a change's side."""
    return {name: value for name, value in side.items() if name not in UNSHOWN}
