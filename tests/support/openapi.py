"""Holds requests and answers against a server's own OpenAPI document.

Strict on purpose: a property or query parameter that the document does not name is refused,
even where the document would let it pass. The document lies outside the repository; tests
skip when it is missing (`contract_or_skip`).
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import pytest
from jsonschema import Draft202012Validator, FormatChecker

Schema = dict[str, Any]
Query = str | Mapping[str, Any] | Sequence[tuple[str, str]] | None

_REPOSITORY = Path(__file__).resolve().parents[2]
_METHODS = ("get", "put", "post", "patch", "delete", "head", "options")


class ContractError(AssertionError):
    """Something that the document does not allow; the message says what and where."""


def contract_file(name: str = "komga-openapi.json") -> Path:
    """Say where the document should be: below SHELFHOOK_SHARED, or beside the repository."""
    shared = os.environ.get("SHELFHOOK_SHARED")
    root = Path(shared) if shared else _REPOSITORY.parent / "shared"
    return root / "contracts" / name


def contract_or_skip(name: str = "komga-openapi.json") -> Contract:
    """Give the contract, or skip the test that asks for it."""
    if not contract_file(name).exists():
        pytest.skip(f"no contract at {contract_file(name)}; set SHELFHOOK_SHARED")
    return Contract.load(name)


class Contract:
    """One OpenAPI 3.1 document, ready to check requests and answers."""

    def __init__(self, document: Schema) -> None:
        schemas = document["components"]["schemas"]
        self._components = {
            "schemas": {name: _strict(schema, schemas) for name, schema in schemas.items()}
        }
        self._operations = [
            (_pattern(template), template, method.upper(), operation, path_item)
            for template, path_item in document["paths"].items()
            for method, operation in path_item.items()
            if method in _METHODS
        ]
        # Literal segments win over parameters: /books/metadata over /books/{bookId}.
        self._operations.sort(key=lambda entry: entry[1].count("{"))
        self._schemas = schemas

    @staticmethod
    def load(name: str = "komga-openapi.json") -> Contract:
        """Read the document (once per run); FileNotFoundError when it is not there."""
        return _load(contract_file(name))

    def operation(self, method: str, path: str) -> tuple[str, Schema]:
        """Give the path template and the operation of a request's method and path."""
        for pattern, template, known, operation, _ in self._operations:
            if known == method.upper() and pattern.fullmatch(path):
                return template, operation
        raise ContractError(f"{method} {path}: the contract has no such operation")

    def check_request(
        self, method: str, path: str, query: Query = None, body: object = None
    ) -> None:
        """Refuse a request whose path, query or JSON body the document does not allow.

        `path` is without base path and query; `body` is the parsed JSON, None for none.
        """
        template, operation = self.operation(method, path)
        where = f"{method} {template}"
        self._check_query(where, operation, _query(query))
        wanted = operation.get("requestBody")
        if wanted is None:
            if body is not None:
                raise ContractError(f"{where}: takes no body, got {body!r:.200}")
            return
        if body is None:
            if wanted.get("required"):
                raise ContractError(f"{where}: needs a body")
            return
        content = wanted["content"].get("application/json")
        if content is None:
            raise ContractError(f"{where}: takes {', '.join(wanted['content'])}, not JSON")
        self._validate(f"{where}: body", content["schema"], body)

    def check_response(self, method: str, path: str, status: int, body: object = None) -> None:
        """Refuse an answer whose status or JSON body the document does not allow.

        Errors that the document does not list (401, 403, 404, 500) may have any body.
        """
        template, operation = self.operation(method, path)
        where = f"{method} {template} -> {status}"
        listed = operation["responses"].get(str(status))
        if listed is None:
            if status < 400:
                raise ContractError(f"{where}: only {', '.join(operation['responses'])} are known")
            return
        content = listed.get("content", {})
        media = content.get("application/json") or content.get("*/*")
        if media is not None:
            self._validate(f"{where}: body", media["schema"], body)
        elif not content and status < 400 and body not in (None, "", b""):
            raise ContractError(f"{where}: has no body, got {body!r:.200}")

    def _check_query(self, where: str, operation: Schema, query: dict[str, list[str]]) -> None:
        known = {p["name"]: p for p in operation.get("parameters", ()) if p["in"] == "query"}
        if unknown := sorted(set(query) - set(known)):
            raise ContractError(f"{where}: unknown query parameters {unknown}")
        for name, parameter in known.items():
            if name not in query:
                if parameter.get("required"):
                    raise ContractError(f"{where}: the query parameter {name} is missing")
                continue
            value = _parameter_value(parameter["schema"], query[name])
            self._validate(f"{where}: query parameter {name}", parameter["schema"], value)

    def _validate(self, where: str, schema: Schema, value: object) -> None:
        whole = {"components": self._components, **_strict(schema, self._schemas)}
        validator = Draft202012Validator(whole, format_checker=FormatChecker())
        problems = [
            f"{error.json_path}: {error.message[:300]}" for error in validator.iter_errors(value)
        ]
        if problems:
            raise ContractError("\n  ".join([where, *problems]))


@cache
def _load(path: Path) -> Contract:
    return Contract(json.loads(path.read_text(encoding="utf-8")))


def _pattern(template: str) -> re.Pattern[str]:
    parts = re.split(r"\{[^}]+\}", template)
    return re.compile("[^/]+".join(re.escape(part) for part in parts))


def _query(query: Query) -> dict[str, list[str]]:
    if query is None:
        return {}
    if isinstance(query, str):
        return parse_qs(query, keep_blank_values=True)
    pairs = query.items() if isinstance(query, Mapping) else query
    gathered: dict[str, list[str]] = {}
    for name, value in pairs:
        values = value if isinstance(value, list | tuple) else [value]
        written = [str(v).lower() if isinstance(v, bool) else str(v) for v in values]
        gathered.setdefault(name, []).extend(written)
    return gathered


def _parameter_value(schema: Schema, texts: list[str]) -> object:
    """Read a parameter's text as its schema's type; what cannot be read stays text."""
    if schema.get("type") == "array":
        return texts
    text = texts[-1]
    if schema.get("type") == "boolean":
        return {"true": True, "false": False}.get(text, text)
    if schema.get("type") in ("integer", "number"):
        try:
            return int(text) if schema["type"] == "integer" else float(text)
        except ValueError:
            return text
    return text


def _strict(schema: Any, schemas: Schema) -> Any:
    """Give a schema in which only named properties may stand."""
    if isinstance(schema, list):
        return [_strict(item, schemas) for item in schema]
    if not isinstance(schema, dict):
        return schema
    if "mapping" in schema.get("discriminator", {}):
        return {"oneOf": list(_variants(schema["discriminator"], schemas))}
    made = {key: _strict(value, schemas) for key, value in schema.items() if key != "properties"}
    if "properties" in schema:
        properties = {name: _strict(s, schemas) for name, s in schema["properties"].items()}
        if "Set a field to null" in schema.get("description", ""):
            # The document says in words what its types leave out.
            properties = {n: {"anyOf": [s, {"type": "null"}]} for n, s in properties.items()}
        made["properties"] = properties
        made.setdefault("type", "object")
        made.setdefault("additionalProperties", False)
    return made


def _variants(discriminator: Schema, schemas: Schema) -> Iterator[Schema]:
    """Give one closed schema per variant.

    The document's own form cannot be evaluated as it stands: a variant refers back to its
    parent (for ever), and variants that differ by the discriminator's value alone look alike.
    """
    tag = discriminator["propertyName"]
    for value, reference in discriminator["mapping"].items():
        variant = schemas[reference.rpartition("/")[2]]
        properties = {n: _strict(s, schemas) for n, s in variant.get("properties", {}).items()}
        yield {
            "type": "object",
            "properties": {**properties, tag: {"const": value}},
            "required": [tag, *variant.get("required", ())],
            "additionalProperties": False,
        }
