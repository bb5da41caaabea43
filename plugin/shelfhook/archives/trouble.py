"""Errors of the file system, in the engine's words."""

from __future__ import annotations

import errno
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from shelfhook.errors import Gone, Permanent

_FULL = frozenset({errno.ENOSPC, errno.EDQUOT})


@contextmanager
def told(source: Path) -> Iterator[None]:
    """Translate what the file system raises while a book's file is read or made again.

    Raises:
        Gone: the source is not there.
        Permanent: anything else.
    """
    try:
        yield
    except FileNotFoundError as error:
        if error.filename is not None and Path(error.filename) == source:
            raise Gone(f"there is no file {source}") from error
        raise Permanent(f"{source.name}: {error}") from error
    except OSError as error:
        if error.errno in _FULL:
            raise Permanent(
                f"no space is left for a new {source.name}; the old file is untouched"
            ) from error
        raise Permanent(f"{source.name}: {error.strerror or error}") from error


@contextmanager
def created(target: Path) -> Iterator[BinaryIO]:
    """A new file to write and read again, which goes when anything goes wrong.

    Raises:
        OSError: it is there already, or cannot be made.
    """
    with target.open("x+b") as file:
        done = False
        try:
            yield file
            file.flush()
            done = True
        finally:
            if not done:
                target.unlink(missing_ok=True)
