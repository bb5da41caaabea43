"""What the tables of faults are made of."""

from __future__ import annotations

import io
import tarfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from tests.support.books import pages, picture
from tests.support.rawzip import Raw, rawzip

HTML = b"<!DOCTYPE html>\n<html><body>404 Not Found</body></html>\n"


@dataclass(frozen=True)
class Planting:
    """One fault and the file that has it."""

    title: str
    code: str
    content: Callable[[], bytes]
    suffix: str = ".cbz"
    host_pages: int | None = None


def book(*more: Raw, count: int = 3) -> bytes:
    """A sound CBZ, and with these entries too."""
    sound = [Raw(name.encode(), content) for name, content in pages(count).items()]
    return rawzip([*sound, *more])


def with_entry(name: bytes, content: bytes = b"", **lies: object) -> Callable[[], bytes]:
    return lambda: book(Raw(name, content or picture(), **lies))  # type: ignore[arg-type] # by table


def tar(entries: Mapping[str, bytes], links: Mapping[str, str] | None = None) -> bytes:
    target = io.BytesIO()
    with tarfile.open(fileobj=target, mode="w") as archive:
        for name, content in entries.items():
            member = tarfile.TarInfo(name)
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
        for name, where in (links or {}).items():
            member = tarfile.TarInfo(name)
            member.type, member.linkname = tarfile.SYMTYPE, where
            archive.addfile(member)
    return target.getvalue()


def flipped(content: bytes, at: int) -> bytes:
    return content[:at] + bytes([content[at] ^ 0x20]) + content[at + 1 :]


def smashed(content: bytes, mark: bytes, number: int = 0) -> bytes:
    """The content with one record's mark overwritten."""
    at = -1
    for _ in range(number + 1):
        at = content.index(mark, at + 1)
    return content[:at] + b"XXXX" + content[at + 4 :]
