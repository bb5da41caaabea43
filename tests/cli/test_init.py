from __future__ import annotations

import stat
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from shelfhook.cli import asking, init_file
from shelfhook.cli.init_server import Server
from shelfhook.hosts.kinds import KINDS
from shelfhook.sandbox.folder import make
from shelfhook.sandbox.options import Options
from shelfhook.sandbox.server import SandboxServer
from tests.cli.terminal import Terminal
from tests.hosts import kinds
from tests.hosts.servers import TinyServer


@pytest.fixture
def fresh(tmp_path: Path) -> Terminal:
    """The command line before there is a settings file."""
    return Terminal(tmp_path / "new" / "shelfhook.toml")


@pytest.fixture
def somebody_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(asking, "interactive", lambda: True)


@pytest.fixture
def shelves(tmp_path: Path) -> Iterator[SandboxServer]:
    """A server with two libraries, whose folders are on this machine."""
    folders = (tmp_path / "books" / "comics", tmp_path / "books" / "manga")
    for folder in folders:
        make(folder, 2)
    with SandboxServer(Options(folders=folders)) as server:
        server.scan()
        yield server


def tables(terminal: Terminal) -> dict[str, Any]:
    return tomllib.loads(terminal.config.read_text(encoding="utf-8"))


def test_flags_alone_write_a_file_that_only_we_can_read(
    fresh: Terminal, sandbox: SandboxServer
) -> None:
    done = fresh.call("init", "--url", sandbox.url, "--api-key", sandbox.admin_key)
    assert done.exit_code == 0, done.output
    assert f"Found: Komga at {sandbox.url}" in done.stdout
    assert "Connected: komga" in done.stdout
    assert "1 library: Synthetic (12 items)" in done.stdout
    assert stat.S_IMODE(fresh.config.stat().st_mode) == 0o600
    assert list(fresh.config.parent.iterdir()) == [fresh.config]
    assert fresh.call("check").exit_code == 0


def test_tokens_are_fresh_and_long(fresh: Terminal, sandbox: SandboxServer) -> None:
    given = ["init", "--url", sandbox.url, "--api-key", sandbox.admin_key]
    tokens: set[str] = set()
    for more in ([], ["--force"]):
        fresh.call(*given, *more)
        found = tables(fresh)
        assert "token" not in found["web"]  # the first start makes one
        tokens.add(found["hosts"]["komga"]["hook_token"])
    assert len(tokens) == 2
    assert min(map(len, tokens)) >= 32


def test_the_url_alone_is_enough_if_somebody_is_there(
    fresh: Terminal, sandbox: SandboxServer, somebody_there: None
) -> None:
    done = fresh.call("init", "--url", f"{sandbox.url}/login", stdin=f"{sandbox.admin_key}\n\n")
    assert done.exit_code == 0, done.output
    assert "API Keys > Generate API Key" in done.stdout
    assert sandbox.admin_key not in done.output
    assert tables(fresh)["hosts"]["komga"]["url"] == sandbox.url


def test_it_asks_for_the_url_too_and_hides_the_key(
    fresh: Terminal, sandbox: SandboxServer, somebody_there: None
) -> None:
    done = fresh.call("init", stdin=f"{sandbox.url}\n{sandbox.admin_key}\n\n")
    assert done.exit_code == 0, done.output
    assert sandbox.admin_key not in done.output
    assert tables(fresh)["hosts"]["komga"]["url"] == sandbox.url


def test_a_wrong_key_is_asked_for_again(
    fresh: Terminal, sandbox: SandboxServer, somebody_there: None
) -> None:
    done = fresh.call("init", "--url", sandbox.url, stdin=f"wrong\n{sandbox.admin_key}\n\n")
    assert done.exit_code == 0, done.output
    assert "the key or the password is wrong" in done.stderr
    assert tables(fresh)["hosts"]["komga"]["api_key"] == sandbox.admin_key


def test_three_wrong_keys_end_it(
    fresh: Terminal, sandbox: SandboxServer, somebody_there: None
) -> None:
    done = fresh.call("init", "--url", sandbox.url, stdin="a\nb\nc\nn\n")
    assert done.exit_code == 1
    assert done.stderr.count("the key or the password is wrong") == 3
    assert not fresh.config.exists()


def test_a_wrong_key_of_a_script_is_not_asked_for_again(
    fresh: Terminal, sandbox: SandboxServer
) -> None:
    done = fresh.call("init", "--url", sandbox.url, "--api-key", "wrong")
    assert done.exit_code == 1
    assert done.stderr.count("the key or the password is wrong") == 1
    assert not fresh.config.exists()


def test_an_account_that_may_only_look_is_said_with_the_remedy(
    fresh: Terminal, sandbox: SandboxServer
) -> None:
    given = ["init", "--url", sandbox.url, "--api-key", sandbox.reader_key]
    done = fresh.call(*given)
    assert done.exit_code == 1
    assert "may only look" in done.stderr
    assert "Settings > Users" in done.stderr
    assert not fresh.config.exists()
    assert fresh.call(*given, "--no-test", "--kind", "komga").exit_code == 0


def test_the_key_may_come_from_a_file_or_from_standard_input(
    fresh: Terminal, sandbox: SandboxServer, tmp_path: Path
) -> None:
    key = tmp_path / "key"
    key.write_text(f"{sandbox.admin_key}\n")
    given = ["init", "--url", sandbox.url, "--api-key-file"]
    assert fresh.call(*given, str(key)).exit_code == 0
    assert fresh.call(*given, "-", "--force", stdin=sandbox.admin_key).exit_code == 0
    missing = fresh.call(*given, str(tmp_path / "none"), "--force")
    assert missing.exit_code == 2
    assert "--api-key-file" in missing.stderr


def test_a_user_and_a_password_do_as_well(
    fresh: Terminal, sandbox: SandboxServer, tmp_path: Path
) -> None:
    password = tmp_path / "password"
    password.write_text("secret\n")
    given = ["init", "--url", sandbox.url, "--username", "me@example.org"]
    done = fresh.call(*given, "--password-file", str(password), "--no-test", "--kind", "komga")
    assert done.exit_code == 0, done.output
    host = tables(fresh)["hosts"]["komga"]
    assert (host["username"], host["password"]) == ("me@example.org", "secret")
    assert "api_key" not in host
    missing = fresh.call(*given, "--force")
    assert missing.exit_code == 2
    assert "--password-file" in missing.stderr


def test_a_file_that_is_there_stays_unless_forced(
    terminal: Terminal, sandbox: SandboxServer
) -> None:
    before = terminal.config.read_text()
    given = ["init", "--url", sandbox.url, "--api-key", sandbox.admin_key]
    done = terminal.call(*given)
    assert done.exit_code == 2
    assert "--force overwrites it" in done.stderr
    assert terminal.config.read_text() == before
    assert terminal.call(*given, "--force").exit_code == 0
    assert terminal.config.read_text() != before


@pytest.mark.parametrize(("answer", "overwritten"), [("n", False), ("y", True)])
def test_somebody_is_asked_before_a_file_is_overwritten(
    terminal: Terminal, sandbox: SandboxServer, somebody_there: None, answer: str, overwritten: bool
) -> None:
    before = terminal.config.read_text()
    given = ["--kind", "komga", "--url", sandbox.url, "--api-key", sandbox.admin_key]
    terminal.call("init", *given, stdin=f"{answer}\n\n")
    assert (terminal.config.read_text() != before) is overwritten


def test_a_connection_that_fails_writes_nothing_unless_told_not_to_test(
    fresh: Terminal, sandbox: SandboxServer
) -> None:
    sandbox.stop()
    given = ["init", "--url", sandbox.url, "--api-key", "key"]
    for more in ([], ["--kind", "komga"]):
        done = fresh.call(*given, *more)
        assert done.exit_code == 1
        assert "accepts no connection" in done.stderr
        assert "--no-test" in done.stderr
        assert not fresh.config.parent.exists()
    assert fresh.call(*given, "--kind", "komga", "--no-test").exit_code == 0


@pytest.mark.parametrize("url", ["komga", "ftp://komga", "http://", "http://a:b", "http://[x"])
def test_a_wrong_url_is_wrong_use_and_shows_how_to_write_it(fresh: Terminal, url: str) -> None:
    done = fresh.call("init", "--url", url, "--api-key", "key")
    assert done.exit_code == 2
    assert "--url: not an http or https URL; write it like http://" in done.stderr
    assert not fresh.config.exists()


def test_a_password_in_the_url_is_refused_and_not_repeated(fresh: Terminal) -> None:
    done = fresh.call("init", "--url", "http://me:hidden@komga", "--api-key", "key")
    assert done.exit_code == 2
    assert "hidden" not in done.output


def test_an_unknown_kind_is_wrong_use(fresh: Terminal, sandbox: SandboxServer) -> None:
    done = fresh.call("init", "--url", sandbox.url, "--api-key", "key", "--kind", "nonesuch")
    assert done.exit_code == 2
    assert "unknown kind 'nonesuch'" in done.stderr


def test_nobody_to_ask_is_wrong_use_and_names_the_flag_and_the_way(
    fresh: Terminal, sandbox: SandboxServer
) -> None:
    done = fresh.call("init", "--url", sandbox.url)
    assert done.exit_code == 2
    assert "--api-key" in done.stderr
    assert "Generate API Key" in done.stderr
    assert "--url" in fresh.call("init").stderr


def test_a_server_that_is_none_of_ours_is_said(fresh: Terminal) -> None:
    with TinyServer(kinds.serving({})) as server:
        done = fresh.call("init", "--url", server.url, "--api-key", "key")
    assert done.exit_code == 2
    assert "no media server that Shelfhook knows" in done.stderr
    assert "--kind" in done.stderr


def test_a_kind_without_an_adapter_is_named(
    fresh: Terminal, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("shelfhook.hosts.registry.discover", lambda: ({"komga": None}, []))
    with TinyServer(kinds.serving(kinds.KAVITA)) as server:
        done = fresh.call("init", "--url", server.url, "--api-key", "key")
    assert done.exit_code == 2
    assert "is Kavita, for which no adapter is installed here; installed: komga" in done.stderr


@pytest.mark.parametrize(("pages", "kind"), [(kinds.CALIBRE, "calibre"), (kinds.KAVITA, "kavita")])
def test_each_kind_is_asked_for_what_it_knows_us_by(
    fresh: Terminal,
    monkeypatch: pytest.MonkeyPatch,
    somebody_there: None,
    pages: dict[str, kinds.Page],
    kind: str,
) -> None:
    monkeypatch.setattr("shelfhook.hosts.registry.discover", lambda: ({kind: None}, []))
    with TinyServer(kinds.serving(pages)) as server:
        done = fresh.call("init", "--url", server.url, stdin="")
    (entry,) = (one for one in KINDS if one.names[0] == kind)
    assert entry.how in done.stdout
    assert ("User name there" in done.stderr) is (kind == "calibre")
    assert ("Its API key" in done.stderr) is (kind == "kavita")


def test_paths_are_proposed_where_the_folder_is_here_too(
    fresh: Terminal, shelves: SandboxServer, tmp_path: Path, somebody_there: None
) -> None:
    done = fresh.call("init", "--url", shelves.url, stdin=f"{shelves.admin_key}\n\n\n")
    assert done.exit_code == 0, done.output
    books = tmp_path / "books"
    assert tables(fresh)["hosts"]["komga"]["paths"] == {
        str(books / "comics"): str(books / "comics"),
        str(books / "manga"): str(books / "manga"),
    }
    checked = fresh.call("check")
    assert checked.exit_code == 0, checked.output
    assert "comics: readable and writable" in checked.stdout


def test_what_was_said_of_one_folder_is_proposed_for_the_next(
    fresh: Terminal, shelves: SandboxServer, tmp_path: Path, somebody_there: None
) -> None:
    here = tmp_path / "mnt" / "books"
    for name in ("comics", "manga"):
        (here / name).mkdir(parents=True)
    answers = f"{shelves.admin_key}\n/no/such/place\n{here / 'comics'}\n\n"
    done = fresh.call("init", "--url", shelves.url, stdin=answers)
    assert done.exit_code == 0, done.output
    assert "there is no folder /no/such/place here" in done.stderr
    books = tmp_path / "books"
    assert tables(fresh)["hosts"]["komga"]["paths"] == {
        str(books / "comics"): str(here / "comics"),
        str(books / "manga"): str(here / "manga"),
    }


def test_a_folder_that_is_not_here_is_left_out(
    fresh: Terminal, shelves: SandboxServer, somebody_there: None
) -> None:
    done = fresh.call("init", "--url", shelves.url, stdin=f"{shelves.admin_key}\n-\n-\n")
    assert done.exit_code == 0, done.output
    assert "paths" not in tables(fresh)["hosts"]["komga"]
    assert "# [hosts.komga.paths]" in fresh.config.read_text(encoding="utf-8")


def test_a_script_gives_the_paths_as_options(
    fresh: Terminal, shelves: SandboxServer, tmp_path: Path, somebody_there: None
) -> None:
    given = ["init", "--url", shelves.url, "--api-key", shelves.admin_key, "--path"]
    done = fresh.call(*given, f"{tmp_path}/books={tmp_path}/books")
    assert done.exit_code == 0, done.output
    assert "on this machine?" not in done.output  # it covers both libraries
    assert tables(fresh)["hosts"]["komga"]["paths"] == {f"{tmp_path}/books": f"{tmp_path}/books"}


@pytest.mark.parametrize("pair", ["/books", "=/mnt", "/books=", "/books=/no/such/place"])
def test_a_wrong_path_is_wrong_use(fresh: Terminal, pair: str) -> None:
    done = fresh.call("init", "--url", "http://127.0.0.1:9", "--api-key", "k", "--path", pair)
    assert done.exit_code == 2
    assert "--path" in done.stderr


def test_a_ca_file_is_kept(fresh: Terminal, tmp_path: Path) -> None:
    given = ["init", "--url", "https://k", "--api-key", "k", "--kind", "komga", "--no-test"]
    ca = tmp_path / "ca.pem"
    ca.write_text("certificate")
    for verify, kept in ((str(ca), str(ca)), ("false", False)):
        assert fresh.call(*given, "--force", "--verify", verify).exit_code == 0
        assert tables(fresh)["hosts"]["komga"]["verify"] == kept
    wrong = fresh.call(*given, "--force", "--verify", "nowhere.pem")
    assert wrong.exit_code == 2
    assert "there is no file nowhere.pem" in wrong.stderr


def test_odd_characters_survive_the_way_into_the_file() -> None:
    odd = 'a"b\\c\x7f\tü'
    server = Server("komga", "komga", "http://127.0.0.1:9", odd)
    text = init_file.settings_text(server, "127.0.0.1:8790", {odd: odd})
    host = tomllib.loads(text)["hosts"]["komga"]
    assert (host["api_key"], host["paths"]) == (odd, {odd: odd})
    assert odd not in repr(server)
