"""Secrets that we make ourselves: long enough that a plain hash keeps them safe."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Iterable
from typing import Final

from shelfhook.model import Scope

MARK: Final = "shk_"
"""Every token begins so, which lets scanners of secrets, and our own log, find one."""


def token() -> str:
    """A new token: 256 bits of chance."""
    return MARK + secrets.token_urlsafe(32)


def word() -> str:
    """A new secret of a session or a link."""
    return secrets.token_urlsafe(32)


def name() -> str:
    """A new public name of a row."""
    return secrets.token_hex(6)


def digest(secret: str) -> str:
    """What is kept of a secret. No slow hash is needed: nobody can try 2**256 words."""
    return hashlib.sha256(secret.encode("utf-8", "replace")).hexdigest()


def packed(scopes: Iterable[Scope] | None) -> str:
    """Scopes as they are kept: words; `*` for all that the role may do."""
    return "*" if scopes is None else " ".join(sorted(scopes))


def unpacked(kept: str | None) -> frozenset[Scope] | None:
    """The scopes that are kept; one that this version does not know opens nothing."""
    if kept is None or kept == "*":
        return None
    known = {str(scope) for scope in Scope}
    return frozenset(Scope(one) for one in kept.split() if one in known)
