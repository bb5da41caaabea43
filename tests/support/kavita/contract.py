"""Kavita's OpenAPI document in the form that `tests.support.openapi` reads."""

from __future__ import annotations

import json
from typing import Any

from tests.support.openapi import Contract, contract_file, contract_or_skip

DOCUMENT = "kavita-openapi.json"
_TIME = r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)?$"


def kavita_contract() -> Contract:
    """The document, or a skip. It is OpenAPI 3.0: what may be null says so by `nullable`; and its
    times are .NET's, which mostly have no zone."""
    contract_or_skip(DOCUMENT)
    document: dict[str, Any] = _translated(kavita_document())
    return Contract(document)


def kavita_document() -> dict[str, Any]:
    """The document as it is."""
    found: dict[str, Any] = json.loads(contract_file(DOCUMENT).read_text(encoding="utf-8"))
    return found


def _translated(part: Any) -> Any:
    if isinstance(part, list):
        return [_translated(one) for one in part]
    if not isinstance(part, dict):
        return part
    made = {name: _translated(value) for name, value in part.items() if name != "nullable"}
    if made.get("format") == "date-time":
        del made["format"]
        made["pattern"] = _TIME
    return {"anyOf": [made, {"type": "null"}]} if part.get("nullable") is True else made
