"""Operations on files that are safe against a crash at any moment, and against links.

Each is bracketed by a call of `steps`, so that tests can stop between any two of them.
"""

from __future__ import annotations

import errno
import hashlib
import os
import stat
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, NamedTuple, TypeAlias

from shelfhook.errors import Gone, Permanent

BLOCK = 1024 * 1024
NOT_THERE = (errno.ENOTSUP, errno.EINVAL, errno.ENODATA, errno.ENOSYS)
"""What a disk says that cannot do something."""
Steps: TypeAlias = Callable[[str], None]
"""Hears `before <step>` and `after <step>`."""


def no_steps(_: str) -> None:
    """Hear nothing; what is used outside tests."""


@contextmanager
def step(steps: Steps, name: str) -> Iterator[None]:
    """Bracket one operation."""
    steps(f"before {name}")
    yield
    steps(f"after {name}")


class Content(NamedTuple):
    """What a file held when it was read, and what would show that it is another since."""

    sha256: str
    size: int
    mtime_ns: int
    inode: int
    device: int

    def is_still(self, path: Path) -> bool:
        """Whether the file is the same one, untouched since."""
        try:
            found = path.lstat()
        except (FileNotFoundError, NotADirectoryError):
            return False
        return self[1:] == (found.st_size, found.st_mtime_ns, found.st_ino, found.st_dev)


def open_regular(path: Path) -> BinaryIO:
    """Open a file to read; never a link, and never something that one could wait for, like a pipe.

    Raises:
        Gone: there is no such file.
        Permanent: it is something else than a regular file.
    """
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    except (FileNotFoundError, NotADirectoryError) as error:
        raise Gone(f"there is no file {path}") from error
    except OSError as error:
        if error.errno in (errno.ELOOP, errno.ENXIO):  # a link; a socket
            raise Permanent(f"{path} is no regular file") from error
        raise
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise Permanent(f"{path} is no regular file")
    return os.fdopen(descriptor, "rb", buffering=0)


def read_content(path: Path) -> Content:
    """Read a file from end to end.

    Raises:
        Permanent: somebody wrote into it meanwhile.
    """
    digest = hashlib.sha256()
    with open_regular(path) as stream:
        before = os.fstat(stream.fileno())
        while block := stream.read(BLOCK):
            digest.update(block)
        after = os.fstat(stream.fileno())
    if (before.st_size, before.st_mtime_ns) != (after.st_size, after.st_mtime_ns):
        raise Permanent(f"{path} changed while it was read; is something still writing it?")
    return Content(digest.hexdigest(), after.st_size, after.st_mtime_ns, after.st_ino, after.st_dev)


def copy_content(source: Path, target: Path, sha256: str) -> None:
    """Copy what a file holds into a new one.

    Raises:
        Permanent: it is not what the digest says.
    """
    digest = hashlib.sha256()
    with open_regular(source) as stream, target.open("xb", buffering=0) as copy:
        while block := stream.read(BLOCK):
            digest.update(block)
            _write_all(copy, block)
    if digest.hexdigest() != sha256:
        raise Permanent(f"{source} is not the file that it was (its SHA-256 is another)")


def _write_all(copy: BinaryIO, block: bytes) -> None:
    rest = memoryview(block)
    while rest:
        rest = rest[copy.write(rest) :]


def copy_attributes(source: Path, found: os.stat_result, target: Path) -> None:
    """Give a file the owner, the rights, the extended attributes and the times of another.

    What the disk or our account does not allow is left; the times are always copied.

    Args:
        found: the status that `source` had before anybody read it.
    """
    with _if_allowed():
        os.chown(target, found.st_uid, found.st_gid)
    _copy_extended(source, target)
    with _if_allowed():
        target.chmod(stat.S_IMODE(found.st_mode))  # after the owner, whose change clears some
    os.utime(target, ns=(found.st_atime_ns, found.st_mtime_ns))


def _copy_extended(source: Path, target: Path) -> None:
    """Copy access lists and the like; a server may be let in by one alone."""
    if not hasattr(os, "listxattr"):  # not on macOS
        return
    with _if_allowed():
        for name in os.listxattr(source):
            with _if_allowed():
                os.setxattr(target, name, os.getxattr(source, name))


@contextmanager
def _if_allowed() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        if error.errno not in (errno.EPERM, errno.EACCES, *NOT_THERE):
            raise


def sync_file(path: Path) -> None:
    """Make a file's content and attributes survive a power cut."""
    with open_regular(path) as stream:
        os.fsync(stream.fileno())


def sync_folder(folder: Path) -> None:
    """Make the names in a folder survive a power cut, where its disk can do that."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    except OSError as error:
        if error.errno not in NOT_THERE:  # some network disks have no such thing
            raise
    finally:
        os.close(descriptor)
