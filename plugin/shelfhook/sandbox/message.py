"""Requests, responses and errors as values; nothing here touches a socket."""

import json
from collections.abc import Callable
from dataclasses import dataclass, field

from shelfhook.sandbox.records import JsonObject

Write = Callable[[bytes], None]


@dataclass(slots=True)
class Request:
    """One request as it came: the path is without base path and query."""

    method: str
    path: str
    query: dict[str, list[str]]
    headers: dict[str, str]  # names in lower case
    body: bytes
    raw_query: str = ""
    peer: str = "127.0.0.1"

    def text(self, name: str, default: str = "") -> str:
        """Give a query parameter's first value."""
        return self.query.get(name, [default])[0]

    def number(self, name: str, default: float) -> float:
        """Give a query parameter as a number, or the default when it is none."""
        try:
            return float(self.text(name))
        except ValueError:
            return default

    def flag(self, name: str) -> bool:
        """Give a query parameter as true or false."""
        return self.text(name).lower() == "true"

    def json(self) -> object:
        """Give the body's JSON; a body that is none is a 400."""
        try:
            return json.loads(self.body)
        except ValueError:
            raise HttpError(400, "JSON parse error") from None

    def json_object(self) -> JsonObject:
        """Give the body's JSON object; anything else is a 400."""
        value = self.json()
        if not isinstance(value, dict):
            raise HttpError(400, "JSON parse error: an object is needed")
        return value


@dataclass(slots=True)
class Response:
    """One answer. `stream` writes the body itself; `drop` closes without a word."""

    status: int = 200
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)
    stream: Callable[[Write], None] | None = None
    drop: bool = False


def answer(value: object, status: int = 200) -> Response:
    """Give an answer with a JSON body."""
    body = json.dumps(value, separators=(",", ":")).encode()
    return Response(status, body, {"Content-Type": "application/json"})


class HttpError(Exception):
    """A request that ends in an error status, with Spring's error object as body."""

    def __init__(self, status: int, message: str = "", *, silent: bool = False) -> None:
        super().__init__(message)
        self.status = status
        self.message = message
        self.silent = silent  # Komga often sends its 404 without a body


class ViolationsError(Exception):
    """A body whose values break rules: 400 with Komga's list of violations."""

    def __init__(self, found: list[tuple[str, str]]) -> None:
        super().__init__(str(found))
        self.found = found

    def response(self) -> Response:
        """Give the answer in the contract's ValidationErrorResponse."""
        listed = [{"fieldName": name, "message": message} for name, message in self.found]
        return answer({"violations": listed}, 400)
