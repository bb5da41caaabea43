"""The description: valid, whole, and held against the code and its own examples."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from jsonschema import Draft202012Validator, FormatChecker
from openapi_spec_validator import validate
from pydantic import BaseModel

from shelfhook.web import openapi
from shelfhook.web.api.about_live import STREAMS
from shelfhook.web.api.document import PARAMETER, routes
from shelfhook.web.api.tables import described as tables
from shelfhook.web.lean import Application
from tests.web import desk

DOCS = Path(__file__).parents[3] / "docs"
OURS = ("/api", "/hooks", "/health", "/metrics", "/manifest.json")
"""Everything but the pages for people."""
Described = dict[str, Any]


@pytest.fixture(scope="module")
def described() -> Described:
    return openapi()


def operations(described: Described) -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, item in described["paths"].items():
        for method, operation in item.items():
            yield path, method, operation


def undescribed(app: Flask) -> list[str]:
    """Routes of the API that no table names."""
    known = {(method.upper(), path) for method, path in STREAMS}
    return [
        rule.rule
        for rule in app.url_map.iter_rules()
        if rule.rule.startswith(OURS)
        and rule.endpoint not in tables()
        and ("GET", PARAMETER.sub(r"{\1}", rule.rule)) not in known
    ]


def test_every_route_is_described(app: Application) -> None:
    assert undescribed(app) == []


def test_a_route_without_a_description_is_found(app: Application) -> None:
    app.add_url_rule("/api/v1/secretly", "secretly", lambda: "")
    assert undescribed(app) == ["/api/v1/secretly"]


def test_every_description_has_a_route(app: Application) -> None:
    assert tables().keys() <= {rule.endpoint for rule in app.url_map.iter_rules()}
    assert len(routes(app)) == len(tables()) + len(STREAMS)


def test_the_api_lies_under_one_prefix(app: Application) -> None:
    outside = [rule.rule for rule in app.url_map.iter_rules() if rule.rule.startswith("/api")]
    assert all(path.startswith("/api/v1/") for path in outside)


def test_no_two_models_go_by_one_name() -> None:
    by_name: dict[str, type[BaseModel]] = {}
    for operation in tables().values():
        models = [reply.model for reply in operation.replies.values()]
        for model in (*models, operation.query, operation.body):
            if model is not None:
                assert by_name.setdefault(model.__name__, model) is model


def test_the_document_is_openapi_3_1(described: Described) -> None:
    validate(described)
    assert described["openapi"] == "3.1.0"


def test_the_published_document_is_current(described: Described) -> None:
    published = json.loads((DOCS / "openapi.json").read_text(encoding="utf-8"))
    assert published == described, "write it anew: shelfhook schema --openapi > docs/openapi.json"


def test_every_operation_says_what_it_does(described: Described) -> None:
    names = [operation["operationId"] for _, _, operation in operations(described)]
    assert len(names) == len(set(names))
    for _, method, operation in operations(described):
        assert operation["summary"], operation["operationId"]
        assert operation["description"], operation["operationId"]
        assert operation["tags"], operation["operationId"]
        assert any(status.startswith("2") for status in operation["responses"])
        assert ("requestBody" in operation) == (method in ("post", "patch"))


def test_whoever_changes_something_by_session_shows_its_csrf_token(described: Described) -> None:
    for _, method, operation in operations(described):
        for way in operation["security"]:
            assert ("csrf" in way) == ("session" in way and method != "get")


def examples(described: Described) -> Iterator[tuple[str, dict[str, Any], Any]]:
    """Every example with its schema."""
    for _, _, operation in operations(described):
        name = operation["operationId"]
        for parameter in operation["parameters"]:
            if "example" in parameter:
                yield f"{name}: {parameter['name']}", parameter["schema"], parameter["example"]
        for media in operation.get("requestBody", {}).get("content", {}).values():
            for title, example in media["examples"].items():
                yield f"{name}: {title}", media["schema"], example["value"]
        for status, reply in operation["responses"].items():
            for media in reply.get("content", {}).values():
                if "example" in media:
                    yield f"{name}: {status}", media["schema"], media["example"]
    for name, reply in described["components"]["responses"].items():
        for media in reply["content"].values():
            yield name, media["schema"], media["example"]


def test_every_example_fits_its_schema(described: Described) -> None:
    shown = list(examples(described))
    assert len(shown) > 60
    for name, schema, example in shown:
        whole = {**schema, "components": described["components"]}
        faults = list(
            Draft202012Validator(whole, format_checker=FormatChecker()).iter_errors(example)
        )
        assert not faults, (name, faults[0].message)


def test_every_json_answer_and_every_body_has_an_example(described: Described) -> None:
    for _, _, operation in operations(described):
        for media in operation.get("requestBody", {}).get("content", {}).values():
            assert media["examples"], operation["operationId"]
        for reply in operation["responses"].values():
            for kind, media in reply.get("content", {}).items():
                assert "example" in media or kind == "application/json"


@pytest.mark.parametrize("short", [True, False])
def test_the_document_is_served_and_kept_by_its_etag(full: Application, short: bool) -> None:
    client = full.test_client()
    path = "/api/openapi.json" if short else "/api/v1/openapi.json"
    answer = client.get(path, headers=desk.API)
    assert answer.json == openapi()
    again = client.get(path, headers=desk.API | {"If-None-Match": answer.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")


def test_the_description_is_not_for_strangers(full: Application) -> None:
    assert full.test_client().get("/api/openapi.json").status_code == 401
