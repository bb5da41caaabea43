"""A table of archives that are not what they should be."""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Callable

from tests.support.books import pages, picture
from tests.support.planting import HTML, Planting, book, flipped, smashed, tar, with_entry
from tests.support.rawzip import DEFLATED, ENCRYPTED, Raw, rawzip

EPUB = (Raw(b"mimetype", b"application/epub+zip"), Raw(b"META-INF/container.xml", b"<container/>"))


def shared_bytes() -> bytes:
    """Many entries, all with the content of the first."""
    first = Raw(b"000.jpg", picture())
    return rawzip([first, *(Raw(b"%03d.jpg" % n, picture(), at=0) for n in range(1, 20))])


def _cut(share: float) -> Callable[[], bytes]:
    return lambda: book()[: int(len(book()) * share)]


NO_BOOKS = [
    Planting("nothing", "archive.empty", lambda: b""),
    Planting("zero bytes", "archive.blank", lambda: bytes(5_000)),
    Planting("a web page", "archive.not-an-archive", lambda: HTML),
    Planting("a web page", "archive.not-an-archive", lambda: HTML, ".cbr"),
    Planting("a text", "archive.not-an-archive", lambda: "Über den Löchern\n".encode() * 50),
    Planting("a feed", "archive.not-an-archive", lambda: b'<?xml version="1.0"?><feed/>'),
    Planting("a picture", "archive.not-an-archive", picture),
    Planting("gzip", "archive.not-an-archive", lambda: gzip.compress(book())),
    Planting("a program", "archive.not-an-archive", lambda: b"MZ\x90\x00" + bytes(range(256)) * 4),
    Planting("noise", "archive.not-an-archive", lambda: bytes(range(255, 0, -1)) * 9),
]
WRONG_EXTENSIONS = [
    Planting("RAR", "archive.extension", lambda: b"Rar!\x1a\x07\x00" + bytes(80)),
    Planting("RAR 5", "archive.extension", lambda: b"Rar!\x1a\x07\x01\x00" + bytes(80)),
    Planting("7z", "archive.extension", lambda: b"7z\xbc\xaf\x27\x1c" + bytes(80)),
    Planting("PDF", "archive.extension", lambda: b"%PDF-1.7\n" + bytes(80)),
    Planting("TAR", "archive.extension", lambda: tar(pages())),
    Planting("ZIP", "archive.extension", book, ".cbr"),
    Planting("ZIP", "archive.extension", book, ".cb7"),
    Planting("ZIP", "archive.extension", book, ".cbt"),
    Planting("ZIP", "archive.extension", book, ""),
    Planting("EPUB", "archive.extension", lambda: book(*EPUB)),
]
TRUNCATED = [
    *(Planting(f"cut to {share}", "archive.truncated", _cut(share)) for share in (0.1, 0.5, 0.9)),
    Planting("without its last byte", "archive.truncated", lambda: book()[:-1]),
    Planting("without its end record", "archive.truncated", lambda: book()[:-22]),
    Planting("without its beginning", "archive.truncated", lambda: book()[100:]),
    Planting("with a gap", "archive.truncated", lambda: book()[:200] + book()[300:]),
    Planting(
        "with a comment cut off",
        "archive.truncated",
        lambda: rawzip([Raw(b"1.jpg", picture())], comment=b"scanned by a friend")[:-5],
    ),
    Planting("cut", "archive.truncated", lambda: tar(pages())[:3_000], ".cbt"),
    Planting(
        "without its end",
        "archive.truncated",
        lambda: tar({"1.jpg": picture()}).rstrip(b"\0"),
        ".cbt",
    ),
]
DAMAGED = [
    Planting("a stored page changed", "archive.crc", lambda: flipped(book(), 700)),
    Planting("the first byte changed", "archive.crc", lambda: flipped(book(), 37)),
    Planting("a wrong checksum", "archive.crc", with_entry(b"9.jpg", crc=1)),
    Planting(
        "a wrong checksum, packed", "archive.crc", with_entry(b"9.jpg", crc=1, method=DEFLATED)
    ),
    Planting("a wrong checksum of a text", "archive.crc", with_entry(b"9.txt", crc=1)),
    Planting(
        "a wrong checksum of ComicInfo", "archive.crc", with_entry(b"ComicInfo.xml", b"<a/>", crc=1)
    ),
    Planting("more than declared", "archive.size", with_entry(b"9.jpg", method=DEFLATED, size=9)),
    Planting(
        "less than declared", "archive.size", with_entry(b"9.jpg", method=DEFLATED, size=9_999)
    ),
    Planting(
        "packed data damaged",
        "archive.entry",
        with_entry(b"9.jpg", method=DEFLATED, packed=b"\xff" * 99),
    ),
    Planting(
        "packed data cut",
        "archive.entry",
        lambda: book(Raw(b"9.jpg", picture(), DEFLATED, packed=zlib.compress(picture())[2:-50])),
    ),
    Planting(
        "packed data too long",
        "archive.entry",
        lambda: book(Raw(b"9.jpg", picture(), DEFLATED, packed=zlib.compress(picture())[2:])),
    ),
    Planting(
        "bzip2 damaged",
        "archive.entry",
        with_entry(b"9.jpg", method=12, packed=b"BZh91AY&SY" + bytes(50)),
    ),
    Planting(
        "LZMA damaged",
        "archive.entry",
        with_entry(b"9.jpg", method=14, packed=b"\x09\x04\x05\x00\xff"),
    ),
    Planting("its directory damaged", "archive.damaged", lambda: smashed(book(), b"PK\x01\x02", 1)),
    Planting(
        "an entry's head damaged", "archive.header", lambda: smashed(book(), b"PK\x03\x04", 1)
    ),
    Planting(
        "an entry with two names", "archive.header", with_entry(b"9.jpg", local_name=b"8.jpg")
    ),
    Planting("miscounted", "archive.damaged", lambda: rawzip([Raw(b"1.jpg", picture())], count=2)),
    Planting("split", "archive.damaged", lambda: rawzip([Raw(b"1.jpg", picture())], disk=1)),
    Planting(
        "an entry's head damaged",
        "archive.damaged",
        lambda: flipped(tar(pages()), 1_536 + 512 * 5 + 3),
        ".cbt",
    ),
    Planting("packed by an odd method", "archive.method", with_entry(b"9.jpg", method=9)),
    Planting("behind something", "archive.leading", lambda: b"#!/bin/sh\nexit\n" + book()),
]
DANGEROUS = [
    Planting(
        "encrypted",
        "archive.encrypted",
        lambda: rawzip([Raw(b"1.jpg", picture(), flags=ENCRYPTED)]),
    ),
    Planting(
        "one encrypted page", "archive.encrypted", with_entry(b"9.jpg", flags=ENCRYPTED | 0x40)
    ),
    Planting("a bomb", "archive.bomb", lambda: book(Raw(b"9.jpg", bytes(20_000_000), DEFLATED))),
    Planting(
        "a bomb of text", "archive.bomb", lambda: book(Raw(b"9.txt", b"a" * 20_000_000, DEFLATED))
    ),
    Planting(
        "a bomb that lies",
        "archive.size",
        lambda: book(Raw(b"9.jpg", bytes(20_000_000), DEFLATED, size=9)),
    ),
    Planting("shared bytes", "archive.overlap", shared_bytes),
    Planting(
        "one vast entry",
        "archive.too-large",
        with_entry(b"9.jpg", size=300 * 1024**2, method=DEFLATED),
    ),
    Planting(
        "vast together",
        "archive.too-large",
        lambda: rawzip([Raw(b"%d" % n, b"x", size=200 * 1024**2) for n in range(30)]),
    ),
    Planting(
        "too many entries",
        "archive.entries",
        lambda: rawzip([Raw(b"%d" % n) for n in range(10_001)]),
    ),
    *(
        Planting(f"a dangerous name {number}", "archive.path", with_entry(name))
        for number, name in enumerate(
            (
                b"../1.jpg",
                b"a/../../1.jpg",
                b"/etc/1.jpg",
                b"C:\\1.jpg",
                b"C:1.jpg",
                b"..\\1.jpg",
                b"1.jpg\0.txt",
                b"\\\\server\\1.jpg",
            )
        )
    ),
    Planting("a name above", "archive.path", lambda: tar({"../1.jpg": picture()}), ".cbt"),
    Planting("a link", "archive.link", with_entry(b"9.jpg", b"/etc/passwd", mode=0o120777)),
    Planting("a link", "archive.link", lambda: tar(pages(), {"9.jpg": "/etc/passwd"}), ".cbt"),
    Planting("a backslash", "archive.name", with_entry(b"a\\9.jpg")),
    Planting("a control character", "archive.name", with_entry(b"a\x1b[31m.jpg")),
    Planting("no name", "archive.name", with_entry(b"")),
    Planting("two of a name", "archive.duplicate", with_entry(b"001.jpg")),
    Planting("two but for capitals", "archive.case", with_entry(b"001.JPG")),
    Planting("an archive inside", "archive.nested", lambda: book(Raw(b"2.cbz", book()))),
    Planting(
        "an archive inside under another name",
        "archive.nested",
        lambda: book(Raw(b"2.dat", book())),
    ),
]
FAULTS = [*NO_BOOKS, *WRONG_EXTENSIONS, *TRUNCATED, *DAMAGED, *DANGEROUS]
