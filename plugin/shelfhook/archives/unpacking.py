"""Unpacks the content of a ZIP entry, a bounded piece at a time whatever its makers intended."""

from __future__ import annotations

import bz2
import lzma
import zlib
from collections.abc import Callable, Iterable, Iterator

from shelfhook.archives.faults import FaultError

CHUNK = 1024 * 1024
"""Bytes of content that are handed on at once, at most."""

STORED, DEFLATED, BZIP2, LZMA = 0, 8, 12, 14
_LARGEST_DICTIONARY = 64 * 1024 * 1024


def unpacked(method: int, pieces: Iterable[bytes]) -> Iterator[bytes]:
    """The content of an entry.

    Args:
        method: how it is packed (APPNOTE 4.4.5).
        pieces: the packed bytes; for LZMA the first piece holds the whole head.

    Raises:
        FaultError: the method is not known here, or the packed bytes are damaged.
    """
    if method == STORED:
        return iter(pieces)
    if method == DEFLATED:
        return _inflated(pieces)
    if method == BZIP2:
        return _expanded(bz2.BZ2Decompressor(), pieces, marked=True)
    if method == LZMA:
        return _of_lzma(iter(pieces))
    raise FaultError("archive.method", f"method {method}")


def _inflated(pieces: Iterable[bytes]) -> Iterator[bytes]:
    engine = zlib.decompressobj(-zlib.MAX_WBITS)
    begun = False
    for piece in pieces:
        begun = True
        _refuse_leftovers(engine.eof)
        yield from _inflated_piece(engine, piece)
    if begun and not engine.eof:  # some tools write nothing at all for an empty entry
        raise FaultError("archive.entry", "the packed data ends too early")
    _refuse_leftovers(bool(engine.unused_data))


def _inflated_piece(engine: zlib._Decompress, piece: bytes) -> Iterator[bytes]:
    while not engine.eof:
        chunk = _careful(lambda data: engine.decompress(data, CHUNK), piece)
        piece = engine.unconsumed_tail
        if chunk:
            yield chunk
        if len(chunk) < CHUNK:  # a full one may have more behind it
            return


def _expanded(
    engine: bz2.BZ2Decompressor | lzma.LZMADecompressor, pieces: Iterable[bytes], *, marked: bool
) -> Iterator[bytes]:
    for piece in pieces:
        _refuse_leftovers(engine.eof)
        data = piece
        while not engine.eof:
            chunk = _careful(lambda more: engine.decompress(more, CHUNK), data)
            data = b""
            if chunk:
                yield chunk
            if engine.needs_input:
                break
    if marked and not engine.eof:
        raise FaultError("archive.entry", "the packed data ends too early")
    _refuse_leftovers(bool(engine.unused_data))


def _of_lzma(pieces: Iterator[bytes]) -> Iterator[bytes]:
    """LZMA as ZIP has it (APPNOTE 5.8): its properties in front, the end mostly unmarked."""
    head = next(pieces, b"")
    length, settings = head[2:4], head[4:9]
    if length != b"\x05\x00" or len(settings) < 5 or settings[0] >= 9 * 5 * 5:
        raise FaultError("archive.entry", "the packed data is damaged at its beginning")
    rest, lc = divmod(settings[0], 9)
    pb, lp = divmod(rest, 5)
    asked = int.from_bytes(settings[1:], "little")
    if asked > _LARGEST_DICTIONARY or lc + lp > 4:
        raise FaultError("archive.method", "LZMA with unusual settings")
    chosen = {"id": lzma.FILTER_LZMA1, "dict_size": asked, "lc": lc, "lp": lp, "pb": pb}
    engine = lzma.LZMADecompressor(lzma.FORMAT_RAW, filters=[chosen])
    yield from _expanded(engine, _chained(head[9:], pieces), marked=False)


def _chained(first: bytes, rest: Iterator[bytes]) -> Iterator[bytes]:
    yield first
    yield from rest


def _careful(decompress: Callable[[bytes], bytes], data: bytes) -> bytes:
    try:
        return decompress(data)
    except (zlib.error, lzma.LZMAError, OSError, ValueError) as error:
        raise FaultError("archive.entry", f"the packed data is damaged ({error})") from error


def _refuse_leftovers(more: bool) -> None:
    if more:
        raise FaultError("archive.entry", "bytes are left over behind the packed data")
