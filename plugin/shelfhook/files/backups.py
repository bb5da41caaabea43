"""The backups: old files, kept for some days.

    <folder>/<key>/<16 digits of the SHA-256>-<name>          the old file
    <folder>/<key>/.<16 digits of the SHA-256>-<name>.kept    empty; written when it was kept

The second says by its own time how long the first has been here. The old file cannot say that
itself: it keeps its times, and is mostly a hard link to what the library held.
"""

from __future__ import annotations

import hashlib
import logging
import os
import re
import stat
import threading
import time
from collections.abc import Callable
from pathlib import Path

from shelfhook.errors import Permanent, ShelfhookError
from shelfhook.files.disk import DiskUsage, disk_usage, require_room, told
from shelfhook.files.durable import (
    Content,
    Steps,
    copy_attributes,
    copy_content,
    no_steps,
    read_content,
    step,
    sync_file,
    sync_folder,
)
from shelfhook.files.names import fitting

log = logging.getLogger("shelfhook.backups")

DAY = 86_400.0
DIGITS = 16
MARK = ".kept"
PART = ".part"
_PLAIN_KEY = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9._-]{0,63}")


class Backups:
    """Keeps old files in a folder and removes them when their time is over.

    Threads may share it. `_making` guards the making of files: copies to one disk gain nothing from
    being made at once, and two items may hold the same. `_marks` guards the marks between a file
    that is kept again and the clean-up.

    Args:
        folder: made when it is needed; best on the library's disk, where keeping costs no room.
        keep_days: for how long; see `horizon`.
        usage: tells the room on a disk.
        now: tells the time.
    """

    def __init__(
        self,
        folder: Path,
        keep_days: int,
        *,
        usage: DiskUsage = disk_usage,
        now: Callable[[], float] = time.time,
    ) -> None:
        self.folder = folder.absolute()
        self.keep_days = keep_days
        self._usage = usage
        self._now = now
        self._making = threading.Lock()
        self._marks = threading.Lock()

    def keep(
        self, source: Path, key: str, *, content: Content | None = None, steps: Steps = no_steps
    ) -> Path:
        """Keep a file, durably; gives its place. Safe to repeat: the time begins anew.

        Args:
            key: what it is kept for, such as a change's id; a folder of that name is made.
            content: of the file, if it was read already.

        Raises:
            Permanent: there is not enough room, or the file changed meanwhile.
            Gone: there is no such file.
        """
        with told(f"keeping {source} in {self.folder}"):
            content = content or read_content(source)
            name = f"{content.sha256[:DIGITS]}-"
            extra = len(name) + len(MARK) + len(PART) + 1
            place = self._folder_of(key) / (name + fitting(source.name, extra))
            with self._making:
                with step(steps, "mark backup"):
                    self._mark(place)
                if not _holds(place, content):
                    self._make(source, place, content, steps)
                with step(steps, "sync backup"):
                    sync_file(place)
                    sync_folder(place.parent)
                    sync_folder(self.folder)
            return place

    def horizon(self, now: float) -> float:
        """What was kept before this time may go; `clean` wants it."""
        return now - self.keep_days * DAY

    def clean(self, before: float) -> int:
        """Remove what was kept before a time (seconds since the epoch), and folders left empty.

        Only what `keep` has put there is removed. A folder that cannot be cleaned is logged and
        left.

        Returns:
            How many files were removed.
        """
        removed = 0
        for folder in self._folders():
            try:
                with told(f"cleaning {folder}"), self._marks:
                    removed += _clean(folder, before)
            except ShelfhookError as error:
                log.warning("Backups: %s", error)
        return removed

    def _folder_of(self, key: str) -> Path:
        if _PLAIN_KEY.fullmatch(key):
            return self.folder / key
        # Some host's id that would be no folder's name, or one elsewhere.
        return self.folder / hashlib.sha256(key.encode(errors="surrogatepass")).hexdigest()[:32]

    def _folders(self) -> list[Path]:
        if not self.folder.is_dir():
            return []  # nothing was ever kept
        with told(f"looking into {self.folder}"), os.scandir(self.folder) as entries:
            return [Path(one.path) for one in entries if one.is_dir(follow_symlinks=False)]

    def _mark(self, place: Path) -> None:
        with self._marks:
            place.parent.mkdir(parents=True, exist_ok=True)
            if not stat.S_ISDIR(place.parent.lstat().st_mode):
                raise Permanent(f"{place.parent} is a link; backups are only kept in real folders")
            mark = _beside(place, MARK)
            os.close(os.open(mark, os.O_WRONLY | os.O_CREAT | os.O_NOFOLLOW, 0o600))
            os.utime(mark, (self._now(), self._now()))

    def _make(self, source: Path, place: Path, content: Content, steps: Steps) -> None:
        """Make the file under another name first: a crash must not leave half a backup."""
        part = _beside(place, PART)
        part.unlink(missing_ok=True)
        with step(steps, "make backup"):
            if not _linked(source, part, content):
                self._copy(source, part, content)
        with step(steps, "name backup"):
            part.replace(place)

    def _copy(self, source: Path, part: Path, content: Content) -> None:
        require_room(part.parent, content.size, self._usage)
        found = source.stat()
        try:
            copy_content(source, part, content.sha256)
            copy_attributes(source, found, part)
            sync_file(part)
        except Exception:
            part.unlink(missing_ok=True)
            raise


def _beside(place: Path, ending: str) -> Path:
    return place.with_name(f".{place.name}{ending}")


def _holds(place: Path, content: Content) -> bool:
    """Whether a backup is there already and sound."""
    if content.is_still(place):
        return True  # a hard link to the very file
    try:
        return stat.S_ISREG(place.lstat().st_mode) and read_content(place)[:2] == content[:2]
    except FileNotFoundError:
        return False


def _linked(source: Path, part: Path, content: Content) -> bool:
    """Keep a file by a second name for it, which costs nothing; False where that cannot be."""
    try:
        os.link(source, part, follow_symlinks=False)
    except OSError:  # another disk, one without hard links, or a file that is not ours to link
        return False
    if content.is_still(part):
        return True
    part.unlink()
    raise Permanent(f"{source} changed while it was being kept")


def _clean(folder: Path, before: float) -> int:
    removed = 0
    for mark in _old_marks(folder, before):
        place = folder / mark.name.removeprefix(".").removesuffix(MARK)
        removed += _remove(place)
        _remove(_beside(place, PART))
        _remove(mark)  # last: without it nobody would ever remove the others
    if not any(folder.iterdir()):
        folder.rmdir()
    return removed


def _old_marks(folder: Path, before: float) -> list[Path]:
    with os.scandir(folder) as entries:
        return [
            Path(entry.path)
            for entry in entries
            if entry.name.startswith(".")
            and entry.name.endswith(MARK)
            and entry.is_file(follow_symlinks=False)
            and entry.stat(follow_symlinks=False).st_mtime < before
        ]


def _remove(path: Path) -> bool:
    """Remove a name, of a link the link itself; tells whether it was there."""
    try:
        path.unlink()
    except FileNotFoundError:
        return False
    return True
