"""The order in which readers show pages: digits count as numbers."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TypeAlias

Key: TypeAlias = tuple[tuple[int, int, str], ...]
_PARTS = re.compile(r"[0-9]+|[^0-9]+")


def key(name: str) -> Key:
    """What to sort a name by."""
    parts = _PARTS.findall(name.casefold())
    return tuple((0, int(p[:300]), p) if p[0] in "0123456789" else (1, 0, p) for p in parts)


def order(names: Sequence[str]) -> list[int]:
    """Places of the names, in the order in which they are read."""
    return sorted(range(len(names)), key=lambda place: key(names[place]))
