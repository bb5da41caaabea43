"""Opaque ids that look like Komga's TSIDs, and Komga's way to write a time."""

from datetime import UTC, datetime
from hashlib import blake2b

_LETTERS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_PAIRS = [first + second for first in _LETTERS for second in _LETTERS]
_BITS = 60
_SCATTER = 0x9E3779B97F4A7C1  # odd, so index → id is one to one and its order is not the index's


def id_of(kind: str, key: str) -> str:
    """Give the id of a path: the same path has the same id in every run."""
    digest = blake2b(f"{kind}:{key}".encode(), digest_size=8).digest()
    return _encode(int.from_bytes(digest, "big"))


def numbered_id(kind: int, index: int) -> str:
    """Give the id of the index-th synthetic thing of a kind (a small number)."""
    return _encode((index * 8 + kind + 1) * _SCATTER)


def _encode(number: int) -> str:
    number &= (1 << _BITS) - 1
    return "0" + "".join(_PAIRS[number >> shift & 1023] for shift in range(_BITS - 10, -1, -10))


def stamp(seconds: float) -> str:
    """Write a time as Komga does: UTC, whole seconds."""
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
