"""That a changing request comes from a page of ours, and not from a page elsewhere.

Two proofs are wanted: the browser's own word on where the request comes from, as far as it gives
it, and a word that only our pages know. That word is derived from the cookie's secret, so nothing
more has to be kept for it.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import urlsplit

from shelfhook.web.auth import cookies

HEADER: Final = "HTTP_X_CSRF_TOKEN"
FIELD: Final = "csrf_token"
OURS: Final = frozenset({"same-origin", "none"})
FOREIGN: Final = (
    "the request comes from another site; open Shelfhook itself and try again. If you did: the"
    " reverse proxy must pass on the header Host as the browser sent it"
)
MISSING: Final = "the form has no valid csrf_token (or X-CSRF-Token); load the page again"


def of_session(secret: str) -> str:
    """What forms of a session must send along."""
    return _derived(secret, "session")


def of_form(environ: dict[str, Any], name: str = "") -> str:
    """What forms must send along that are shown without a session, to a name or to nobody."""
    secure = bool(environ.get(SECURE))
    return _derived(cookies.form_secret(environ, secure), f"form {name}")


SECURE: Final = "shelfhook.secure"
"""Where it is noted whether this request's cookies are secure ones."""


def _derived(secret: str, purpose: str) -> str:
    return hmac.digest(secret.encode(), f"csrf {purpose}".encode(), hashlib.sha256).hex()[:40]


def same_word(expected: str, given: str) -> bool:
    """Whether the word is the one wanted; none is never wanted."""
    return bool(expected) and hmac.compare_digest(
        expected.encode(), given.encode("utf-8", "replace")
    )


def from_elsewhere(environ: Mapping[str, Any]) -> bool:
    """Whether the browser says that another site has made this request."""
    site = environ.get("HTTP_SEC_FETCH_SITE")
    if site is not None:
        return site not in OURS
    origin = environ.get("HTTP_ORIGIN")
    if origin is None:  # no browser of the last years; the word alone decides
        return False
    return _place(origin) != str(environ.get("HTTP_HOST", "")).lower()


def _place(origin: str) -> str:
    try:
        return urlsplit(origin).netloc.lower()
    except ValueError:
        return ""
