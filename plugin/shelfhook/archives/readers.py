"""Archives that are no ZIP files, read whole: one entry after the other, in the archive's order.

A reader first says what the archive holds, so that it can be refused before anything is unpacked,
and then gives exactly that: never more bytes than it has declared.
"""

from __future__ import annotations

import importlib.util
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TypeAlias

from shelfhook.archives import formats, rar_reader, sevenzip_reader, tar_reader
from shelfhook.archives.limits import MIB, Limits
from shelfhook.archives.members import Member, Source
from shelfhook.archives.trouble import told
from shelfhook.errors import Permanent

_Reader: TypeAlias = Callable[[Path], Sequence[Source]]
_READERS: Mapping[str, _Reader] = {
    "rar": rar_reader.sources,
    "7z": sevenzip_reader.sources,
    "tar": tar_reader.sources,
}
_MODULES = {"rar": "rarfile", "7z": "py7zr"}
READABLE = frozenset(_READERS)
"""Formats that can be read here, names of `formats.NAMES`."""


def kind(path: Path) -> str:
    """What a file is by its first bytes, a key of `formats.NAMES`."""
    with told(path), path.open("rb") as file:
        return formats.kind_of(file.read(formats.HEAD))


def check_ready(kind_: str) -> None:
    """Check that this machine can read archives of a format.

    Raises:
        Permanent: it lacks a module or a tool; the message says how to install it.
    """
    module = _MODULES.get(kind_)
    if module and importlib.util.find_spec(module) is None:
        raise Permanent(
            f"reading {formats.NAMES[kind_]} needs the module {module}; "
            "install it with: pip install 'shelfhook[archives]'"
        )
    if kind_ == "rar":
        rar_reader.tools()


def sources(path: Path, kind_: str, limits: Limits) -> Sequence[Source]:
    """The ways to read an archive, best first: at least one. All have the same members.

    Raises:
        Gone: there is no file.
        Permanent: it cannot be read, is encrypted or damaged, or asks for more than `limits`.
    """
    check_ready(kind_)
    with told(path):
        found = _READERS[kind_](path)
        _check_limits(found[0].members, path.stat().st_size, limits)
    return found


def _check_limits(members: Sequence[Member], packed: int, limits: Limits) -> None:
    total = sum(member.size for member in members)
    largest = max((member.size for member in members), default=0)
    if len(members) > limits.entries:
        raise _bomb(f"it has {len(members)} entries, {limits.entries} are allowed")
    if largest > limits.entry:
        raise _bomb(f"an entry has {largest // MIB} MiB, {limits.entry // MIB} are allowed")
    if total > limits.unpacked:
        raise _bomb(f"it unpacks to {total // MIB} MiB, {limits.unpacked // MIB} are allowed")
    if total > limits.harmless and total > limits.ratio * packed:
        raise _bomb(f"it unpacks to {total // max(1, packed)} times its size")


def _bomb(reason: str) -> Permanent:
    return Permanent(f"the archive is not unpacked: {reason}")
