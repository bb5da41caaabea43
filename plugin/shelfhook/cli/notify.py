"""`shelfhook notify`: try out a notification."""

from __future__ import annotations

from typing import Annotated

import typer

from shelfhook.cli.failures import FAILED, Commands
from shelfhook.cli.place import Place
from shelfhook.cli.working import AsJson

commands = typer.Typer(cls=Commands, help="Try out notifications.", no_args_is_help=True)


@commands.callback()
def everything() -> None:
    """Try out notifications."""


@commands.command()
def test(
    context: typer.Context,
    name: Annotated[str, typer.Argument(help="Which notification, as the settings name it.")],
    as_json: AsJson = False,
) -> None:
    """Send a test to each URL of a notification, now, and say how that went."""
    raise typer.Exit(send_test(context.obj, name, as_json=as_json))


def send_test(place: Place, name: str, *, as_json: bool) -> int:
    """Send a test from here, whether a service runs or not; gives the exit code."""
    from shelfhook.app.letters import test_words
    from shelfhook.cli import terminal
    from shelfhook.cli.lines import Line, show
    from shelfhook.notify import apprise

    settings = place.parts().settings.notification(name)
    title, body = test_words(name)
    lines = []
    for number, url in enumerate(settings.urls, start=1):
        fault = apprise(url.get_secret_value(), title, body)
        lines.append(Line(f"{name}/{number}", not fault, fault or "was taken"))
    if as_json:
        terminal.print_json(
            [{"receiver": one.what, "ok": one.ok, "message": one.message} for one in lines]
        )
    else:
        for line in lines:
            show(line)
    return 0 if all(line.ok for line in lines) else FAILED
