"""How much an archive may ask of us before it is refused."""

from __future__ import annotations

from dataclasses import dataclass

MIB = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Limits:
    """What an archive may ask of whoever opens it. Sizes are bytes.

    Attributes:
        unpacked: all entries together.
        entry: one entry; a page is held in memory whole.
        ratio: how many times bigger the entries may be than the file. Only asked of archives that
            unpack to more than `harmless`: little files of text pack that well honestly.
        entries: how many there may be.
        pixels: of one page, all the frames that are decoded together.
        comic_info: the ComicInfo.xml.
    """

    unpacked: int = 4096 * MIB
    entry: int = 256 * MIB
    ratio: float = 100.0
    harmless: int = 4 * MIB
    entries: int = 10_000
    pixels: int = 150_000_000
    comic_info: int = 4 * MIB
