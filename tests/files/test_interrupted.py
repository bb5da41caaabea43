"""Killed between any two steps, a replacement leaves one whole file, and a repeat ends well."""

from __future__ import annotations

import os
import signal
import stat
import subprocess
import sys
from collections.abc import Callable
from contextlib import nullcontext
from pathlib import Path

import pytest

from shelfhook.errors import Gone, Permanent
from shelfhook.files import Standing, prepare, restore, standing
from shelfhook.files.durable import Steps
from tests.files.shelves import KEY, NEW, OLD, PLENTY, WAYS, Scene, digest

ROOT = Path(__file__).parents[2]


class Killed(BaseException):
    """Nobody handles it, as nobody handles a SIGKILL."""


def after(count: int, end: Callable[[], None]) -> Steps:
    """Ends all at the `count`-th call."""
    heard: list[str] = []

    def steps(name: str) -> None:
        heard.append(name)
        if len(heard) == count:
            end()

    return steps


def die() -> None:
    raise Killed


def kill() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def all_steps(folder: Path, way: str) -> list[str]:
    """The names of the steps, from a run without a kill."""
    scene = Scene(folder, way)
    scene.set_up()
    heard: list[str] = []
    scene.run(heard.append)
    return heard


def without_hard_links(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise PermissionError("not on this disk")

    monkeypatch.setattr(os, "link", refuse)


def check_whole(scene: Scene) -> None:
    """Either file is there and whole; both only in the midst of an exchange."""
    found = scene.books()
    assert found in (dict([scene.before]), dict([scene.after]), dict([scene.before, scene.after]))
    state = standing(
        scene.before[0], scene.after[0], digest(scene.before[1]), digest(scene.after[1])
    )
    assert state is not Standing.OTHER
    assert (state is Standing.BOTH) == (len(found) == 2)


def check_repeat(scene: Scene) -> None:
    """What the engine does after a crash."""
    done = scene.way == "convert" and not scene.old.exists()
    with pytest.raises(Gone) if done else nullcontext():
        scene.run()
    assert scene.books() == dict([scene.after])
    assert scene.hidden() == []
    kept = (scene.folder / "backups").rglob("[!.]*-Saga*")
    assert scene.before[1] in [path.read_bytes() for path in kept]


def test_all_is_on_the_disk_before_the_next_step_relies_on_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fsync = os.fsync
    heard: list[str] = []

    def watched(descriptor: int) -> None:
        heard.append("folder" if stat.S_ISDIR(os.fstat(descriptor).st_mode) else "file")
        fsync(descriptor)

    monkeypatch.setattr(os, "fsync", watched)
    scene = Scene(tmp_path, "convert")
    scene.set_up()
    scene.run(heard.append)

    order = [name for name in heard if name in ("file", "folder") or name.startswith("before")]
    assert order[order.index("before sync new file") :] == [
        "before sync new file",
        "file",
        "before mark backup",
        "before make backup",
        "before name backup",
        "before sync backup",
        "file",
        "folder",
        "folder",
        "before name new file",
        "before sync new name",
        "folder",
        "before remove old file",
        "before remove temp",
        "before sync folder",
        "folder",
    ]


@pytest.mark.parametrize("links", [True, False], ids=["hard links", "copies"])
@pytest.mark.parametrize("way", WAYS)
def test_a_kill_before_or_after_any_step_leaves_a_whole_file(
    tmp_path: Path, way: str, links: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    if not links:
        without_hard_links(monkeypatch)
    steps = all_steps(tmp_path / "calm", way)
    assert len(steps) > 12
    for place in range(1, len(steps) + 1):
        scene = Scene(tmp_path / str(place), way)
        scene.set_up()
        with pytest.raises(Killed):
            scene.run(after(place, die))
        check_whole(scene)
        check_repeat(scene)


SCRIPT = """
import os, sys
from pathlib import Path
from tests.files.shelves import Scene
from tests.files.test_interrupted import after, kill

folder, way, count = Path(sys.argv[1]), sys.argv[2], int(sys.argv[3])
for place in range(1, count + 1):
    scene = Scene(folder / str(place), way)
    scene.set_up()
    if os.fork() == 0:
        scene.run(after(place, kill))
        os._exit(0)
    print(os.WTERMSIG(os.wait()[1]))
"""


@pytest.mark.crash
@pytest.mark.parametrize("way", WAYS)
def test_a_process_killed_before_or_after_any_step_leaves_a_whole_file(
    tmp_path: Path, way: str
) -> None:
    steps = all_steps(tmp_path / "calm", way)
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT, str(tmp_path), way, str(len(steps))],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.stderr == ""
    assert done.stdout.split() == [str(signal.SIGKILL.value)] * len(steps)
    for place in range(1, len(steps) + 1):
        scene = Scene(tmp_path / str(place), way)
        check_whole(scene)
        check_repeat(scene)


def test_a_kill_in_the_midst_of_building_leaves_half_a_file_that_nobody_takes_for_a_book(
    tmp_path: Path,
) -> None:
    scene = Scene(tmp_path, "replace")
    scene.set_up()

    def build(target: Path) -> None:
        target.write_bytes(NEW[:10])
        raise Killed

    with pytest.raises(Killed):
        prepare(scene.old, scene.new, build, scene.backups, KEY, usage=PLENTY)
    assert scene.books() == dict([scene.before])
    assert len(scene.hidden()) == 1

    scene.run()

    assert scene.books() == dict([scene.after])
    assert scene.hidden() == []


def test_putting_back_what_is_back_ends_well(tmp_path: Path) -> None:
    """A crash after the commit, before anybody recorded it; old and new have one name."""
    scene = Scene(tmp_path, "replace")
    scene.set_up()
    made = scene.prepare()
    made.commit()
    assert made.backup is not None
    for current in (made.new, made.new, None):
        restore(
            made.backup,
            made.old_sha256,
            current,
            scene.old,
            scene.backups,
            "undo-1",
            current_sha256=made.new_sha256,
            usage=PLENTY,
        ).commit()
        assert scene.books() == dict([scene.before])
        assert scene.hidden() == []


def cut_off(scene: Scene) -> None:
    """Leave a conversion as a crash in its midst does: both files are there."""
    scene.set_up()

    def steps(name: str) -> None:
        if name == "before remove old file":
            raise Killed

    with pytest.raises(Killed):
        scene.run(steps)
    assert len(scene.books()) == 2


def test_a_conversion_that_was_cut_off_is_known_by_its_second_name(tmp_path: Path) -> None:
    scene = Scene(tmp_path, "convert")
    cut_off(scene)
    scene.ledger.unlink()  # killed before anything was recorded of this attempt

    scene.run()

    assert scene.books() == dict([scene.after])


@pytest.mark.parametrize("recorded", [True, False])
@pytest.mark.parametrize("in_place", [True, False])
def test_a_new_file_that_somebody_worked_on_since_is_not_taken_back(
    tmp_path: Path, recorded: bool, in_place: bool
) -> None:
    scene = Scene(tmp_path, "convert")
    cut_off(scene)
    if not recorded:
        scene.ledger.unlink()
    if not in_place:
        scene.new.unlink()
    scene.new.write_bytes(b"edited")

    with pytest.raises(Permanent, match="already"):
        scene.run()

    assert scene.books() == {scene.old: OLD, scene.new: b"edited"}
