"""The plugin's command line for machines without a screen."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from calibre_hook.command import run
from calibre_hook.names import added
from calibre_hook.poster import Poster
from calibre_hook.settings import Settings, resolve
from calibre_hook.spool import Spool
from tests.calibre_hook.receiver import Receiver, problem

Ask = Callable[..., tuple[int, str]]


@pytest.fixture
def ask(
    spool: Spool, receiver: Receiver, poster: Poster, capsys: pytest.CaptureFixture[str]
) -> Ask:
    def asked(*arguments: str, url: str = receiver.url) -> tuple[int, str]:
        code = run(arguments, lambda: Settings(url=url), poster)
        return code, capsys.readouterr().out.strip()

    return asked


def test_status_tells_where_to_and_how_many_wait(
    ask: Ask, spool: Spool, receiver: Receiver
) -> None:
    spool.add(added("lib", 1))
    assert ask() == ask("status") == (0, f"delivers to {receiver.url}/hooks/calibre; 1 events wait")
    assert ask(url="") == (0, "delivers to nowhere: no URL is set; 1 events wait")


def test_a_spool_that_cannot_be_read_is_told_and_counts_as_not_empty(
    ask: Ask, spool: Spool
) -> None:
    spool.folder.touch()
    code, said = ask("status")
    assert (code, spool.holds_any()) == (1, True)
    assert "the spool cannot be used" in said


def test_test_tells_right_from_wrong(ask: Ask, receiver: Receiver) -> None:
    receiver.answer = problem(400, field="event")
    assert ask("test") == (0, "Shelfhook takes deliveries")
    receiver.answer = problem(401, detail="no")
    code, said = ask("test")
    assert code == 1
    assert "refuses the token" in said


def test_flush_delivers_at_once(ask: Ask, spool: Spool, receiver: Receiver) -> None:
    spool.add(added("lib", 1))
    assert ask("flush") == (0, "Shelfhook takes deliveries")
    assert (len(receiver.items()), spool.holds_any()) == (1, False)
    receiver.down()
    spool.add(added("lib", 2))
    assert ask("flush")[0] == 1


@pytest.mark.parametrize("arguments", [["dance"], ["test", "twice"]])
def test_wrong_use_is_told(ask: Ask, arguments: list[str]) -> None:
    code, said = ask(*arguments)
    assert code == 2
    assert said.startswith("usage:")


def test_wrong_settings_are_told(
    poster: Poster, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run([], lambda: resolve({"token_file": str(tmp_path / "none")}), poster) == 1
    assert "cannot be read" in capsys.readouterr().out
