"""Style sheets, scripts and pictures: read once, cacheable for ever under their digest."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from flask import Blueprint, current_app, request, url_for

from shelfhook.web.lean import Answer
from shelfhook.web.problems import Problem

blueprint = Blueprint("static", __name__)

FOLDER: Final = Path(__file__).parents[1] / "static"
EXTENSION: Final = "shelfhook.assets"
TYPES: Final = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
    ".png": "image/png",
}
FOR_EVER: Final = "public, max-age=31536000, immutable"
ASK_AGAIN: Final = "no-cache"


@dataclass(frozen=True, slots=True)
class Asset:
    """One file."""

    body: bytes
    digest: str
    content_type: str


def read(folder: Path = FOLDER) -> Mapping[str, Asset]:
    """Every file that the pages may ask for, by its path; nothing else is ever served."""
    return {
        path.relative_to(folder).as_posix(): _asset(path)
        for path in sorted(folder.rglob("*"))
        if path.suffix in TYPES
    }


def _asset(path: Path) -> Asset:
    body = path.read_bytes()
    return Asset(body, hashlib.sha256(body).hexdigest()[:16], TYPES[path.suffix])


def asset(path: str) -> str:
    """The address of a file, with its digest, so that a new version is a new address."""
    return url_for("static.serve", path=path, v=_all()[path].digest)


@blueprint.get("/static/<path:path>")
def serve(path: str) -> Answer:
    """One file; modules that import each other ask without a digest, and so ask again."""
    found = _all().get(path)
    if found is None:
        raise Problem(404, "there is nothing at this path")
    tag = f'"{found.digest}"'
    named = request.args.get("v") == found.digest
    headers = [("Cache-Control", FOR_EVER if named else ASK_AGAIN), ("ETag", tag)]
    if tag in request.headers.get("If-None-Match", ""):
        return Answer(b"", 304, headers, found.content_type)
    return Answer(found.body, 200, headers, found.content_type)


def _all() -> Mapping[str, Asset]:
    found: Mapping[str, Asset] = current_app.extensions[EXTENSION]
    return found
