"""Words that are the same to a reader, and tables that replace one by another."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Mapping


def folded(word: str) -> str:
    """What two spellings of one word have in common: no case, no needless white space."""
    return " ".join(unicodedata.normalize("NFC", word.casefold()).split())


def plain(word: str) -> str:
    """As `folded`, and without accents: servers leave them out of what they sort by."""
    letters = unicodedata.normalize("NFD", word)
    return folded("".join(one for one in letters if not "\u0300" <= one <= "\u036f"))


def spellings(pairs: Iterable[tuple[str, str]]) -> Mapping[str, str]:
    """What each word is to be, by its folded form; the last names stand for themselves.

    A replacement that is replaced in turn is followed to its end, so that doing it twice is doing
    it once.

    Args:
        pairs: a word, and what it is to be.

    Raises:
        ValueError: a word is blank, is to be two things at once, or in the end itself again.
    """
    table: dict[str, str] = {}
    for old, new in pairs:
        if not old.strip() or not new.strip():
            raise ValueError("a word to replace, or its replacement, is blank")
        if table.setdefault(folded(old), new.strip()) != new.strip():
            raise ValueError(f"{old.strip()!r} is to become two different words")
    return _ends(table)


def end_of(old: str, table: Mapping[str, str]) -> str:
    """What a word becomes in the end.

    Args:
        old: a folded word of the table.
        table: what each word becomes, by its folded form.

    Raises:
        ValueError: there is no end, since it comes back to a word that it was before.
    """
    way = [old]
    word = table[old]
    while folded(word) in table and folded(word) != way[-1]:
        if folded(word) in way:
            raise ValueError(f"a circle that never ends: {' → '.join([*way, folded(word)])}")
        way.append(folded(word))
        word = table[way[-1]]
    return word


def _ends(table: Mapping[str, str]) -> dict[str, str]:
    ends: dict[str, str] = {}
    for old in table:
        end = end_of(old, table)
        ends[old] = end
        if ends.setdefault(folded(end), end) != end:
            raise ValueError(f"{end!r} and {ends[folded(end)]!r} are two spellings of one word")
    return ends
