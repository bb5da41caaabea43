"""Every command with its options. What a command does is in the module that it imports."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from shelfhook.cli import calibre_plugin, notify, people, tokens, working
from shelfhook.cli.failures import Commands
from shelfhook.cli.place import Place
from shelfhook.cli.working import AsJson

app = typer.Typer(
    cls=Commands,
    help="Work over a comics or book library after each scan and every night.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


File = Annotated[Path, typer.Argument(help="The backup's file.", dir_okay=False)]


def main() -> None:
    """Run the command line."""
    app(prog_name="shelfhook")


def _show_version(wanted: bool) -> None:
    if wanted:
        from importlib.metadata import version

        typer.echo(f"shelfhook {version('shelfhook')}")
        raise typer.Exit


@app.callback()
def everything(
    context: typer.Context,
    config: Annotated[
        Path | None,
        typer.Option(
            "--config",
            metavar="PATH",
            help="The settings file. Default: $SHELFHOOK_CONFIG, else shelfhook.toml here.",
        ),
    ] = None,
    version: Annotated[  # noqa: ARG001 - its callback has done the work
        bool,
        typer.Option(
            "--version", callback=_show_version, is_eager=True, help="Print the version and end."
        ),
    ] = False,
) -> None:
    """Work over a comics or book library after each scan and every night."""
    context.obj = Place(config)


@app.command(rich_help_panel="Begin")
def init(
    context: typer.Context,
    kind: Annotated[
        str | None, typer.Option(help="What the server is. Default: found out from the URL.")
    ] = None,
    url: Annotated[
        str | None, typer.Option(help="The server's URL, with or without a page's path.")
    ] = None,
    api_key: Annotated[
        str | None, typer.Option(help="Its API key. Others on this machine may see it: rather…")
    ] = None,
    api_key_file: Annotated[
        Path | None, typer.Option(help="…the file that holds it; - reads standard input.")
    ] = None,
    username: Annotated[
        str, typer.Option(help="The account there, in place of a key (calibre).")
    ] = "",
    password_file: Annotated[
        Path | None, typer.Option(help="The file that holds its password; - reads standard input.")
    ] = None,
    verify: Annotated[
        str, typer.Option(help="File with the CA of the server's TLS certificate; false: any.")
    ] = "true",
    path: Annotated[
        list[str] | None,
        typer.Option(
            metavar="THEIRS=OURS",
            help="Where a folder of the server lies on this machine; may be repeated.",
        ),
    ] = None,
    name: Annotated[str, typer.Option(help="What Shelfhook calls the server.")] = "",
    listen: Annotated[str, typer.Option(help="Where Shelfhook listens.")] = "127.0.0.1:8790",
    force: Annotated[bool, typer.Option("--force", help="Overwrite without asking.")] = False,
    test: Annotated[bool, typer.Option(help="Whether to test the connection first.")] = True,
) -> None:
    """Find out what the media server is, test the connection, write the settings file."""
    from shelfhook.cli.init import Answers, init

    answers = Answers(
        kind=kind,
        url=url,
        api_key=api_key,
        api_key_file=api_key_file,
        username=username,
        password_file=password_file,
        verify=verify,
        name=name,
        paths=tuple(path or ()),
        listen=listen,
        force=force,
        test=test,
    )
    raise typer.Exit(init(context.obj, answers))


@app.command(rich_help_panel="Begin")
def check(context: typer.Context, as_json: AsJson = False) -> None:
    """Try settings, database, every host, its events and files; one line each."""
    from shelfhook.cli.check import check

    raise typer.Exit(check(context.obj, as_json=as_json))


@app.command(rich_help_panel="Begin")
def demo(
    keep: Annotated[
        bool, typer.Option("--keep", help="Leave it all up until Ctrl-C, and say where to look.")
    ] = False,
    books: Annotated[int, typer.Option(min=50, max=20_000, help="How many files to make.")] = 220,
    as_json: AsJson = False,
    picture: Annotated[
        Path | None, typer.Option(hidden=True, help="Save what was shown as an SVG file.")
    ] = None,
) -> None:
    """Watch a scan of real comic files become a job that ends. Needs no media server."""
    from shelfhook.cli.demo import demo

    raise typer.Exit(demo(books=books, keep=keep, as_json=as_json, picture=picture))


@app.command(rich_help_panel="Serve")
def serve(context: typer.Context) -> None:
    """Serve until Ctrl-C: web and engine as two processes, each restarted if it dies."""
    from shelfhook.app import processes

    raise typer.Exit(processes.serve(context.obj.config, context.obj.env))


@app.command(rich_help_panel="Serve")
def web(context: typer.Context) -> None:
    """Only the web process: webhooks and API."""
    from shelfhook.app import processes

    raise typer.Exit(processes.web(context.obj.config, context.obj.env))


@app.command(rich_help_panel="Serve")
def engine(context: typer.Context) -> None:
    """Only the engine: jobs and schedules. A second one stands by."""
    from shelfhook.app import processes

    raise typer.Exit(processes.engine(context.obj.config, context.obj.env))


for work in working.COMMANDS:
    app.command(rich_help_panel="Work")(work)


@app.command(rich_help_panel="Begin")
def schema(
    openapi: Annotated[
        bool, typer.Option("--openapi", help="Print the API's description (OpenAPI) instead.")
    ] = False,
) -> None:
    """Print the JSON Schema of the settings file."""
    from shelfhook import settings
    from shelfhook.cli.terminal import print_json

    if openapi:
        from shelfhook import web

        print_json(web.openapi())
    else:
        print_json(settings.schema())


@app.command(rich_help_panel="Serve")
def backup(context: typer.Context, file: File, as_json: AsJson = False) -> None:
    """Write the state into a file that is not there yet; the service goes on."""
    from shelfhook.cli import backup

    raise typer.Exit(backup.back_up(context.obj, file, as_json=as_json))


@app.command(rich_help_panel="Serve")
def restore(context: typer.Context, file: File, as_json: AsJson = False) -> None:
    """Put a backup in the place of the state, which is kept; stop the service first."""
    from shelfhook.cli import backup

    raise typer.Exit(backup.restore(context.obj, file, as_json=as_json))


@app.command(rich_help_panel="Serve")
def doctor(context: typer.Context, as_json: AsJson = False) -> None:
    """Print a report for an issue: versions, settings without secrets, state, last errors."""
    from shelfhook.cli.doctor import doctor

    raise typer.Exit(doctor(context.obj, as_json=as_json))


app.add_typer(notify.commands, name="notify", rich_help_panel="Serve")
app.command("calibre-plugin", rich_help_panel="Begin")(calibre_plugin.command)
app.add_typer(people.users, name="users", rich_help_panel="Serve")
app.add_typer(tokens.tokens, name="tokens", rich_help_panel="Serve")
app.command("sign-in-link", rich_help_panel="Serve")(tokens.sign_in_link)
