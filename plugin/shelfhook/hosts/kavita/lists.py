"""Reading lists of a Kavita server."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator, Sequence

from shelfhook.errors import Gone, Permanent, Refused
from shelfhook.hosts.kavita import list_routes, mapping, routes
from shelfhook.hosts.kavita.documents import Dto, a_list, an_object, promised
from shelfhook.hosts.kavita.spelling import key_of
from shelfhook.hosts.kavita.talk import Talk
from shelfhook.model import BookList

KIND = "read-list"


class KavitaLists:
    """Satisfies [`Lists`][shelfhook.ports.Lists] for read lists, of our own account.

    Kavita has no call that gives a list its members: each is added at the end, or taken off, by a
    call of its own. So a list that is changed is for a while neither the old nor the new one, and
    who is interrupted begins again with what is there. Collections are left out: Kavita's have no
    order, and may be fed by a service elsewhere.
    """

    _talk: Talk
    _listing: threading.Lock
    """One list is written at a time, by calls that end by their deadlines."""

    def find_list(self, kind: str, name: str) -> BookList | None:
        """The list of this name, read fresh; None if there is none. Names are compared as Kavita
        does, which keeps no two of the same letters and digits."""
        _check(kind, name)
        for found in self._lists():
            if _same(_title(found), name):
                return self._list(found)
        return None

    def write_list(
        self,
        kind: str,
        name: str,
        members: Sequence[str],
        *,
        ordered: bool,  # noqa: ARG002 - the port's; Kavita's lists always are
        list_id: str = "",
    ) -> str:
        """Give a list all its members, in their order; gives the list's id.

        Raises:
            Gone: there is no such list, or no such book.
            Permanent: Kavita refuses it, for instance because there is a list of this name.
        """
        _check(kind, name)
        if not members or len(set(members)) < len(members):
            raise Permanent(f"{kind} {name!r}: a list needs members, each once")
        with self._listing:
            if list_id:
                self._talk.ask(list_routes.one(list_id))  # Gone if it is
            there = self._items(list_id) if list_id else []
            list_id = list_id or self._made(name)
            self._give(list_id, there or self._items(list_id), list(members))
            return list_id

    def remove_list(self, kind: str, list_id: str) -> None:  # noqa: ARG002 - the port's; one kind
        """Delete a list; gone already is fine."""
        try:
            self._talk.tell(list_routes.remove(list_id))
        except Gone:
            return
        except Permanent:
            # Kavita answers 400 for what is not there, as for what it refuses
            with contextlib.suppress(Gone):
                self._talk.ask(list_routes.one(list_id))
                raise

    def _give(self, list_id: str, there: Sequence[tuple[int, str]], members: list[str]) -> None:
        """Keep the beginning as far as it is right, take off what follows, and add the rest."""
        kept = 0
        while kept < min(len(there), len(members)) and there[kept][1] == members[kept]:
            kept += 1
        for number, _ in there[kept:]:
            self._talk.tell(list_routes.take_off(list_id, number))
        for member in members[kept:]:
            series, _ = mapping.place(an_object(self._talk.ask(routes.series_of(member))))
            self._talk.tell(list_routes.add(list_id, series, member))

    def _made(self, name: str) -> str:
        """A new list; the one that is there and empty if an answer was lost."""
        try:
            return _id(an_object(self._talk.ask(list_routes.create(name))))
        except Refused:
            raise
        except Permanent:
            found = self.find_list(KIND, name)
            if found is None or found.members:
                raise
            return found.id

    def _lists(self) -> Iterator[Dto]:
        number = 1
        while True:
            rows, total = self._talk.paged(list_routes.page(number))
            yield from rows
            if not rows or number * list_routes.PAGE >= total:
                return
            number += 1

    def _list(self, found: Dto) -> BookList:
        list_id = _id(found)
        members = tuple(chapter for _, chapter in self._items(list_id))
        return BookList(KIND, list_id, _title(found), members)

    def _items(self, list_id: str) -> list[tuple[int, str]]:
        """Id and chapter of each item, in the list's order."""
        rows = a_list(self._talk.ask(list_routes.items(list_id)))
        return [_item(one) for one in sorted(rows, key=_order)]


def _check(kind: str, name: str) -> None:
    if kind != KIND:
        raise Permanent(f"Shelfhook keeps no {kind!r} in Kavita, only read lists")
    if not key_of(name):
        raise Permanent(f"a {kind} needs a name with a letter or a digit in it")


def _same(one: str, other: str) -> bool:
    return key_of(one) == key_of(other)


@promised
def _id(found: Dto) -> str:
    return str(found["id"])


@promised
def _title(found: Dto) -> str:
    return str(found["title"])


@promised
def _order(item: Dto) -> int:
    return int(item["order"])


@promised
def _item(item: Dto) -> tuple[int, str]:
    return int(item["id"]), str(item["chapterId"])
