"""A new file that waits to take an old one's place, and how it takes it."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from shelfhook.errors import Permanent
from shelfhook.files.disk import told
from shelfhook.files.durable import Content, Steps, read_content, step, sync_folder


@dataclass(frozen=True, slots=True)
class Prepared:
    """A new file that waits to take its place. Either `commit` or `abandon` it.

    Attributes:
        old: the file that will be replaced; None where none is there.
        new: the name of the new file, often the same.
        backup: where the old file is kept, its times and rights as well; None if there is none.
        old_sha256, old_size: of the old file ("" and 0 if there is none).
        new_sha256, new_size: of the new file.
        temp: where the new file waits.
    """

    old: Path | None
    new: Path
    backup: Path | None
    old_sha256: str
    old_size: int
    new_sha256: str
    new_size: int
    temp: Path
    _content: Content | None
    _steps: Steps

    def commit(self) -> None:
        """Put the new file into its place.

        Raises:
            Permanent: the old file changed after `prepare`, or the new name is taken. All stays,
                and the new file is removed.
        """
        try:
            with told(f"replacing {self.old or self.new}"):
                self._check()
                if self.old == self.new:
                    self._replace()
                else:
                    self._exchange()
        except Exception:
            self.abandon()
            raise

    def abandon(self) -> None:
        """Remove the new file; nothing has happened. May be repeated."""
        with told(f"removing {self.temp}"):
            take_back(self.old, self.new, self.temp, self.new_sha256, self._steps)

    def _check(self) -> None:
        if self.old is None or self._content is None:
            return
        if not self._content.is_still(self.old):
            raise Permanent(f"{self.old} changed meanwhile; it is left as it is now")

    def _replace(self) -> None:
        with step(self._steps, "replace"):
            self.temp.replace(self.new)
        with step(self._steps, "sync folder"):
            sync_folder(self.new.parent)

    def _exchange(self) -> None:
        with step(self._steps, "name new file"):
            _name(self.temp, self.new)
        with step(self._steps, "sync new name"):
            sync_folder(self.new.parent)
        if self.old is not None:
            with step(self._steps, "remove old file"):
                self.old.unlink()
        with step(self._steps, "remove temp"):
            self.temp.unlink(missing_ok=True)
        for folder in {path.parent for path in (self.new, self.old) if path is not None}:
            with step(self._steps, "sync folder"):
                sync_folder(folder)


def take_back(old: Path | None, new: Path, temp: Path, new_sha256: str, steps: Steps) -> None:
    """Undo what an interrupted replacement has left, as long as the old file is there.

    Args:
        new_sha256: of the new file; "" if nobody knows it any more.
    """
    if old is not None and new != old and _is_ours(old, new, temp, new_sha256):
        with step(steps, "take back new name"):
            new.unlink()
    with step(steps, "remove leftover"):
        temp.unlink(missing_ok=True)


def _is_ours(old: Path, new: Path, temp: Path, new_sha256: str) -> bool:
    """Whether the file of the new name is the one that we made, and untouched since."""
    if not (os.path.lexists(old) and os.path.lexists(new)):
        return False
    linked = temp.exists()
    if linked and not temp.samefile(new):
        return False
    if new_sha256:
        return read_content(new).sha256 == new_sha256
    return linked and new.stat().st_mtime_ns == old.stat().st_mtime_ns  # we gave it that time


def name_taken(new: Path) -> Permanent:
    """The error where another file lies already."""
    return Permanent(f"there is a file {new} already; move it away or remove it")


def _name(temp: Path, new: Path) -> None:
    """Give a file a name that is not taken; a link fails where a rename would overwrite.

    The temp name stays as long as both files are there: it tells that the new one is ours.
    """
    try:
        os.link(temp, new)
    except OSError as error:
        if os.path.lexists(new):
            raise name_taken(new) from error
        temp.rename(new)  # a disk without hard links
