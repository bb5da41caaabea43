"""Changes of files: built beside, kept, replaced, undone; a crash anywhere loses neither file."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from shelfhook.errors import Cancelled, Gone, Permanent, Transient
from shelfhook.files.prepared import Prepared
from shelfhook.model import Change, ChangeKind, Item, Job, JobState, Outcome, Trigger
from shelfhook.ports import PlanContext
from shelfhook.runner import Runner
from tests.support.clock import FakeClock
from tests.support.engines import Bench
from tests.support.hosts import FakeAction, FakeHost, Retitle

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

    def remove(self) -> None:
        """Called when an old file is about to go."""

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
    # A host may not know a book any more whose file gets its old name back.
    assert shelf.host.commanded.count(("b0", "analyze")) == (3 if kind is Stamp else 1)


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
    monkeypatch.setattr(Prepared, "abandon", lambda _: None)  # a dead process clears nothing up

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
    if undoing and kind is Convert and point == "command":
        return  # there is none
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


# -- edits that come in between --


def test_apply_goes_on_after_the_host_was_away_between_file_and_command(
    shelf: Shelf, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Bench(tmp_path, shelf.host, Stamp(), clock=FakeClock()) as bench:
        shown = bench.run(dry_run=True)
        answer, refused = shelf.host.command, []

        def command(entity: str, entity_id: str, name: str) -> None:
            if not refused:
                refused.append(entity_id)
                raise Transient("busy")
            answer(entity, entity_id, name)

        monkeypatch.setattr(shelf.host, "command", command)
        applied = bench.run(trigger=Trigger.APPLY, parent=shown.id)
        assert set(bench.outcomes(applied).values()) == {Outcome.CHANGED}
        assert sorted(shelf.host.commanded) == [(f"b{n}", "analyze") for n in range(3)]
        assert shelf.contents() == {NEW}


def test_apply_leaves_the_file_of_a_book_alone_that_was_edited_since(
    shelf: Shelf, tmp_path: Path
) -> None:
    with Bench(tmp_path, shelf.host, Stamp()) as bench:
        shown = bench.run(dry_run=True)
        shelf.host.books["b1"]["title"] = "by hand"
        applied = bench.run(trigger=Trigger.APPLY, parent=shown.id)
        assert bench.outcomes(applied)["b1"] is Outcome.SKIPPED
        assert (shelf.folder / "b1.cbr").read_bytes() == OLD


def test_a_book_that_is_edited_while_its_file_is_made_is_planned_again(
    shelf: Shelf, tmp_path: Path
) -> None:
    edited: list[str] = []

    class Slow(Stamp):
        def build(self, change: Change, target: Path, context: PlanContext) -> None:
            super().build(change, target, context)
            if change.entity_id not in edited:
                edited.append(change.entity_id)
                shelf.host.books[change.entity_id]["number"] = "by hand"

    with Bench(tmp_path, shelf.host, Retitle(), Slow(), clock=FakeClock()) as bench:
        job = bench.run()
        assert set(bench.outcomes(job).values()) == {Outcome.CHANGED}
        undo(bench, job)
        assert shelf.host.books["b0"] == {"title": "old b0", "number": "by hand"}
        assert shelf.contents() == {OLD}


def test_a_dry_run_of_undo_touches_no_file(
    shelf: Shelf, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not even to clear up what a crash in the midst of a conversion has left."""
    with Bench(tmp_path, shelf.host, Convert(), workers=1) as bench:
        bench.queue()
        job = bench.claim()
        with monkeypatch.context() as patched:
            mend = crashing(patched, shelf, "remove", after=False)
            whole = Path.unlink

            def unlink(path: Path, missing_ok: bool = False) -> None:
                if path.suffix == ".cbr":
                    shelf.remove()
                whole(path, missing_ok)

            patched.setattr(Path, "unlink", unlink)
            patched.setattr(Prepared, "abandon", lambda _: None)  # a dead process clears nothing up
            with pytest.raises(Crash):
                bench.runner(job).run()
            mend()
        assert {path.suffix for path in shelf.folder.iterdir()} >= {".cbr", ".cbz"}
        bench.store.jobs.move(job.num, JobState.CANCELLED, 1.0)
        before = shelf.state()
        bench.run(trigger=Trigger.UNDO, parent=job.id, dry_run=True)
        assert shelf.state() == before


def test_a_stop_during_heavy_work_leaves_the_item_for_the_next_start(
    shelf: Shelf, tmp_path: Path
) -> None:
    class Stopped(Stamp):
        runner: Runner

        def build(self, change: Change, target: Path, context: PlanContext) -> None:
            self.runner.drain()
            raise Cancelled("the pool was closed")

    stopping = Stopped()
    with Bench(tmp_path, shelf.host, stopping, workers=1) as bench:
        bench.queue()
        stopping.runner = bench.runner(bench.claim())
        assert stopping.runner.run() is JobState.QUEUED
        bench.actions = [Stamp()]
        ended = bench.store.jobs.claim(2.0)
        assert ended is not None
        assert bench.runner(ended).run() is JobState.COMPLETED
        assert set(bench.outcomes(ended).values()) == {Outcome.CHANGED}
