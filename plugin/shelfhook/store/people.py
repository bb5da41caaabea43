"""People: who signs in, by which password, in which role. There is always an admin left."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from sqlalchemy import Connection, Engine, select, text

from shelfhook.errors import Conflict, Unknown
from shelfhook.model import Person, Role
from shelfhook.store import passwords
from shelfhook.store.sign_in_tables import people
from shelfhook.store.writer import Writer

LAST: Final = (
    "this is the last person who is admin; make another one first, for who else lets people in?"
)
OTHERS = text("SELECT 1 FROM people WHERE role = 'admin' AND name <> :name LIMIT 1")
END_SESSIONS = text("DELETE FROM sessions WHERE person = :name AND id <> :keep")
END_LINKS = text("DELETE FROM links WHERE person = :name")
SEEN = text("UPDATE people SET signed_in_at = :now WHERE name = :name")


class People:
    """Reads and writes people. Names are as `model.person_name` makes them."""

    def __init__(self, writer: Writer, reader: Engine) -> None:
        self._writer = writer
        self._reader = reader

    def all(self) -> list[Person]:
        """Everybody, by name."""
        with self._reader.connect() as connection:
            rows = connection.execute(select(people).order_by(people.c.name)).all()
        return [_person(row) for row in rows]

    def get(self, name: str) -> Person:
        """One person.

        Raises:
            Unknown: there is nobody of this name.
        """
        row = self._row(name)
        if row is None:
            raise Unknown("person", name)
        return _person(row)

    def add(self, name: str, role: Role, password: str, now: float) -> Person:
        """Add somebody; with password "" only a proxy or a link lets him in.

        Raises:
            Conflict: the name is taken.
        """
        kept = passwords.hashed(password) if password else ""
        row = {"name": name, "role": str(role), "password": kept, "created_at": now}
        if not self._writer.call(add_all, row):
            raise Conflict(f"there is somebody called {name} already; choose another name")
        return self.get(name)

    def check(self, name: str, password: str) -> Person | None:
        """The person whose name and password these are. Takes the same time whatever is wrong."""
        row = self._row(name)
        right = passwords.fits(row.password if row else "", password)
        return _person(row) if row is not None and row.password and right else None

    def set_password(self, name: str, password: str, *, keep: str = "") -> None:
        """Change a password, and end all sessions and links of that person.

        Args:
            keep: id of the session that goes on, which made the change.

        Raises:
            Unknown: there is nobody of this name.
        """
        call = (name, passwords.hashed(password), keep)
        if not self._writer.call(set_password_all, call):
            raise Unknown("person", name)

    def set_role(self, name: str, role: Role) -> None:
        """Change a role; sessions that are open have it from now on.

        Raises:
            Unknown: there is nobody of this name.
            Conflict: the last admin would be none.
        """
        _told(self._writer.call(set_role_all, (name, str(role))), name)

    def remove(self, name: str) -> None:
        """Remove somebody, with all sessions.

        Raises:
            Unknown: there is nobody of this name.
            Conflict: it is the last admin.
        """
        _told(self._writer.call(remove_all, name), name)

    def seen(self, name: str, now: float) -> None:
        """Note that somebody has signed in."""
        self._writer.call(seen_all, (name, now))

    def _row(self, name: str) -> Any:
        with self._reader.connect() as connection:
            return connection.execute(select(people).where(people.c.name == name)).first()


def _person(row: Any) -> Person:
    return Person(row.name, Role(row.role), bool(row.password), row.created_at, row.signed_in_at)


def _told(answer: str, name: str) -> None:
    if answer == "last":
        raise Conflict(LAST)
    if answer == "unknown":
        raise Unknown("person", name)


def add_all(connection: Connection, calls: Sequence[dict[str, Any]]) -> list[bool]:
    """Writer operation behind `People.add`: whether the name was free."""
    answers = []
    for row in calls:
        taken = connection.execute(select(people.c.name).where(people.c.name == row["name"]))
        free = taken.first() is None
        if free:
            connection.execute(people.insert().values(row))
        answers.append(free)
    return answers


def set_password_all(connection: Connection, calls: Sequence[tuple[str, str, str]]) -> list[bool]:
    """Writer operation behind `People.set_password`: whether there is such a person."""
    answers = []
    for name, kept, keep in calls:
        change = people.update().where(people.c.name == name).values(password=kept)
        answers.append(connection.execute(change).rowcount > 0)
        connection.execute(END_SESSIONS, {"name": name, "keep": keep})
        connection.execute(END_LINKS, {"name": name})
    return answers


def set_role_all(connection: Connection, calls: Sequence[tuple[str, str]]) -> list[str]:
    """Writer operation behind `People.set_role`."""
    answers = []
    for name, role in calls:
        answer = _movable(connection, name) if role != Role.ADMIN else ""
        if not answer:
            change = people.update().where(people.c.name == name).values(role=role)
            answer = "" if connection.execute(change).rowcount else "unknown"
        answers.append(answer)
    return answers


def remove_all(connection: Connection, calls: Sequence[str]) -> list[str]:
    """Writer operation behind `People.remove`."""
    answers = []
    for name in calls:
        answer = _movable(connection, name)
        if not answer:
            connection.execute(people.delete().where(people.c.name == name))
            connection.execute(END_SESSIONS, {"name": name, "keep": ""})
            connection.execute(END_LINKS, {"name": name})
        answers.append(answer)
    return answers


def seen_all(connection: Connection, calls: Sequence[tuple[str, float]]) -> list[None]:
    """Writer operation behind `People.seen`."""
    for name, now in calls:
        connection.execute(SEEN, {"name": name, "now": now})
    return [None] * len(calls)


def _movable(connection: Connection, name: str) -> str:
    """Why somebody may not cease to be admin; "" if he may."""
    if connection.dialect.name == "postgresql":  # SQLite has one writer at a time anyway
        connection.execute(text("LOCK TABLE people IN SHARE ROW EXCLUSIVE MODE"))
    row = connection.execute(select(people.c.role).where(people.c.name == name)).first()
    if row is None:
        return "unknown"
    last = row.role == Role.ADMIN and connection.execute(OTHERS, {"name": name}).first() is None
    return "last" if last else ""
