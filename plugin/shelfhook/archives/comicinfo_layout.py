"""Where the elements of a ComicInfo.xml stand in its bytes. No DTD and no entities: untrusted."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from xml.parsers import expat

from shelfhook.errors import Permanent

LIMIT = 1 << 20
"""Bytes; a document beyond this is not metadata."""

_BOMS = (
    (b"\xef\xbb\xbf", "utf-8-sig"),
    (b"\xff\xfe\x00\x00", "utf-32"),
    (b"\x00\x00\xfe\xff", "utf-32"),
    (b"\xff\xfe", "utf-16"),
    (b"\xfe\xff", "utf-16"),
    (b"<\x00?\x00", "utf-16-le"),
    (b"\x00<\x00?", "utf-16-be"),
)
_DECLARED = re.compile(rb"""<\?xml[^>]{0,200}?\sencoding\s*=\s*["']([A-Za-z0-9._-]{1,40})["']""")
_DECLARATION = re.compile(r"<\?xml\s.*?\?>", re.DOTALL)
# Python knows text encodings that no document uses and that cost quadratic time, such as punycode.
_USUAL = re.compile(
    r"utf-?8|us-ascii|ascii|iso-?8859-\d{1,2}|latin-?1|windows-?125\d|cp125\d"
    r"|shift[_-]jis|windows-31j|euc-jp|euc-kr|gb2312|gbk|gb18030|big5|koi8-[ru]",
    re.IGNORECASE,
)
_UTF16 = re.compile(r"(utf|ucs)-?(16|2|32|4).*", re.IGNORECASE)
_TAG = re.compile(rb"""<[^\s/>]+(?:\s+[^\s=/>]+\s*=\s*(?:"[^"]*"|'[^']*'))*\s*(/?)>""")


@dataclass(slots=True)
class Child:
    """An element directly under the root.

    Attributes:
        start: of its first tag, byte in the body.
        tag_end: behind its first tag.
        end: behind the whole element.
        pieces: its own text, without that of elements inside it.
    """

    name: str
    start: int
    tag_end: int
    end: int = 0
    pieces: list[str] = field(default_factory=list)

    @property
    def text(self) -> str:
        """Its own text as it stands."""
        return "".join(self.pieces)


@dataclass(slots=True)
class Layout:
    """A document.

    Attributes:
        body: in UTF-8, without byte order mark and XML declaration.
        root_end: behind the root's first tag.
        self_closed: whether the root is `<ComicInfo/>`.
        inside: what stands between the root's tags.
    """

    body: bytes
    root_end: int = 0
    self_closed: bool = False
    inside: bytes = b""
    children: list[Child] = field(default_factory=list)


def layout(xml: bytes) -> Layout:
    """The places of a document's elements.

    Raises:
        Permanent: too large, not well-formed, has a DTD, or its root is not `ComicInfo`.
    """
    if len(xml) > LIMIT:
        raise Permanent(f"ComicInfo.xml is larger than {LIMIT >> 20} MiB; remove it by hand")
    reader = _Reader(Layout(_body(xml)))
    try:
        reader.run()
    except expat.ExpatError as error:
        raise Permanent(
            f"ComicInfo.xml is not well-formed ({error}); repair it or remove it by hand"
        ) from error
    return reader.found


def _body(xml: bytes) -> bytes:
    encoding = _encoding(xml)
    try:
        text = xml.decode(encoding)
    except UnicodeDecodeError as error:
        raise Permanent(
            f"ComicInfo.xml is not in {encoding}, as it says ({error.reason}); repair it or remove "
            "it by hand"
        ) from error
    text = text.removeprefix("\ufeff")
    declaration = _DECLARATION.match(text)
    return text[declaration.end() if declaration else 0 :].encode()


def _encoding(xml: bytes) -> str:
    for mark, encoding in _BOMS:
        if xml.startswith(mark):
            return encoding
    declared = _DECLARED.match(xml)
    name = declared[1].decode() if declared else "utf-8"
    if _UTF16.fullmatch(name):
        # Its declaration could be read as ASCII, so it is not: .NET writes UTF-8 that says UTF-16.
        return "utf-8"
    if not _USUAL.fullmatch(name):
        raise Permanent(f"ComicInfo.xml says that it is in {name!r}, which cannot be read here")
    return "cp932" if name.lower() == "windows-31j" else name


class _Reader:
    """Follows expat through a document and notes where things stand."""

    def __init__(self, found: Layout) -> None:
        self.found = found
        self._depth = 0
        self._parser = expat.ParserCreate("utf-8")
        self._parser.buffer_text = True
        self._parser.StartElementHandler = self._start
        self._parser.EndElementHandler = self._end
        self._parser.CharacterDataHandler = self._text
        self._parser.StartDoctypeDeclHandler = _refuse_dtd

    def run(self) -> None:
        self._parser.Parse(self.found.body, True)

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        del attributes  # they stay where they are
        at = self._parser.CurrentByteIndex
        if self._depth < 2:
            tag = _TAG.match(self.found.body, at)
            if tag is None:
                raise Permanent("ComicInfo.xml has a tag that cannot be read; repair it by hand")
            if self._depth:
                end = tag.end() if tag[1] else 0
                self.found.children.append(Child(name, at, tag.end(), end))
            else:
                self._root(name, tag.end(), closed=bool(tag[1]))
        self._depth += 1

    def _root(self, name: str, end: int, *, closed: bool) -> None:
        if name != "ComicInfo":
            raise Permanent(f"ComicInfo.xml holds a <{name}>, not a <ComicInfo>")
        self.found.root_end, self.found.self_closed = end, closed

    def _end(self, name: str) -> None:
        del name  # expat has checked that it fits
        self._depth -= 1
        at = self._parser.CurrentByteIndex
        if self._depth == 1 and not self.found.children[-1].end:
            self.found.children[-1].end = self.found.body.index(b">", at) + 1
        elif not self._depth:
            self.found.inside = self.found.body[self.found.root_end : at]

    def _text(self, text: str) -> None:
        if self._depth == 2:
            self.found.children[-1].pieces.append(text)


def _refuse_dtd(*declared: object) -> None:
    del declared
    raise Permanent("ComicInfo.xml has a DTD, which is not read (it may be an attack); remove it")
