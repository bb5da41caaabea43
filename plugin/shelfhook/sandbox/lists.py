"""Collections and read lists: the rows, and what may be done to them."""

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from shelfhook.sandbox.catalogue import Catalogue
from shelfhook.sandbox.events import EventHub
from shelfhook.sandbox.ids import id_of, stamp
from shelfhook.sandbox.message import HttpError, ViolationsError
from shelfhook.sandbox.records import JsonObject


@dataclass(frozen=True)
class Kind:
    """One kind of list, in Komga's words."""

    word: str  # of its events: CollectionAdded
    title: str  # of its messages
    plural: str  # of its paths
    members: str  # its field
    has_summary: bool


COLLECTION = Kind("Collection", "Collection", "collections", "seriesIds", has_summary=False)
READ_LIST = Kind("ReadList", "Read list", "readlists", "bookIds", has_summary=True)
KINDS = (COLLECTION, READ_LIST)


@dataclass(slots=True)
class List:
    """One collection or read list. Its members keep their order, whether it counts or not."""

    id: str
    name: str
    members: list[str]
    ordered: bool
    created: float
    touched: float
    summary: str = ""
    counted: int = field(default=0)  # as of the last write: Komga forgets to count down

    def dto(self, kind: Kind) -> JsonObject:
        """Give the contract's CollectionDto or ReadListDto."""
        values: JsonObject = {
            "id": self.id,
            "name": self.name,
            "ordered": self.ordered,
            kind.members: list(self.members),
            "createdDate": stamp(self.created),
            "lastModifiedDate": stamp(self.touched),
            "filtered": self.counted != len(self.members),
        }
        return {**values, "summary": self.summary} if kind.has_summary else values


class Lists:
    """All lists of one kind; the catalogue's lock guards them too."""

    def __init__(self, kind: Kind, catalogue: Catalogue, hub: EventHub) -> None:
        self.kind = kind
        self.rows: dict[str, List] = {}
        self._catalogue = catalogue
        self._hub = hub
        self._made = 0

    def one(self, list_id: str) -> List:
        """Give a list, or end the request with a 404."""
        found = self.rows.get(list_id)
        if found is None:
            raise HttpError(404)
        return found

    def search(self, words: str) -> list[List]:
        """Give the lists by name whose name holds each word's beginning, or all."""
        wanted = words.lower().split()
        named = sorted(self.rows.values(), key=lambda row: row.name.lower())
        return [row for row in named if _found(wanted, row.name)]

    def holding(self, member: str) -> list[List]:
        """Give the lists that a series or book is in, by name."""
        return [row for row in self.search("") if member in row.members]

    def add(self, body: JsonObject) -> List:
        """Make a list of a creation's body."""
        values = _checked(body, self.kind, ("name", "ordered", self.kind.members))
        self._refuse_known_name(str(values["name"]))
        self._made += 1
        now = time.time()
        list_id = id_of(self.kind.plural, f"{self._made} {values['name']}")
        row = List(list_id, "", [], ordered=False, created=now, touched=now)
        self._store(row, values)
        self.rows[row.id] = row
        self._tell("Added", row)
        return row

    def change(self, row: List, body: JsonObject) -> None:
        """Store what stands in a body; what is absent or null stays."""
        values = _checked(body, self.kind, ())
        name = str(values.get("name", row.name))
        if name != row.name:
            self._refuse_known_name(name)
        self._store(row, values)
        row.touched = time.time()
        self._tell("Changed", row)

    def remove(self, row: List) -> None:
        """Delete a list; its members stay."""
        del self.rows[row.id]
        self._tell("Deleted", row)

    def forget(self, member: str) -> None:
        """Take a deleted series or book out of all lists, without a word to anyone."""
        for row in self.rows.values():
            if member in row.members:
                row.members.remove(member)

    def replace(self, old: str, new: str) -> None:
        """Put a series or book in another's place in all lists, without a word to anyone."""
        for row in self.rows.values():
            row.members = [new if one == old else one for one in row.members]

    def remove_empty(self) -> None:
        """Delete the lists that have no members left, as the end of a scan does."""
        for row in [row for row in self.rows.values() if not row.members]:
            self.remove(row)

    def state(self) -> list[JsonObject]:
        """Give what a person could have set, by name, without times."""
        return [
            {
                "id": row.id,
                "name": row.name,
                "ordered": row.ordered,
                "members": list(row.members),
                "summary": row.summary,
            }
            for row in self.search("")
        ]

    def _refuse_known_name(self, name: str) -> None:
        if any(row.name.lower() == name.lower() for row in self.rows.values()):
            raise HttpError(400, f"{self.kind.title} name already exists")

    def _store(self, row: List, values: JsonObject) -> None:
        members = values.get(self.kind.members)
        if isinstance(members, list):
            self._refuse_unknown(members)
            row.members, row.counted = [str(one) for one in members], len(members)
        row.name = str(values.get("name", row.name))
        row.ordered = bool(values.get("ordered", row.ordered))
        row.summary = str(values.get("summary", row.summary))

    def _refuse_unknown(self, members: Sequence[object]) -> None:
        # Komga does not look before it writes: its database refuses, which is a 500.
        rows = self._catalogue.series if self.kind is COLLECTION else self._catalogue.books
        if any(str(one) not in rows for one in members):
            raise HttpError(500, "FOREIGN KEY constraint failed")

    def _tell(self, what: str, row: List) -> None:
        ids = f"{self.kind.word[0].lower()}{self.kind.word[1:]}Id"
        payload: JsonObject = {ids: row.id, self.kind.members: list(row.members)}
        self._hub.publish(f"{self.kind.word}{what}", payload)


def _found(wanted: Sequence[str], name: str) -> bool:
    words = name.lower().split()
    return all(any(word.startswith(one) for word in words) for one in wanted)


def _checked(body: JsonObject, kind: Kind, needed: Sequence[str]) -> JsonObject:
    """Give the body's values that are not null; ViolationsError when one breaks a rule."""
    values = {name: value for name, value in body.items() if value is not None}
    if missing := [name for name in needed if name not in values]:
        raise HttpError(400, f"JSON parse error: {missing[0]} is missing")
    if wrong := list(_violations(values, kind)):
        raise ViolationsError(wrong)
    return values


def _violations(values: JsonObject, kind: Kind) -> Iterator[tuple[str, str]]:
    name, members = values.get("name"), values.get(kind.members)
    if name is not None and not (isinstance(name, str) and name.strip()):
        yield "name", "must not be blank"
    if not isinstance(values.get("ordered", False), bool):
        yield "ordered", "must be a boolean"
    if members is None:
        return
    if not isinstance(members, list) or not members:
        yield kind.members, "must not be empty"
    elif len({str(one) for one in members}) < len(members):
        yield kind.members, "must only contain unique elements"
