"""Shown, applied, taken back: from the command line."""

from __future__ import annotations

import json
from typing import Any

from shelfhook.sandbox.server import SandboxServer
from tests.cli.conftest import BOOKS
from tests.cli.terminal import Terminal


def metadata(sandbox: SandboxServer) -> list[dict[str, Any]]:
    """Everything that is told of the books, without the times of writing."""
    return [
        {key: value for key, value in book["metadata"].items() if key != "lastModified"}
        for book in sandbox.books()
    ]


def test_a_dry_run_is_applied_and_undone(terminal: Terminal, sandbox: SandboxServer) -> None:
    before = metadata(sandbox)
    shown = terminal.document("run", "process-all", "--dry-run")
    assert shown["counts"]["planned"] == BOOKS
    assert metadata(sandbox) == before

    applied = terminal.document("apply", shown["id"][:8])
    assert (applied["trigger"], applied["parent"]) == ("apply", shown["id"])
    assert applied["counts"]["changed"] == BOOKS
    assert metadata(sandbox) != before

    undone = terminal.document("undo", applied["id"])
    assert (undone["trigger"], undone["counts"]["changed"]) == ("undo", BOOKS)
    assert metadata(sandbox) == before


def test_conflicts_are_named_and_left_alone(terminal: Terminal, sandbox: SandboxServer) -> None:
    job = terminal.document("run", "process-all")
    book = sandbox.books()[0]
    sandbox.call("PATCH", f"/api/v1/books/{book['id']}/metadata", {"title": "By hand"})
    done = terminal.call("undo", job["id"])
    assert done.exit_code == 1
    assert "skipped" in done.stdout
    assert "title is 'By hand'" in done.stdout
    assert sandbox.books()[0]["metadata"]["title"] == "By hand"


def test_undo_can_be_shown_first(terminal: Terminal, sandbox: SandboxServer) -> None:
    job = terminal.document("run", "process-all")
    writes = len(sandbox.writes())
    shown = terminal.call("undo", job["id"], "--dry-run")
    assert "→" in shown.stdout
    assert len(sandbox.writes()) == writes


def test_a_job_that_changed_nothing_cannot_be_undone(terminal: Terminal) -> None:
    terminal.call("run", "process-all")
    second = terminal.document("run", "process-all")
    done = terminal.call("undo", second["id"])
    assert done.exit_code != 0
    assert "changed nothing" in done.stderr


def test_only_a_dry_run_can_be_applied(terminal: Terminal) -> None:
    job = terminal.document("run", "process-all")
    done = terminal.call("apply", job["id"])
    assert done.exit_code != 0
    assert "no dry run" in done.stderr


def test_to_apply_nothing_is_no_fault_of_a_script(terminal: Terminal) -> None:
    terminal.call("run", "process-all")
    shown = terminal.document("run", "process-all", "--dry-run")
    assert shown["counts"]["planned"] == 0
    done = terminal.call("apply", shown["id"], "--json")
    assert (done.exit_code, json.loads(done.stdout)["id"]) == (0, shown["id"])
    assert "nothing to apply" in done.stderr


def test_a_job_that_is_not_there_is_named(terminal: Terminal) -> None:
    for command in ("undo", "apply"):
        done = terminal.call(command, "0badc0de")
        assert done.exit_code != 0
        assert "0badc0de" in done.stderr


def test_the_nightly_run_skips_what_has_stayed_the_same_unless_told_otherwise(
    terminal: Terminal, sandbox: SandboxServer
) -> None:
    def reads(*arguments: str) -> int:
        sandbox.clear_journal()
        terminal.document("run", "nightly", *arguments)
        return sum(
            entry["route"] == "/api/v1/books/{bookId}" for entry in sandbox.journal(method="GET")
        )

    assert reads() == BOOKS
    assert reads() == 0
    assert reads("--all") == BOOKS


def test_an_item_that_is_set_aside_is_listed_and_released(
    terminal: Terminal, sandbox: SandboxServer
) -> None:
    book = sandbox.books()[3]
    sandbox.set_faults(empty_200={"methods": ["GET"], "path": f"/api/v1/books/{book['id']}"})
    for _ in range(3):
        terminal.call("run", "process-all")
    sandbox.set_faults()
    (aside,) = terminal.document("quarantine")["items"]
    assert (aside["item_id"], aside["failures"]) == (book["id"], 3)
    assert terminal.document("run", "process-all")["counts"]["skipped"] == 1
    listed = terminal.call("quarantine").stdout
    assert book["id"] in listed

    assert terminal.document("quarantine", "--release", book["id"]) == {"released": [book["id"]]}
    assert terminal.document("run", "process-all")["counts"]["skipped"] == 0
    assert terminal.call("quarantine").stdout.startswith("No item is set aside")


def test_an_item_that_is_not_set_aside_cannot_be_released(terminal: Terminal) -> None:
    done = terminal.call("quarantine", "--release", "nobody")
    assert done.exit_code != 0
    assert "nobody" in done.stderr
