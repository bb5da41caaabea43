"""Refuses, before a job begins, what could never be done."""

from __future__ import annotations

from collections.abc import Iterable

from shelfhook.errors import Permanent
from shelfhook.ports import Action, Files, Host


def check_needs(actions: Iterable[Action], host: Host, files: Files) -> None:
    """Hold what the actions need against what there is.

    Raises:
        Permanent: the host lacks something, or no folder of it is mapped; with the remedy.
    """
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
