"""`shelfhook users …`: people that sign in. A running service sees a change within a second."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.text import Text

from shelfhook.cli import asking, terminal
from shelfhook.cli.place import Place
from shelfhook.cli.working import AsJson
from shelfhook.clock import SystemClock
from shelfhook.errors import ConfigurationError
from shelfhook.model import Person, Role, person_name

if TYPE_CHECKING:  # imported when needed: it takes a third of a second
    from shelfhook.store import Store

users = typer.Typer(help="People that sign in.", no_args_is_help=True)

Name = Annotated[str, typer.Argument(help="Name to sign in with.")]
PasswordFile = Annotated[
    Path | None,
    typer.Option(help="The file that holds the password; - reads standard input."),
]


@users.command()
def add(
    context: typer.Context,
    name: Name,
    role: Annotated[Role, typer.Option(help="What that person may do.")] = Role.VIEWER,
    password_file: PasswordFile = None,
    no_password: Annotated[
        bool, typer.Option("--no-password", help="By sign-in link or proxy only.")
    ] = False,
) -> None:
    """Add somebody; asks for the password."""
    plain = _name(name)
    with _store(context.obj) as store:
        password = "" if no_password else _password(password_file)
        store.people.add(plain, role, password, SystemClock().now())
    terminal.results().print(f"Added: {plain} ({role})")


@users.command("list")
def list_all(context: typer.Context, as_json: AsJson = False) -> None:
    """List everybody."""
    with _store(context.obj) as store:
        found = store.people.all()
    if as_json:
        terminal.print_json({"people": [_shown(one) for one in found]})
        return
    if not found:
        terminal.results().print("Nobody yet. To add somebody: shelfhook users add NAME")
        return
    made = terminal.table("name", "role", "password", "last signed in")
    for one in found:
        seen = terminal.moment(one.signed_in_at)
        made.add_row(Text(one.name), one.role, "yes" if one.has_password else "no", seen)
    terminal.results().print(made)


@users.command("set-password")
def set_password(context: typer.Context, name: Name, password_file: PasswordFile = None) -> None:
    """Give somebody a new password; all sessions of that person end."""
    plain = _name(name)
    with _store(context.obj) as store:
        store.people.get(plain)
        store.people.set_password(plain, _password(password_file))
    terminal.results().print(f"The password of {plain} is changed; all sessions have ended")


@users.command("set-role")
def set_role(
    context: typer.Context,
    name: Name,
    role: Annotated[Role, typer.Argument(help="What that person may do.")],
) -> None:
    """Change what somebody may do."""
    plain = _name(name)
    with _store(context.obj) as store:
        store.people.set_role(plain, role)
    terminal.results().print(f"{plain} is {role} now")


@users.command()
def remove(context: typer.Context, name: Name) -> None:
    """Remove somebody, with all sessions."""
    plain = _name(name)
    with _store(context.obj) as store:
        store.people.remove(plain)
    terminal.results().print(f"Removed: {plain}")


def _store(place: Place) -> Store:
    from shelfhook.store import Store

    return Store(place.parts().settings.paths.database_url)


def _name(given: str) -> str:
    try:
        return person_name(given)
    except ValueError as error:
        raise ConfigurationError([f"NAME: no name for a person; {error}"]) from None


def _password(file: Path | None) -> str:
    """From the file, or asked for twice."""
    from shelfhook.store import passwords

    option = "--password-file"
    password = asking.secret_from(file, option)
    if file is None:
        password = asking.asked("Password", option, hidden=True)
        if password != asking.asked("Once more", option, hidden=True):
            raise ConfigurationError(["the two passwords differ; try again"])
    if wrong := passwords.fault(password):
        raise ConfigurationError([f"the password {wrong}"])
    return password


def _shown(one: Person) -> dict[str, object]:
    return {
        "name": one.name,
        "role": one.role,
        "has_password": one.has_password,
        "created_at": one.created_at,
        "signed_in_at": one.signed_in_at,
    }
