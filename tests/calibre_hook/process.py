"""What a test lets a process of its own do, to kill it: `python -m … WHAT FOLDER URL [NUMBER]`."""

from __future__ import annotations

import resource
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from calibre_hook.names import added
from calibre_hook.poster import Poster
from calibre_hook.settings import Settings
from calibre_hook.spool import Spool
from tests.support.service import PACKAGES


def main(what: str, folder: str, url: str, number: str = "0") -> None:
    spool = Spool(Path(folder))
    poster = Poster(spool, lambda: Settings(url=url), first_pause=0.05)
    if what == "add":  # for ever; each is told when it is kept
        for book in range(1_000_000):
            spool.add(added("lib", book))
            _say(book)
    elif what == "flush":  # as soon as there is a line
        sys.stdin.readline()
        _say(poster.flush())
    elif what == "tell":  # like calibredb: so many books, then the end
        for book in range(int(number)):
            poster.tell(added("lib", book))
    elif what == "full":  # no file may grow
        resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
        for book in range(int(number)):
            poster.tell(added("lib", book))


def _say(what: object) -> None:
    sys.stdout.write(f"{what}\n")
    sys.stdout.flush()


@contextmanager
def process(what: str, folder: Path, url: str, number: int = 0) -> Iterator[subprocess.Popen[str]]:
    """One that is killed at the end of the block, if it still runs."""
    command = [sys.executable, "-m", __name__, what, str(folder), url, str(number)]
    with subprocess.Popen(
        command,
        cwd=PACKAGES.parent,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as started:
        try:
            yield started
        finally:
            started.kill()


if __name__ == "__main__":
    main(*sys.argv[1:])
