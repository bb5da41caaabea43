"""A sandbox in a process of its own."""

import subprocess
import sys
from pathlib import Path

import pytest
import requests

from shelfhook.sandbox.journal import read_file
from shelfhook.sandbox.process import SandboxProcess


def test_a_process_serves_below_its_base_path_with_secrets_from_the_environment() -> None:
    environment = {"SANDBOX_API_KEY": "from-the-environment"}
    options = ("--books", "30", "--base-path", "/komga", "--user", "me@example.org:pw")
    with SandboxProcess(*options, environment=environment) as server:
        assert server.admin_key == "from-the-environment"
        assert server.url.endswith("/komga")
        assert server.call("GET", "/api/v2/users/me")["email"] == "me@example.org"
        assert requests.get(f"{server.root}/api/v2/users/me", timeout=5).status_code == 404
        server.scan()
        assert len(server.books()) == 30


def test_a_killed_process_leaves_its_journal(tmp_path: Path) -> None:
    file = tmp_path / "journal.jsonl"
    with SandboxProcess("--books", "30", "--journal", file) as server:
        book = server.books()[0]["id"]
        target = f"/api/v1/books/{book}/metadata"
        server.call("PATCH", target, {"title": "x"}, quiet=False)
        assert [e["bookId"] for e in server.writes(at_least=1, timeout=5)] == [book]
        port = int(server.root.rpartition(":")[2])
        server.kill()
    (entry,) = read_file(file)
    assert (entry["bookId"], entry["body"]) == (book, {"title": "x"})
    with SandboxProcess("--books", "30", "--journal", file, port=port) as server:
        assert server.book(book)["id"] == book


def test_a_process_that_cannot_start_says_so() -> None:
    with pytest.raises(RuntimeError, match="did not become ready"):
        SandboxProcess("--folder", "/nowhere/at/all").start()


def test_a_folder_can_be_made_on_the_way(tmp_path: Path) -> None:
    with SandboxProcess("--folder", tmp_path / "Comics", "--make", "10") as server:
        assert len(server.books()) == 10


def test_the_sandbox_imports_nothing_from_the_rest_of_shelfhook() -> None:
    script = (
        "import sys, shelfhook.sandbox.__main__, shelfhook.sandbox.process\n"
        "print([m for m in sys.modules if m.startswith('shelfhook.')"
        " and not m.startswith('shelfhook.sandbox')], 'PIL' in sys.modules)"
    )
    packages = Path(__file__).resolve().parents[2] / "plugin"
    done = subprocess.run(
        [sys.executable, "-c", script],
        capture_output=True,
        text=True,
        check=True,
        env={"PYTHONPATH": str(packages)},
    )
    assert done.stdout.strip() == "[] False"
