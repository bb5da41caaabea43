"""The first way in: where nobody could sign in, an admin token is made and told once."""

from __future__ import annotations

import sys
from typing import TextIO

from shelfhook.clock import SystemClock
from shelfhook.settings import Settings
from shelfhook.store import Store

ANYWHERE = frozenset({"0.0.0.0", "::"})  # noqa: S104 - recognised here, not listened on


def tell(settings: Settings, to: TextIO | None = None) -> None:
    """Open the store, and make and tell the first admin token if there is no way in for an admin.

    It is told past the log, whose lines may be kept and sent around; only its hash is stored.

    Args:
        to: where to tell it; None for standard error.

    Raises:
        StoreUnavailable: the database cannot be reached.
    """
    with Store(settings.paths.database_url) as store:
        if settings.web.token.get_secret_value():
            return
        secret = store.tokens.create_first(SystemClock().now())
    if secret:
        out = to or sys.stderr
        out.write(_message(secret, sign_in_address(settings)))
        out.flush()


def sign_in_address(settings: Settings, path: str = "/sign-in") -> str:
    """The address to open in a browser, as far as we know it ourselves."""
    host, port = settings.web.address
    shown = "127.0.0.1" if host in ANYWHERE else f"[{host}]" if ":" in host else host
    return f"http://{shown}:{port}{settings.web.base_path}{path}"


def _message(secret: str, address: str) -> str:
    return f"""
------------------------------------------------------------------------
  Shelfhook's first start: here is the token of the admin.

      {secret}

  Open {address} and sign in with it.
  It is shown this once. To make another one:

      shelfhook tokens create --role admin
------------------------------------------------------------------------

"""
