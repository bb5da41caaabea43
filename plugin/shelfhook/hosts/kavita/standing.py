"""Whether a Kavita server answers, and how we stand with it."""

from __future__ import annotations

from shelfhook.errors import Gone, Permanent, Refused, ShelfhookError
from shelfhook.hosts.kavita import routes
from shelfhook.hosts.kavita.documents import an_object
from shelfhook.hosts.kavita.talk import Talk
from shelfhook.model import Account, HostCheck


def check(talk: Talk) -> HostCheck:
    """Whether the server answers, and its version if we may know it. Never raises."""
    try:
        _ask_for_life(talk)
    except ShelfhookError as error:
        return HostCheck(ok=False, message=str(error))
    version = _version(talk)
    message = f"Kavita {version} answers".replace("  ", " ")
    return HostCheck(ok=True, message=message, version=version)


def whoami(talk: Talk) -> Account:
    """Who the server takes us for.

    Of our roles it tells only in its tokens; whether we are administrator shows in what we may ask.
    """
    user = an_object(talk.ask(routes.me()))
    admin = _is_admin(talk)
    return Account(str(user.get("username", "")), admin, (routes.ADMIN,) if admin else ())


def _ask_for_life(talk: Talk) -> None:
    try:
        talk.tell(routes.health())
    except (Gone, Permanent):
        # a proxy may wall it off; the API itself must answer then
        talk.ask(routes.me(now=True))


def _is_admin(talk: Talk) -> bool:
    try:
        talk.ask(routes.info())
    except Refused:
        return False
    return True


def _version(talk: Talk) -> str:
    try:
        found = talk.ask(routes.info(now=True))
    except ShelfhookError:
        return ""  # only administrators may see it, and it is worth no more than a try
    return str(found.get("kavitaVersion") or "") if isinstance(found, dict) else ""
