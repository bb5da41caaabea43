"""The first start tells an admin token once, where nobody else could get in."""

from __future__ import annotations

import io
import time
import urllib.error
import urllib.request
from pathlib import Path

import pytest

from shelfhook.app import first_token
from shelfhook.model import Role
from shelfhook.settings import Settings
from shelfhook.store import Store
from tests.cli.terminal import process
from tests.support.service import DIRECT, free_port
from tests.support.waiting import wait_until


def settings(folder: Path, token: str = "", listen: str = "127.0.0.1:8790") -> Settings:
    return Settings.model_validate(
        {
            "web": {"token": token, "listen": listen},
            "paths": {"data": str(folder)},
            "hosts": {"komga": {"kind": "komga", "url": "http://komga.local", "api_key": "k"}},
        }
    )


def told(made: Settings) -> str:
    out = io.StringIO()
    first_token.tell(made, out)
    return out.getvalue()


def test_it_is_told_once_with_the_address_and_the_way_to_another(tmp_path: Path) -> None:
    message = told(settings(tmp_path))
    [secret] = [word for word in message.split() if word.startswith("shk_")]
    assert "http://127.0.0.1:8790/sign-in" in message
    assert "shelfhook tokens create --role admin" in message
    with Store(settings(tmp_path).paths.database_url) as store:
        found = store.tokens.find(secret, time.time())
    assert found is not None
    assert (found.role, found.scopes) == (Role.ADMIN, None)
    assert told(settings(tmp_path)) == ""
    assert secret.encode() not in b"".join(
        path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()
    )


def test_nothing_is_told_where_a_token_is_set(tmp_path: Path) -> None:
    assert told(settings(tmp_path, "a-token")) == ""
    assert told(settings(tmp_path)) != ""  # and none was made


def test_nothing_is_told_where_somebody_is_admin(tmp_path: Path) -> None:
    with Store(settings(tmp_path).paths.database_url) as store:
        store.people.add("anna", Role.ADMIN, "", 0)
    assert told(settings(tmp_path)) == ""


@pytest.mark.parametrize(
    ("listen", "address"),
    [
        ("0.0.0.0:80", "http://127.0.0.1:80/x"),
        ("[::]:8790", "http://127.0.0.1:8790/x"),
        ("[::1]:8790", "http://[::1]:8790/x"),
        ("192.168.1.2:8790", "http://192.168.1.2:8790/x"),
    ],
)
def test_the_address_is_one_that_a_browser_can_open(
    tmp_path: Path, listen: str, address: str
) -> None:
    assert first_token.sign_in_address(settings(tmp_path, listen=listen), "/x") == address


def test_the_address_lies_below_the_base_path(tmp_path: Path) -> None:
    plain = settings(tmp_path)
    below = plain.model_copy(
        update={"web": plain.web.model_copy(update={"base_path": "/shelfhook"})}
    )
    assert first_token.sign_in_address(below, "/x") == "http://127.0.0.1:8790/shelfhook/x"
    assert "http://127.0.0.1:8790/shelfhook/sign-in and" in told(below)


def test_the_web_process_tells_it_past_its_log_and_opens_for_it(tmp_path: Path) -> None:
    port = free_port()
    config = tmp_path / "shelfhook.toml"
    config.write_text(
        f"""
[web]
listen = "127.0.0.1:{port}"
[hosts.komga]
kind = "komga"
url = "http://127.0.0.1:9"
api_key = "key-0123456789"
""",
        encoding="utf-8",
    )
    with process("--config", str(config), "web") as started:
        assert started.stderr is not None
        lines = iter(started.stderr.readline, "")
        secret = next(line.strip() for line in lines if line.strip().startswith("shk_"))
        request = urllib.request.Request(
            f"http://127.0.0.1:{port}/api/me", headers={"Authorization": f"Bearer {secret}"}
        )
        answers: list[bytes] = []

        def asked() -> bool:
            try:
                with DIRECT.open(request, timeout=5) as answer:
                    answers.append(answer.read())
            except urllib.error.URLError:
                return False
            return True

        wait_until(asked)
        assert b'"role":"admin"' in answers[0]
        started.terminate()
        rest = "".join(started.communicate(timeout=30))
        assert secret not in rest
