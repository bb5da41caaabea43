"""A real calibre-server for one test run, with several libraries.

Calibre allows one server (or local `calibredb`) for each user of a machine, whatever library it is
for. So there is one for the whole run, and runs wait for each other. Import the fixtures `calibre`
and `calibre_session` into a `conftest.py`; however many do, they share one server:

    from tests.support.calibre import calibre, calibre_session

and in the test modules, since another run may hold the machine's lock:

    pytestmark = PATIENT

`calibre` gives a running `Calibre` in its usual way (Basic, no prefix). Each library is a copy of
one template: `BOOKS` CBZ files without metadata, and a custom column of each kind. What a module
spoils should be a library of its own, or be renewed: `calibre.start(fresh=("Comics",))`.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import requests
from requests.auth import AuthBase, HTTPBasicAuth, HTTPDigestAuth

from tests.support.books import cbz, pages

REQUIRED = "SHELFHOOK_REQUIRE_CALIBRE"
"""Environment variable: with 1 a missing Calibre is an error instead of a skip."""
PATIENT = pytest.mark.timeout(900)
"""For test modules: the first test that wants the server may wait for another run to end."""
LOCK_SECONDS = 600.0
START_SECONDS = 30.0
BOOKS = 24
LARGE_BOOKS = 2_000
LIBRARIES: Mapping[str, str] = {
    "Comics": "Comics",
    "Two_Words": "Two Words",
    "Contract": "Contract",
    "Journey": "Journey",
    "Hook": "Hook",
}
"""Libraries that are copies of the template: id and name of the folder."""
LARGE, SHIFTING = "Large", "Shifting"
"""Libraries of many books without files; one to be left as it is, one to take books from."""
PASSWORD = "secret-Of-The-Shelf"
ADMIN, READER, LIMITED = "admin", "reader", "limited"
"""Users: one who may do everything, a read-only one, and one who sees a part of Comics."""

_INSIDE = Path(__file__).with_name("calibre_inside.py")


class Missing(Exception):  # noqa: N818 - says what is the matter
    """Calibre is not installed."""


@dataclass(frozen=True)
class Way:
    """How the server runs."""

    mode: str = "basic"
    prefix: str = ""
    zone: str = "UTC"


class Calibre:
    """A server that a test may stop, kill and start again, always at the same port.

    Attributes:
        folder: where everything lies; libraries are folders in it.
        config: Calibre's configuration, where its plugins go.
        way: how the server runs, or ran last.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.config = folder / "config"
        self.way = Way()
        self._port = _free_port()
        self._server: subprocess.Popen[bytes] | None = None

    @property
    def root(self) -> str:
        """The server's URL without its prefix."""
        return f"http://127.0.0.1:{self._port}"

    @property
    def url(self) -> str:
        return self.root + self.way.prefix

    @property
    def environment(self) -> dict[str, str]:
        """For every program of Calibre's that a test starts."""
        return {
            **os.environ,
            "CALIBRE_CONFIG_DIRECTORY": str(self.config),
            "TMPDIR": str(self.folder / "tmp"),
            "TZ": self.way.zone,
        }

    @property
    def running(self) -> bool:
        return self._server is not None and self._server.poll() is None

    def path(self, library: str) -> Path:
        """The folder of a library, by its id."""
        return self.folder / LIBRARIES.get(library, library)

    # -- running --

    def start(self, way: Way | None = None, *, fresh: tuple[str, ...] = ()) -> None:
        """Start the server, again if it runs; `fresh` libraries become copies of the template."""
        self.stop()
        self.way = way or self.way
        for library in fresh:
            shutil.rmtree(self.path(library), ignore_errors=True)
            shutil.copytree(self.folder / _source(library), self.path(library))
        with (self.folder / "server.log").open("ab") as log:
            self._server = subprocess.Popen(
                [*_end_with_us(), "calibre-server", *self._options()],
                env=self.environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                cwd=self.folder,
            )
        self._wait()

    def ensure(self, way: Way = Way()) -> None:
        """Let it run in this way; nothing happens if it does."""
        if not self.running or self.way != way:
            self.start(way)

    def stop(self) -> None:
        """End it as an administrator would."""
        if self._server is not None:
            self._server.terminate()
            try:
                self._server.wait(10)
            except subprocess.TimeoutExpired:
                self.kill()
            self._server = None

    def kill(self) -> None:
        """End it by SIGKILL."""
        assert self._server is not None, "it was never started"
        self._server.kill()
        self._server.wait()
        self._server = None

    # -- asking, without the adapter --

    def call(self, method: str, path: str, document: Any = None, *, user: str = ADMIN) -> Any:
        """The JSON that a path answers."""
        auth: AuthBase = HTTPBasicAuth(user, PASSWORD)
        if self.way.mode == "digest":
            auth = HTTPDigestAuth(user, PASSWORD)
        answer = requests.request(method, self.url + path, json=document, auth=auth, timeout=30)
        answer.raise_for_status()
        return answer.json()

    def book(self, library: str, number: int) -> dict[str, Any] | None:
        """A book as `/ajax/books` has it; None if there is none."""
        path = f"/ajax/books/{library}?category_urls=false&ids={number}"
        found: dict[str, Any] | None = self.call("GET", path)[str(number)]
        return found

    def columns(self, library: str, number: int, *fields: str) -> dict[str, Any]:
        """Fields of a book as they are stored, custom ones as `#name`."""
        names = [f"*{one[1:]}" if one.startswith("#") else one for one in fields]
        path = f"/cdb/cmd/list/0?library_id={library}"
        data = self.call("POST", path, [names, "id", True, f"id:={number}", -1])["result"]["data"]
        return {name: values.get(str(number)) for name, values in data.items()}

    def set_fields(self, library: str, number: int, changes: Mapping[str, Any]) -> None:
        document = {"changes": changes, "loaded_book_ids": [number]}
        self.call("POST", f"/cdb/set-fields/{number}/{library}", document)

    def numbers(self, library: str) -> list[int]:
        """The numbers of all books."""
        path = f"/cdb/cmd/list/0?library_id={library}"
        found = self.call("POST", path, [["id"], "id", True, "", -1])["result"]["book_ids"]
        return [int(one) for one in found]

    def calibredb(self, *arguments: str, library: str = "Comics") -> str:
        """What `calibredb` prints: through the server if it runs, else on the library itself."""
        where = ["--with-library", str(self.path(library))]
        if self.running:
            where[1:] = [f"{self.url}/#{library}", "--username", ADMIN, "--password", PASSWORD]
        return self.run("calibredb", *arguments, *where)

    def run(self, program: str, *arguments: str) -> str:
        """What one of Calibre's programs prints.

        Raises:
            RuntimeError: it failed.
        """
        done = subprocess.run(
            [program, *arguments],
            env=self.environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=120,
            cwd=self.folder,
        )
        if done.returncode:
            raise RuntimeError(f"{program} {arguments[0]} failed: {done.stderr or done.stdout}")
        return done.stdout

    # -- inside --

    def build(self) -> None:
        """Make the template, the libraries and the users."""
        for name in ("config", "tmp", "files"):
            (self.folder / name).mkdir()
        for number in range(1, BOOKS + 1):
            cbz(self.folder / "files" / f"Saga {number:03}.cbz", pages(2, ".png"))
        template, large = self.folder / "template", self.folder / LARGE
        self.run(
            "calibre-debug",
            *("-e", str(_INSIDE), "--", str(self.folder / "files"), str(template), str(large)),
            *(str(LARGE_BOOKS), str(self.folder / "users.sqlite"), PASSWORD),
        )
        for name in LIBRARIES.values():
            shutil.copytree(template, self.folder / name)
        shutil.copytree(large, self.folder / SHIFTING)

    def _options(self) -> list[str]:
        options = ["--listen-on", "127.0.0.1", "--port", str(self._port), "--disable-use-bonjour"]
        options += ["--disable-fallback-to-detected-interface", "--enable-auth"]
        options += ["--auth-mode", self.way.mode, "--userdb", str(self.folder / "users.sqlite")]
        options += ["--url-prefix", self.way.prefix] if self.way.prefix else []
        return [*options, *(str(self.path(one)) for one in (*LIBRARIES, LARGE, SHIFTING))]

    def _wait(self) -> None:
        until = time.monotonic() + START_SECONDS
        while True:
            with suppress(requests.RequestException):
                if requests.get(f"{self.url}/ajax-setup", timeout=5).ok:
                    return
            if not self.running or time.monotonic() > until:
                told = (self.folder / "server.log").read_text(errors="replace")[-2000:]
                raise RuntimeError(f"calibre-server did not start: {told}")
            time.sleep(0.05)  # it cannot tell us; ask again


@contextmanager
def running() -> Iterator[Calibre]:
    """Build and start one, and end it with everything it wrote.

    Raises:
        Missing: Calibre is not installed.
    """
    missing = [one for one in ("calibre-server", "calibre-debug") if shutil.which(one) is None]
    if missing:
        raise Missing(f"{' and '.join(missing)} is not installed (apt-get install calibre)")
    with _alone_on_this_machine(), tempfile.TemporaryDirectory(prefix="shelfhook-calibre-") as name:
        server = Calibre(Path(name))
        server.build()
        try:
            server.start()
            yield server
        finally:
            server.stop()


_SHARED = pytest.StashKey[Calibre]()


@pytest.fixture(scope="session")
def calibre_session(request: pytest.FixtureRequest) -> Calibre:
    """The server of this run. Not installed: a visible skip, or an error where it is required."""
    stash = request.config.stash
    if _SHARED not in stash:  # each conftest that imports this has a fixture of its own
        stack = ExitStack()
        try:
            stash[_SHARED] = stack.enter_context(running())
        except Missing as missing:
            if os.environ.get(REQUIRED) == "1":
                raise
            pytest.skip(str(missing))
        request.config.add_cleanup(stack.close)
    return stash[_SHARED]


@pytest.fixture
def calibre(calibre_session: Calibre) -> Calibre:
    """The server, running in its usual way whatever the test before has done to it."""
    calibre_session.ensure()
    return calibre_session


@contextmanager
def _alone_on_this_machine() -> Iterator[None]:
    file = Path(tempfile.gettempdir()) / f"shelfhook-calibre-{os.getuid()}.lock"
    until = time.monotonic() + LOCK_SECONDS
    with file.open("w") as lock:
        while True:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError as error:
                if time.monotonic() > until:
                    raise TimeoutError(f"another run has held {file} for too long") from error
                time.sleep(0.2)  # a lock without a time limit has no other way
        yield


def _source(library: str) -> str:
    return LARGE if library == SHIFTING else "template"


def _end_with_us() -> list[str]:
    """Put before a command: the server must not outlive a run that is killed."""
    return ["setpriv", "--pdeathsig", "TERM"] if shutil.which("setpriv") else []


def _free_port() -> int:
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return int(sock.getsockname()[1])
