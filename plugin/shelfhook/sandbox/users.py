"""Who asks: Basic and API-key authentication, sessions, and how often each was used."""

import base64
import binascii
import hmac
import threading
from dataclasses import dataclass
from secrets import token_hex

from shelfhook.sandbox.ids import id_of
from shelfhook.sandbox.message import Request
from shelfhook.sandbox.options import Login
from shelfhook.sandbox.records import JsonObject

COOKIE = "KOMGA-SESSION"


@dataclass(frozen=True)
class User:
    """One account and its rights."""

    login: Login
    admin: bool

    def dto(self) -> JsonObject:
        """Give the contract's UserDto."""
        roles = ["ADMIN"] if self.admin else []
        return {
            "id": id_of("user", self.login.email),
            "email": self.login.email,
            "roles": [*roles, "FILE_DOWNLOAD", "PAGE_STREAMING", "USER"],
            "sharedAllLibraries": True,
            "sharedLibrariesIds": [],
            "labelsAllow": [],
            "labelsExclude": [],
        }


@dataclass(frozen=True)
class Entry:
    """An accepted request: its user, how it came in, and the headers that tell its session."""

    user: User
    fresh: bool
    headers: dict[str, str]
    key_and_cookie: bool


class Users:
    """The accounts and the sessions. Sessions live as long as the sandbox."""

    def __init__(self, admin: Login, reader: Login) -> None:
        self._users = (User(admin, admin=True), User(reader, admin=False))
        # Guards the sessions and the three counters.
        self._lock = threading.Lock()
        self._sessions: dict[str, User] = {}
        self._fresh = 0
        self._reused = 0
        self._failed = 0

    def enter(self, request: Request) -> Entry | None:
        """Authenticate a request; None when it is refused."""
        token = request.headers.get("x-auth-token")
        cookie = _session_cookie(request.headers.get("cookie", ""))
        with self._lock:
            known = self._sessions.get(token or cookie or "")
            if known is not None:
                self._reused += 1
                has_key = "x-api-key" in request.headers
                return Entry(known, False, {}, has_key and cookie is not None)
            user = self._by_credentials(request)
            if user is None:
                self._failed += 1
                return None
            self._fresh += 1
            session = token_hex(16).upper()
            self._sessions[session] = user
        if token is not None:
            return Entry(user, True, {"X-Auth-Token": session}, False)
        told = {"Set-Cookie": f"{COOKIE}={session}; Path=/; HttpOnly; SameSite=Lax"}
        return Entry(user, True, told, False)

    def recognise(self, request: Request) -> Entry | None:
        """Authenticate a call of the tests' own client: no session, and it is not counted."""
        user = self._by_credentials(request)
        return None if user is None else Entry(user, False, {}, False)

    def _by_credentials(self, request: Request) -> User | None:
        key = request.headers.get("x-api-key")
        basic = _basic(request.headers.get("authorization", ""))
        for user in self._users:
            if key and user.login.api_key and _same(key, user.login.api_key):
                return user
            if basic and _same(basic, f"{user.login.email}:{user.login.password}"):
                return user
        return None

    def forget_sessions(self) -> None:
        """End every session, as a restart of the server would."""
        with self._lock:
            self._sessions.clear()

    def counts(self) -> JsonObject:
        """Give how many requests authenticated anew, reused a session, or were refused."""
        with self._lock:
            return {
                "fresh": self._fresh,
                "reused": self._reused,
                "failed": self._failed,
                "sessions": len(self._sessions),
            }


def _session_cookie(header: str) -> str | None:
    for part in header.split(";"):
        name, _, value = part.strip().partition("=")
        if name == COOKIE:
            return value
    return None


def _basic(header: str) -> str | None:
    scheme, _, encoded = header.partition(" ")
    if scheme.lower() != "basic":
        return None
    try:
        return base64.b64decode(encoded, validate=True).decode()
    except (binascii.Error, UnicodeDecodeError):
        return None


def _same(left: str, right: str) -> bool:
    return hmac.compare_digest(left.encode(), right.encode())
