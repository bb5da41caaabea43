"""What an inspection finds: faults with a code, bounded however bad the file is."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

MOST_PER_CODE = 20
"""Faults of one code that are listed; the others are only counted."""

MOST_TEXT = 200


@dataclass(frozen=True, slots=True)
class Fault:
    """Something that is wrong with a file.

    Attributes:
        code: names the kind, such as `archive.crc`.
        place: the entry or the XML element that it is about; "" for the whole file.
        detail: what is particular about this one, in plain words; the kind's text stands elsewhere.
    """

    code: str
    place: str = ""
    detail: str = ""


class FaultError(Exception):
    """Ends the reading of an entry, or of the archive, with the fault that it carries."""

    def __init__(self, code: str, detail: str = "") -> None:
        super().__init__(detail or code)
        self.code = code
        self.detail = detail


@dataclass(slots=True)
class Faults:
    """Gathers faults. A hostile file may have a million: few of each code are kept."""

    found: list[Fault] = field(default_factory=list)
    counts: Counter[str] = field(default_factory=Counter)

    def add(self, code: str, place: str = "", detail: str = "") -> None:
        """Note a fault; texts from the file are made safe to show."""
        self.counts[code] += 1
        if self.counts[code] <= MOST_PER_CODE:
            self.found.append(Fault(code, plain(place), plain(detail)))

    def more(self) -> dict[str, int]:
        """How many faults of each code are counted but not listed."""
        return {
            code: count - MOST_PER_CODE
            for code, count in self.counts.items()
            if count > MOST_PER_CODE
        }


def plain(text: str) -> str:
    """A text from a file on one line: control characters and lone surrogates escaped, not long."""
    shown = "".join(char if char.isprintable() else ascii(char)[1:-1] for char in text[:MOST_TEXT])
    return shown[:MOST_TEXT] + "…" if len(shown) > MOST_TEXT or len(text) > MOST_TEXT else shown
