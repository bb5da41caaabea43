"""What a Kavita server tells by itself."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence

from shelfhook.errors import ShelfhookError, Transient
from shelfhook.hosts.kavita.hub import Hub
from shelfhook.hosts.kavita.told import NO_ADMIN, Hearing
from shelfhook.model import Library
from shelfhook.ports import Sign, Tiding

MOST_HOMES = 20_000
"""Chapters whose library is remembered."""


def tidings(
    hub: Hub,
    *,
    admin: bool,
    library: Callable[[str], str],
    ours: Callable[[str], bool],
    home: Callable[[str], str] = lambda _chapter: "",
) -> Iterator[Tiding]:
    """What the hub tells, from LISTENING to its end.

    Args:
        hub: what is listened to.
        admin: whether our account is told of scans.
        library: the id of a library by its name.
        ours: whether the scan of a series is what we have asked for.
        home: the id of a chapter's library, which the hub does not tell.

    Raises:
        Refused: our account may not listen.
        Transient: the stream broke, was silent for too long, or was ended with a reason.
    """
    hearing = Hearing(library, ours)
    with hub.listening() as frames:
        yield Tiding(Sign.LISTENING, item="" if admin else NO_ADMIN)
        for frame in frames:
            for one in hearing.tidings(frame):
                lost = one.item and not one.library and one.sign is Sign.CHANGED
                yield one._replace(library=home(one.item)) if lost else one
            if hearing.reason:
                raise Transient(f"the hub ended the stream: {hearing.reason[:200]}")
            if hearing.closed:
                return


class Names:
    """Finds a library's id by its name; used by one thread.

    Args:
        libraries: asks the server.
    """

    def __init__(self, libraries: Callable[[], Sequence[Library]]) -> None:
        self._libraries = libraries
        self._known: dict[str, str] = {}

    def id_of(self, name: str) -> str:
        """The id; "" if no library, or more than one, has this name, or nobody can be asked."""
        if name not in self._known:
            try:
                found = self._libraries()
            except ShelfhookError:
                return ""  # the next message asks again
            count = Counter(one.name for one in found)
            self._known = {one.name: one.id for one in found if count[one.name] == 1}
            self._known.setdefault(name, "")
        return self._known[name]


class Homes:
    """Finds a chapter's library; used by one thread. It never moves, so that is asked once.

    Args:
        ask: asks the server for the library's id.
    """

    def __init__(self, ask: Callable[[str], str]) -> None:
        self._ask = ask
        self._known: dict[str, str] = {}

    def of(self, chapter: str) -> str:
        """The id; "" if the chapter has gone, or nobody can be asked."""
        if chapter not in self._known:
            if len(self._known) >= MOST_HOMES:
                self._known.clear()
            try:
                self._known[chapter] = self._ask(chapter)
            except ShelfhookError:
                return ""
        return self._known[chapter]
