"""Passwords as argon2id hashes; the only module that knows argon2.

The cost is OWASP's second choice for argon2id (t=2, m=19 MiB, p=1; "Password Storage Cheat Sheet"),
so that a small home server bears several sign-ins at once.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Final

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

SHORTEST: Final = 10
LONGEST: Final = 256
"""A password beyond it would only be work."""


def fault(password: str) -> str:
    """What is wrong with a new password; "" if nothing is."""
    if len(password) < SHORTEST:
        return f"is too short; give at least {SHORTEST} characters"
    if len(password) > LONGEST:
        return f"is too long; give at most {LONGEST} characters"
    return "holds a NUL character; leave it out" if "\0" in password else ""


def hashed(password: str) -> str:
    """The hash to keep. Takes some 30 ms and 19 MiB."""
    return _hasher().hash(password.encode("utf-8", "replace"))


def fits(kept: str, password: str) -> bool:
    """Whether a password is the one that was hashed; takes as long where there is no hash.

    A stranger must not learn from the time of the answer which names exist.
    """
    stands_in = _nobody()  # made by whoever comes first, whatever the name
    try:
        return _hasher().verify(kept or stands_in, password[:LONGEST].encode("utf-8", "replace"))
    except (VerificationError, InvalidHashError):
        return False


@lru_cache(maxsize=1)
def _hasher() -> PasswordHasher:
    return PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)


@lru_cache(maxsize=1)
def _nobody() -> str:
    """A hash that no password that anybody knows belongs to."""
    import secrets

    return hashed(secrets.token_urlsafe(32))
