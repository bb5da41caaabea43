"""ComicInfo's age ratings, and the youngest age that each stands for.

The words are those of the enumeration `AgeRating` in ComicInfo 2.1. The ages are Komga's, which
reads the words from files and keeps only the number.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Literal, TypeAlias

AgeRating: TypeAlias = Literal[
    "Unknown",
    "Rating Pending",
    "Everyone",
    "G",
    "Early Childhood",
    "Kids to Adults",
    "PG",
    "Everyone 10+",
    "Teen",
    "MA15+",
    "M",
    "Mature 17+",
    "R18+",
    "Adults Only 18+",
    "X18+",
]

AGES: Mapping[AgeRating, int | None] = MappingProxyType(
    {
        "Unknown": None,
        "Rating Pending": None,
        "Everyone": 0,
        "G": 0,
        "Early Childhood": 3,
        "Kids to Adults": 6,
        "PG": 8,
        "Everyone 10+": 10,
        "Teen": 13,
        "MA15+": 15,
        "M": 17,
        "Mature 17+": 17,
        "R18+": 18,
        "Adults Only 18+": 18,
        "X18+": 18,
    }
)
"""Years; None where the word says nothing of an age."""
