"""What a file, or an entry of an archive, really is: told by its first bytes, not by its name."""

from __future__ import annotations

import codecs
from collections.abc import Mapping
from pathlib import PurePosixPath

HEAD = 512
"""Bytes that the functions here want to see; the mark of a tar file ends at 262."""

SUFFIXES: Mapping[str, str] = {
    ".cbz": "zip",
    ".zip": "zip",
    ".cbr": "rar",
    ".rar": "rar",
    ".cb7": "7z",
    ".7z": "7z",
    ".cbt": "tar",
    ".tar": "tar",
    ".epub": "epub",
    ".pdf": "pdf",
}
"""The format that a book's extension promises."""

NAMES: Mapping[str, str] = {
    "zip": "a ZIP archive",
    "rar": "a RAR archive",
    "7z": "a 7-Zip archive",
    "tar": "a TAR archive",
    "epub": "an EPUB book",
    "pdf": "a PDF document",
    "gzip": "a gzip file",
    "bzip2": "a bzip2 file",
    "xz": "an xz file",
    "zstd": "a Zstandard file",
    "exe": "a program",
    "html": "a web page",
    "xml": "an XML document",
    "text": "plain text",
    "empty": "empty",
    "blank": "nothing but zero bytes",
    "unknown": "of no known format",
    "jpeg": "a JPEG picture",
    "png": "a PNG picture",
    "gif": "a GIF picture",
    "webp": "a WebP picture",
    "bmp": "a BMP picture",
    "tiff": "a TIFF picture",
    "avif": "an AVIF picture",
    "heif": "a HEIF picture",
    "jxl": "a JPEG XL picture",
    "jpeg2000": "a JPEG 2000 picture",
}
"""Every format in words that complete "it is …"."""

BOOKS = frozenset(SUFFIXES.values())

PICTURES: Mapping[str, tuple[str, ...]] = {
    "jpeg": (".jpg", ".jpeg", ".jpe", ".jfif"),
    "png": (".png", ".apng"),
    "gif": (".gif",),
    "webp": (".webp",),
    "bmp": (".bmp",),
    "tiff": (".tif", ".tiff"),
    "avif": (".avif",),
    "heif": (".heic", ".heif"),
    "jxl": (".jxl",),
    "jpeg2000": (".jp2", ".j2k", ".jpx", ".jpf"),
}
"""The formats of pages, each with its extensions."""

PICTURE_SUFFIXES: Mapping[str, str] = {
    suffix: kind for kind, suffixes in PICTURES.items() for suffix in suffixes
}

_MARKS: tuple[tuple[bytes, str], ...] = (
    (b"PK\x03\x04", "zip"),
    (b"PK\x05\x06", "zip"),
    (b"PK\x07\x08", "zip"),
    (b"Rar!\x1a\x07", "rar"),
    (b"7z\xbc\xaf\x27\x1c", "7z"),
    (b"%PDF-", "pdf"),
    (b"\x1f\x8b", "gzip"),
    (b"BZh", "bzip2"),
    (b"\xfd7zXZ\x00", "xz"),
    (b"\x28\xb5\x2f\xfd", "zstd"),
    (b"MZ", "exe"),
    (b"\x7fELF", "exe"),
    (b"\xff\xd8\xff", "jpeg"),
    (b"\x89PNG\r\n\x1a\n", "png"),
    (b"GIF87a", "gif"),
    (b"GIF89a", "gif"),
    (b"II*\x00", "tiff"),
    (b"MM\x00*", "tiff"),
    (b"\xff\x0a", "jxl"),
    (b"\x00\x00\x00\x0cJXL \r\n\x87\n", "jxl"),
    (b"\x00\x00\x00\x0cjP  \r\n\x87\n", "jpeg2000"),
    (b"\xff\x4f\xff\x51", "jpeg2000"),
)
_BRANDS: Mapping[bytes, str] = {
    b"avif": "avif",
    b"avis": "avif",
    b"heic": "heif",
    b"heix": "heif",
    b"mif1": "heif",
}
_PAGE_OF_THE_WEB = (b"<!doctype html", b"<html", b"<head", b"<body")


def picture(head: bytes) -> str:
    """Name of the picture format that begins so; "" if none does."""
    kind = kind_of(head)
    return kind if kind in PICTURES else ""


def kind_of(head: bytes) -> str:
    """Name of the format, a key of `NAMES`.

    Args:
        head: the first `HEAD` bytes, or all if there are fewer.
    """
    if not head:
        return "empty"
    for mark, kind in _MARKS:
        if head.startswith(mark):
            return kind
    return _kind_by_fields(head) or _kind_of_text(head)


def suffix(name: str) -> str:
    """Extension of a file name or of an entry's path, in lower case."""
    return PurePosixPath(name.replace("\\", "/")).suffix.lower()


def _kind_by_fields(head: bytes) -> str:
    """Formats whose marks do not stand right at the beginning."""
    if head[257:262] == b"ustar":
        return "tar"
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return "webp"
    if head[:2] == b"BM" and head[6:10] == b"\x00\x00\x00\x00":
        return "bmp"
    if head[4:8] == b"ftyp":
        return _BRANDS.get(head[8:12], "")
    return ""


def _kind_of_text(head: bytes) -> str:
    if not head.strip(b"\x00"):
        return "blank"
    start = head.removeprefix(b"\xef\xbb\xbf").lstrip().lower()
    if start.startswith(_PAGE_OF_THE_WEB):
        return "html"
    if start.startswith(b"<?xml"):
        return "html" if b"<html" in start else "xml"
    return "text" if _reads_as_text(head) else "unknown"


def _reads_as_text(head: bytes) -> bool:
    try:
        text = codecs.getincrementaldecoder("utf-8")().decode(head)  # the last character may be cut
    except UnicodeDecodeError:
        return False
    return all(char.isprintable() or char in "\t\r\n\f" for char in text)
