"""Calibre's ways: Basic or Digest, whichever it asks for; its errors are short plain texts."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus
from urllib.parse import urlsplit

from shelfhook.errors import ConfigurationError
from shelfhook.hosts.calibre import digest
from shelfhook.hosts.calibre.digest import Challenge
from shelfhook.hosts.calls import Answer, Call
from shelfhook.hosts.dialects import PlainDialect, basic
from shelfhook.ports import HostOptions

AUTHORIZATION = "Authorization"
WRONG_SCHEME = b"Unsupported authentication method"
"""How a server begins its 400 that wants another scheme than the one it was sent."""

_SERVER = re.compile(r"calibre[ /]*([0-9][0-9.]*)", re.IGNORECASE)
_SCHEME = re.compile(r"basic\b", re.IGNORECASE)


@dataclass(slots=True)
class Way:
    """A way in that a server has asked for: a challenge to meet, or (None) Basic.

    Attributes:
        proven: whether the server has let us in this way; set once, by any thread.
    """

    challenge: Challenge | None
    proven: bool = False

    def made(self, sent: str) -> bool:
        """Whether a header that was sent was made this way."""
        if self.challenge is None:
            return sent.startswith("Basic ")
        return f'nonce="{self.challenge.nonce}"' in sent


class CalibreDialect(PlainDialect):
    """Satisfies [`Dialect`][shelfhook.hosts.calls.Dialect] and `Signs`.

    Nothing is sent of name and password until the server has said how it wants them: a password
    must not go out in clear to a server that asks for Digest. All threads share the way in that was
    found; there is no lock, since a thread replaces the whole of it by another.

    Args:
        options: the user name and password.

    Raises:
        ConfigurationError: they are missing, or cannot be sent.
    """

    def __init__(self, options: HostOptions) -> None:
        if options.api_key and not options.username:
            raise ConfigurationError(
                [f"host {options.name}: Calibre has no api_key; give username and password"]
            )
        login = basic(options)
        super().__init__(options, login)  # knows its secrets, and whether they can be sent
        self._user, self._password = options.username, options.password
        # Calibre takes English letters, digits, spaces, - and _ in names; Digest puts them into a
        # header, where http.client would stumble over others.
        if not (self._user.isascii() and self._user.isprintable()):
            raise ConfigurationError(
                [f"host {options.name}: the username holds characters it cannot have"]
            )
        self._basic = login[AUTHORIZATION]
        self._plain = {k: v for k, v in super().headers().items() if k != AUTHORIZATION}
        self._base = urlsplit(options.url.rstrip("/")).path
        self._way: Way | None = None
        self.version = ""
        """The server's version, once it was heard; "" where a proxy takes it away."""

    def __repr__(self) -> str:
        return "<CalibreDialect>"

    def headers(self) -> Mapping[str, str]:
        """Headers that identify nobody; `sign` gives the others."""
        return self._plain

    def sign(self, call: Call) -> Mapping[str, str]:
        """Headers of one attempt, by the way in that was found last."""
        way = self._way
        if way is None:
            return self._plain
        if way.challenge is None:
            return {**self._plain, AUTHORIZATION: self._basic}
        uri = self._base + call.path
        proof = way.challenge.answer(self._user, self._password, call.method, uri)
        return {**self._plain, AUTHORIZATION: proof}

    def learn(self, sent: Mapping[str, str], answer: Answer) -> bool:
        """Find the way in, again after a restart of the server or when a nonce has grown old."""
        if not self.version and (found := _SERVER.search(answer.headers.get("Server", ""))):
            self.version = found[1].rstrip(".")
        shown = sent.get(AUTHORIZATION, "")
        if answer.status == HTTPStatus.UNAUTHORIZED:
            return self._asked(shown, answer.headers.get("WWW-Authenticate", ""))
        if answer.status == HTTPStatus.BAD_REQUEST and answer.body.startswith(WRONG_SCHEME):
            self._way = None
            return bool(shown)
        way = self._way
        if shown and answer.status < HTTPStatus.BAD_REQUEST and way is not None and way.made(shown):
            way.proven = True
        return False

    def _asked(self, shown: str, header: str) -> bool:
        """Look at a 401; True if another try may succeed."""
        former, challenge = self._way, digest.read(header)
        if challenge is None and not _SCHEME.match(header.strip()):
            return False
        if former is not None and not (shown and former.made(shown)):
            return True  # another thread has found the way in meanwhile
        self._way = Way(challenge)
        if former is None:
            return True
        if challenge is None or former.challenge is None:
            return challenge is not former.challenge  # the server asks for another scheme now
        # A nonce that once was good is forgotten when the server restarts; one that never was
        # means that the password is wrong, and servers may ban who tries that too often.
        return challenge.stale or former.proven
