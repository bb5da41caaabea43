"""A file is replaced whole or not at all, keeps what it had, and can be put back."""

from __future__ import annotations

import errno
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from shelfhook.errors import Gone, ItemChanged, Permanent, Transient
from shelfhook.files import (
    RESERVE,
    Backups,
    Prepared,
    Standing,
    leftovers,
    prepare,
    restore,
    standing,
)
from tests.files.shelves import (
    KEY,
    NEW,
    OLD,
    PLENTY,
    TIME,
    WAYS,
    Free,
    Scene,
    digest,
    mark,
    marks,
    place_book,
    writes,
)


@pytest.fixture
def library(tmp_path: Path) -> Path:
    made = tmp_path / "library"
    made.mkdir()
    return made


@pytest.fixture
def book(library: Path) -> Path:
    return place_book(library / "Saga 01.cbz")


@pytest.fixture
def backups(tmp_path: Path) -> Backups:
    return Backups(tmp_path / "backups", 30, usage=PLENTY)


def replaced(book: Path, backups: Backups, content: bytes = NEW) -> Prepared:
    made = prepare(book, book, writes(content), backups, KEY, usage=PLENTY)
    made.commit()
    return made


@pytest.mark.parametrize("way", WAYS)
def test_only_the_new_file_is_left_and_the_old_one_is_kept(tmp_path: Path, way: str) -> None:
    scene = Scene(tmp_path, way)
    scene.set_up()

    made = scene.prepare()
    assert scene.books() == dict([scene.before])
    made.commit()

    assert scene.books() == dict([scene.after])
    assert scene.hidden() == []
    assert (made.old, made.new) == (scene.before[0], scene.after[0])
    assert (made.old_sha256, made.old_size) == (digest(scene.before[1]), len(scene.before[1]))
    assert (made.new_sha256, made.new_size) == (digest(scene.after[1]), len(scene.after[1]))
    assert made.backup is not None
    assert made.backup.read_bytes() == scene.before[1]


@pytest.mark.parametrize("way", WAYS)
def test_what_is_abandoned_leaves_no_trace_in_the_library(tmp_path: Path, way: str) -> None:
    scene = Scene(tmp_path, way)
    scene.set_up()

    made = scene.prepare()
    assert len(scene.hidden()) == 1
    made.abandon()
    made.abandon()

    assert scene.books() == dict([scene.before])
    assert scene.hidden() == []


def test_rights_owner_times_and_attributes_are_those_of_the_old_file(
    book: Path, backups: Backups
) -> None:
    if os.geteuid() == 0:
        os.chown(book, 1234, 2345)
    mark(book)
    before, had = book.stat(), marks(book)

    replaced(book, backups)

    after = book.stat()  # before anybody reads it
    assert after.st_ino != before.st_ino
    assert (after.st_mode, after.st_uid, after.st_gid) == (
        before.st_mode,
        before.st_uid,
        before.st_gid,
    )
    assert (after.st_mtime_ns, after.st_atime_ns) == (TIME, before.st_atime_ns)
    assert marks(book) == had


@pytest.mark.parametrize("refusing", ["chown", "chmod", "setxattr"])
def test_what_the_disk_cannot_keep_is_left(
    book: Path, backups: Backups, monkeypatch: pytest.MonkeyPatch, refusing: str
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise PermissionError(errno.EPERM, "not yours")

    mark(book)
    monkeypatch.setattr(os, refusing, refuse)

    replaced(book, backups)

    assert book.read_bytes() == NEW
    assert book.stat().st_mtime_ns == TIME


def test_the_build_finds_nothing_at_its_target_beside_the_old_file(
    book: Path, backups: Backups
) -> None:
    seen: list[Path] = []

    def build(target: Path) -> None:
        seen.append(target)
        assert not target.exists()
        assert book.read_bytes() == OLD
        target.write_bytes(NEW)

    temp = prepare(book, book, build, backups, KEY, usage=PLENTY).temp

    assert seen == [temp]
    assert temp.parent == book.parent
    assert temp.name.startswith(".Saga 01.cbz.")
    assert temp.suffix == ".shelfhook-new"
    assert leftovers(book.parent) == [temp]


def test_a_leftover_of_an_earlier_attempt_is_overwritten(book: Path, backups: Backups) -> None:
    first = prepare(book, book, writes(b"half"), backups, KEY, usage=PLENTY)

    second = prepare(book, book, writes(NEW), backups, KEY, usage=PLENTY)
    second.commit()

    assert first.temp == second.temp
    assert book.read_bytes() == NEW
    assert leftovers(book.parent) == []


# -- what is refused --


def test_a_file_that_is_not_there_is_gone(library: Path, backups: Backups) -> None:
    with pytest.raises(Gone, match="there is no file"):
        replaced(library / "Saga 01.cbz", backups)


def test_links_and_folders_are_never_replaced(book: Path, library: Path, backups: Backups) -> None:
    link = library / "link.cbz"
    link.symlink_to(book)
    folder = library / "folder.cbz"
    folder.mkdir()
    pipe = library / "pipe.cbz"
    os.mkfifo(pipe)

    for path in (link, folder, pipe):
        with pytest.raises(Permanent, match="is no regular file"):
            replaced(path, backups)

    assert link.is_symlink()
    assert book.read_bytes() == OLD


def test_a_conversion_never_overwrites_another_file(book: Path, backups: Backups) -> None:
    other = place_book(book.with_suffix(".cbr"), b"another")
    built: list[Path] = []

    with pytest.raises(Permanent, match=r"there is a file .*cbr already"):
        prepare(book, other, built.append, backups, KEY, usage=PLENTY)

    assert built == []
    assert (book.read_bytes(), other.read_bytes()) == (OLD, b"another")


@pytest.mark.parametrize("links", [True, False])
def test_a_file_that_takes_the_new_name_before_the_commit_is_not_overwritten(
    book: Path, backups: Backups, monkeypatch: pytest.MonkeyPatch, links: bool
) -> None:
    new = book.with_suffix(".cb7")
    made = prepare(book, new, writes(NEW), backups, KEY, usage=PLENTY)
    new.write_bytes(b"another")
    if not links:
        without_hard_links(monkeypatch)

    with pytest.raises(Permanent, match=r"there is a file .*cb7 already"):
        made.commit()

    assert (book.read_bytes(), new.read_bytes()) == (OLD, b"another")
    assert leftovers(book.parent) == []


def write_into(book: Path) -> None:
    book.write_bytes(OLD.upper())


def replace_with_the_same_size_and_time(book: Path) -> None:
    place_book(book.with_name("other"), OLD.upper()).replace(book)


def touch(book: Path) -> None:
    os.utime(book)


@pytest.mark.parametrize(
    "meddle", [write_into, replace_with_the_same_size_and_time, touch, Path.unlink]
)
@pytest.mark.parametrize("name", ["Saga 01.cbz", "Saga 01.cb7"])
def test_a_file_that_somebody_changes_meanwhile_is_left_alone(
    book: Path, backups: Backups, meddle: Callable[[Path], None], name: str
) -> None:
    made = prepare(book, book.with_name(name), writes(NEW), backups, KEY, usage=PLENTY)
    meddle(book)
    present = book.read_bytes() if book.exists() else None

    with pytest.raises(Permanent, match="changed meanwhile"):
        made.commit()

    assert (book.read_bytes() if book.exists() else None) == present
    assert [path.name for path in book.parent.iterdir()] == ([book.name] if present else [])


def test_a_build_that_meddles_with_the_old_file_is_caught(book: Path, backups: Backups) -> None:
    def build(target: Path) -> None:
        target.write_bytes(NEW)
        book.write_bytes(b"oops")

    with pytest.raises(Permanent, match="changed while it was being kept"):
        prepare(book, book, build, backups, KEY, usage=PLENTY)
    assert leftovers(book.parent) == []


def nothing(target: Path) -> None:
    pass


def link(target: Path) -> None:
    target.symlink_to("Saga 01.cbz")


@pytest.mark.parametrize(
    ("build", "told"),
    [(nothing, "was not made"), (writes(b""), "would be empty"), (link, "is no regular file")],
)
def test_a_build_that_makes_no_file_changes_nothing(
    book: Path, backups: Backups, build: Callable[[Path], None], told: str
) -> None:
    with pytest.raises(Permanent, match=told):
        prepare(book, book, build, backups, KEY, usage=PLENTY)

    assert [path.name for path in book.parent.iterdir()] == [book.name]
    assert book.read_bytes() == OLD
    assert book.stat().st_mtime_ns == TIME


def test_what_a_build_raises_comes_through_and_leaves_nothing(book: Path, backups: Backups) -> None:
    def build(target: Path) -> None:
        target.write_bytes(b"half")
        raise ValueError("a bug")

    with pytest.raises(ValueError, match="a bug"):
        prepare(book, book, build, backups, KEY, usage=PLENTY)

    assert leftovers(book.parent) == []
    assert book.read_bytes() == OLD


# -- a disk that is full, or worse --


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EDQUOT])
def test_a_disk_that_fills_up_while_building_leaves_the_old_file(
    book: Path, backups: Backups, number: int
) -> None:
    def build(target: Path) -> None:
        target.write_bytes(NEW[:10])
        raise OSError(number, os.strerror(number))

    with pytest.raises(Permanent, match="the disk is full"):
        prepare(book, book, build, backups, KEY, usage=PLENTY)

    assert leftovers(book.parent) == []
    assert book.read_bytes() == OLD


def test_room_is_looked_for_before_anything_is_written(book: Path, backups: Backups) -> None:
    built: list[Path] = []
    needed = len(OLD)

    with pytest.raises(Permanent) as caught:
        prepare(book, book, built.append, backups, KEY, usage=Free(RESERVE + needed - 1))

    assert built == []
    told = str(caught.value)
    assert f"not enough room in {book.parent}: {needed:,} bytes are needed" in told
    assert f"only {RESERVE + needed - 1:,} are free" in told
    prepare(book, book, writes(NEW), backups, KEY, usage=Free(RESERVE + needed)).commit()


def test_no_room_for_the_backup_leaves_the_old_file(
    book: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    without_hard_links(monkeypatch)
    full = Backups(tmp_path / "backups", 30, usage=Free(RESERVE))

    with pytest.raises(Permanent, match=r"not enough room in .*backups"):
        prepare(book, book, writes(NEW), full, KEY, usage=PLENTY)

    assert leftovers(book.parent) == []
    assert book.read_bytes() == OLD


@pytest.mark.parametrize(
    ("number", "error"),
    [(errno.EACCES, Permanent), (errno.EROFS, Permanent), (errno.EIO, Transient)],
)
def test_an_old_file_that_cannot_be_removed_keeps_its_place(
    book: Path,
    backups: Backups,
    monkeypatch: pytest.MonkeyPatch,
    number: int,
    error: type[Exception],
) -> None:
    new = book.with_suffix(".cb7")
    made = prepare(book, new, writes(NEW), backups, KEY, usage=PLENTY)
    unlink = Path.unlink

    def refuse(path: Path, missing_ok: bool = False) -> None:
        if path == book:
            raise OSError(number, os.strerror(number), str(path))
        unlink(path, missing_ok)

    for links in (True, False):
        with monkeypatch.context() as broken, pytest.raises(error, match="while replacing"):
            broken.setattr(Path, "unlink", refuse)
            if not links:
                without_hard_links(broken)
            made.commit()
        assert [path.name for path in book.parent.iterdir()] == [book.name]
        assert book.read_bytes() == OLD
        made = prepare(book, new, writes(NEW), backups, KEY, usage=PLENTY)


def without_hard_links(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise OSError(errno.EXDEV, os.strerror(errno.EXDEV))

    monkeypatch.setattr(os, "link", refuse)


def test_a_conversion_works_without_hard_links(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    without_hard_links(monkeypatch)
    scene = Scene(tmp_path, "convert")
    scene.set_up()

    scene.run()

    assert scene.books() == dict([scene.after])
    assert scene.hidden() == []


# -- putting back --


@pytest.mark.parametrize("suffix", [".cbz", ".cb7"])
@pytest.mark.parametrize("links", [True, False])
def test_a_file_comes_back_byte_for_byte_with_its_rights_and_times(
    book: Path, backups: Backups, monkeypatch: pytest.MonkeyPatch, suffix: str, links: bool
) -> None:
    if not links:
        without_hard_links(monkeypatch)
    before = book.stat()
    new = book.with_suffix(suffix)
    done = prepare(book, new, writes(NEW), backups, KEY, usage=PLENTY)
    done.commit()
    new.chmod(0o600)
    os.utime(new)
    assert done.backup is not None

    back = restore(
        done.backup,
        done.old_sha256,
        done.new,
        book,
        backups,
        "undo-1",
        current_sha256=done.new_sha256,
        usage=PLENTY,
    )
    back.commit()

    assert [path.name for path in book.parent.iterdir()] == [book.name]
    assert book.read_bytes() == OLD
    after = book.stat()
    assert (after.st_mode, after.st_mtime_ns) == (before.st_mode, TIME)
    assert done.backup.stat().st_ino != after.st_ino  # the backup stays one
    assert back.backup is not None
    again = restore(back.backup, back.old_sha256, book, new, backups, "redo-1", usage=PLENTY)
    again.commit()
    assert new.read_bytes() == NEW


def test_a_file_that_was_edited_since_is_left_alone(book: Path, backups: Backups) -> None:
    done = replaced(book, backups)
    book.write_bytes(b"edited")
    assert done.backup is not None

    with pytest.raises(ItemChanged, match="is not as we left it"):
        restore(
            done.backup, done.old_sha256, book, book, backups, "u", current_sha256=done.new_sha256
        )
    assert book.read_bytes() == b"edited"


def test_a_backup_that_is_damaged_or_gone_is_not_put_back(book: Path, backups: Backups) -> None:
    done = replaced(book, backups)
    assert done.backup is not None
    done.backup.write_bytes(OLD.upper())

    with pytest.raises(Permanent, match="is not the file that it was"):
        restore(done.backup, done.old_sha256, book, book, backups, "undo-1", usage=PLENTY)
    assert (book.read_bytes(), leftovers(book.parent)) == (NEW, [])

    done.backup.unlink()
    with pytest.raises(Permanent, match=r"the backup .* is no longer there"):
        restore(done.backup, done.old_sha256, book, book, backups, "undo-1", usage=PLENTY)
    assert book.read_bytes() == NEW


def test_a_file_that_was_removed_can_be_put_back(book: Path, backups: Backups) -> None:
    kept = backups.keep(book, KEY)
    book.unlink()

    back = restore(kept, digest(OLD), None, book, backups, "undo-1", usage=PLENTY)
    back.commit()

    assert (book.read_bytes(), book.stat().st_mtime_ns) == (OLD, TIME)
    assert (back.old, back.backup, back.old_sha256) == (None, None, "")
    assert leftovers(book.parent) == []


def test_nothing_is_put_back_over_another_file(book: Path, backups: Backups) -> None:
    kept = backups.keep(book, KEY)
    book.write_bytes(b"another")

    with pytest.raises(Permanent, match="already"):
        restore(kept, digest(OLD), None, book, backups, "undo-1", usage=PLENTY)
    assert book.read_bytes() == b"another"


# -- how far did it get? --


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        (OLD, None, Standing.OLD),
        (OLD, NEW, Standing.BOTH),
        (None, NEW, Standing.NEW),
        (None, None, Standing.OTHER),
        (b"x", None, Standing.OTHER),
        (b"x", NEW, Standing.OTHER),
        (OLD, b"x", Standing.OTHER),
        (None, b"x", Standing.OTHER),
    ],
)
def test_an_interrupted_conversion_is_told_by_what_is_there(
    library: Path, old: bytes | None, new: bytes | None, expected: Standing
) -> None:
    paths = (library / "a.cbr", library / "a.cbz")
    for path, content in zip(paths, (old, new), strict=True):
        if content is not None:
            path.write_bytes(content)

    assert standing(*paths, digest(OLD), digest(NEW)) is expected


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (OLD, Standing.OLD),
        (NEW, Standing.NEW),
        (b"x", Standing.OTHER),
        (None, Standing.OTHER),
    ],
)
def test_an_interrupted_replacement_is_told_by_what_is_there(
    library: Path, content: bytes | None, expected: Standing
) -> None:
    path = library / "a.cbz"
    if content is not None:
        path.write_bytes(content)

    assert standing(path, path, digest(OLD), digest(NEW)) is expected


def test_something_that_is_no_file_is_somebody_elses(library: Path) -> None:
    path = library / "a.cbz"
    path.mkdir()

    assert standing(path, path, digest(OLD), digest(NEW)) is Standing.OTHER
