"""ComicInfo.xml: read safely, changed in place.

A merge cuts new texts into the document as it stands, so everything else (unknown elements,
attributes, comments, pages, indentation) stays byte for byte. Only the encoding may change: what is
written is UTF-8 and says so.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from xml.sax.saxutils import escape

from shelfhook.archives.comicinfo_layout import LIMIT, Child, Layout, layout
from shelfhook.archives.comicinfo_schema import ORDER, check_text
from shelfhook.archives.names import COMIC_INFO
from shelfhook.errors import Permanent

_DECLARATION = b'<?xml version="1.0" encoding="UTF-8"?>'
_NEW = b"\n<ComicInfo>\n</ComicInfo>\n"
_FORBIDDEN = re.compile("[^\t\n\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_NIL = re.compile(rb"""\s+[\w.-]+:nil\s*=\s*(?:"[^"]*"|'[^']*')""")


def clean(text: str) -> str:
    """The text as a document can hold it.

    Without white space around it, with plain line ends, and without the characters that XML 1.0
    cannot express (control characters, lone surrogates).
    """
    lines = text.replace("\r\n", "\n").replace("\r", "\n")
    return _FORBIDDEN.sub("", lines).strip()


def read(xml: bytes) -> dict[str, str]:
    """What the document says: the texts of its elements, without those that say nothing.

    Of an element that occurs twice the last one counts. An empty file says nothing.

    Raises:
        Permanent: too large, not well-formed, has a DTD, or is no ComicInfo.
    """
    if not xml.strip():
        return {}
    return _texts(layout(xml).children)


def merge(existing: bytes | None, wanted: Mapping[str, str]) -> bytes:
    """The document with the wanted elements set, or removed where the wanted text is "".

    Args:
        existing: the document now; None (or empty) where there is none.
        wanted: texts by element; they are cleaned first.

    Returns:
        `existing` itself where it says all this already.

    Raises:
        Permanent: `existing` cannot be read (see `read`), a value is not one that the schema
            allows, or the result would be larger than 1 MiB.
    """
    texts = {name: clean(text) for name, text in wanted.items()}
    for name, text in texts.items():
        check_text(name, text)
    old = existing if existing is not None and existing.strip() else None
    found = layout(old if old is not None else _DECLARATION + _NEW)
    now = _texts(found.children)
    changed = {name: text for name, text in texts.items() if now.get(name, "") != text}
    if old is not None and not changed:
        return old
    merged = _DECLARATION + _apply(found.body, _edits(found, changed))
    _check(merged, now, changed)
    return merged


@dataclass(frozen=True, slots=True)
class _Edit:
    start: int
    end: int
    content: bytes


def _edits(found: Layout, changed: Mapping[str, str]) -> list[_Edit]:
    places: dict[str, list[Child]] = defaultdict(list)
    for child in found.children:
        places[child.name].append(child)
    edits: list[_Edit] = []
    added: dict[str, str] = {}
    for name, text in changed.items():
        held = places[name]
        if text and held:
            edits.append(_refilled(found.body, held[0], text))
        elif text:
            added[name] = text
        gone = held[1:] if text else held
        edits += [_removed(found.body, child) for child in gone]
    return edits + _additions(found, added)


def _refilled(body: bytes, child: Child, text: str) -> _Edit:
    """New text between an element's own tags, whose attributes stay."""
    tag = body[child.start : child.tag_end].rstrip(b">").rstrip(b"/").rstrip()
    opening = _NIL.sub(b"", tag) + b">"
    return _Edit(child.start, child.end, opening + _escaped(text) + _closing(child.name))


def _removed(body: bytes, child: Child) -> _Edit:
    """The element goes, with its line if it has one to itself."""
    start = child.start
    while start and body[start - 1 : start] in (b" ", b"\t"):
        start -= 1
    if body[start - 1 : start] != b"\n":
        return _Edit(child.start, child.end, b"")
    start -= 2 if body[start - 2 : start] == b"\r\n" else 1
    return _Edit(start, child.end, b"")


def _additions(found: Layout, added: Mapping[str, str]) -> list[_Edit]:
    """New elements at their places in the schema's order; all at one place make one edit."""
    if not added:
        return []
    indent = _indent(found)
    by_place: dict[int, bytes] = defaultdict(bytes)
    for name in sorted(added, key=ORDER.__getitem__):
        element = f"<{name}>".encode() + _escaped(added[name]) + _closing(name)
        by_place[_place(found, name)] += indent + element
    if not found.self_closed:
        tail = b"" if found.children or found.inside.strip(b" \t") else b"\n"
        return [_Edit(at, at, content + tail) for at, content in by_place.items()]
    content = b"".join(by_place.values())
    return [_Edit(found.root_end - 2, found.root_end, b">" + content + b"\n</ComicInfo>")]


def _place(found: Layout, name: str) -> int:
    """Behind the last element that the schema has before this one."""
    earlier = [child.end for child in found.children if ORDER.get(child.name, 99) < ORDER[name]]
    return max(earlier, default=found.root_end)


def _indent(found: Layout) -> bytes:
    """The white space before the first element; new ones get the same."""
    if not found.children:
        return b"\n  "
    before = found.body[found.root_end : found.children[0].start]
    return before[len(before.rstrip()) :]


def _apply(body: bytes, edits: Iterable[_Edit]) -> bytes:
    for edit in sorted(edits, key=lambda one: (one.start, one.end), reverse=True):
        body = body[: edit.start] + edit.content + body[edit.end :]
    return body if body[:1].isspace() else b"\n" + body


def _check(merged: bytes, now: Mapping[str, str], changed: Mapping[str, str]) -> None:
    if len(merged) > LIMIT:
        raise Permanent(f"{COMIC_INFO} would be larger than {LIMIT >> 20} MiB; shorten the summary")
    expected = {name: text for name, text in {**now, **changed}.items() if text}
    if read(merged) != expected:
        raise Permanent(f"{COMIC_INFO} cannot be changed safely: it would not say what it should")


def _texts(children: Iterable[Child]) -> dict[str, str]:
    last = {child.name: clean(child.text) for child in children}
    return {name: text for name, text in last.items() if text}


def _escaped(text: str) -> bytes:
    return escape(text).encode()


def _closing(name: str) -> bytes:
    return f"</{name}>".encode()
