"""Who may look at live pages."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from shelfhook.web.context import Web
from shelfhook.web.senders import bearer, same


def may_look(web: Web, environ: Mapping[str, Any]) -> bool:
    """Whether a request proves that it may look; asks no Flask.

    A stand-in for `shelfhook.web.auth.identity.identify(web, environ) is not None`, the only place
    where the streams ask who somebody is.
    """
    return same(web.token, bearer(environ))
