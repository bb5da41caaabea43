"""The files behind a host's items: where they lie, or downloaded for a while."""

from __future__ import annotations

import os
import re
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import cast

from shelfhook.errors import Permanent
from shelfhook.files.disk import DiskUsage, disk_usage, require_room, told
from shelfhook.files.mapping import PathMap
from shelfhook.model import Item
from shelfhook.ports import Downloads, Host

PREFIX = "shelfhook-"
"""How the names of downloads begin."""
_EXTENSION = re.compile(r"\.[A-Za-z0-9]{1,8}")


class HostFiles:
    """Satisfies [`Files`][shelfhook.ports.Files].

    Args:
        name: the host's name in the settings.
        scratch: folder for downloads; made when it is needed.
        usage: tells the room on a disk.
    """

    def __init__(
        self,
        name: str,
        path_map: PathMap,
        host: Host,
        scratch: Path,
        *,
        usage: DiskUsage = disk_usage,
    ) -> None:
        self._name = name
        self._map = path_map
        self._host = host
        self._scratch = scratch
        self._usage = usage

    @property
    def mapped(self) -> bool:
        """Whether any folder of the host is mapped to one of this machine."""
        return bool(self._map)

    def local(self, item: Item) -> Path:
        """Where an item's file lies on this machine; see `PathMap.local`."""
        return self._map.local(item.path)

    @contextmanager
    def reading(self, item: Item) -> Iterator[Path]:
        """The item's file to read: where it lies, or else a download that goes afterwards.

        Raises:
            Permanent: it is not mapped and the host has no `download`, or there is no room for one.
            Gone: there is no such file.
        """
        if self.mapped and self._map.covers(item.path):
            yield self.local(item)
            return
        if "download" not in self._host.capabilities:
            raise Permanent(
                f"{item.name} cannot be read: {self._name} gives no files away and no folder is"
                f" mapped for {item.path!r}; add one to [hosts.{self._name}.paths]"
            )
        target = self._fresh(item)
        try:
            with told(f"downloading {item.name} into {self._scratch}"):
                cast(Downloads, self._host).download(item.id, target)
            yield target
        finally:
            target.unlink(missing_ok=True)

    def _fresh(self, item: Item) -> Path:
        """An empty file for a download, with the item's extension."""
        extension = PurePosixPath(item.name).suffix
        with told(f"making a file in {self._scratch}"):
            self._scratch.mkdir(parents=True, exist_ok=True)
            require_room(self._scratch, item.size or 0, self._usage)
            descriptor, path = tempfile.mkstemp(
                prefix=PREFIX,
                suffix=extension if _EXTENSION.fullmatch(extension) else "",
                dir=self._scratch,
            )
        os.close(descriptor)
        return Path(path)


def clear_scratch(scratch: Path) -> int:
    """Remove downloads that a crash has left; only before the first one. Gives their number."""
    if not scratch.is_dir():
        return 0
    removed = 0
    with told(f"clearing {scratch}"):
        for path in scratch.glob(f"{PREFIX}*"):
            if path.is_file() and not path.is_symlink():
                path.unlink()
                removed += 1
    return removed
