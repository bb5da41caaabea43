"""Who may look at live pages."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from shelfhook.web import guard
from shelfhook.web.context import Web
from shelfhook.web.problems import Problem


def may_look(web: Web, environ: Mapping[str, Any]) -> bool:
    """Whether a request proves that it may look; asks no Flask."""
    try:
        guard.admit(web, dict(environ))
    except Problem:
        return False
    return True
