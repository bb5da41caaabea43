"""What actions may ask while they plan, whole but small: files of a folder, work done at once."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Never, ParamSpec, TypeVar

from shelfhook.errors import Gone, Permanent
from shelfhook.model import Item
from shelfhook.ports import Host, PlanContext

P = ParamSpec("P")
R = TypeVar("R")


class NoFiles:
    """Nothing is mapped. Satisfies `shelfhook.ports.Files`."""

    mapped = False

    def local(self, item: Item) -> Path:
        raise Permanent(f"no folder is mapped for {item.path}")

    def reading(self, item: Item) -> Never:
        raise Permanent(f"no folder is mapped for {item.path}")


class FolderFiles:
    """Every item's `path` is a path on this machine. Satisfies `shelfhook.ports.Files`."""

    mapped = True

    def local(self, item: Item) -> Path:
        path = Path(item.path)
        if not path.is_file():
            raise Gone(f"there is no file {path}")
        return path

    @contextmanager
    def reading(self, item: Item) -> Iterator[Path]:
        yield self.local(item)


def at_once(function: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
    """Satisfies `shelfhook.ports.Heavy` without another process."""
    return function(*args, **kwargs)


def context(host: Host, *, files: NoFiles | FolderFiles | None = None) -> PlanContext:
    return PlanContext(host, files or NoFiles(), at_once)
