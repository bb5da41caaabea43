"""Who may come in: keys, passwords and tokens."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Mapping
from dataclasses import dataclass

from tests.support.kavita.version import Version
from tests.support.kavita.world import ADMIN_KEY, PASSWORD, READER_KEY


@dataclass(frozen=True)
class Person:
    name: str
    key: str
    admin: bool


PEOPLE = (Person("chief", ADMIN_KEY, True), Person("reader", READER_KEY, False))


class Accounts:
    """The lock guards the tokens."""

    def __init__(self, version: Version) -> None:
        self.version = version
        self._lock = threading.Lock()
        self._tokens: dict[str, Person] = {}
        self.logins = 0

    def log_in(self, body: Mapping[str, str]) -> tuple[Person, str] | None:
        """A person and a token for a key, or for a name and password."""
        key = body.get("apiKey")
        for one in PEOPLE:
            known = one.key == key if key else one.name == body.get("username")
            if known and (key or body.get("password") == PASSWORD):
                with self._lock:
                    self.logins += 1
                    token = hashlib.sha256(f"{one.key}{self.logins}".encode()).hexdigest()
                    self._tokens[token] = one
                return one, token
        return None

    def who(self, headers: Mapping[str, str]) -> Person | None:
        """Whose request it is."""
        key = headers.get("x-api-key", "") if self.version.takes_key else ""
        for one in PEOPLE:
            if key and one.key == key:
                return one
        scheme, _, token = (headers.get("Authorization") or "").partition(" ")
        with self._lock:
            return self._tokens.get(token) if scheme == "Bearer" else None

    def expire(self) -> None:
        """All tokens end."""
        with self._lock:
            self._tokens.clear()
