"""Whether our account at a host may do what a job is for: asked before its first item."""

from __future__ import annotations

from collections.abc import Sequence

from shelfhook.errors import Refused
from shelfhook.model import Account, Job, Trigger
from shelfhook.ports import Action, Host


def writers(actions: Sequence[Action]) -> list[str]:
    """Names of the actions that change things; one that does not says `only_looks`."""
    return [action.name for action in actions if not getattr(action, "only_looks", False)]


def missing(names: Sequence[str], host: Host, account: Account) -> str:
    """Why these actions cannot be done with an account, with the remedy; "" if they can."""
    if account.admin or not names:
        return ""
    return (
        f"{', '.join(names)} would change things at {host.name}, and its account {account.name!r}"
        " may not write; give it that right (at most hosts: make it an administrator), or set"
        " dry_run = true"
    )


def check_rights(job: Job, actions: Sequence[Action], host: Host) -> None:
    """Refuse a job whose every write the host would refuse.

    Raises:
        Refused: the account may not write, or the host does not let us in.
        Transient: the host cannot be asked now.
    """
    names = ["undo"] if job.trigger is Trigger.UNDO else writers(actions)
    if job.dry_run or not names:
        return
    if told := missing(names, host, host.whoami()):
        raise Refused(told)
