"""How Kavita spells what it keeps once for all: genres, tags and people.

Kavita tells two such words apart by their letters and digits alone, in lower case: "Sci-Fi" and
"scifi" are one tag, spelt as the first who wrote it spelt it (`ToNormalized` in its source). So
what it will store cannot be told from a value alone, only from what it has stored before.
"""

from __future__ import annotations

import threading
import unicodedata
from collections import OrderedDict
from collections.abc import Iterable

KNOWN = 20_000
"""Spellings that are remembered; the longest unused go first. Each item is read before it is
planned, so its own words are always among them."""
_KEPT = frozenset("0123456789+!＊！＋")  # noqa: RUF001 - Kavita keeps the full-width ones, too


def key_of(word: str) -> str:
    """What Kavita knows a word by; "" if it has neither letter nor digit, so that it knows none."""
    kept = (char for char in word if char in _KEPT or unicodedata.category(char)[0] == "L")
    return "".join(kept).lower()


class Spelling:
    """Spellings that were read from the server, by vocabulary (`genres`, `tags`, `people`).

    The lock guards the table, which all threads share; nothing is called while it is held.
    """

    def __init__(self, known: int = KNOWN) -> None:
        self._known = known
        self._lock = threading.Lock()
        self._words: OrderedDict[tuple[str, str], str] = OrderedDict()

    def learn(self, vocabulary: str, words: Iterable[str]) -> None:
        """Remember how the server spells these."""
        with self._lock:
            for word in words:
                place = (vocabulary, key_of(word))
                self._words[place] = word
                self._words.move_to_end(place)
            while len(self._words) > self._known:
                self._words.popitem(last=False)

    def spelt(self, vocabulary: str, words: Iterable[str]) -> list[str]:
        """The words as the server spells them; those that it does not know stay."""
        with self._lock:
            return [self._words.get((vocabulary, key_of(word)), word) for word in words]
