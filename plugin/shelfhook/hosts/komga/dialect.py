"""Komga's ways: how we identify ourselves, its session, its error objects, its overload."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Mapping

from shelfhook.errors import ConfigurationError
from shelfhook.hosts.calls import Answer
from shelfhook.ports import HostOptions

COOKIE = "KOMGA-SESSION"
SLOW = 20.0
"""Seconds after which a 500 is taken for overload: Komga gives up on its database after 30."""

_SESSION = re.compile(COOKIE + r"=([!-+\--:<-~]+)")  # visible ASCII but the separators , and ;
_OVERLOAD = re.compile(
    rb"Connection is not available|SQLITE_BUSY|database is locked", re.IGNORECASE
)
_BASE_HEADERS = {
    "Accept": "application/json",
    "Accept-Encoding": "gzip",
    "User-Agent": "Shelfhook",
}


class KomgaDialect:
    """Satisfies [`Dialect`][shelfhook.hosts.calls.Dialect].

    All threads share one session: each fresh authentication writes a row in Komga's database, and
    with a password costs it a bcrypt. There is no lock: a thread replaces a whole dict by another,
    and when two begin at once, one session more is made and forgotten.

    Args:
        options: the key, or the user name and password.

    Raises:
        ConfigurationError: neither is given, or it cannot be sent as a header.
    """

    def __init__(self, options: HostOptions) -> None:
        self._login = _login(options)
        # "Basic " and its token are told apart: a server may echo the one without the other
        tokens = [value.rpartition(" ")[2] for value in self._login.values()]
        self._secrets = [secret for secret in (options.password, *tokens) if secret]
        self._plain = {**_BASE_HEADERS, **self._login}
        self._headers: Mapping[str, str] = self._plain
        self._sessions_work = True

    def __repr__(self) -> str:
        return f"<KomgaDialect with {' and '.join(self._login)}>"

    def headers(self) -> Mapping[str, str]:
        """Headers of the next attempt: the key or password, and the session if there is one."""
        return self._headers

    def learn(self, sent: Mapping[str, str], answer: Answer) -> bool:
        """Keep a new session; give sessions up where the server cannot bear them.

        Komga up to 1.23.4 answers 200 without a body, and does nothing, when a call carries both a
        key and a session (komga#2099). Such a call is sent again with the key alone, and so are all
        later ones.
        """
        empty = not answer.body and not answer.streamed
        if answer.status == 200 and empty and "Cookie" in sent:
            self._sessions_work = False
            self._headers = self._plain
            return True
        cookie = answer.headers.get("Set-Cookie")
        if cookie and self._sessions_work and (found := _SESSION.search(cookie)):
            self._headers = {**self._plain, "Cookie": f"{COOKIE}={found[1]}"}
        return False

    def explain(self, body: bytes) -> str:
        """The violations of a 400, or the message of Spring's error object; "" if neither."""
        try:
            document = json.loads(body) if body else None
        except (ValueError, RecursionError):
            return ""
        if not isinstance(document, dict):
            return ""
        violations = document.get("violations")
        if isinstance(violations, list):
            return "; ".join(_violation(one) for one in violations if isinstance(one, dict))
        words = document.get("message") or document.get("error") or ""
        return str(words)[:500]

    def overloaded(self, answer: Answer) -> bool:
        """Whether a 500 is Komga waiting in vain for its one database connection (komga#2157)."""
        return answer.seconds >= SLOW or _OVERLOAD.search(answer.body) is not None

    def redact(self, text: str) -> str:
        """The text with our secrets replaced by asterisks."""
        session = self._headers.get("Cookie", "").partition("=")[2]
        for secret in (*self._secrets, session):
            if secret:
                text = text.replace(secret, "***")
        return text


def _login(options: HostOptions) -> dict[str, str]:
    if options.api_key:
        login = {"X-API-Key": options.api_key}
    elif options.username:
        pair = f"{options.username}:{options.password}".encode()
        login = {"Authorization": "Basic " + base64.b64encode(pair).decode("ascii")}
    else:
        raise ConfigurationError(
            [f"host {options.name}: give an api_key, or username and password"]
        )
    if not all(value.isascii() and value.isprintable() for value in login.values()):
        # http.client would name the value in its error; a key with a line break ends here instead
        raise ConfigurationError(
            [f"host {options.name}: the api_key holds characters it cannot have"]
        )
    return login


def _violation(one: Mapping[str, object]) -> str:
    return f"{one.get('fieldName', '')}: {one.get('message', '')}"[:500]
