"""docs/api.md: its commands work, its example is a real answer."""

from __future__ import annotations

import json
import re
import shlex
from pathlib import Path

import pytest

from shelfhook.model import Role
from shelfhook.web.context import EXTENSION
from shelfhook.web.lean import Application
from tests.web import desk
from tests.web.api import filled
from tests.web.auth.browser import Browser, signed_in

PAGE = (Path(__file__).parents[3] / "docs" / "api.md").read_text(encoding="utf-8")
SCRIPTS = "\n".join(re.findall(r"```sh\n(.*?)```", PAGE, re.DOTALL)).replace("\\\n", " ")
COMMANDS = [line for line in SCRIPTS.splitlines() if line.startswith("curl")]
SERVICE = "http://127.0.0.1:8790"


@pytest.mark.parametrize("command", COMMANDS)
def test_a_command_of_the_page_works(full: Application, command: str) -> None:
    words = iter(shlex.split(command.replace("$TOKEN", desk.TOKEN))[1:])
    method, url, headers, body = "GET", "", {}, None
    for word in words:
        if word == "-X":
            method = next(words)
        elif word == "-H":
            name, _, value = next(words).partition(": ")
            headers[name] = value
        elif word == "-d":
            body = next(words)
        else:
            url = word
    assert url.startswith(SERVICE)
    answer = full.test_client().open(
        url.removeprefix(SERVICE), method=method, headers=headers, data=body
    )
    assert answer.status_code in (200, 202), answer.text


def test_the_page_has_commands() -> None:
    assert len(COMMANDS) >= 6


def test_the_error_on_the_page_is_a_real_one(full: Application) -> None:
    [shown] = [json.loads(text) for text in re.findall(r"```json\n(.*?)```", PAGE, re.DOTALL)]
    body = {"routine": "process-all", "priority": 101}
    assert full.test_client().post("/api/jobs", json=body, headers=desk.API).json == shown


def test_the_statuses_on_the_page_are_those_of_the_document() -> None:
    table = set(map(int, re.findall(r"\b(4\d\d|503)\b", PAGE.partition("| status |")[2])))
    from shelfhook.web.api.document import MEANINGS

    assert table == set(MEANINGS) | {405}


def test_the_page_for_people_asks_nobody_else(full: Application) -> None:
    client = full.test_client()
    page = client.get("/api/docs", headers=desk.API)
    files = re.findall(r'(?:src|href)="([^"#]+)"', page.text)
    assert len(files) >= 3
    texts = [page.text]
    for file in files:
        answer = client.get(file, headers=desk.API)
        assert answer.status_code == 200, file
        texts.append(answer.text if "openapi" not in file else "")
    assert not re.search(r"https?://|//[a-z]+\.|@import|url\(|\bstyle=|\bon[a-z]+=", "".join(texts))
    assert "<script>" not in page.text


def test_the_page_may_run_its_own_files_only(full: Application) -> None:
    policy = (
        full.test_client().get("/api/docs", headers=desk.API).headers["Content-Security-Policy"]
    )
    rules = dict(rule.strip().split(" ", 1) for rule in policy.split(";"))
    assert (rules["default-src"], rules["script-src"], rules["style-src"]) == (
        "'none'",
        "'self'",
        "'self'",
    )
    assert "unsafe" not in policy


def test_the_page_works_under_a_proxys_path_and_holds_the_sessions_csrf_token(
    full: Application,
) -> None:
    browser = signed_in(full, full.extensions[EXTENSION].store, Role.VIEWER)
    page = browser.get("/api/docs")
    me = browser.get("/api/me").get_json()
    assert f'<meta name="csrf-token" content="{me["csrf_token"]}">' in page.text
    page = full.test_client().get(
        "/api/docs", headers=desk.API, environ_overrides={"SCRIPT_NAME": '/shelf"hook'}
    )
    assert 'src="/shelf&quot;hook/api/v1/docs/try.js"' in page.text
    assert '<meta name="csrf-token" content="">' in page.text


@pytest.mark.parametrize("path", ["/api/docs", "/api/v1/docs"])
def test_a_browser_that_is_not_signed_in_goes_to_sign_in_and_back(
    full: Application, path: str
) -> None:
    browser = Browser(full)
    answer = browser.get(path)
    assert answer.status_code == 303
    assert answer.headers["Location"] == "/sign-in?next=/api/v1/docs"
    assert browser.get("/api/v1/docs/try.js").status_code == 401
    assert browser.get("/api/jobs").status_code == 401


@pytest.mark.parametrize("name", ["page.html", "..%2Froutes.py", "nothing.js", "%00"])
def test_no_other_file_can_be_had(full: Application, name: str) -> None:
    answer = full.test_client().get(f"/api/docs/{name}", headers=desk.API)
    assert (answer.status_code, answer.mimetype) == (404, "application/problem+json")


def test_the_ended_job_is_the_documents_example(full: Application) -> None:
    answer = full.test_client().get(f"/api/jobs/{filled.ENDED}", headers=desk.API)
    assert answer.json["state"] == "completed"
