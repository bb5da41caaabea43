"""Who may deliver events for a host: whoever shows its token or signs with its secret."""

from __future__ import annotations

import base64
import hmac
from collections.abc import Callable, Mapping
from typing import Any

from shelfhook.errors import ConfigurationError
from shelfhook.rules import signatures
from shelfhook.settings import Settings


class Sender:
    """One host's way in.

    Args:
        token: what unsigned deliveries must show; None if there is none.
        key: what deliveries are signed with; None if there is none.
        opens: judges what unsigned deliveries show, in the place of a token: with neither token
            nor secret of its own a host takes a token of the API.
    """

    def __init__(
        self,
        host: str,
        token: bytes | None,
        key: bytes | None,
        opens: Callable[[str], bool] | None = None,
    ) -> None:
        self.host = host
        self._token = token
        self._key = key
        self._opens = opens

    @property
    def has_own(self) -> bool:
        """Whether the host has a token or a secret of its own, so that no other is looked up."""
        return self._opens is None

    def signed(self, environ: Mapping[str, Any]) -> bool:
        """Whether the signature decides; it can be judged only with the body."""
        return self._key is not None and "HTTP_WEBHOOK_SIGNATURE" in environ

    def token_fault(self, environ: Mapping[str, Any]) -> str:
        """What is wrong with an unsigned delivery; "" if it shows the token."""
        if self._token is None and self._opens is None:
            return "deliveries of this host must be signed (Standard Webhooks)"
        given = shown(environ)
        right = self._opens(given) if self._opens else same(self._token or b"", given)
        if right:
            return ""
        return (
            "token missing or wrong; send Authorization: Bearer …, or X-Shelfhook-Token, or the"
            " token as the password of Basic authentication"
        )

    def signature_fault(self, environ: Mapping[str, Any], body: bytes, now: float) -> str:
        """What is wrong with a signed delivery; "" if nothing is."""
        assert self._key is not None
        return signatures.fault(
            self._key,
            delivery=environ.get("HTTP_WEBHOOK_ID", ""),
            timestamp=environ.get("HTTP_WEBHOOK_TIMESTAMP", ""),
            signatures=environ.get("HTTP_WEBHOOK_SIGNATURE", ""),
            body=body,
            now=now,
        )


def shown(environ: Mapping[str, Any]) -> str:
    """The token that an unsigned delivery shows; "" if it shows none."""
    return environ.get("HTTP_X_SHELFHOOK_TOKEN") or bearer(environ) or password(environ)


def bearer(environ: Mapping[str, Any]) -> str:
    """The bearer token that a request shows; "" if it shows none."""
    scheme, _, token = str(environ.get("HTTP_AUTHORIZATION", "")).partition(" ")
    return token.strip() if scheme.lower() == "bearer" else ""


def password(environ: Mapping[str, Any]) -> str:
    """The password of Basic authentication, whoever the user; "" if there is none.

    Sonarr's kin, Kapowarr and Mylar can send no token any other way.
    """
    scheme, _, encoded = str(environ.get("HTTP_AUTHORIZATION", "")).partition(" ")
    if scheme.lower() != "basic":
        return ""
    try:
        pair = base64.b64decode(encoded.strip(), validate=True)
    except ValueError:
        return ""
    return pair.partition(b":")[2].decode("latin-1")


def same(expected: bytes, given: str) -> bool:
    """Whether a header's value is the secret, in a time that does not tell how much of it fits.

    An empty secret is none: nothing is the same.
    """
    # Servers hand a header's bytes over as Latin-1.
    return bool(expected) and hmac.compare_digest(expected, given.encode("latin-1", "replace"))


def senders(settings: Settings, opens: Callable[[str], bool]) -> dict[str, Sender]:
    """The ways in of all hosts.

    Args:
        opens: whether a token of the API may deliver events.

    Raises:
        ConfigurationError: a secret is none.
    """
    found, faults = {}, []
    for name, host in settings.hosts.items():
        secret = host.hook_secret.get_secret_value()
        token = host.hook_token.get_secret_value()
        try:
            key = signatures.key(secret) if secret else None
        except ValueError:
            faults.append(f"hosts.{name}.hook_secret: no signing key; give whsec_ and base64")
            continue
        own = bool(secret or token)
        found[name] = Sender(name, token.encode() or None, key, None if own else opens)
    if faults:
        raise ConfigurationError(faults)
    return found
