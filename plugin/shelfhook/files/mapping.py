"""From a host's own paths to folders of this machine, and never to anything outside them."""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple
from urllib.parse import unquote

from shelfhook.errors import ConfigurationError, Gone, Permanent
from shelfhook.files.disk import told

_FILE_URL = re.compile(r"file:(?://(?P<server>[^/]*)(?=/))?", re.IGNORECASE)
_DRIVE = re.compile(r"[A-Za-z]:(?=[\\/]|$)")
_DRIVE_IN_URL = re.compile(r"/[A-Za-z]:(?=/|$)")
_SEPARATORS = re.compile(r"[\\/]")
SHARE = "\\\\"
"""Where the paths of Windows begin that name another machine (`\\\\nas\\comics`)."""


class HostPath(NamedTuple):
    """A host's path, taken apart.

    Attributes:
        anchor: `/`, a drive (`c:`), or `SHARE`; "" if the path has no beginning.
        parts: the names on the way.
    """

    anchor: str
    parts: tuple[str, ...]

    @property
    def key(self) -> tuple[str, ...]:
        """The same for all ways to write it: Windows makes no difference between a and A."""
        if self.anchor == "/":
            return (self.anchor, *self.parts)
        return (self.anchor, *(part.lower() for part in self.parts))


def parse(path: str) -> HostPath:
    r"""Take a host's path apart.

    Understood are `/books/a.cbz`, `D:\Comics\a.cbz`, `D:/Comics/a.cbz`, `\\nas\comics\a.cbz`, and
    all of these as `file:` URLs (old versions of Komga give such).

    Raises:
        Permanent: it holds `.`, `..` or NUL.
    """
    text = _from_url(path)
    drive = _DRIVE.match(text)
    if drive:
        anchor, names = drive[0].lower(), _SEPARATORS.split(text[2:])
    elif text.startswith((SHARE, "//")):
        anchor, names = SHARE, _SEPARATORS.split(text)
    else:
        anchor, names = text[:1] if text.startswith("/") else "", text.split("/")
    if "\0" in text or not {".", ".."}.isdisjoint(names):
        raise Permanent(f"the host's path {path!r} is refused: it holds '.', '..' or a NUL")
    return HostPath(anchor, tuple(name for name in names if name))


def _from_url(path: str) -> str:
    url = _FILE_URL.match(path)
    if not url:
        return path
    # Bytes that are no UTF-8 become what Python makes of them in file names.
    text = unquote(path[url.end() :], errors="surrogateescape")
    server = url["server"] or ""
    if server and server.lower() != "localhost":
        return f"//{server}{text}"
    return text[1:] if _DRIVE_IN_URL.match(text) else text


class PathMap:
    """Finds the files that a host's paths stand for. The longest mapped path wins.

    Args:
        pairs: a folder of this machine for each of the host's, such as `/books` or `D:\\Comics`.
        host: the host's name in the settings, for messages.

    Raises:
        ConfigurationError: a host's path has no beginning (`/`, `D:\\`), or is there twice.
    """

    def __init__(self, pairs: Mapping[str, Path], host: str = "<name>") -> None:
        self._table = f"[hosts.{host}.paths]"
        self._roots: dict[tuple[str, ...], Path] = {}
        faults = [fault for path, root in pairs.items() if (fault := self._add(path, root))]
        if faults:
            raise ConfigurationError(faults)

    def __bool__(self) -> bool:
        return bool(self._roots)

    @property
    def roots(self) -> tuple[Path, ...]:
        """The mapped folders of this machine."""
        return tuple(self._roots.values())

    def covers(self, path: str) -> bool:
        """Whether a host's path lies in a mapped one.

        Raises:
            Permanent: see `parse`.
        """
        return self._find(parse(path)) is not None

    def local(self, path: str) -> Path:
        """Where the file of a host's path lies on this machine.

        The way to it has no links in it any more; the file itself may be a link, to a file inside
        the same folder.

        Raises:
            Permanent: no mapping covers it, it leads out of the mapped folder or is no regular
                file; also where that folder is empty or missing, since a disk that is not mounted
                must not look like a library whose books are gone.
            Gone: there is no such file.
            Transient: the disk does not answer now.
        """
        wanted = parse(path)
        found = self._find(wanted)
        if found is None:
            raise Permanent(self._unmapped(path, wanted))
        root, parts = found
        file = root.joinpath(*parts)
        try:
            with told(f"looking for {file}"):
                return _inside(root, file)
        except ValueError as error:  # a character that no name on this machine can hold
            raise Permanent(f"the host's path {path!r} is no path of this machine") from error

    def _add(self, path: str, root: Path) -> str:
        """Take a pair up; gives what is wrong with it."""
        try:
            parsed = parse(path)
        except Permanent as error:
            return f"{self._table}: {error}"
        if not parsed.anchor:
            return f"{self._table}: {path!r} is no whole path; begin it with / or a drive"
        if parsed.key in self._roots:
            return f"{self._table}: {path!r} is there twice"
        self._roots[parsed.key] = root.absolute()
        return ""

    def _find(self, path: HostPath) -> tuple[Path, tuple[str, ...]] | None:
        key = path.key
        for length in range(len(key), 0, -1):
            root = self._roots.get(key[:length])
            if root is not None:
                return root, path.parts[length - 1 :]
        return None

    def _unmapped(self, path: str, parsed: HostPath) -> str:
        if not parsed.anchor:
            return f"the host does not tell where {path!r} lies; it may tell only administrators"
        return f"no folder of this machine is mapped for {path!r}; add one to {self._table}"


def _inside(root: Path, file: Path) -> Path:
    try:
        real_root = Path(os.path.realpath(root, strict=True))
        real = Path(os.path.realpath(file, strict=True))
        place = Path(os.path.realpath(file.parent, strict=True)) / file.name
    except (FileNotFoundError, NotADirectoryError) as error:
        _check_mounted(root)
        raise Gone(f"there is no file {file}") from error
    if not (real.is_relative_to(real_root) and place.is_relative_to(real_root)):
        raise Permanent(f"{file} is refused: a symbolic link leads out of {root}")
    if not stat.S_ISREG(real.lstat().st_mode):
        raise Permanent(f"{file} is no regular file")
    return place


def _check_mounted(root: Path) -> None:
    try:
        with os.scandir(root) as entries:
            if next(entries, None) is not None:
                return
    except (FileNotFoundError, NotADirectoryError):
        pass
    raise Permanent(f"the folder {root} is empty or missing; is it mounted?")
