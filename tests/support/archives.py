"""Books as files: sound ones of many makes, and faulty ones with the faults the audit knows."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, TYPE_CHECKING

from tests.support import faulty_archives, faulty_contents
from tests.support.books import cbz, comic_info, moving_picture, pages
from tests.support.rawzip import DEFLATED, DESCRIPTOR, UTF8, Raw, rawzip

if TYPE_CHECKING:
    from typing_extensions import Buffer


class OneWay(io.RawIOBase):
    """A file that cannot seek: what is written to it gets data descriptors."""

    def __init__(self, target: IO[bytes]) -> None:
        self._target = target

    def writable(self) -> bool:
        return True

    def write(self, data: Buffer, /) -> int:
        return self._target.write(data)


def _streamed(path: Path, entries: Mapping[str, bytes]) -> None:
    with path.open("wb") as file, zipfile.ZipFile(OneWay(file), "w", DEFLATED) as archive:
        for name, content in entries.items():
            archive.writestr(name, content)


def _with_folders(path: Path, entries: Mapping[str, bytes]) -> None:
    with zipfile.ZipFile(path, "w") as archive:
        archive.mkdir("Chapter 1") if hasattr(archive, "mkdir") else archive.writestr(
            "Chapter 1/", b""
        )
        for name, content in entries.items():
            inside = name if name.endswith(".xml") else f"Chapter 1/{name}"
            archive.writestr(inside, content)


def _unicode(path: Path, entries: Mapping[str, bytes]) -> None:
    cbz(path, {name.replace("00", "第 "): content for name, content in entries.items()})


def _old_names(path: Path, entries: Mapping[str, bytes]) -> None:
    """Names in an old character set, not marked as UTF-8."""
    raws = [
        Raw(f"é{n}".encode("cp437") if n[0] == "0" else n.encode(), c) for n, c in entries.items()
    ]
    path.write_bytes(rawzip(raws))


def _wide(path: Path, entries: Mapping[str, bytes]) -> None:
    raws = [Raw(n.encode(), c, DEFLATED, zip64=True) for n, c in entries.items()]
    path.write_bytes(rawzip(raws, zip64=True))


def _wide_as_python_does(path: Path, entries: Mapping[str, bytes]) -> None:
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in entries.items():
            with archive.open(name, "w", force_zip64=True) as entry:
                entry.write(content)


def _commented(path: Path, entries: Mapping[str, bytes]) -> None:
    raws = [Raw(n.encode(), c, flags=UTF8) for n, c in entries.items()]
    path.write_bytes(rawzip(raws, comment="scanned by PK and friends Ω ".encode() * 5))


def _described(path: Path, entries: Mapping[str, bytes]) -> None:
    raws = [Raw(n.encode(), c, DEFLATED, DESCRIPTOR) for n, c in entries.items()]
    path.write_bytes(rawzip(raws))


MAKERS: Sequence[Callable[[Path, Mapping[str, bytes]], object]] = (
    cbz,
    lambda path, entries: cbz(path, entries, zipfile.ZIP_DEFLATED),
    _streamed,
    _with_folders,
    _unicode,
    _old_names,
    _wide,
    _wide_as_python_does,
    _commented,
    _described,
    lambda path, entries: cbz(path, entries, zipfile.ZIP_BZIP2),
    lambda path, entries: cbz(path, entries, zipfile.ZIP_LZMA),
)
SETS: Sequence[Callable[[], dict[str, bytes]]] = (
    lambda: pages(3, ".jpg"),
    lambda: pages(4, ".png"),
    lambda: pages(2, ".webp"),
    lambda: {**pages(2), **pages(1, ".gif"), "003.gif": moving_picture()},
    lambda: {"001.webp": moving_picture("WEBP"), "002.png": moving_picture("PNG"), **pages(0)},
)


def sound(folder: Path, count: int = 200) -> list[Path]:
    """Sound CBZ files, no two neighbours alike: formats, packers, with and without ComicInfo."""
    made: list[Path] = []
    for number in range(count):
        entries = SETS[number % len(SETS)]()
        if number % 3:
            entries = {**entries, "ComicInfo.xml": _info(number, len(entries))}
        path = folder / f"sound {number:03}.cbz"
        MAKERS[number % len(MAKERS)](path, entries)
        made.append(path)
    return made


def _info(number: int, count: int) -> bytes:
    pages = "".join(f'<Page Image="{page}" Type="Story"/>' for page in range(count))
    values = ({"Year": 2014, "Month": 2, "Day": 28}, {"Year": -1}, {"Month": 12, "Volume": ""})
    return comic_info(
        f"<Pages>{pages}</Pages><Own>kept</Own>",
        Series="Iron Harbor",
        Number=("12", "½", "12a", "-1", "∞")[number % 5],
        AgeRating=("Teen", "Everyone 10+", "MA15+")[number % 3],
        Manga=("YesAndRightToLeft", "No")[number % 2],
        BlackAndWhite="Yes",
        LanguageISO=("en", "pt-BR", "zh-Hant")[number % 3],
        CommunityRating=("4.5", "0", "5")[number % 3],
        PageCount=count,
        **values[number % 3],
    )


@dataclass(frozen=True)
class Planted:
    """A faulty file, the code of its fault, and how many pages the host counts in it."""

    path: Path
    code: str
    host_pages: int | None = None


def faulty(folder: Path) -> list[Planted]:
    """One file for each fault of the tables."""
    made: list[Planted] = []
    for number, fault in enumerate([*faulty_archives.FAULTS, *faulty_contents.FAULTS]):
        path = folder / f"{number:03} {fault.title}{fault.suffix}"
        path.write_bytes(fault.content())
        made.append(Planted(path, fault.code, fault.host_pages))
    return made
