"""A real ComicLib, a small server of comics that speaks as LANraragi does, for one test run.

It has a virtual environment of its own, for its requirements are none of ours: `make
.venv-comiclib/.ready`. The variable `SHELFHOOK_COMICLIB` names another environment's Python.

    from tests.support.comiclib import comiclib

Where it is not installed, tests are skipped, or fail if `SHELFHOOK_REQUIRE_COMICLIB` is 1.
"""

from __future__ import annotations

import os
import shutil
import socket
import sqlite3
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest
import requests

from tests.support.books import cbz, pages

PYTHON = "SHELFHOOK_COMICLIB"
"""Environment variable: a Python that has ComicLib."""
REQUIRED = "SHELFHOOK_REQUIRE_COMICLIB"
"""Environment variable: with 1 a missing ComicLib is an error instead of a skip."""
PASSWORD = "pässword of the shelf"
START_SECONDS = 60.0
STOP_SECONDS = 10.0
BOOKS = 24

SCANNER = """
import zipfile

class Scanner:
    def scan(self, path, id, metadata, prev_scanners):
        if path.suffix != ".cbz":
            return False
        with zipfile.ZipFile(path) as archive:
            metadata["pagecount"] = len(archive.namelist())
        metadata["title"], metadata["thumb"] = path.stem, "none.webp"
        return True
"""
"""ComicLib's own scanners know no CBZ, and its maker of thumbnails fails with some Pythons (it sets
`ZipInfo._end_offset`, which older ones have not). A scanner of one's own is its way to either."""

SERVER = """
import sys, types, uvicorn

sys.modules["comiclib.frontend_boost"] = types.ModuleType("comiclib.frontend_boost")
uvicorn.run("comiclib.main:app", fd=int(sys.argv[1]), access_log=False)
"""
"""`comiclib` as a program does no more, but for one thing that is left out: at its first start it
loads scripts for browsers from npmjs.com into its own folder. The API needs none of them."""

_OURS = Path(__file__).parents[2] / ".venv-comiclib" / "bin" / "python"


class Missing(Exception):  # noqa: N818 - says what is the matter
    """ComicLib is not installed."""


class ComicLib:
    """A server over a folder of its own, in which a test may put what it likes.

    It does not watch the folder: `scan` is the scanner, a process that writes into the server's
    database, as one would start it by hand. Scanners of ours (`*.py`) go into `folder`.

    Attributes:
        folder: where the server works.
        content: the archives.
    """

    def __init__(self, folder: Path, python: Path, **settings: str) -> None:
        self.folder, self._python, self._settings = folder, python, settings
        self.content = folder / "content"
        self.content.mkdir(parents=True)
        (folder / "comics.py").write_text(SCANNER)
        self.url = ""
        self._added = 0

    @property
    def environment(self) -> dict[str, str]:
        """What the server and its scanner are told; nothing of ours."""
        return {
            "PATH": os.environ["PATH"],
            "PYTHONDONTWRITEBYTECODE": "1",
            "CONTENT": str(self.content),
            "PASSWORD": PASSWORD,
            "WATCH": "false",
            **self._settings,
        }

    def put(self, name: str, count: int = 2) -> Path:
        """A new archive with so many pages; the scanner has not seen it yet."""
        return cbz(self.content / f"{name}.cbz", pages(count))

    def scan(self) -> None:
        """Take in what is new. All is in the database when this returns."""
        done = subprocess.run(
            [self._python, "-c", "from comiclib.scan import scannow; scannow()"],
            cwd=self.folder,
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=START_SECONDS,
            check=False,
        )
        assert done.returncode == 0, done.stderr

    def add(self) -> str:
        """A new archive, taken in; gives its id."""
        self._added += 1
        path = self.put(f"New {self._added:03}")
        self.scan()
        return str(self.sql("SELECT id FROM archives WHERE path = ?", path.name)[0][0])

    @contextmanager
    def running(self) -> Iterator[None]:
        """The server answers. It gets a socket that listens already: calls wait till it is up."""
        with socket.create_server(("127.0.0.1", 0), backlog=128) as listening:
            # uvicorn takes it for a Unix socket, and would leave Nagle's delay switched on
            listening.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            address, port = listening.getsockname()
            log = (self.folder / "server.log").open("ab")
            server = subprocess.Popen(
                [self._python, "-c", SERVER, str(listening.fileno())],
                cwd=self.folder,
                env=self.environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                pass_fds=[listening.fileno()],
            )
            log.close()
        self.url = f"http://{address}:{port}"
        try:
            requests.get(f"{self.url}/api/info", timeout=START_SECONDS).raise_for_status()
            yield
        finally:
            server.terminate()
            with suppress(subprocess.TimeoutExpired):
                server.wait(STOP_SECONDS)
            server.kill()
            server.wait()

    def sql(self, statement: str, *values: Any) -> list[Any]:
        """Ask or change the database itself."""
        file = self.folder / "comiclib_metadata.db"
        with closing(sqlite3.connect(file, timeout=30)) as database, database:
            return database.execute(statement, values).fetchall()

    def ids(self) -> Sequence[str]:
        return [row[0] for row in self.sql("SELECT id FROM archives ORDER BY path")]


def python_with_comiclib() -> Path:
    """The Python that has ComicLib.

    Raises:
        Missing: there is none.
    """
    named = os.environ.get(PYTHON)
    python = Path(named) if named else _OURS
    if not python.exists():
        raise Missing(f"ComicLib is not installed: make .venv-comiclib/.ready (no {python})")
    return python


@contextmanager
def serving(folder: Path, count: int = BOOKS, **settings: str) -> Iterator[ComicLib]:
    """A server with so many archives, each in a category and with tags."""
    server = ComicLib(folder, python_with_comiclib(), **settings)
    first = server.put("Saga 001")
    for number in range(2, count + 1):
        shutil.copy(first, server.content / f"Saga {number:03}.cbz")
    server.scan()
    server.sql("INSERT INTO categories (id, name, pinned) VALUES (1, 'Read', 0), (2, 'Paper', 1)")
    for archive in server.ids():
        server.sql("INSERT INTO tags VALUES (?, 'artist:Fiona'), (?, 'old')", archive, archive)
        server.sql("INSERT INTO categories_association VALUES (?, 'Read')", archive)
    with server.running():
        yield server


@pytest.fixture(scope="session")
def comiclib(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ComicLib]:
    """The server of this run. Not installed: a visible skip, or an error where it is required."""
    try:
        python_with_comiclib()
    except Missing as missing:
        if os.environ.get(REQUIRED) == "1":
            raise
        pytest.skip(str(missing))
    with serving(tmp_path_factory.mktemp("comiclib")) as server:
        yield server
