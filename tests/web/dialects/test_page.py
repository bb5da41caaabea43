"""The commands of docs/senders.md are sent as they stand there."""

from __future__ import annotations

import re
import shlex
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient

from shelfhook.store import Store
from tests.web import desk
from tests.web.dialects.test_senders import LIBRARIES

PAGE = Path(__file__).parents[3] / "docs" / "senders.md"
FORM = "application/x-www-form-urlencoded"
BLOCKS = re.findall(r"```sh\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
COMMANDS = [line for block in BLOCKS for line in block.splitlines() if line]


@pytest.mark.parametrize("command", COMMANDS, ids=range(len(COMMANDS)))
def test_a_command_of_the_page_is_taken_as_an_event(
    client: FlaskClient, store: Store, clock: desk.BusyClock, command: str
) -> None:
    libraries = [{"id": "0BWZ", "name": "Comics", "root": LIBRARIES[0]["root"]}]
    desk.tell(store, clock, "host:komga", {"libraries": libraries})
    url, how = curl(command.replace("TOKEN", desk.HOOK_TOKEN))
    assert url.startswith("http://shelfhook:8790/")
    answer = client.post(url.removeprefix("http://shelfhook:8790"), **how)
    assert answer.status_code in (200, 202), answer.text
    assert {one.library for one in store.inbox.page()} == {"0BWZ"}


def test_the_page_has_commands() -> None:
    assert len(COMMANDS) >= 10
    assert all(command.startswith("curl ") for command in COMMANDS)


def curl(command: str) -> tuple[str, dict[str, Any]]:
    """A command's URL, and what it would send; an option that curl has and we lack fails."""
    words = iter(shlex.split(command)[1:])
    headers: dict[str, str] = {}
    how: dict[str, Any] = {"headers": headers}
    url = ""
    for word in words:
        if word == "-X":
            assert next(words) == "POST"
        elif word == "-u":
            how["auth"] = tuple(next(words).split(":", 1))
        elif word == "-H":
            name, _, value = next(words).partition(": ")
            headers[name] = value
        elif word == "--json":
            how["data"] = next(words)
            headers["Content-Type"] = "application/json"
        elif word in ("-d", "--data-urlencode"):
            how["data"] = _field(next(words)) if word != "-d" else next(words)
            headers.setdefault("Content-Type", FORM)
        else:
            assert word.startswith("http://"), word
            url = word
    return url, how


def _field(text: str) -> str:
    from urllib.parse import quote

    name, _, value = text.partition("=")
    return f"{name}={quote(value)}"
