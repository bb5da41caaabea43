"""Refuses, before a job begins, what could never be done."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import cast

from shelfhook.errors import Permanent
from shelfhook.ports import Action, Files, Host, ReadyAction


def check_needs(actions: Sequence[Action], host: Host, files: Files) -> None:
    """Hold what the actions need against what there is.

    Raises:
        Permanent: the host or this machine lacks something, or no folder is mapped; with the
            remedy.
    """
    _check_builders(actions)
    for action in actions:
        if "files" in action.needs and not files.mapped:
            raise Permanent(
                f"action {action.name!r} works on files, and no folder of the host {host.name!r} is"
                f" mapped to this machine; add a table [hosts.{host.name}.paths], such as"
                ' "/books" = "/mnt/books"'
            )
        missing = sorted(action.needs - host.capabilities - {"files"})
        if missing:
            raise Permanent(
                f"action {action.name!r} needs {', '.join(missing)}, which the host"
                f" {host.name!r} ({host.kind}) does not offer; take the action out of the routine"
            )
        if hasattr(action, "check_ready"):
            cast(ReadyAction, action).check_ready()


def _check_builders(actions: Sequence[Action]) -> None:
    """A change of a file names its action; two of one name could build each other's files."""
    names = Counter(action.name for action in actions if hasattr(action, "build"))
    for name, count in names.items():
        if count > 1:
            raise Permanent(
                f"action {name!r} stands {count} times in the routine, and it writes files; keep"
                " one, or make two routines of it"
            )
