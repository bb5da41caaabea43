"""Sessions of browsers, and links that begin one: used once, and for a short time only."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from sqlalchemy import Connection, Engine, text

from shelfhook.errors import Unknown
from shelfhook.model import Role, Session
from shelfhook.store import secretwords
from shelfhook.store.sign_in_tables import links, sessions
from shelfhook.store.writer import Writer

CONFIGURED: Final = "config:"
"""Before a piece of the hash of `web.token`, where a session's token is that one."""
AGENT: Final = 200
"""Characters that are kept of what a browser calls itself."""
# A session has the role that its person or token has now; without either it has gone.
FOUND = (
    "SELECT s.*, p.role AS person_role, t.role AS token_role, t.scopes AS token_scopes"
    " FROM sessions AS s LEFT JOIN people AS p ON p.name = s.person"
    " LEFT JOIN tokens AS t ON t.id = s.token"
    " WHERE s.expires_at > :now AND s.seen_at > :idle"
    " AND (s.person = '' OR p.name IS NOT NULL)"
    f" AND (s.token = '' OR substr(s.token, 1, {len(CONFIGURED)}) = '{CONFIGURED}'"
    " OR (t.revoked_at IS NULL AND t.id IS NOT NULL"
    " AND (t.expires_at IS NULL OR t.expires_at > :now)))"
)
BY_SECRET = text(f"{FOUND} AND s.hash = :hash")
BY_PERSON = text(f"{FOUND} AND s.person = :person ORDER BY s.seen_at DESC, s.id")
TOUCH = text("UPDATE sessions SET seen_at = :now WHERE id = :id AND seen_at <= :now - 60")
END = text("DELETE FROM sessions WHERE id = :id")
USE = text("DELETE FROM links WHERE hash = :hash RETURNING person, role, expires_at")
LOOK = text("SELECT 1 FROM links WHERE hash = :hash AND expires_at > :now")
CLEAN = (
    text("DELETE FROM sessions WHERE expires_at <= :now OR seen_at < :now - 31622400"),
    text("DELETE FROM links WHERE expires_at <= :now"),
    text("DELETE FROM tokens WHERE revoked_at < :before OR expires_at < :before"),
)


class Sessions:
    """Reads and writes sessions and links."""

    def __init__(self, writer: Writer, reader: Engine) -> None:
        self._writer = writer
        self._reader = reader

    def begin(
        self,
        name: str,
        role: Role,
        now: float,
        *,
        expires_at: float,
        person: str = "",
        token: str = "",
        agent: str = "",
    ) -> str:
        """Begin a session; gives the secret for its cookie."""
        secret = secretwords.word()
        row = {
            "hash": secretwords.digest(secret),
            "id": secretwords.name(),
            "name": name,
            "person": person,
            "token": token,
            "role": str(role),
            "agent": "".join(c for c in agent if c.isprintable())[:AGENT],
            "created_at": now,
            "seen_at": now,
            "expires_at": expires_at,
        }
        self._writer.call(begin_all, row)
        return secret

    def find(self, secret: str, now: float, idle: float) -> Session | None:
        """The live session whose secret this is.

        Args:
            idle: seconds after which one that was not used is over.
        """
        values = {"hash": secretwords.digest(secret), "now": now, "idle": now - idle}
        with self._reader.connect() as connection:
            row = connection.execute(BY_SECRET, values).first()
        return _session(row) if row is not None else None

    def of(self, person: str, now: float, idle: float) -> list[Session]:
        """The live sessions of a person, the latest used first."""
        values = {"person": person, "now": now, "idle": now - idle}
        with self._reader.connect() as connection:
            return [_session(row) for row in connection.execute(BY_PERSON, values)]

    def touch(self, session_id: str, now: float) -> None:
        """Note that a session was used, at most once a minute; does not wait for the commit."""
        self._writer.submit(touch_all, (session_id, now))

    def end(self, session_id: str) -> None:
        """End a session; one that is over already is none the worse for it."""
        self._writer.call(end_all, session_id)

    def make_link(
        self, role: Role, now: float, *, seconds: float, created_by: str, person: str = ""
    ) -> str:
        """Make a link that begins one session; gives its secret, for `/sign-in/<secret>`.

        Args:
            role: what the session may do, if it is nobody's.
            seconds: how long the link may be used.
            person: whose session it begins; then the role is that person's.

        Raises:
            Unknown: there is nobody of this name.
        """
        secret = secretwords.word()
        row = {
            "hash": secretwords.digest(secret),
            "person": person,
            "role": str(role),
            "created_by": created_by,
            "created_at": now,
            "expires_at": now + seconds,
        }
        if not self._writer.call(make_link_all, row):
            raise Unknown("person", person)
        return secret

    def link_is_good(self, secret: str, now: float) -> bool:
        """Whether a link could still be used; does not use it."""
        values = {"hash": secretwords.digest(secret), "now": now}
        with self._reader.connect() as connection:
            return connection.execute(LOOK, values).first() is not None

    def use_link(self, secret: str, now: float) -> tuple[str, Role] | None:
        """Use a link up: whose it was ("": nobody's) and the role; None if it is not good."""
        return self._writer.call(use_all, (secretwords.digest(secret), now))

    def clean(self, now: float, before: float) -> None:
        """Delete what is over; tokens are shown until `before`."""
        self._writer.call(clean_all, (now, before))


def _session(row: Any) -> Session:
    role = Role(row.role)
    if row.person_role is not None:
        role = Role(row.person_role)
    elif row.token_role is not None:
        role = role.capped(Role(row.token_role))
    return Session(
        id=row.id,
        name=row.name,
        person=row.person,
        token=row.token,
        role=role,
        scopes=secretwords.unpacked(row.token_scopes),
        agent=row.agent,
        created_at=row.created_at,
        seen_at=row.seen_at,
        expires_at=row.expires_at,
    )


def begin_all(connection: Connection, calls: Sequence[dict[str, Any]]) -> list[None]:
    """Writer operation behind `Sessions.begin`."""
    connection.execute(sessions.insert(), list(calls))
    return [None] * len(calls)


def touch_all(connection: Connection, calls: Sequence[tuple[str, float]]) -> list[None]:
    """Writer operation behind `Sessions.touch`."""
    for session_id, now in calls:
        connection.execute(TOUCH, {"id": session_id, "now": now})
    return [None] * len(calls)


def end_all(connection: Connection, calls: Sequence[str]) -> list[None]:
    """Writer operation behind `Sessions.end`."""
    for session_id in calls:
        connection.execute(END, {"id": session_id})
    return [None] * len(calls)


def make_link_all(connection: Connection, calls: Sequence[dict[str, Any]]) -> list[bool]:
    """Writer operation behind `Sessions.make_link`: whether there is such a person."""
    answers = []
    for row in calls:
        there = not row["person"] or _known(connection, row["person"])
        if there:
            connection.execute(links.insert().values(row))
        answers.append(there)
    return answers


def use_all(
    connection: Connection, calls: Sequence[tuple[str, float]]
) -> list[tuple[str, Role] | None]:
    """Writer operation behind `Sessions.use_link`: of two that come at once one finds the row."""
    answers: list[tuple[str, Role] | None] = []
    for digest, now in calls:
        row = connection.execute(USE, {"hash": digest}).first()
        good = row is not None and row.expires_at > now
        answers.append((row.person, Role(row.role)) if row is not None and good else None)
    return answers


def clean_all(connection: Connection, calls: Sequence[tuple[float, float]]) -> list[None]:
    """Writer operation behind `Sessions.clean`."""
    for now, before in calls:
        for statement in CLEAN:
            connection.execute(statement, {"now": now, "before": before})
    return [None] * len(calls)


def _known(connection: Connection, person: str) -> bool:
    query = text("SELECT 1 FROM people WHERE name = :name")
    return connection.execute(query, {"name": person}).first() is not None
