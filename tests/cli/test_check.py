from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from shelfhook.clock import SystemClock
from shelfhook.model import Role
from shelfhook.sandbox.folder import make
from shelfhook.sandbox.options import Options
from shelfhook.sandbox.server import SandboxServer
from shelfhook.store.status import Beat
from tests.cli.conftest import BOOKS
from tests.cli.terminal import Terminal


def test_an_ok_line_for_each_thing_when_all_is_well(terminal: Terminal) -> None:
    done = terminal.call("check")
    assert done.exit_code == 0, done.output
    lines = done.stdout.splitlines()
    assert [line[:18].split() for line in lines] == [
        ["OK", "settings"],
        ["OK", "database"],
        ["OK", "host", "komga"],
        ["OK", "events", "komga"],
        ["OK", "sign-in"],
    ]
    told = "as admin@example.org (administrator), 1 library: Synthetic (12 items)"
    assert told in lines[2]
    assert "its own stream, which opens" in lines[3]


def test_a_running_service_tells_of_its_events(terminal: Terminal) -> None:
    with terminal.store() as store:
        now = SystemClock().now()
        detail = {"source": "stream", "state": "listening since noon"}
        beats = [
            Beat("scheduler", now, 60.0, True, {}),
            Beat("bridge:komga", now, 60.0, True, detail),
        ]
        store.status.beat(beats)
    done = terminal.call("check")
    assert done.exit_code == 0, done.output
    assert "OK   events komga its own stream; listening since noon" in done.stdout


def test_a_host_that_is_down_fails_its_line_alone(
    terminal: Terminal, sandbox: SandboxServer
) -> None:
    sandbox.stop()
    done = terminal.call("check")
    assert done.exit_code == 1
    # Of its events nothing can be known.
    settings, database, host, sign_in = done.stdout.splitlines()
    assert sign_in.startswith("OK")
    assert settings.startswith("OK")
    assert database.startswith("OK")
    assert host.startswith("FAIL host komga")
    assert "accepts no connection" in host


def test_a_wrong_key_is_named_as_such_and_not_shown(tmp_path: Path, sandbox: SandboxServer) -> None:
    done = Terminal.at(tmp_path, sandbox.url, "not-the-key").call("check")
    assert done.exit_code == 1
    assert "the key or the password is wrong" in done.stdout
    assert "not-the-key" not in done.output


def test_an_account_without_rights_is_said(tmp_path: Path, sandbox: SandboxServer) -> None:
    done = Terminal.at(tmp_path, sandbox.url, sandbox.reader_key).call("check")
    assert done.exit_code == 1
    lines = done.stdout.splitlines()
    assert lines[2].startswith("OK   host komga")
    assert "reader@example.org (no administrator)" in lines[2]
    routines = [line for line in lines if line.startswith("FAIL routine")]
    assert len(routines) == 2  # those that exist without being configured
    assert "normalize would change things" in routines[0]
    assert "dry_run = true" in routines[0]


@pytest.mark.parametrize(
    "harmless",
    ["actions = [{ name = 'audit' }]", "actions = [{ name = 'refresh' }]\ndry_run = true"],
)
def test_an_account_that_may_only_look_is_enough_for_routines_that_only_look(
    tmp_path: Path, sandbox: SandboxServer, harmless: str
) -> None:
    tables = [f"[routines.{name}]\n{harmless}" for name in ("process-all", "nightly")]
    more = "\n".join(tables)
    done = Terminal.at(tmp_path, sandbox.url, sandbox.reader_key, more=more).call("check")
    assert done.exit_code == 0, done.output
    assert "no administrator" in done.stdout


def test_wrong_settings_are_one_line_per_fault(tmp_path: Path) -> None:
    terminal = Terminal.at(tmp_path, "no-url", "key", more="colour = 'red'")
    done = terminal.call("check")
    assert done.exit_code == 1
    assert len(done.stdout.splitlines()) == 2
    assert "hosts.komga.url: not an http or https URL" in done.stdout
    assert "hosts.komga.colour" in done.stdout


def test_a_database_that_cannot_be_opened_fails_its_line(
    terminal: Terminal, tmp_path: Path
) -> None:
    (tmp_path / "shelfhook-data").write_text("a file where a folder should be")
    done = terminal.call("check")
    assert done.exit_code == 1
    assert done.stdout.splitlines()[1].startswith("FAIL database")


def test_json_tells_the_same(terminal: Terminal) -> None:
    document = terminal.document("check")
    assert document["ok"]
    checks = {one["what"]: one for one in document["checks"]}
    assert list(checks) == ["settings", "database", "host komga", "events komga", "sign-in"]
    host = checks["host komga"]["detail"]
    assert (host["kind"], host["user"], host["admin"]) == ("komga", "admin@example.org", True)
    (library,) = host["libraries"]
    assert (library["name"], library["items"], library["root"]) == (
        "Synthetic",
        BOOKS,
        "/sandbox/Synthetic",
    )
    assert checks["events komga"]["detail"]["source"] == "stream"


def test_a_routine_that_could_not_run_is_named_with_the_remedy(
    tmp_path: Path, sandbox: SandboxServer
) -> None:
    more = "[routines.weekly]\nactions = [{ name = 'embed' }]"
    done = Terminal.at(tmp_path, sandbox.url, sandbox.admin_key, more=more).call("check")
    assert done.exit_code == 1
    (line,) = [line for line in done.stdout.splitlines() if not line.startswith("OK")]
    assert line.startswith("FAIL routine weekly")
    assert "[hosts.komga.paths]" in line


@pytest.fixture
def shelves(tmp_path: Path) -> Iterator[tuple[SandboxServer, Path]]:
    folder = tmp_path / "comics"
    make(folder, 5)
    with SandboxServer(Options(folders=(folder,))) as server:
        server.scan()
        yield server, folder


def test_mapped_folders_are_tried_with_one_file_of_each_library(
    tmp_path: Path, shelves: tuple[SandboxServer, Path]
) -> None:
    server, folder = shelves
    more = f"[hosts.komga.paths]\n'{folder}' = '{folder}'"
    done = Terminal.at(tmp_path, server.url, server.admin_key, more=more).call("check")
    assert done.exit_code == 0, done.output
    assert "OK   files komga" in done.stdout
    assert "comics: readable and writable" in done.stdout


def test_a_folder_that_is_mapped_wrongly_is_said(
    tmp_path: Path, shelves: tuple[SandboxServer, Path]
) -> None:
    server, _ = shelves
    more = f"[hosts.komga.paths]\n'/elsewhere' = '{tmp_path}/comics'"
    done = Terminal.at(tmp_path, server.url, server.admin_key, more=more).call("check")
    assert done.exit_code == 1
    assert "FAIL files komga" in done.stdout


def test_a_backup_folder_inside_a_library_is_refused(
    tmp_path: Path, shelves: tuple[SandboxServer, Path]
) -> None:
    server, folder = shelves
    more = f"[hosts.komga.paths]\n'{folder}' = '{folder}'\n[paths]\nbackups = '{folder}/old'"
    done = Terminal.at(tmp_path, server.url, server.admin_key, more=more).call("check")
    assert done.exit_code == 1
    assert "would take old files for books" in done.stdout


def test_it_says_how_one_signs_in(tmp_path: Path, sandbox: SandboxServer) -> None:
    terminal = Terminal.at(tmp_path, sandbox.url, sandbox.admin_key)
    text = terminal.config.read_text().replace('token = "a-token"', "")
    terminal.config.write_text(text)
    assert "with the token that the first start shows" in sign_in_line(terminal)
    with terminal.store() as store:
        store.tokens.create_first(SystemClock().now())
        store.people.add("anna", Role.ADMIN, "", 0.0)
        store.people.add("ben", Role.VIEWER, "", 0.0)
    told = sign_in_line(terminal)
    assert "http://127.0.0.1:8790/sign-in, as 1 admin or with 1 admin token (" in told
    assert "shelfhook sign-in-link" in told


def test_a_token_in_the_settings_is_a_way_in_too(terminal: Terminal) -> None:
    told = sign_in_line(terminal)
    assert "/sign-in, with web.token (" in told
    assert "a-token" not in told


def sign_in_line(terminal: Terminal) -> str:
    (line,) = [one for one in terminal.call("check").stdout.splitlines() if "sign-in " in one[:18]]
    return line
