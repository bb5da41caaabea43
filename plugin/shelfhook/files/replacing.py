"""The careful replacement of a file: at every moment the old file or the new one is there, whole.

`prepare` makes the new file under another name beside the old one, and keeps the old one in the
backups. Then the caller records what `Prepared` says, durably; then `commit` puts the new file in
the old one's place. Until then nothing of the library has changed.

Where the new file has another name (a conversion), no disk can do both at once: the new name
appears first, then the old one goes. A crash in between leaves both, and the next `prepare` takes
the new one back. `standing` tells how far an interrupted replacement got.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

from shelfhook.errors import Gone, ItemChanged, Permanent
from shelfhook.files.backups import Backups
from shelfhook.files.disk import DiskUsage, disk_usage, require_room, told
from shelfhook.files.durable import (
    Content,
    Steps,
    copy_attributes,
    copy_content,
    no_steps,
    open_regular,
    read_content,
    step,
    sync_file,
)
from shelfhook.files.names import temp_beside
from shelfhook.files.prepared import Prepared, name_taken, take_back

Build: TypeAlias = Callable[[Path], None]
"""Makes the new file at a path where nothing is yet."""


def prepare(
    old: Path,
    new: Path,
    build: Build,
    backups: Backups,
    key: str,
    *,
    interrupted: str = "",
    usage: DiskUsage = disk_usage,
    steps: Steps = no_steps,
) -> Prepared:
    """Make the new file and keep the old one. What an earlier, interrupted call left is removed.

    Args:
        old: the file; not a link.
        new: the same path, or (a conversion) another in which no file lies yet.
        build: makes the new file; it gets the rights, the owner and the times of the old one.
        key: names the change, also in the backups; the same when it is repeated.
        interrupted: SHA-256 of the new file of an earlier attempt, if one was recorded: such a file
            at `new` is ours, and makes way.

    Raises:
        Gone: there is no old file.
        Permanent: the new name is taken, the disk is full or the old file is no file to replace.
    """
    order = _Order(old, new, build, old, None, key, interrupted)
    return _prepare(order, backups, usage, steps)


def restore(
    backup: Path,
    wanted_sha256: str,
    current: Path | None,
    target: Path,
    backups: Backups,
    key: str,
    *,
    current_sha256: str = "",
    usage: DiskUsage = disk_usage,
    steps: Steps = no_steps,
) -> Prepared:
    """Prepare to put a kept file back, byte for byte, with its times and rights.

    A repeat ends well, also where an earlier call got further than anybody recorded.

    Args:
        wanted_sha256: of the kept file.
        current: the file that makes way (and is kept in its turn); None if there is none.
        target: where the kept file was.
        current_sha256: what `current` must hold, if that matters.

    Raises:
        ItemChanged: `current` holds something else.
        Gone: there is no `current`.
        Permanent: the backup is no longer there or damaged; otherwise as `prepare`.
    """
    with told(f"looking at {backup} and {target}"):
        if _is_back(backup, wanted_sha256, current, target):
            current, current_sha256 = target, wanted_sha256

    def copy(temp: Path) -> None:
        copy_content(backup, temp, wanted_sha256)

    order = _Order(current, target, copy, backup, current_sha256 or None, key, wanted_sha256)
    return _prepare(order, backups, usage, steps)


def _is_back(backup: Path, wanted_sha256: str, current: Path | None, target: Path) -> bool:
    """Whether the kept file is in its old place already, and what took it has gone."""
    try:
        size = _status(backup).st_size
    except Gone as error:
        raise Permanent(f"the backup {backup} is no longer there") from error
    if current is not None and current != target and os.path.lexists(current):
        return False
    try:
        return target.lstat().st_size == size and read_content(target).sha256 == wanted_sha256
    except FileNotFoundError:
        return False


@dataclass(frozen=True, slots=True)
class _Order:
    """What is to be done. `model` is the file whose attributes the new one gets."""

    old: Path | None
    new: Path
    build: Build
    model: Path
    expected: str | None
    key: str
    interrupted: str


def _prepare(order: _Order, backups: Backups, usage: DiskUsage, steps: Steps) -> Prepared:
    temp = temp_beside(order.new, order.key)
    with told(f"preparing to replace {order.old or order.new}"):
        if order.old is not None and not os.path.lexists(order.old):
            temp.unlink(missing_ok=True)  # the end of an exchange that a crash cut off
        found = _status(order.model)
        content = _read_old(order)
        take_back(order.old, order.new, temp, order.interrupted, steps)
        if order.new != order.old and os.path.lexists(order.new):
            raise name_taken(order.new)
        require_room(order.new.parent, found.st_size, usage)
        try:
            made = _make(order, found, temp, steps)
            backup = None
            if order.old is not None:
                backup = backups.keep(order.old, order.key, content=content, steps=steps)
        except Exception:
            temp.unlink(missing_ok=True)
            raise
    return Prepared(
        old=order.old,
        new=order.new,
        backup=backup,
        old_sha256=content.sha256 if content else "",
        old_size=content.size if content else 0,
        new_sha256=made.sha256,
        new_size=made.size,
        temp=temp,
        _content=content,
        _steps=steps,
    )


def _read_old(order: _Order) -> Content | None:
    if order.old is None:
        return None
    content = read_content(order.old)
    if order.expected is not None and content.sha256 != order.expected:
        raise ItemChanged(f"{order.old} is not as we left it; it is left alone")
    return content


def _make(order: _Order, found: os.stat_result, temp: Path, steps: Steps) -> Content:
    with step(steps, "build"):
        order.build(temp)
    if not os.path.lexists(temp):
        raise Permanent(f"the new file for {order.new} was not made")
    made = read_content(temp)
    if not made.size:
        raise Permanent(f"the new file for {order.new} would be empty")
    with step(steps, "attributes"):
        copy_attributes(order.model, found, temp)  # after the reading, which is a time, too
    with step(steps, "sync new file"):
        sync_file(temp)
    return made


def _status(path: Path) -> os.stat_result:
    with open_regular(path) as stream:
        return os.fstat(stream.fileno())
