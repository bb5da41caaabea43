"""Between changes of kind FILE and the room that handles files."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypeAlias

from shelfhook.errors import Permanent
from shelfhook.files import (
    Backups,
    Prepared,
    Standing,
    prepare,
    remove_second_names,
    restore,
    standing,
)
from shelfhook.files.durable import sync_folder
from shelfhook.model import Change, ChangeKind, Fields, LedgerChange, Value

Build: TypeAlias = Callable[[Change, Path], None]
"""Makes the new file of a change at a path."""


@dataclass(frozen=True, slots=True)
class Ready:
    """A new file that only has to take its place.

    Attributes:
        change: with all that undo needs in its `before`.
        left: digest of the new file.
    """

    change: Change
    left: str
    prepared: Prepared

    def commit(self) -> None:
        """Put the new file in its place."""
        self.prepared.commit()

    def abandon(self) -> None:
        """Throw it away, unless it is in its place."""
        self.prepared.abandon()


class FileWork:
    """Prepares, recognises and takes back changes of files, for one job."""

    def __init__(self, backups: Backups, job_id: str) -> None:
        self._backups = backups
        self._job_id = job_id

    def stamped(self, change: Change) -> Change:
        """The change with what tells, without reading a file, whether that is still the same."""
        if change.kind is not ChangeKind.FILE:
            return change
        return replace(change, before={**change.before, **_stamp(_path(change.before["path"]))})

    def is_as_stamped(self, before: Fields) -> bool:
        """Whether the file is as it was when its change was shown."""
        try:
            stamp = _stamp(_path(before["path"]))
        except OSError:
            return False
        return all(before.get(name) == value for name, value in stamp.items())

    def standing(self, row: LedgerChange, *, settle: bool = True) -> Standing:
        """How far a recorded change got.

        Args:
            settle: bring one that a crash cut in two to its end. The old file is in the backups
                since before the change was recorded.
        """
        before, after = row.change.before, row.change.after
        old, new = _path(before["path"]), _path(after["path"])
        found = standing(old, new, str(before["sha256"]), row.left)
        if not settle:
            return Standing.NEW if found is Standing.BOTH else found
        if found is Standing.BOTH:
            old.unlink()
            sync_folder(old.parent)
            found = Standing.NEW
        if found is Standing.NEW:
            remove_second_names(new)
        return found

    def prepare(self, change: Change, item_id: str, build: Build | None) -> Ready:
        """Build the new file beside the old one, and keep the old one.

        Raises:
            Permanent: it cannot be built or kept; nothing has changed.
        """
        old, new = _path(change.before["path"]), _path(change.after["path"])
        key = self._key(item_id)
        if "from" in change.after:
            kept, wanted = _path(change.after["from"]), str(change.after["sha256"])
            expected = str(change.before.get("sha256") or "")
            made = restore(kept, wanted, old, new, self._backups, key, current_sha256=expected)
        elif build is None:
            raise Permanent(f"the action {change.action!r}, which planned a file, is not there")
        else:
            made = prepare(old, new, lambda target: build(change, target), self._backups, key)
        before: dict[str, Value] = {
            **change.before,
            "sha256": made.old_sha256,
            "kept": str(made.backup),
        }
        return Ready(replace(change, before=before), made.new_sha256, made)

    def back(self, row: LedgerChange) -> Change:
        """The change that takes a change of a file back."""
        was, now = row.change.before, row.change.after
        return Change(
            ChangeKind.FILE,
            row.change.entity,
            row.change.entity_id,
            before={"path": now["path"], "sha256": row.left},
            after={"path": was["path"], "from": was["kept"], "sha256": was["sha256"]},
            action="undo",
        )

    def _key(self, item_id: str) -> str:
        """Where the old file is kept; ids are opaque, and may be no names of folders."""
        return f"{self._job_id}-{hashlib.sha256(item_id.encode()).hexdigest()[:16]}"


def _path(value: Value) -> Path:
    return Path(str(value))


def _stamp(path: Path) -> dict[str, Value]:
    found = path.stat()
    return {"size": found.st_size, "mtime_ns": found.st_mtime_ns}
