"""The commands that are about jobs, with their options; `entry` adds them to the others."""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum
from typing import Annotated

import typer

from shelfhook.model import Outcome, Severity

AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON document, nothing else.")]


class Form(StrEnum):
    """How findings are printed."""

    TABLE = "table"
    CSV = "csv"
    JSON = "json"
    HTML = "html"


def run(
    context: typer.Context,
    routine: Annotated[str, typer.Argument(help="Which routine, such as process-all.")],
    library: Annotated[
        str, typer.Option(help="Id or name of one library. Default: all that the routine names.")
    ] = "",
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Plan and show every change, make none.")
    ] = False,
    item: Annotated[list[str] | None, typer.Option(help="Id of an item; may be repeated.")] = None,
    everything: Annotated[
        bool, typer.Option("--all", help="Look also at items that have stayed as they were.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Run a routine now and follow it to its end.

    A running service does the work; without one it is done here.
    """
    from shelfhook.cli.run import Wanted, run

    wanted = Wanted(routine, library, tuple(item or ()), dry_run, everything)
    raise typer.Exit(run(context.obj, wanted, as_json=as_json))


def jobs(
    context: typer.Context,
    job: Annotated[str, typer.Argument(help="Id of a job, or its first 8 characters.")] = "",
    limit: Annotated[int, typer.Option(min=1, max=1000, help="How many lines to show.")] = 20,
    outcome: Annotated[
        Outcome | None, typer.Option(help="Only items that ended like this.")
    ] = None,
    cancel: Annotated[bool, typer.Option("--cancel", help="Cancel the job.")] = False,
    as_json: AsJson = False,
) -> None:
    """List the latest jobs, or show one with its items and changes."""
    from shelfhook.cli import jobs

    if not job:
        if cancel or outcome:
            raise typer.BadParameter("--cancel and --outcome need a job")
        raise typer.Exit(jobs.list_all(context.obj, limit, as_json=as_json))
    if cancel:
        raise typer.Exit(jobs.cancel(context.obj, job, as_json=as_json))
    raise typer.Exit(jobs.show(context.obj, job, outcome, limit, as_json=as_json))


def apply(
    context: typer.Context,
    job: Annotated[str, typer.Argument(help="Id of a dry run, or its first 8 characters.")],
    as_json: AsJson = False,
) -> None:
    """Do exactly what a dry run has shown; items that have changed since are left alone."""
    from shelfhook.cli import run

    raise typer.Exit(run.apply(context.obj, job, as_json=as_json))


def undo(
    context: typer.Context,
    job: Annotated[str, typer.Argument(help="Id of a job, or its first 8 characters.")],
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Show what would be taken back, do nothing.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Take back what a job has changed, but nothing that was changed again since."""
    from shelfhook.cli import run

    raise typer.Exit(run.undo(context.obj, job, dry_run=dry_run, as_json=as_json))


def findings(
    context: typer.Context,
    job: Annotated[str, typer.Option(help="Only those of this job. Default: of all.")] = "",
    severity: Annotated[Severity | None, typer.Option(help="Only those of this severity.")] = None,
    code: Annotated[str, typer.Option(help="Only codes that begin like this.")] = "",
    form: Annotated[Form, typer.Option("--format", help="How to print them.")] = Form.TABLE,
    limit: Annotated[int, typer.Option(min=1, help="How many lines a table has.")] = 50,
) -> None:
    """Show what audits have found, or export it."""
    from shelfhook.cli import findings

    wanted = findings.Wanted(job, severity or "", code)
    raise typer.Exit(findings.show(context.obj, wanted, form.value, limit))


def quarantine(
    context: typer.Context,
    release: Annotated[
        list[str] | None, typer.Option(help="Id of an item to release; may be repeated.")
    ] = None,
    host: Annotated[str, typer.Option(help="Its host. May be left out if there is one.")] = "",
    as_json: AsJson = False,
) -> None:
    """List items that failed again and again and are set aside, or release some."""
    from shelfhook.cli import quarantine

    if release:
        raise typer.Exit(quarantine.release(context.obj, release, host, as_json=as_json))
    raise typer.Exit(quarantine.show(context.obj, as_json=as_json))


COMMANDS: tuple[Callable[..., None], ...] = (run, jobs, apply, undo, findings, quarantine)
"""In the order in which the help shows them."""
