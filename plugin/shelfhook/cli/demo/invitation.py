"""The way into the demo's dashboard: its address, and a link that signs a browser in once."""

from __future__ import annotations

import select
import sys
import threading
from contextlib import suppress
from pathlib import Path

from shelfhook.app import parts
from shelfhook.app.first_token import sign_in_address
from shelfhook.clock import SystemClock
from shelfhook.model import Role
from shelfhook.store import Store

LINK_SECONDS = 900.0
"""How long a link may be used, and how long an unattended demo stays up for its visitor."""


class Invitation:
    """Makes links into the dashboard, as `shelfhook sign-in-link` does."""

    def __init__(self, config: Path) -> None:
        # Not the user's environment, which belongs to another service than ours.
        self._settings = parts.read(config, {}).settings
        self._secret = ""

    @property
    def address(self) -> str:
        """The dashboard's own."""
        return sign_in_address(self._settings, "/")

    def link(self) -> str:
        """A link that is still good: the one of before, or a new one if that was used."""
        now = SystemClock().now()
        with Store(self._settings.paths.database_url) as store:
            if not (self._secret and store.sessions.link_is_good(self._secret, now)):
                self._secret = store.sessions.make_link(
                    Role.ADMIN, now, seconds=LINK_SECONDS, created_by="demo"
                )
        return sign_in_address(self._settings, f"/sign-in/{self._secret}")


def somebody_watches() -> bool:
    """Whether somebody sits at a terminal, who may open the link and end the demo by a key."""
    return sys.stdin is not None and sys.stdin.isatty() and sys.stdout.isatty()


def wait_for_enter() -> None:
    """Until Enter, Ctrl-C, or the link's end: nobody need come back to end it."""
    with suppress(KeyboardInterrupt):
        select.select([sys.stdin], [], [], LINK_SECONDS)


def wait_for_ctrl_c() -> None:
    """Until Ctrl-C, whatever it takes."""
    with suppress(KeyboardInterrupt):
        threading.Event().wait()
