"""Reads an XML document that may be hostile: flat, bounded, and without any DOCTYPE.

Entities can only be declared in a DOCTYPE; where that is refused when it begins, none is ever
expanded, so neither bombs nor the reading of foreign files can come to pass.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from xml.parsers import expat

from shelfhook.archives.faults import FaultError

MOST_ELEMENTS = 100_000
DEEPEST = 3
"""Levels of elements that are kept; ComicInfo.xml has no more."""


@dataclass(frozen=True, slots=True)
class Element:
    """An element with its attributes; `path` names it and those around it, outermost first."""

    path: tuple[str, ...]
    attributes: Mapping[str, str]
    text: str


@dataclass(slots=True)
class _Reader:
    found: list[Element] = field(default_factory=list)
    _open: list[tuple[str, Mapping[str, str], list[str]]] = field(default_factory=list)
    _depth: int = 0
    _count: int = 0

    def start(self, name: str, attributes: Mapping[str, str]) -> None:
        self._depth += 1
        self._count += 1
        if self._count > MOST_ELEMENTS:
            raise FaultError("comicinfo.malformed", f"it has more than {MOST_ELEMENTS} elements")
        if self._depth <= DEEPEST:
            self._open.append((name, attributes, []))

    def text(self, data: str) -> None:
        if self._depth == len(self._open) and self._open:
            self._open[-1][2].append(data)

    def end(self, _name: str) -> None:
        if self._depth == len(self._open):
            path = tuple(name for name, _, _ in self._open)
            _, attributes, texts = self._open.pop()
            self.found.append(Element(path, attributes, "".join(texts)))
        self._depth -= 1


def read(content: bytes) -> list[Element]:
    """The elements of a document, three deep, each after those inside it; the root comes last.

    Raises:
        FaultError: it is not well-formed, or has a DOCTYPE.
    """
    reader = _Reader()
    parser = expat.ParserCreate()
    parser.buffer_text = True
    parser.StartDoctypeDeclHandler = _refuse_doctype
    parser.StartElementHandler = reader.start
    parser.CharacterDataHandler = reader.text
    parser.EndElementHandler = reader.end
    try:
        parser.Parse(content, True)
    except (expat.ExpatError, LookupError, ValueError) as error:  # the latter of odd encodings
        raise FaultError("comicinfo.malformed", str(error)) from error
    return reader.found


def _refuse_doctype(*_: object) -> None:
    raise FaultError("comicinfo.doctype")
