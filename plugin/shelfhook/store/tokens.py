"""Tokens of programs. The secret is told once, when it is made; only its hash is kept."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Final

from sqlalchemy import Connection, Engine, select, text

from shelfhook.errors import Conflict, Unknown
from shelfhook.model import Role, Scope, Token
from shelfhook.store import secretwords
from shelfhook.store.rows import storable
from shelfhook.store.sign_in_tables import tokens
from shelfhook.store.writer import Writer

LAST: Final = (
    "this is the last way in for an admin; first make another admin token, or a person who is admin"
)
TOUCH = text(
    "UPDATE tokens SET last_used_at = :now WHERE id = :id"
    " AND (last_used_at IS NULL OR last_used_at <= :now - 60)"
)
LIVE_ADMIN = (
    "role = 'admin' AND scopes IN ('*', 'admin') AND revoked_at IS NULL"
    " AND (expires_at IS NULL OR expires_at > :now)"
)
ADMIN_TOKENS = text(f"SELECT 1 FROM tokens WHERE {LIVE_ADMIN} AND id <> :id LIMIT 1")
ADMINS = text("SELECT 1 FROM people WHERE role = 'admin' LIMIT 1")
REVOKE = text("UPDATE tokens SET revoked_at = :now WHERE id = :id AND revoked_at IS NULL")
END_SESSIONS = text("DELETE FROM sessions WHERE token = :id")


class Tokens:
    """Reads and writes tokens."""

    def __init__(self, writer: Writer, reader: Engine) -> None:
        self._writer = writer
        self._reader = reader

    def create(
        self,
        name: str,
        role: Role,
        scopes: Iterable[Scope] | None,
        created_by: str,
        now: float,
        *,
        expires_at: float | None = None,
    ) -> tuple[Token, str]:
        """Make a token; gives it with its secret, which nobody can find out later.

        Args:
            scopes: what it is good for; None for all that its role may do.
        """
        secret = secretwords.token()
        row = _row(name, role, scopes, created_by, now, secret) | {"expires_at": expires_at}
        self._writer.call(create_all, (row, False))
        return self.get(row["id"]), secret

    def create_first(self, now: float) -> str:
        """Make an admin token if nobody can be admin yet; gives its secret, or ""."""
        secret = secretwords.token()
        row = _row("first", Role.ADMIN, None, "first start", now, secret)
        return secret if self._writer.call(create_all, (row, True)) else ""

    def all(self) -> list[Token]:
        """Every token that was not cleaned up yet, the newest first."""
        query = select(tokens).order_by(tokens.c.created_at.desc(), tokens.c.id)
        with self._reader.connect() as connection:
            return [_token(row) for row in connection.execute(query)]

    def get(self, token_id: str) -> Token:
        """One token.

        Raises:
            Unknown: there is none of this id.
        """
        with self._reader.connect() as connection:
            row = connection.execute(select(tokens).where(tokens.c.id == token_id)).first()
        if row is None:
            raise Unknown("token", token_id)
        return _token(row)

    def find(self, secret: str, now: float) -> Token | None:
        """The live token whose secret this is."""
        query = select(tokens).where(tokens.c.hash == secretwords.digest(secret))
        with self._reader.connect() as connection:
            row = connection.execute(query).first()
        found = _token(row) if row is not None else None
        return found if found is not None and found.live(now) else None

    def touch(self, token_id: str, now: float) -> None:
        """Note that a token was used, at most once a minute; does not wait for the commit."""
        self._writer.submit(touch_all, (token_id, now))

    def revoke(self, token_id: str, now: float, *, spare: bool = False) -> None:
        """Let a token open nothing any more, and end the sessions that it began.

        Args:
            spare: there is another way in for an admin (`web.token`).

        Raises:
            Unknown: there is none of this id.
            Conflict: nobody could be admin any more.
        """
        answer = self._writer.call(revoke_all, (storable(token_id), now, spare))
        if answer == "last":
            raise Conflict(LAST)
        if answer == "unknown":
            raise Unknown("token", token_id)


def _row(
    name: str, role: Role, scopes: Iterable[Scope] | None, by: str, now: float, secret: str
) -> dict[str, Any]:
    return {
        "id": secretwords.name(),
        "hash": secretwords.digest(secret),
        "name": name,
        "role": str(role),
        "scopes": secretwords.packed(scopes),
        "created_by": by,
        "created_at": now,
    }


def _token(row: Any) -> Token:
    return Token(
        row.id,
        row.name,
        Role(row.role),
        secretwords.unpacked(row.scopes),
        row.created_by,
        row.created_at,
        row.last_used_at,
        row.expires_at,
        row.revoked_at,
    )


def create_all(connection: Connection, calls: Sequence[tuple[dict[str, Any], bool]]) -> list[bool]:
    """Writer operation behind `Tokens.create` and `create_first`: whether it was made."""
    answers = []
    for row, only_first in calls:
        made = not (only_first and _admin(connection, row["created_at"], ""))
        if made:
            connection.execute(tokens.insert().values(row))
        answers.append(made)
    return answers


def touch_all(connection: Connection, calls: Sequence[tuple[str, float]]) -> list[None]:
    """Writer operation behind `Tokens.touch`."""
    for token_id, now in calls:
        connection.execute(TOUCH, {"id": token_id, "now": now})
    return [None] * len(calls)


def revoke_all(connection: Connection, calls: Sequence[tuple[str, float, bool]]) -> list[str]:
    """Writer operation behind `Tokens.revoke`."""
    answers = []
    for token_id, now, spare in calls:
        row = connection.execute(select(tokens).where(tokens.c.id == token_id)).first()
        if row is None:
            answers.append("unknown")
            continue
        found = _token(row)
        opens = found.role is Role.ADMIN and found.live(now)
        if opens and not spare and not _admin(connection, now, token_id):
            answers.append("last")
            continue
        connection.execute(REVOKE, {"id": token_id, "now": now})
        connection.execute(END_SESSIONS, {"id": token_id})
        answers.append("")
    return answers


def _admin(connection: Connection, now: float, but: str) -> bool:
    """Whether somebody can be admin without a token.

    The lock: two that are revoked at once must not each count on the other.
    """
    if connection.dialect.name == "postgresql":  # SQLite has one writer at a time anyway
        connection.execute(text("LOCK TABLE tokens, people IN SHARE ROW EXCLUSIVE MODE"))
    if connection.execute(ADMINS).first() is not None:
        return True
    return connection.execute(ADMIN_TOKENS, {"now": now, "id": but}).first() is not None
