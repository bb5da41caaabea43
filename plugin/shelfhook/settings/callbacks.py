"""`[callbacks]`: who may be told by HTTP how jobs go, and how that is signed."""

from __future__ import annotations

import base64
import binascii
from typing import Annotated, Self

from pydantic import Field, SecretStr, field_validator, model_validator

from shelfhook.rules import callbacks as rules
from shelfhook.settings.base import Faults, Table

PREFIX = "whsec_"
SHORTEST_KEY = 24  # bytes; the least that Standard Webhooks allows
MOST = 4
"""URLs that one routine or one call may name."""


class CallbackSettings(Table):
    """Messages about jobs to other programs, instead of polling."""

    allow: tuple[str, ...] = ()
    """Hosts that may be called back: names, addresses or networks, each perhaps with a port, such
    as `n8n.lan:5678` or `192.168.1.0/24`. Empty: none, and every callback is refused."""
    secret: SecretStr = SecretStr("")
    """Secret. Signs the messages (Standard Webhooks): `whsec_` and base64 of at least 24 bytes.
    Needed with `allow`."""
    former_secret: SecretStr = SecretStr("")
    """Secret. A second signature with this key, while receivers change from it to `secret`."""
    every_seconds: Annotated[float, Field(ge=0.5, le=3600)] = 5.0
    """Seconds between two messages of progress about one job, at least."""
    give_up_hours: Annotated[float, Field(gt=0, le=24 * 30)] = 24.0
    """How long messages and notifications that are not taken are tried again."""

    @property
    def entries(self) -> tuple[rules.Entry, ...]:
        """The allow-list, read."""
        return tuple(rules.entry(one) for one in self.allow)

    @property
    def keys(self) -> tuple[bytes, ...]:
        """The keys that messages are signed with, the present one first."""
        secrets = (self.secret.get_secret_value(), self.former_secret.get_secret_value())
        return tuple(base64.b64decode(one.removeprefix(PREFIX)) for one in secrets if one)

    def fault(self, url: str) -> str:
        """What is wrong with a callback's URL; "" if nothing is. Repeats nothing of it."""
        try:
            return rules.fault(self.entries, rules.target(url))
        except ValueError as error:
            return str(error)

    @field_validator("allow")
    @classmethod
    def _each_a_host(cls, allow: tuple[str, ...]) -> tuple[str, ...]:
        faults = []
        for one in allow:
            try:
                rules.entry(one)
            except ValueError as error:
                faults.append(str(error))
        if faults:
            raise Faults(faults)
        return allow

    @field_validator("secret", "former_secret")
    @classmethod
    def _signing_key(cls, secret: SecretStr) -> SecretStr:
        text = secret.get_secret_value()
        if text and not _is_key(text):
            raise ValueError(
                f"no signing key; give '{PREFIX}' and base64 of at least {SHORTEST_KEY} bytes,"
                " as `openssl rand -base64 32` makes it"
            )
        return secret

    @model_validator(mode="after")
    def _signed_if_allowed(self) -> Self:
        if self.allow and not self.secret.get_secret_value():
            raise ValueError(
                "allow is set but secret is not; messages are always signed: give secret"
                f" '{PREFIX}' and what `openssl rand -base64 32` makes"
            )
        return self


def _is_key(text: str) -> bool:
    encoded = text.removeprefix(PREFIX)
    try:
        key = base64.b64decode(encoded, validate=True)
    except (binascii.Error, ValueError):  # ValueError: not ASCII
        return False
    return encoded != text and len(key) >= SHORTEST_KEY
