"""Collections and read lists of a Komga server."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, MutableMapping, Sequence

from shelfhook.errors import Gone, Permanent, Refused
from shelfhook.hosts.client import Client
from shelfhook.hosts.komga import list_routes, routes
from shelfhook.hosts.komga.documents import Dto, of_komga, the_list, the_object
from shelfhook.hosts.komga.memory import Memory
from shelfhook.model import BookList


class KomgaLists:
    """Satisfies [`Lists`][shelfhook.ports.Lists]. Names are compared as Komga does: without case.

    Komga sorts a list that is not ordered by its members' titles or dates. Its lists cannot be
    asked for by name, so all of them are listed, and for a while it is remembered which id belongs
    to which name; the lists themselves are always read fresh.
    """

    _client: Client
    _names: Memory[MutableMapping[str, str]]
    """By kind: the id of each list by its name in small letters."""

    def find_list(self, kind: str, name: str) -> BookList | None:
        """The list of this name, read fresh; None if there is none.

        Raises:
            Refused: our account sees only a part of it, so that a write would lose the rest.
        """
        found = self._find(kind, name.lower())
        if found is None:
            return None
        if found.get("filtered"):
            self._refuse_if_restricted(kind, name)
        return _READERS[kind](found)

    def write_list(
        self, kind: str, name: str, members: Sequence[str], *, ordered: bool, list_id: str = ""
    ) -> str:
        """Give a list all its members; gives the list's id.

        Args:
            kind: `collection` or `read-list`.
            name: of a new list; an old one keeps its own.
            members: at least one, each once.
            ordered: whether the order of the members is to be kept.
            list_id: the list to change; "" makes a new one.

        Raises:
            Gone: there is no such list.
            Permanent: Komga refuses it, for instance because there is a list of this name.
        """
        _check(kind, name, members)
        if list_id:
            self._client.ask(list_routes.change(kind, list_id, members, ordered=ordered))
            return list_id
        try:
            made = self._client.ask(list_routes.create(kind, name, members, ordered=ordered))
        except Permanent:
            # an answer that was lost: then the list is there, exactly as we wanted it
            self._names.forget(kind)
            found = self.find_list(kind, name)
            if found is None or (found.members, found.ordered) != (tuple(members), ordered):
                raise
            return found.id
        new = _READERS[kind](the_object(made))
        names = self._names.known(kind)
        if names is not None:
            names[new.name.lower()] = new.id
        return new.id

    def remove_list(self, kind: str, list_id: str) -> None:
        """Delete a list; gone already is fine."""
        with contextlib.suppress(Gone):
            self._client.ask(list_routes.remove(kind, list_id))

    def _find(self, kind: str, name: str) -> Dto | None:
        """The list of this name in small letters, as it is now.

        That there is none may be what was true half a minute ago: Komga then refuses a second
        list of the name.
        """
        listed: dict[str, Dto] = {}

        def listing() -> MutableMapping[str, str]:
            listed.update(self._by_name(kind))
            return {one: _id(found) for one, found in listed.items()}

        names = self._names.get(kind, listing)
        if name in listed or name not in names:
            return listed.get(name)
        with contextlib.suppress(Gone):
            found = the_object(self._client.ask(list_routes.one(kind, names[name])))
            if _name(found).lower() == name:
                return found
        self._names.forget(kind)  # removed or renamed since
        return self._by_name(kind).get(name)

    def _by_name(self, kind: str) -> dict[str, Dto]:
        return {_name(found).lower(): found for found in self._all(kind)}

    def _all(self, kind: str) -> Iterator[Dto]:
        number = 0
        while True:
            page = the_object(self._client.ask(list_routes.page(kind, number)))
            content = the_list(page.get("content"))
            yield from content
            if page.get("last", True) or not content:
                return
            number += 1

    def _refuse_if_restricted(self, kind: str, name: str) -> None:
        # Komga also calls a list filtered, for everyone, once a member has been deleted. What is
        # really hidden from an administrator is hidden by the restrictions of the account.
        user = the_object(self._client.ask(routes.me()))
        if _sees_all(user):
            return
        raise Refused(
            f"our account sees only a part of the {kind} {name!r}, so writing it would lose the "
            "rest: use an administrator without age and label restrictions"
        )


def _check(kind: str, name: str, members: Sequence[str]) -> None:
    if not name.strip():
        raise Permanent(f"a {kind} needs a name")
    if not members:
        raise Permanent(f"{kind} {name!r}: Komga keeps no list without members")
    if len(set(members)) < len(members):
        raise Permanent(f"{kind} {name!r}: a list holds each member once")


@of_komga
def _collection(found: Dto) -> BookList:
    members = tuple(found["seriesIds"])
    return BookList("collection", found["id"], found["name"], members, bool(found["ordered"]))


@of_komga
def _read_list(found: Dto) -> BookList:
    members = tuple(found["bookIds"])
    return BookList("read-list", found["id"], found["name"], members, bool(found["ordered"]))


_READERS = {"collection": _collection, "read-list": _read_list}


@of_komga
def _name(found: Dto) -> str:
    return str(found["name"])


@of_komga
def _id(found: Dto) -> str:
    return str(found["id"])


@of_komga
def _sees_all(user: Dto) -> bool:
    """Whether nothing is hidden from a user: administrators see all libraries."""
    restricted = user.get("ageRestriction") or user.get("labelsAllow") or user.get("labelsExclude")
    return not restricted and ("ADMIN" in user["roles"] or bool(user["sharedAllLibraries"]))
