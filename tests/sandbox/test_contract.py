"""The sandbox's answers against Komga's own OpenAPI document."""

from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import requests

from shelfhook.sandbox.addition import grey_png
from shelfhook.sandbox.server import SandboxServer
from tests.support.openapi import Contract, ContractError, contract_or_skip

Ask = Callable[..., Any]


@pytest.fixture
def contract() -> Contract:
    return contract_or_skip()


@pytest.fixture
def ask(sandbox: SandboxServer, session: requests.Session, contract: Contract) -> Ask:
    """Send a request that the contract allows, and hold its answer against the contract."""
    session.headers["X-API-Key"] = sandbox.admin_key

    def send(method: str, target: str, body: Any = None, status: int = 200) -> Any:
        parts = urlsplit(target)
        contract.check_request(method, parts.path, parts.query, body)
        answer = session.request(method, sandbox.url + target, json=body, timeout=10)
        assert answer.status_code == status, answer.text
        given = answer.json() if answer.content else None
        contract.check_response(method, parts.path, answer.status_code, given)
        return given

    return send


def test_the_server_and_the_user_answer_as_the_contract_says(ask: Ask) -> None:
    ask("GET", "/actuator/info")
    assert "ADMIN" in ask("GET", "/api/v2/users/me")["roles"]
    assert ask("DELETE", "/api/v1/tasks") == 0


def test_libraries_answer_as_the_contract_says(ask: Ask) -> None:
    (library,) = ask("GET", "/api/v1/libraries")
    one = f"/api/v1/libraries/{library['id']}"
    assert ask("GET", one) == library
    ask("PATCH", one, {"convertToCbz": True}, status=204)
    assert ask("GET", one) == {**library, "convertToCbz": True}
    ask("POST", f"{one}/scan?deep=true", status=202)
    ask("POST", f"{one}/analyze", status=202)
    ask("POST", f"{one}/metadata/refresh", status=202)
    ask("POST", f"{one}/empty-trash", status=202)


def test_books_answer_as_the_contract_says(ask: Ask, contract: Contract) -> None:
    page = ask("POST", "/api/v1/books/list?size=200&sort=url", {})
    assert {b["media"]["status"] for b in page["content"]} >= {"READY", "ERROR", "UNSUPPORTED"}
    assert any("releaseDate" in b["metadata"] for b in page["content"])
    one = f"/api/v1/books/{page['content'][0]['id']}"
    assert ask("GET", one) == page["content"][0]
    ask("PATCH", f"{one}/metadata", {"title": "T", "tags": None, "titleLock": True}, status=204)
    ask("PATCH", "/api/v1/books/metadata", {page["content"][1]["id"]: {"isbn": ""}}, status=204)
    ask("POST", f"{one}/analyze", status=202)
    ask("POST", f"{one}/metadata/refresh", status=202)
    ask("POST", "/api/v1/books/list?unpaged=true", {})


def test_series_answer_as_the_contract_says(ask: Ask) -> None:
    page = ask("POST", "/api/v1/series/list?size=5&page=1&sort=metadata.titleSort,desc", {})
    one = f"/api/v1/series/{page['content'][0]['id']}"
    assert ask("GET", one) == page["content"][0]
    ask("PATCH", f"{one}/metadata", {"status": "ENDED", "ageRating": 12}, status=204)
    assert ask("GET", one)["metadata"]["ageRating"] == 12
    ask("POST", f"{one}/analyze", status=202)
    ask("POST", f"{one}/metadata/refresh", status=202)


@pytest.mark.parametrize(
    ("plural", "members", "rows"),
    [("collections", "seriesIds", "series"), ("readlists", "bookIds", "books")],
)
def test_lists_answer_as_the_contract_says(ask: Ask, plural: str, members: str, rows: str) -> None:
    ids = [row["id"] for row in ask("POST", f"/api/v1/{rows}/list?size=3", {})["content"]]
    summary = {"summary": "s"} if plural == "readlists" else {}
    body = {"name": "A", "ordered": True, members: ids[:2], **summary}
    made = ask("POST", f"/api/v1/{plural}", body)
    one = f"/api/v1/{plural}/{made['id']}"
    assert ask("GET", one) == made
    assert ask("GET", f"/api/v1/{plural}?page=0&size=10&search=a")["content"] == [made]
    ask("PATCH", one, {members: ids}, status=204)
    assert ask("GET", one)[members] == ids
    assert ask("GET", f"/api/v1/{rows}/{ids[2]}/{plural}")[0]["id"] == made["id"]
    ask("DELETE", one, status=204)
    ask("GET", one, status=404)


@pytest.mark.parametrize("rows", ["books", "series"])
def test_covers_answer_as_the_contract_says(
    sandbox: SandboxServer, session: requests.Session, ask: Ask, contract: Contract, rows: str
) -> None:
    ready = {"condition": {"mediaStatus": {"operator": "is", "value": "READY"}}}
    search = ready if rows == "books" else {}
    owner = ask("POST", f"/api/v1/{rows}/list?size=1&sort=url", search)["content"][0]["id"]
    every = f"/api/v1/{rows}/{owner}/thumbnails"
    assert len(ask("GET", every)) == (rows == "books")
    image = {"file": ("cover.png", grey_png(7))}
    answer = session.post(f"{sandbox.url}{every}?selected=true", files=image, timeout=10)
    contract.check_response("POST", every, answer.status_code, answer.json())
    one = f"{every}/{answer.json()['id']}"
    ask("PUT", f"{one}/selected", status=202)
    assert [cover["selected"] for cover in ask("GET", every)][-1]
    ask("DELETE", one, status=202)


def test_imports_and_the_history_answer_as_the_contract_says(
    sandbox: SandboxServer, ask: Ask, tmp_path: Path
) -> None:
    series = ask("POST", "/api/v1/series/list?size=1", {})["content"][0]["id"]
    file = tmp_path / "new.cbz"
    file.write_bytes(b"x")
    book = {"sourceFile": str(file), "seriesId": series}
    ask("POST", "/api/v1/books/import", {"books": [book], "copyMode": "COPY"}, status=202)
    assert sandbox.wait_idle()
    page = ask("GET", "/api/v1/history?page=0&size=5&sort=timestamp,desc")
    assert [one["type"] for one in page["content"]] == ["BookImported"]


def test_a_refused_value_answers_with_the_contracts_violations(ask: Ask) -> None:
    book = ask("POST", "/api/v1/books/list?size=1", {})["content"][0]["id"]
    found = ask("PATCH", f"/api/v1/books/{book}/metadata", {"title": " "}, status=400)
    assert [v["fieldName"] for v in found["violations"]] == ["title"]


@pytest.mark.parametrize(
    ("method", "target", "body"),
    [
        ("PATCH", "/api/v1/books/A/metadata", {"titel": "a name the contract does not know"}),
        ("PATCH", "/api/v1/books/metadata", {"A": {"titleSort": "not a book's"}}),
        ("PATCH", "/api/v1/books/A/metadata", {"releaseDate": "2014"}),
        ("PATCH", "/api/v1/books/A/metadata", None),
        ("POST", "/api/v1/books/list?seize=20", {}),
        ("POST", "/api/v1/books/list?size=many", {}),
        ("POST", "/api/v1/books/list", {"condition": {"created": {"operator": "isTrue"}}}),
        ("POST", "/api/v1/books/list", {"condition": {"deleted": {"operator": "is"}}}),
        (
            "POST",
            "/api/v1/books/list",
            {"condition": {"deleted": {"operator": "isTrue"}, "oneShot": {"operator": "isTrue"}}},
        ),
        ("POST", "/api/v1/libraries/A/scan?deep=yes", None),
        ("GET", "/api/v1/scans", None),
    ],
)
def test_the_contract_refuses_a_request_it_does_not_name(
    contract: Contract, method: str, target: str, body: object
) -> None:
    parts = urlsplit(target)
    with pytest.raises(ContractError):
        contract.check_request(method, parts.path, parts.query, body)


def test_the_contract_refuses_an_answer_that_lacks_a_field(ask: Ask, contract: Contract) -> None:
    book = ask("POST", "/api/v1/books/list?size=1", {})["content"][0]
    del book["media"]["comment"]
    with pytest.raises(ContractError, match="comment"):
        contract.check_response("GET", f"/api/v1/books/{book['id']}", 200, book)
