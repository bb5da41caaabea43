"""One host: reachable, who it takes us for, its libraries and how much is in them, its files."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from typing import Any, cast

from shelfhook.cli.lines import Line, number
from shelfhook.errors import ShelfhookError
from shelfhook.model import Account, HostCheck, Library
from shelfhook.ports import Files, Host

MOST_SHOWN = 10
"""Libraries in one sentence."""
WELL = "readable and writable"
NO_BOOK = "it holds no book"


@dataclass(frozen=True, slots=True)
class Seen:
    """What a host has told of itself.

    Attributes:
        items: how much is in each library, by its id; None where the host does not count.
    """

    kind: str
    reached: HostCheck
    account: Account
    libraries: Sequence[Library]
    items: Mapping[str, int | None]

    def told(self) -> str:
        """All of it in one sentence."""
        name = f"{self.kind} {self.reached.version}".strip()
        rank = "administrator" if self.account.admin else "no administrator"
        return f"{name} as {self.account.name} ({rank}), {self._libraries()}"

    def detail(self) -> dict[str, Any]:
        """The same as values."""
        return {
            "kind": self.kind,
            "version": self.reached.version,
            "user": self.account.name,
            "admin": self.account.admin,
            "roles": list(self.account.roles),
            "libraries": [
                {"id": one.id, "name": one.name, "root": one.root, "items": self.items[one.id]}
                for one in self.libraries
            ],
        }

    def _libraries(self) -> str:
        if not self.libraries:
            return "no library is shared with it"
        shown = [self._counted(one) for one in self.libraries[:MOST_SHOWN]]
        more = len(self.libraries) - len(shown)
        shown += [f"and {more:,} more"] if more else []
        return f"{number(len(self.libraries), 'library')}: {', '.join(shown)}"

    def _counted(self, library: Library) -> str:
        items = self.items[library.id]
        return library.name if items is None else f"{library.name} ({number(items, 'item')})"


def see(host: Host) -> Seen | HostCheck:
    """Ask a host about itself; what is wrong if it does not answer at all.

    Raises:
        ShelfhookError: it answers, but not to us, or not now.
    """
    reached = host.check()
    if not reached.ok:
        return reached
    account, libraries = host.whoami(), host.libraries()
    items = {one.id: _items(host, one.id) for one in libraries}
    return Seen(host.kind, reached, account, libraries, items)


def _items(host: Host, library: str) -> int | None:
    """How much is in a library, by the count that comes with its first page."""
    pages = host.pages(library, size=1, fingerprints=False)
    try:
        first = next(pages, None)
    finally:
        # Adapters give generators; what is left of one would hold on to its connection.
        getattr(pages, "close", lambda: None)()
    return 0 if first is None else first.total


def check_host(name: str, host: Host) -> tuple[Line, Seen | None]:
    """The host's line, and what was seen of it."""
    what = f"host {name}"
    try:
        seen = see(host)
    except ShelfhookError as error:
        return Line(what, False, str(error)), None
    if isinstance(seen, HostCheck):
        return Line(what, False, seen.message), None
    return Line(what, True, seen.told(), seen.detail()), seen


def check_files(name: str, host: Host, files: Files, libraries: Sequence[Library]) -> Line:
    """Whether one book of each library can be opened and replaced where it is mapped to."""
    what = f"files {name}"
    told = {one.name: _first_file(host, files, one.id) for one in libraries}
    faults = [f"{name}: {one}" for name, one in told.items() if one not in (WELL, NO_BOOK)]
    message = "; ".join(faults or (f"{name}: {one}" for name, one in told.items()))
    return Line(what, not faults, message, {"libraries": told})


def _first_file(host: Host, files: Files, library: str) -> str:
    try:
        with closing(cast(Any, host.pages(library, size=1))) as pages:
            for page in pages:
                for ref in page.refs[:1]:
                    return _tried(files, host, ref.id)
    except (ShelfhookError, OSError) as error:
        return str(error)
    return NO_BOOK


def _tried(files: Files, host: Host, item_id: str) -> str:
    path = files.local(host.item(item_id))
    with path.open("rb") as file:
        file.read(1)
    # A file is replaced by a new one beside it.
    writable = os.access(path, os.W_OK) and os.access(path.parent, os.W_OK)
    return WELL if writable else f"{path.parent} is not writable, only `audit` will work"
