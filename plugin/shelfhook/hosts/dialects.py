"""The ways of a host without peculiarities: a login in the headers, errors in JSON or in words."""

# ruff: noqa: ARG002 - the methods are a protocol's, and this one has no use for all they are told

from __future__ import annotations

import base64
import json
from collections.abc import Mapping

from shelfhook.errors import ConfigurationError
from shelfhook.hosts.calls import Answer
from shelfhook.ports import HostOptions

WORDS = ("message", "error", "detail", "error_description", "title")
"""Where hosts put their own words about an error."""
LONGEST = 300


def key_of(options: HostOptions) -> str:
    """The key that the settings hold.

    Raises:
        ConfigurationError: there is none.
    """
    if not options.api_key:
        raise ConfigurationError([f"host {options.name}: give an api_key"])
    return options.api_key


def bearer(key: str) -> dict[str, str]:
    """The login of hosts that take a token."""
    return {"Authorization": f"Bearer {key}"}


def basic(options: HostOptions) -> dict[str, str]:
    """The login of hosts that take user name and password (RFC 7617).

    Raises:
        ConfigurationError: there is no user name.
    """
    if not options.username:
        raise ConfigurationError([f"host {options.name}: give username and password"])
    return {"Authorization": "Basic " + base64_of(f"{options.username}:{options.password}")}


def base64_of(text: str) -> str:
    """A text's UTF-8 in base64."""
    return base64.b64encode(text.encode()).decode("ascii")


class PlainDialect:
    """Satisfies [`Dialect`][shelfhook.hosts.calls.Dialect]. It never changes, so needs no lock.

    Args:
        options: whose key and password no message may tell.
        login: headers that say who we are.

    Raises:
        ConfigurationError: a header holds what none can.
    """

    def __init__(self, options: HostOptions, login: Mapping[str, str]) -> None:
        if not all(value.isascii() and value.isprintable() for value in login.values()):
            # http.client would name the value in its error
            raise ConfigurationError(
                [f"host {options.name}: the api_key holds characters it cannot have"]
            )
        self._headers = {
            "Accept": "application/json",
            "Accept-Encoding": "gzip",
            "User-Agent": "Shelfhook",
            **login,
        }
        # of "Bearer x" the x: a host may echo the one without the other
        tokens = [value.rpartition(" ")[2] for value in login.values()]
        secrets = {options.api_key, options.password, *tokens} - {""}
        self._secrets = sorted(secrets, key=len, reverse=True)

    def __repr__(self) -> str:
        return "<PlainDialect>"

    def headers(self) -> Mapping[str, str]:
        """Headers that identify us."""
        return self._headers

    def learn(self, sent: Mapping[str, str], answer: Answer) -> bool:
        """There is nothing to learn."""
        return False

    def explain(self, body: bytes) -> str:
        """The first of some usual words in a JSON object, or a short plain text; else ""."""
        try:
            document = json.loads(body) if body else None
        except (ValueError, RecursionError):
            text = body[: LONGEST + 1].decode("utf-8", "replace").strip()
            return "" if "<" in text or len(text) > LONGEST else text
        if not isinstance(document, dict):
            return ""
        found = (document[word] for word in WORDS if isinstance(document.get(word), str))
        return next(found, "")[:LONGEST]

    def overloaded(self, answer: Answer) -> bool:
        """A 500 says nothing about how much there is to do."""
        return False

    def redact(self, text: str) -> str:
        """The text with our secrets replaced by asterisks."""
        for secret in self._secrets:
            text = text.replace(secret, "***")
        return text
