"""Old files are kept for their time, whole, and nothing else is ever removed."""

from __future__ import annotations

import errno
import logging
import os
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from shelfhook.errors import Gone, Permanent
from shelfhook.files import RESERVE, Backups
from shelfhook.files.durable import read_content
from tests.files.shelves import KEY, OLD, PLENTY, TIME, Free, digest, mark, marks, place_book
from tests.support.waiting import Background

DAY = 86_400.0
TODAY = 2_000_000_000.0


class Calendar:
    """Tells the time that it is set to."""

    def __init__(self) -> None:
        self.now = TODAY

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def calendar() -> Calendar:
    return Calendar()


@pytest.fixture
def backups(tmp_path: Path, calendar: Calendar) -> Backups:
    return Backups(tmp_path / "backups", 30, usage=PLENTY, now=calendar)


@pytest.fixture
def book(tmp_path: Path) -> Path:
    return place_book(tmp_path / "library" / "Saga 01.cbz")


@pytest.fixture(params=["EXDEV", "EPERM", "ENOTSUP", "EMLINK"])
def no_links(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """The backups lie on another disk, or on one without hard links."""
    number = getattr(errno, request.param)

    def refuse(*_: object, **__: object) -> None:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(os, "link", refuse)


def refuse_link(*_: object, **__: object) -> None:
    raise OSError(errno.EXDEV, os.strerror(errno.EXDEV))


def files(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


def test_a_file_is_kept_by_its_digest_and_name_and_costs_no_room(
    book: Path, backups: Backups
) -> None:
    kept = backups.keep(book, KEY)

    assert kept == backups.folder / KEY / f"{digest(OLD)[:16]}-Saga 01.cbz"
    assert kept.samefile(book)


@pytest.mark.usefixtures("no_links")
def test_where_no_link_can_be_a_copy_keeps_all_of_the_file(book: Path, backups: Backups) -> None:
    mark(book)
    before = book.stat()

    kept = backups.keep(book, KEY)

    after = kept.stat()
    assert after.st_ino != before.st_ino
    assert (after.st_mode, after.st_uid, after.st_mtime_ns) == (before.st_mode, before.st_uid, TIME)
    assert kept.read_bytes() == OLD
    assert marks(kept) == marks(book)
    assert len(files(backups.folder)) == 2  # with its mark


@pytest.mark.usefixtures("no_links")
def test_a_copy_needs_room_and_says_how_much(book: Path, tmp_path: Path) -> None:
    full = Backups(tmp_path / "backups", 30, usage=Free(RESERVE + len(OLD) - 1))

    with pytest.raises(Permanent) as caught:
        full.keep(book, KEY)

    assert str(tmp_path / "backups") in str(caught.value)
    assert f"{len(OLD):,} bytes are needed" in str(caught.value)
    assert f"only {RESERVE + len(OLD) - 1:,} are free" in str(caught.value)
    assert not list(full.folder.rglob("*Saga 01.cbz"))
    Backups(tmp_path / "backups", 30, usage=Free(RESERVE + len(OLD))).keep(book, KEY)


def test_a_link_needs_no_room(book: Path, tmp_path: Path) -> None:
    Backups(tmp_path / "backups", 30, usage=Free(0)).keep(book, KEY)


@pytest.mark.parametrize("linked", [True, False])
def test_keeping_it_twice_keeps_it_once(
    book: Path, backups: Backups, monkeypatch: pytest.MonkeyPatch, linked: bool
) -> None:
    if not linked:
        monkeypatch.setattr(os, "link", refuse_link)
    first = backups.keep(book, KEY)
    inode = first.stat().st_ino

    assert backups.keep(book, KEY) == first
    assert first.stat().st_ino == inode
    assert len(files(backups.folder)) == 2


@pytest.mark.parametrize("damage", [b"", b"another", OLD.upper()])
def test_a_backup_that_was_damaged_is_made_anew(
    book: Path, backups: Backups, damage: bytes
) -> None:
    kept = backups.keep(book, KEY)
    kept.unlink()
    kept.write_bytes(damage)

    assert backups.keep(book, KEY) == kept
    assert (kept.read_bytes(), book.read_bytes()) == (OLD, OLD)


def test_what_a_crash_left_of_a_copy_is_overwritten(
    book: Path, backups: Backups, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "link", refuse_link)
    kept = backups.keep(book, KEY)
    kept.rename(kept.with_name(f".{kept.name}.part"))
    kept.with_name(f".{kept.name}.part").write_bytes(b"half")

    assert backups.keep(book, KEY).read_bytes() == OLD
    assert len(files(backups.folder)) == 2


def test_a_disk_that_fills_up_leaves_no_half_copy(
    book: Path, backups: Backups, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fill(_: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "link", refuse_link)
    monkeypatch.setattr(os, "fsync", fill)

    with pytest.raises(Permanent, match=r"the disk is full .*, while keeping"):
        backups.keep(book, KEY)

    assert [name for name in files(backups.folder) if not name.endswith(".kept")] == []


def test_a_file_that_changed_since_it_was_read_is_not_kept(
    book: Path, backups: Backups, monkeypatch: pytest.MonkeyPatch
) -> None:
    content = read_content(book)
    place_book(book, OLD.upper())
    os.utime(book)

    with pytest.raises(Permanent, match="changed while it was being kept"):
        backups.keep(book, KEY, content=content)
    monkeypatch.setattr(os, "link", refuse_link)
    with pytest.raises(Permanent, match="is not the file that it was"):
        backups.keep(book, KEY, content=content)
    assert [name for name in files(backups.folder) if not name.endswith(".kept")] == []


def test_a_file_that_is_being_written_is_not_kept(
    book: Path, backups: Backups, monkeypatch: pytest.MonkeyPatch
) -> None:
    fstat = os.fstat
    asked: list[int] = []

    def grow(descriptor: int) -> os.stat_result:
        asked.append(descriptor)
        if len(asked) == 3:  # opened, looked at, read to the end
            with book.open("ab") as file:
                file.write(b"more")
        return fstat(descriptor)

    monkeypatch.setattr(os, "fstat", grow)
    with pytest.raises(Permanent, match="is something still writing it"):
        backups.keep(book, KEY)


def test_only_files_are_kept(book: Path, backups: Backups) -> None:
    link = book.with_name("link.cbz")
    link.symlink_to(book)

    with pytest.raises(Permanent, match="is no regular file"):
        backups.keep(link, KEY)
    with pytest.raises(Gone):
        backups.keep(book.with_name("nothing.cbz"), KEY)


@pytest.mark.parametrize("key", ["..", ".", "", "a/b", "../x", "/etc", "\0", "é", "x" * 300])
def test_a_key_that_is_no_folders_name_leads_nowhere_else(
    book: Path, backups: Backups, key: str
) -> None:
    kept = backups.keep(book, key)

    assert kept.parent.parent == backups.folder
    assert backups.keep(book, f"{key}2").parent != kept.parent


@pytest.mark.parametrize("name", ["x" * 251 + ".cbz", "é" * 125 + "x.cbz", "x" * 255])
def test_the_longest_names_can_be_kept(book: Path, backups: Backups, name: str) -> None:
    book = book.rename(book.with_name(name))

    kept = backups.keep(book, KEY)

    assert kept.read_bytes() == OLD
    assert kept.suffix == book.suffix
    assert backups.clean(TODAY + 1) == 1


def test_two_threads_may_keep_the_same(
    book: Path, backups: Backups, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "link", refuse_link)
    twin = place_book(book.parent / "twin" / book.name)
    begun = threading.Barrier(8)

    def keep(source: Path) -> Path:
        begun.wait(20)
        return backups.keep(source, KEY)

    calls = [
        Background(lambda source=source: keep(source))  # type: ignore[misc] # a default
        for source in (book, twin) * 4
    ]
    places = {call.result() for call in calls}

    assert len(places) == 1
    assert places.pop().read_bytes() == OLD
    assert len(files(backups.folder)) == 2


# -- their time --


def test_a_file_goes_when_its_time_of_keeping_is_over_not_its_own(
    book: Path, backups: Backups, calendar: Calendar
) -> None:
    kept = backups.keep(book, "early")  # the file itself is of long ago
    calendar.now += DAY
    later = backups.keep(book, "later")

    assert backups.clean(TODAY) == 0
    assert backups.clean(TODAY + 1) == 1

    assert not kept.parent.exists()
    assert later.read_bytes() == OLD
    assert book.read_bytes() == OLD


def test_files_of_one_key_go_one_by_one(book: Path, backups: Backups, calendar: Calendar) -> None:
    first = backups.keep(book, KEY)
    calendar.now += DAY
    place_book(book, b"another")
    second = backups.keep(book, KEY)

    assert backups.clean(TODAY + 1) == 1
    assert not first.exists()
    assert second.exists()
    assert backups.clean(calendar.now + 1) == 1
    assert list(backups.folder.iterdir()) == []


def test_a_file_that_is_kept_again_begins_its_time_anew(
    book: Path, backups: Backups, calendar: Calendar
) -> None:
    kept = backups.keep(book, KEY)
    calendar.now += DAY
    backups.keep(book, KEY)

    assert backups.clean(TODAY + 1) == 0
    assert kept.exists()


def test_the_horizon_lies_so_many_days_back(backups: Backups) -> None:
    assert backups.horizon(TODAY) == TODAY - 30 * DAY


def test_cleaning_what_was_never_made_does_nothing(backups: Backups) -> None:
    assert backups.clean(TODAY) == 0
    assert not backups.folder.exists()


@pytest.fixture
def strangers(backups: Backups, tmp_path: Path) -> Iterator[list[Path]]:
    """What lies in the folder and is not ours, or leads out of it."""
    outside = tmp_path / "outside"
    made = [
        place_book(outside / "book.cbz"),
        place_book(outside / ".book.cbz.kept"),
        place_book(backups.folder / "note.txt"),
        place_book(backups.folder / "mine" / "note.txt"),
        place_book(backups.folder / "mine" / "folder" / ".x.kept"),
    ]
    (backups.folder / "link").symlink_to(outside)
    (backups.folder / "mine" / "link").symlink_to(outside)
    (backups.folder / "mine" / ".book.cbz.kept").symlink_to(outside / "book.cbz")
    yield made
    for path in made:
        assert path.read_bytes() == OLD


def test_cleaning_removes_only_what_was_kept_and_follows_no_link(
    book: Path, backups: Backups, strangers: list[Path]
) -> None:
    kept = backups.keep(book, "mine")

    assert backups.clean(TODAY + 1) == 1

    assert not kept.exists()
    assert (backups.folder / "link").is_symlink()
    assert (backups.folder / "mine" / ".book.cbz.kept").is_symlink()


def test_a_link_in_the_place_of_a_backup_goes_and_its_target_stays(
    book: Path, backups: Backups
) -> None:
    kept = backups.keep(book, KEY)
    kept.unlink()
    kept.symlink_to(book)

    assert backups.clean(TODAY + 1) == 1
    assert book.read_bytes() == OLD


def test_a_key_whose_folder_is_a_link_is_refused(
    book: Path, backups: Backups, tmp_path: Path
) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    backups.folder.mkdir()
    (backups.folder / KEY).symlink_to(outside)

    with pytest.raises(Permanent, match="only kept in real folders"):
        backups.keep(book, KEY)
    assert list(outside.iterdir()) == []


def test_a_folder_that_cannot_be_cleaned_is_told_and_the_others_are(
    book: Path, backups: Backups, caplog: pytest.LogCaptureFixture
) -> None:
    for key in ("a", "b", "c"):
        backups.keep(book, key)
    broken = backups.folder / "b"
    kept = next(path for path in broken.iterdir() if not path.name.startswith("."))
    kept.unlink()
    kept.mkdir()

    with caplog.at_level(logging.WARNING, "shelfhook.backups"):
        assert backups.clean(TODAY + 1) == 2

    assert f"cleaning {broken}" in caplog.text
    assert [path.name for path in backups.folder.iterdir()] == ["b"]
