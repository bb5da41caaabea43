"""A real PostgreSQL server for the test run, in a folder of its own that goes with it."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg
from sqlalchemy import URL

REQUIRED = "SHELFHOOK_REQUIRE_POSTGRES"
USER = "shelfhook"
PASSWORD = "pg-pa55word-never-shown"
START_SECONDS = 30.0
OPTIONS = {
    "listen_addresses": "",
    "fsync": "off",
    "full_page_writes": "off",
    "shared_buffers": "16MB",
    "max_connections": "80",
    "deadlock_timeout": "100ms",
    "log_min_messages": "fatal",
}


class Missing(Exception):  # noqa: N818 - says what is the matter
    """PostgreSQL is not installed."""


@dataclass(frozen=True)
class Server:
    """A running server, reached by the socket in its folder."""

    folder: Path

    def url(self, database: str, password: str = PASSWORD) -> str:
        found = URL.create(
            "postgresql", USER, password, database=database, query={"host": str(self.folder)}
        )
        return found.render_as_string(hide_password=False)

    def connect(self, database: str = "postgres") -> psycopg.Connection[tuple[object, ...]]:
        return psycopg.connect(
            host=str(self.folder), user=USER, password=PASSWORD, dbname=database, autocommit=True
        )

    def create(self, database: str) -> str:
        """A fresh, empty database; gives its URL."""
        with self.connect() as connection:
            connection.execute(f'CREATE DATABASE "{database}" STRATEGY wal_log')
        return self.url(database)


def binaries() -> Path:
    """The folder with `initdb` and `postgres`; Debian keeps them off PATH."""
    on_path = shutil.which("initdb")
    if on_path is not None:
        return Path(on_path).parent
    for folder in sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True):
        if (folder / "initdb").exists() and (folder / "postgres").exists():
            return folder
    raise Missing("no PostgreSQL server is installed (apt-get install postgresql)")


@contextmanager
def running() -> Iterator[Server]:
    """Start a server, and end it with everything it wrote."""
    found = binaries()
    folder = Path(tempfile.mkdtemp(prefix="shelfhook-pg-"))
    try:
        become = _unprivileged(folder)
        _initialise(found, folder, become)
        options = [f"-c{name}={value}" for name, value in OPTIONS.items()]
        with (folder / "server.log").open("wb") as log:
            server = subprocess.Popen(
                [*become, f"{found}/postgres", "-D", f"{folder}/data", "-k", str(folder), *options],
                stdout=log,
                stderr=subprocess.STDOUT,
                cwd=folder,
            )
        try:
            _wait(server, folder)
            yield Server(folder)
        finally:
            server.terminate()
            try:
                server.wait(5)
            except subprocess.TimeoutExpired:
                server.kill()
                server.wait()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _unprivileged(folder: Path) -> list[str]:
    """PostgreSQL refuses to run as root: what to put before a command, and the folder's owner.

    `setpriv` also ends the server when the test run is killed.
    """
    end_with_us = ["setpriv", "--pdeathsig", "TERM"] if shutil.which("setpriv") else []
    if os.geteuid() != 0:
        return end_with_us
    for name in ("postgres", "nobody"):
        try:
            user = pwd.getpwnam(name)
        except KeyError:
            continue
        os.chown(folder, user.pw_uid, user.pw_gid)
        if end_with_us:
            ids = [f"--reuid={user.pw_uid}", f"--regid={user.pw_gid}", "--clear-groups"]
            return [*end_with_us, *ids]
        return ["runuser", "-u", name, "--"]
    raise Missing("no user to run PostgreSQL as: it refuses root")


def _initialise(found: Path, folder: Path, become: list[str]) -> None:
    secret = folder / "password"
    secret.write_text(PASSWORD)
    secret.chmod(0o644)
    options = ["-U", USER, f"--pwfile={secret}", "-A", "scram-sha-256", "-E", "UTF8", "--locale=C"]
    made = subprocess.run(
        [*become, f"{found}/initdb", "-D", f"{folder}/data", "-N", "--no-instructions", *options],
        capture_output=True,
        text=True,
        cwd=folder,
    )
    if made.returncode:
        raise RuntimeError(f"initdb failed: {made.stderr or made.stdout}")


def _wait(server: subprocess.Popen[bytes], folder: Path) -> None:
    until = time.monotonic() + START_SECONDS
    while True:
        try:
            Server(folder).connect().close()
        except psycopg.OperationalError as error:
            if server.poll() is not None or time.monotonic() > until:
                told = (folder / "server.log").read_text(errors="replace")
                raise RuntimeError(f"PostgreSQL did not start: {told}") from error
            time.sleep(0.05)  # it cannot tell us; ask again
        else:
            return
