"""Reads CBR files: rarfile (an extra) tells what is inside, a free program unpacks it.

The program unpacks the whole archive once, to a pipe, where the entries come one behind the other;
so a solid archive is not unpacked anew for every page, and no name from the archive ever reaches
the disk. Each entry is held against the checksum in the archive.

bsdtar is asked to make a TAR archive of it: its own way of unpacking to a pipe puts zeros between
the entries of RAR 5, now and then without end (libarchive#1738, libarchive#3496).
"""

from __future__ import annotations

import shutil
import subprocess
import tarfile
import tempfile
import zlib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path
from typing import IO, Any, NamedTuple

from shelfhook.archives.faults import plain
from shelfhook.archives.members import Member, Sink, Source, Time, damaged
from shelfhook.errors import Permanent

_TOOLS: Mapping[str, tuple[str, ...]] = {
    "unar": ("-quiet", "-output-directory", "-", "{path}"),
    "bsdtar": ("-c", "-f", "-", "--format", "pax", "@{path}"),
    "7z": ("x", "-so", "-bd", "-y", "-spd", "{path}"),
    "7zz": ("x", "-so", "-bd", "-y", "-spd", "{path}"),
}
"""Programs that can unpack RAR, best first, with what they are told."""

_MODERN = 29  # the version of RAR that has made end marks ever since


class _Packed(NamedTuple):
    member: Member
    crc: int | None
    blake2sp: bytes | None


def tools() -> Sequence[str]:
    """The programs that are there.

    Raises:
        Permanent: none is; the message says how to install one.
    """
    found = [name for name in _TOOLS if shutil.which(name)]
    if not found:
        raise Permanent(
            f"reading RAR needs one of the programs {', '.join(_TOOLS)}, and none is on the PATH; "
            "install one, such as with: apt install unar (or libarchive-tools, which has bsdtar)"
        )
    return found


def sources(path: Path) -> Sequence[Source]:
    """One way for every program that is there.

    Raises:
        Permanent: it is damaged, encrypted or split, or holds something else than files.
    """
    packed = _listed(path)
    members = tuple(one.member for one in packed)
    return [Source(members, partial(_pour, path, packed, tool), tool) for tool in tools()]


def _listed(path: Path) -> list[_Packed]:
    import rarfile  # type: ignore[import-untyped] # it ships no types

    blocks: list[Any] = []
    try:
        with rarfile.RarFile(path, errors="strict", info_callback=blocks.append) as archive:
            if archive.needs_password():
                raise Permanent("the archive cannot be converted: it is encrypted")
            if len(archive.volumelist()) > 1:
                raise Permanent("the archive cannot be converted: it has several volumes")
            entries = [entry for entry in archive.infolist() if not entry.is_dir()]
    except rarfile.NeedFirstVolume as error:
        raise Permanent("the archive cannot be converted: it is one of several volumes") from error
    except (rarfile.Error, ValueError, LookupError) as error:
        raise damaged(str(error) or type(error).__name__) from error
    modern = any((entry.extract_version or 0) >= _MODERN for entry in entries)
    if modern and not any(block.type == rarfile.RAR_BLOCK_ENDARC for block in blocks):
        raise damaged("it breaks off before its end mark")
    return [_packed(entry) for entry in entries]


def _packed(entry: Any) -> _Packed:  # Any: rarfile has no types
    if entry.file_redir or entry.is_symlink():
        raise Permanent(f"the archive cannot be converted: {plain(entry.filename)} is a link")
    if entry.file_size is None:
        raise Permanent(f"the archive cannot be converted: {plain(entry.filename)} has no size")
    time: Time | None = tuple(map(int, entry.date_time[:6])) if entry.date_time else None  # type: ignore[assignment] # six of them
    return _Packed(Member(entry.filename, entry.file_size, time), entry.CRC, entry.blake2sp_hash)


def _pour(path: Path, packed: Sequence[_Packed], tool: str, sink: Sink) -> None:
    sizes = [one.member.size for one in packed]
    with _unpacking(path, tool) as (pipe, complaint):
        contents = _from_tar(pipe, sizes) if tool == "bsdtar" else _concatenated(pipe, sizes)
        for one in packed:
            content = next(contents, b"")
            if len(content) < one.member.size:
                raise damaged(f"{plain(one.member.name)} breaks off ({tool}: {complaint()})")
            _check(one, content, tool)
            sink(one.member, content)
        if next(contents, None) is not None:
            raise damaged(f"{tool} finds more in it than its directory lists")


def _concatenated(pipe: IO[bytes], sizes: Sequence[int]) -> Iterator[bytes]:
    """The entries, which lie behind each other; then a byte of what is too much."""
    for size in sizes:
        yield pipe.read(size) if size else b""
    if more := pipe.read(1):
        yield more


def _from_tar(pipe: IO[bytes], sizes: Sequence[int]) -> Iterator[bytes]:
    """The entries of a TAR archive; then an empty one if there are too many."""
    wanted = iter(sizes)
    with suppress(tarfile.TarError), tarfile.open(fileobj=pipe, mode="r|") as archive:
        for entry in archive:
            file = archive.extractfile(entry) if entry.isreg() else None
            if file is not None:
                # One of another size would fail its checksum: it need not be read.
                yield file.read() if entry.size == next(wanted, -1) else b""


def _check(packed: _Packed, content: bytes, tool: str) -> None:
    import rarfile

    if packed.crc is not None:
        good = zlib.crc32(content) == packed.crc
    elif packed.blake2sp is not None:
        good = rarfile.Blake2SP(content).digest() == packed.blake2sp
    else:
        good = True  # the archive has no checksum of it
    if not good:
        raise damaged(f"{plain(packed.member.name)} has a wrong checksum (unpacked by {tool})")


@contextmanager
def _unpacking(path: Path, tool: str) -> Iterator[tuple[IO[bytes], Any]]:
    """The pipe out of which the entries come, and what gives the program's last words."""
    program = shutil.which(tool)
    if program is None:
        raise Permanent(f"the program {tool} is no longer on the PATH")
    command = [program, *(word.format(path=path.absolute()) for word in _TOOLS[tool])]
    with tempfile.TemporaryFile() as errors:
        process = subprocess.Popen(  # noqa: S603 - a fixed program, and an absolute path
            command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=errors
        )
        with process:
            assert process.stdout is not None
            try:
                yield process.stdout, lambda: _last_words(process, errors)
            finally:
                process.kill()  # it may still have much to say; nothing if it has ended


def _last_words(process: subprocess.Popen[bytes], errors: IO[bytes]) -> str:
    with suppress(subprocess.TimeoutExpired):
        process.wait(10)
    errors.seek(0)
    lines = errors.read(4096).decode(errors="replace").split("\n")
    return plain(next((line for line in reversed(lines) if line.strip()), "no reason given"))
