"""What `shelfhook check` says of signing in: how, and where."""

from __future__ import annotations

from shelfhook.app.first_token import sign_in_address
from shelfhook.cli.lines import Line, number
from shelfhook.clock import SystemClock
from shelfhook.model import Role
from shelfhook.settings import Settings
from shelfhook.store import Store

FIRST = "with the token that the first start shows"
LOST = "a link for whoever has lost his: shelfhook sign-in-link"


def check_sign_in(settings: Settings, store: Store) -> Line:
    """The ways in for an admin. None is no fault: the first start makes one."""
    ways = _ways(settings, store)
    told = f"{' or '.join(ways)} ({LOST})" if ways else FIRST
    return Line("sign-in", True, f"{sign_in_address(settings)}, {told}")


def _ways(settings: Settings, store: Store) -> list[str]:
    now = SystemClock().now()
    people = sum(one.role is Role.ADMIN for one in store.people.all())
    tokens = sum(one.role is Role.ADMIN and one.live(now) for one in store.tokens.all())
    ways = []
    if settings.web.token.get_secret_value():
        ways.append("with web.token")
    if people:
        ways.append(f"as {number(people, 'admin')}")
    if tokens:
        ways.append(f"with {number(tokens, 'admin token')}")
    return ways
