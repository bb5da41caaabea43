"""`shelfhook tokens …` and `shelfhook sign-in-link`: ways in for programs, and for who lost his."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, Final

import typer
from rich.text import Text

from shelfhook.cli import terminal
from shelfhook.cli.place import Place
from shelfhook.cli.working import AsJson
from shelfhook.clock import SystemClock
from shelfhook.errors import ConfigurationError
from shelfhook.model import Role, Scope, Token, person_name

if TYPE_CHECKING:  # imported when needed: it takes a third of a second
    from shelfhook.settings import Settings
    from shelfhook.store import Store

tokens = typer.Typer(help="Tokens of programs.", no_args_is_help=True)

DAY: Final = 86_400.0


@tokens.command()
def create(
    context: typer.Context,
    name: Annotated[str, typer.Argument(help="By which you will know it.")] = "command line",
    role: Annotated[Role, typer.Option(help="What it may do.")] = Role.VIEWER,
    scope: Annotated[
        list[Scope] | None,
        typer.Option(help="What it is good for; may be repeated. Default: all of its role."),
    ] = None,
    days: Annotated[
        int | None, typer.Option(min=1, max=3660, help="How long it lives. Default: for ever.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Make a token and print its secret, which nobody can find out later."""
    now = SystemClock().now()
    until = None if days is None else now + days * DAY
    with _store(_settings(context.obj)) as store:
        made, secret = store.tokens.create(
            name, role, scope or None, "command line", now, expires_at=until
        )
    if as_json:
        terminal.print_json(_shown(made, now) | {"secret": secret})
        return
    terminal.talk().print(f"Token {made.id} ({role}); it is shown this once:")
    terminal.results().print(secret, soft_wrap=True)


@tokens.command("list")
def list_all(context: typer.Context, as_json: AsJson = False) -> None:
    """List every token, without secrets."""
    now = SystemClock().now()
    with _store(_settings(context.obj)) as store:
        found = store.tokens.all()
    if as_json:
        terminal.print_json({"tokens": [_shown(one, now) for one in found]})
        return
    made = terminal.table("id", "name", "role", "scopes", "last used", "state")
    for one in found:
        scopes = "all" if one.scopes is None else " ".join(sorted(one.scopes))
        state = "live" if one.live(now) else "revoked" if one.revoked_at else "expired"
        seen = terminal.moment(one.last_used_at)
        made.add_row(one.id, Text(one.name), one.role, scopes, seen, state)
    terminal.results().print(made if found else "No token yet.")


@tokens.command()
def revoke(
    context: typer.Context,
    token: Annotated[str, typer.Argument(help="Its id, see `shelfhook tokens list`.")],
) -> None:
    """Let a token open nothing any more; sessions that it began end."""
    settings = _settings(context.obj)
    with _store(settings) as store:
        spare = bool(settings.web.token.get_secret_value())
        store.tokens.revoke(token, SystemClock().now(), spare=spare)
    terminal.results().print(f"Revoked: {token}")


def sign_in_link(
    context: typer.Context,
    person: Annotated[str, typer.Argument(help="Whom it lets in. Default: nobody by name.")] = "",
    role: Annotated[Role, typer.Option(help="What it lets do, if it is nobody's.")] = Role.ADMIN,
    minutes: Annotated[int, typer.Option(min=1, max=1440, help="How long it may be used.")] = 15,
) -> None:
    """Print a link that lets a browser in once."""
    from shelfhook.app.first_token import sign_in_address

    settings = _settings(context.obj)
    with _store(settings) as store:
        secret = store.sessions.make_link(
            role,
            SystemClock().now(),
            seconds=minutes * 60.0,
            created_by="command line",
            person=_name(person) if person else "",
        )
    address = sign_in_address(settings, f"/sign-in/{secret}")
    terminal.results().print(address, soft_wrap=True)


def _store(settings: Settings) -> Store:
    from shelfhook.store import Store

    return Store(settings.paths.database_url)


def _settings(place: Place) -> Settings:
    return place.parts().settings


def _name(given: str) -> str:
    try:
        return person_name(given)
    except ValueError as error:
        raise ConfigurationError([f"PERSON: no name for a person; {error}"]) from None


def _shown(one: Token, now: float) -> dict[str, object]:
    scopes = None if one.scopes is None else sorted(one.scopes)
    return asdict(one) | {"scopes": scopes, "live": one.live(now)}
