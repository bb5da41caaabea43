"""A table of books whose pages or metadata are not what they should be."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Callable

from tests.support.books import comic_info, moving_picture, pages, picture
from tests.support.planting import HTML, Planting, book, flipped, tar, with_entry
from tests.support.rawzip import Raw, rawzip

BOMB = b"""<?xml version="1.0"?>
<!DOCTYPE ComicInfo [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">
<!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;&b;&b;"><!ENTITY d "&c;&c;&c;&c;&c;&c;&c;&c;&c;&c;">]>
<ComicInfo><Title>&d;&d;&d;&d;&d;&d;&d;&d;&d;&d;</Title></ComicInfo>"""
FOREIGN = b"""<?xml version="1.0"?>
<!DOCTYPE ComicInfo [<!ENTITY file SYSTEM "file:///etc/hostname">]>
<ComicInfo><Title>&file;</Title></ComicInfo>"""


def huge_png(width: int = 30_000, height: int = 30_000) -> bytes:
    """A small picture that says it is a huge one."""
    head = b"IHDR" + struct.pack(">2L5B", width, height, 8, 2, 0, 0, 0)
    data = b"IDAT" + zlib.compress(bytes(100))
    chunks = (
        struct.pack(">L", len(c) - 4) + c + struct.pack(">L", zlib.crc32(c)) for c in (head, data)
    )
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunks)


def info(content: bytes) -> bytes:
    return book(Raw(b"ComicInfo.xml", content))


def _fields(**fields: object) -> Callable[[], bytes]:
    return lambda: info(comic_info(**fields))


def _listed(*lines: str) -> Callable[[], bytes]:
    return lambda: info(comic_info(f"<Pages>{''.join(lines)}</Pages>"))


PAGES = [
    Planting("a text for a page", "page.undecodable", with_entry(b"9.jpg", b"not found")),
    Planting("a web page for a page", "page.undecodable", with_entry(b"9.png", HTML)),
    Planting("an empty page", "page.undecodable", lambda: book(Raw(b"9.jpg"))),
    *(
        Planting(
            f"a page cut short{suffix}",
            "page.undecodable",
            with_entry(b"9" + suffix.encode(), picture(suffix)[:-400]),
        )
        for suffix in (".jpg", ".png", ".webp", ".gif")
    ),
    Planting(
        "a moving page cut short", "page.undecodable", with_entry(b"9.gif", moving_picture()[:-40])
    ),
    Planting(
        "a page changed before packing",
        "page.undecodable",
        with_entry(b"9.png", flipped(picture(".png"), 900)),
    ),
    Planting(
        "a page cut short",
        "page.undecodable",
        lambda: tar({**pages(), "9.jpg": picture()[:-400]}),
        ".cbt",
    ),
    Planting("a page too large", "page.too-large", with_entry(b"9.png", huge_png())),
    Planting("no entries", "page.none", lambda: rawzip([])),
    Planting(
        "no pages", "page.none", lambda: rawzip([Raw(b"ComicInfo.xml", comic_info(Title="x"))])
    ),
    Planting("folders only", "page.none", lambda: rawzip([Raw(b"a/"), Raw(b"a/b/")])),
    Planting("thumbnails only", "page.none", lambda: rawzip([Raw(b"__MACOSX/._1.jpg", b"x")])),
    Planting("more pages than the host", "page.count", book, host_pages=2),
    Planting("fewer pages than the host", "page.count", book, host_pages=4),
]
COMIC_INFOS = [
    Planting("not XML", "comicinfo.malformed", lambda: info(b"Title: x")),
    Planting("empty XML", "comicinfo.malformed", lambda: info(b"\n")),
    Planting("XML cut short", "comicinfo.malformed", lambda: info(comic_info(Title="x")[:-9])),
    Planting("a bare ampersand", "comicinfo.malformed", _fields(Title="Salt & Iron")),
    Planting(
        "an unknown encoding",
        "comicinfo.malformed",
        lambda: info(b'<?xml version="1.0" encoding="klingon"?><ComicInfo/>'),
    ),
    Planting(
        "wrong bytes",
        "comicinfo.malformed",
        lambda: info(b"<ComicInfo><Title>\xff</Title></ComicInfo>"),
    ),
    Planting(
        "endless elements",
        "comicinfo.malformed",
        lambda: info(b"<ComicInfo>" + b"<a/>" * 200_000 + b"</ComicInfo>"),
    ),
    Planting("an XML entity bomb", "comicinfo.doctype", lambda: info(BOMB)),
    Planting("a foreign entity", "comicinfo.doctype", lambda: info(FOREIGN)),
    Planting("another root", "comicinfo.root", lambda: info(b"<MetronInfo/>")),
    Planting(
        "vast XML",
        "comicinfo.too-large",
        lambda: info(comic_info(Notes=bytes(range(32, 38)).hex() * 400_000)),
    ),
    Planting(
        "XML in a folder",
        "comicinfo.place",
        lambda: book(Raw(b"a/ComicInfo.xml", comic_info(Title="x"))),
    ),
    Planting(
        "XML in small letters",
        "comicinfo.place",
        lambda: book(Raw(b"comicinfo.xml", comic_info(Title="x"))),
    ),
    Planting("a year in words", "comicinfo.value", _fields(Year="MMXIV")),
    Planting("a number without digits", "comicinfo.value", _fields(Number="one")),
    Planting("a rating of ten", "comicinfo.value", _fields(CommunityRating=10)),
    Planting("a language in words", "comicinfo.value", _fields(LanguageISO="english (US)")),
    Planting("a thirteenth month", "comicinfo.date", _fields(Year=2014, Month=13)),
    Planting("the thirtieth of February", "comicinfo.date", _fields(Year=2014, Month=2, Day=30)),
    Planting("an unknown age rating", "comicinfo.choice", _fields(AgeRating="18+")),
    Planting("an unknown direction", "comicinfo.choice", _fields(Manga="RightToLeft")),
    Planting("an unknown colour", "comicinfo.choice", _fields(BlackAndWhite="true")),
    Planting(
        "an unknown type of page", "comicinfo.choice", _listed('<Page Image="0" Type="Cover"/>')
    ),
    Planting("a page that is not there", "comicinfo.pages", _listed('<Page Image="3"/>')),
    Planting("a page without a number", "comicinfo.pages", _listed("<Page/>")),
    Planting(
        "a page listed twice", "comicinfo.pages", _listed('<Page Image="1"/>', '<Page Image="1"/>')
    ),
    Planting("other pages counted", "comicinfo.page-count", _fields(PageCount=9)),
    Planting(
        "two titles", "comicinfo.repeated", lambda: info(comic_info("<Title>y</Title>", Title="x"))
    ),
]
FAULTS = [*PAGES, *COMIC_INFOS]
