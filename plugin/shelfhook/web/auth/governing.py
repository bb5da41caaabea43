"""What an admin does with people and tokens; the pages and the API call the same functions."""

from __future__ import annotations

from typing import Final

from shelfhook.model import Person, Role, Scope, Token
from shelfhook.store import passwords
from shelfhook.web.auth import forms
from shelfhook.web.auth.identity import current_identity
from shelfhook.web.context import current
from shelfhook.web.problems import Problem

DAY: Final = 86_400.0
LONGEST_DAYS: Final = 3_660
LINK_MINUTES: Final = 15


def add_person(name: str, role: Role, password: str) -> Person:
    """Add somebody; without a password only a link or a proxy lets him in.

    Raises:
        Problem: name or password are none.
        Conflict: the name is taken.
    """
    web = current()
    plain = forms.name_in(name)
    if password:
        check_password(password)
    with forms.hashing():
        return web.store.people.add(plain, role, password, web.clock.now())


def set_password(name: str, password: str) -> None:
    """Give somebody a new password; all his sessions end, but the one that asks.

    Raises:
        Problem: it is none.
        Unknown: there is nobody of this name.
    """
    web = current()
    check_password(password)
    with forms.hashing():
        mine = current_identity().session  # only a session of that person is kept
        web.store.people.set_password(forms.name_in(name), password, keep=mine)
    web.doors.forget()


def set_role(name: str, role: Role) -> None:
    """Change somebody's role.

    Raises:
        Unknown: there is nobody of this name.
        Conflict: it is the last admin.
    """
    web = current()
    web.store.people.set_role(forms.name_in(name), role)
    web.doors.forget()


def remove_person(name: str) -> None:
    """Remove somebody, with all sessions.

    Raises:
        Unknown: there is nobody of this name.
        Conflict: it is the last admin.
    """
    web = current()
    web.store.people.remove(forms.name_in(name))
    web.doors.forget()


def make_link(name: str) -> str:
    """A one-time link for somebody; gives the secret.

    Raises:
        Unknown: there is nobody of this name.
    """
    web = current()
    return web.store.sessions.make_link(
        Role.VIEWER,
        web.clock.now(),
        seconds=LINK_MINUTES * 60.0,
        created_by=current_identity().name,
        person=forms.name_in(name),
    )


def create_token(
    name: str, role: Role, scopes: frozenset[Scope] | None, days: int | None
) -> tuple[Token, str]:
    """A new token and its secret.

    Args:
        scopes: what it is good for; None for all that its role may do.
        days: how long it lives; None for ever.

    Raises:
        Problem: what was given makes no token.
    """
    web = current()
    if not name:
        raise Problem(400, "give the token a name by which you will know it", field="name")
    if scopes is not None and not scopes:
        raise Problem(400, "a token without a scope opens nothing; choose one", field="scopes")
    if days is not None and not 1 <= days <= LONGEST_DAYS:
        raise Problem(400, f"give 1 to {LONGEST_DAYS} days, or none", field="days")
    now = web.clock.now()
    until = None if days is None else now + days * DAY
    by = current_identity().name
    return web.store.tokens.create(name, role, scopes, by, now, expires_at=until)


def revoke_token(token_id: str) -> None:
    """Let a token open nothing any more.

    Raises:
        Unknown: there is none of this id.
        Conflict: nobody could be admin any more.
    """
    web = current()
    spare = bool(web.doors.configured)
    web.store.tokens.revoke(token_id, web.clock.now(), spare=spare)
    web.doors.forget()


def scopes_in(given: list[str]) -> frozenset[Scope]:
    """Scopes by name.

    Raises:
        Problem: there is none of a name.
    """
    try:
        return frozenset(Scope(one) for one in given)
    except ValueError:
        raise Problem(400, f"unknown; known: {', '.join(Scope)}", field="scopes") from None


def check_password(password: str) -> None:
    """Refuse what makes no password.

    Raises:
        Problem: 400.
    """
    if wrong := passwords.fault(password):
        raise Problem(400, f"the password {wrong}", field="password")
