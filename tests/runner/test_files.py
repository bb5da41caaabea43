"""Changes of files: built beside, kept, replaced, undone; a crash anywhere loses neither file."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from shelfhook.errors import Gone, Permanent
from shelfhook.files.prepared import Prepared
from shelfhook.model import Change, ChangeKind, Item, Job, JobState, Outcome, Trigger
from shelfhook.ports import PlanContext
from tests.support.engines import Bench
from tests.support.hosts import FakeAction, FakeHost

OLD = b"the old file"
NEW = OLD + b", stamped"


class Stamp(FakeAction):
    """Adds a word to every file, then has it analyzed."""

    name = "stamp"
    needs = frozenset({"files"})
    suffix = ""

    def plan(self, item: Item, context: PlanContext) -> Sequence[Change]:
        try:
            path = context.files.local(item)
        except Gone:
            path = context.files.local(_as(item, self.suffix))
        if path.read_bytes().endswith(b", stamped"):
            return []
        new = path.with_suffix(self.suffix) if self.suffix else path
        return [
            Change(ChangeKind.FILE, "book", item.id, {"path": str(path)}, {"path": str(new)}),
            Change(ChangeKind.COMMAND, "book", item.id, command="analyze"),
        ]

    def build(self, change: Change, target: Path, context: PlanContext) -> None:
        target.write_bytes(Path(str(change.before["path"])).read_bytes() + b", stamped")


class Convert(Stamp):
    """The same, and the file gets another name."""

    name = "convert"
    suffix = ".cbz"


def _as(item: Item, suffix: str) -> Item:
    from dataclasses import replace

    return replace(item, path=str(Path(item.path).with_suffix(suffix)))


class Shelf:
    """A folder with files, and the host that knows them."""

    def __init__(self, folder: Path, books: int = 3, suffix: str = ".cbr") -> None:
        self.folder = folder / "books"
        self.folder.mkdir()
        self.host = FakeHost(books)
        for book in self.host.books:
            path = self.folder / f"{book}{suffix}"
            path.write_bytes(OLD)
            path.chmod(0o640)
            self.host.paths[book] = str(path)

    def state(self) -> dict[str, tuple[str, int, int]]:
        """Every file by name: digest, rights, time."""
        return {
            path.name: (
                hashlib.sha256(path.read_bytes()).hexdigest(),
                path.stat().st_mode,
                path.stat().st_mtime_ns,
            )
            for path in sorted(self.folder.iterdir())
        }

    def contents(self) -> set[bytes]:
        return {path.read_bytes() for path in self.folder.iterdir()}


@pytest.fixture
def shelf(tmp_path: Path) -> Shelf:
    return Shelf(tmp_path)


def undo(bench: Bench, job: Job) -> Job:
    return bench.run(trigger=Trigger.UNDO, parent=job.id)


@pytest.mark.parametrize("kind", [Stamp, Convert])
def test_files_are_replaced_and_come_back_byte_for_byte(
    shelf: Shelf, tmp_path: Path, kind: type[Stamp]
) -> None:
    before = shelf.state()
    with Bench(tmp_path, shelf.host, kind()) as bench:
        job = bench.run()
        assert set(bench.outcomes(job).values()) == {Outcome.CHANGED}
        assert shelf.contents() == {NEW}
        after = shelf.state()
        undone = undo(bench, job)
        assert set(bench.outcomes(undone).values()) == {Outcome.CHANGED}
        assert shelf.state() == before
        undo(bench, undone)
        assert {name: one[0] for name, one in shelf.state().items()} == {
            name: one[0] for name, one in after.items()
        }
    assert shelf.host.commanded.count(("b0", "analyze")) == 3


def test_a_dry_run_shows_the_file_and_apply_refuses_one_that_changed(
    shelf: Shelf, tmp_path: Path
) -> None:
    with Bench(tmp_path, shelf.host, Stamp()) as bench:
        shown = bench.run(dry_run=True)
        assert shelf.contents() == {OLD}
        (shelf.folder / "b1.cbr").write_bytes(b"edited by hand")
        applied = bench.run(trigger=Trigger.APPLY, parent=shown.id)
        assert bench.outcomes(applied) == {
            "b0": Outcome.CHANGED,
            "b1": Outcome.SKIPPED,
            "b2": Outcome.CHANGED,
        }
        assert "b1.cbr has changed since it was shown" in bench.reasons(applied)["b1"]
        assert shelf.contents() == {NEW, b"edited by hand"}


def test_a_file_that_was_edited_since_is_a_conflict(shelf: Shelf, tmp_path: Path) -> None:
    with Bench(tmp_path, shelf.host, Stamp()) as bench:
        job = bench.run()
        (shelf.folder / "b1.cbr").write_bytes(b"edited by hand")
        undone = undo(bench, job)
        assert bench.outcomes(undone)["b1"] is Outcome.SKIPPED
        assert shelf.contents() == {OLD, b"edited by hand"}


def test_a_file_that_cannot_be_built_fails_its_item_and_stays(shelf: Shelf, tmp_path: Path) -> None:
    class Broken(Stamp):
        def build(self, change: Change, target: Path, context: PlanContext) -> None:
            target.write_bytes(b"half")
            raise Permanent("page 3 does not decode")

    with Bench(tmp_path, shelf.host, Broken()) as bench:
        job = bench.run()
        assert set(bench.outcomes(job).values()) == {Outcome.FAILED}
        assert bench.reasons(job)["b0"] == "page 3 does not decode"
        assert bench.changes(job) == []
    assert len(shelf.state()) == 3
    assert shelf.contents() == {OLD}


# -- crashes --


class Crash(BaseException):
    """The process ends here."""


def crashing(
    monkeypatch: pytest.MonkeyPatch, owner: object, name: str, *, after: bool
) -> Callable[[], None]:
    """The first call of a method ends the process, before or after its work; gives the mending."""
    whole = getattr(owner, name)
    hit: list[int] = []

    def call(*arguments: object, **more: object) -> object:
        if hit:
            return whole(*arguments, **more)
        hit.append(1)
        if after:
            whole(*arguments, **more)
        raise Crash

    monkeypatch.setattr(owner, name, call)
    return lambda: monkeypatch.setattr(owner, name, whole)


def crash(bench: Bench, job: Job) -> Job:
    """Run a job into the crash; what the engine does after a restart; gives the job's end."""
    with pytest.raises(Crash):
        bench.runner(job).run()
    return bench.run_again()


POINTS = [
    ("commit", False),
    ("commit", True),
    ("note", False),
    ("note", True),
    ("command", False),
    ("command", True),
]


@pytest.mark.parametrize("kind", [Stamp, Convert])
@pytest.mark.parametrize(("point", "after"), POINTS)
@pytest.mark.parametrize("undoing", [False, True])
def test_a_crash_at_any_step_ends_the_same_after_the_restart(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    kind: type[Stamp],
    point: str,
    after: bool,
    undoing: bool,
) -> None:
    shelf = Shelf(tmp_path, books=1)
    before = shelf.state()
    with Bench(tmp_path, shelf.host, kind(), workers=1) as bench:
        owners = {"commit": Prepared, "note": bench.store.ledger, "command": shelf.host}
        if undoing:
            job = bench.run()
            bench.queue(trigger=Trigger.UNDO, parent=job.id)
        else:
            bench.queue()
        claimed = bench.claim()
        mend = crashing(monkeypatch, owners[point], point, after=after)
        ended = crash(bench, claimed)
        mend()
        assert ended.state is JobState.COMPLETED
        assert bench.outcomes(ended) == {"b0": Outcome.CHANGED}
        if undoing:
            assert shelf.state() == before
        else:
            assert shelf.contents() == {NEW}
            assert ("b0", "analyze") in shelf.host.commanded
            undo(bench, ended)
            assert shelf.state() == before
