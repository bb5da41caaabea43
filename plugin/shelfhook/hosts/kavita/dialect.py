"""Kavita's ways: the key in a header, or a token for it; its error texts; its overload."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from http import HTTPStatus

from shelfhook.errors import ConfigurationError
from shelfhook.hosts.calls import Answer
from shelfhook.ports import HostOptions

SLOW = 20.0
"""Seconds after which a 500 is taken for overload (in Kavita#2247 an answer took 427 s)."""
BEARER = "Authorization"
KEY = "x-api-key"

_OVERLOAD = re.compile(rb"database is locked|SQLITE_BUSY|timeout", re.IGNORECASE)
_BASE_HEADERS = {
    "Accept": "application/json",
    "Accept-Encoding": "gzip",
    "User-Agent": "Shelfhook",
}


class KavitaDialect:
    """Satisfies [`Dialect`][shelfhook.hosts.calls.Dialect].

    Kavita 0.8.9 and later take the key itself. Earlier ones pass over that header and want a
    token, which they give for the key and which ends after ten days. So: the key alone first, a
    token once that was refused; and the key again when a token is refused, since the server may
    have become a newer one. Who gets the token is `Talk`.

    All threads share what is known; there is no lock: a thread replaces a whole dict by another.

    Args:
        options: the key, or the user name and password.

    Raises:
        ConfigurationError: neither is given, or the key cannot be sent as a header.
    """

    def __init__(self, options: HostOptions) -> None:
        self._login = _login(options)
        key = {KEY: options.api_key} if options.api_key else {}
        self._secrets = [one for one in (options.api_key, options.password) if one]
        self._plain = {**_BASE_HEADERS, **key}
        self._headers: Mapping[str, str] = self._plain
        self.entered = 0
        """How many tokens we have been given so far."""
        self.refused = False
        """Whether what we have to show was refused last, so that only a new token can help."""

    def __repr__(self) -> str:
        return f"<KavitaDialect with {' and '.join(sorted(self._login))}>"

    def login(self) -> bytes:
        """The body that asks for a token."""
        return json.dumps(self._login).encode()

    def enter(self, token: str) -> None:
        """From now on show this token."""
        self._headers = {**_BASE_HEADERS, BEARER: f"Bearer {token}"}
        self.refused = False
        self.entered += 1

    def headers(self) -> Mapping[str, str]:
        """Headers of the next attempt: the token if there is one, else the key."""
        return self._headers

    def learn(self, sent: Mapping[str, str], answer: Answer) -> bool:
        """Forget a token that is refused; True if the key alone may do instead."""
        if answer.status != HTTPStatus.UNAUTHORIZED:
            return False
        if BEARER in sent:
            if self._headers is sent:  # no other thread has a newer one by now
                self._headers = self._plain
            if KEY in self._plain:
                return True
        self.refused = True
        return False

    def explain(self, body: bytes) -> str:
        """What a 400 says: a text, Kavita's error object or the violations of ASP.NET's; or ""."""
        text = body.decode("utf-8", "replace").strip()
        if text.startswith("<"):
            return ""
        try:
            document = json.loads(text) if text else ""
        except (ValueError, RecursionError):
            return text[:500]
        if isinstance(document, dict):
            violations = document.get("errors")
            said = violations or document.get("message") or document.get("title") or ""
            return (said if isinstance(said, str) else json.dumps(said))[:500]
        return str(document)[:500]

    def overloaded(self, answer: Answer) -> bool:
        """Whether a 500 is Kavita waiting in vain for its one database."""
        return answer.seconds >= SLOW or _OVERLOAD.search(answer.body) is not None

    def redact(self, text: str) -> str:
        """The text with our secrets replaced by asterisks."""
        token = self._headers.get(BEARER, "").rpartition(" ")[2]
        for secret in (*self._secrets, token):
            if secret:
                text = text.replace(secret, "***")
        return text


def _login(options: HostOptions) -> dict[str, str]:
    if options.api_key:
        if not (options.api_key.isascii() and options.api_key.isprintable()):
            raise ConfigurationError(
                [f"host {options.name}: the api_key holds characters it cannot have"]
            )
        return {"username": "", "password": "", "apiKey": options.api_key}
    if options.username:
        return {"username": options.username, "password": options.password}
    raise ConfigurationError([f"host {options.name}: give an api_key, or username and password"])
