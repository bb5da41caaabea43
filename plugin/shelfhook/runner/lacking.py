"""What lists lack: told by their actions at the end of a job that has seen its whole library."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from typing import cast

from shelfhook.model import Finding, Job, Outcome, Severity
from shelfhook.ports import Action, Host, ListAction
from shelfhook.settings import FilterSettings, RoutineSettings
from shelfhook.store.ledger import Ledger

LIST = "list:"
"""How the id begins of the item that stands for a list: `list:<kind>:<name>`."""


def list_id(kind: str, name: str) -> str:
    """Id of the item that stands for a list.

    To a server "Marvel" and "MARVEL" are one list: two workers must not write it at once.
    """
    return f"{LIST}{kind}:{name.lower()}"


class Lacking:
    """Says what belongs on a job's lists and nothing of the library is; or nothing at all.

    A job over chosen items, a retry and a filter see only a part of the library: what they have
    not seen is not missing. Items that stayed the same are no such part: those that want to be on
    a list are looked at in every run.
    """

    def __init__(
        self,
        job: Job,
        routine: RoutineSettings,
        host: Host,
        ledger: Ledger,
        actions: Sequence[Action],
    ) -> None:
        self._job = job
        self._routine = routine
        self._host = host
        self._ledger = ledger
        partly = job.items or job.parent or routine.filter != FilterSettings()
        self._actions = [] if partly else _judges(actions)

    @property
    def lists(self) -> list[tuple[str, str]]:
        """Kind and name of each list of which it can be told what it lacks."""
        return [one for _, action in self._actions for one in action.judged()]

    def told(self, kind: str, name: str, entries: Collection[str]) -> tuple[Finding, ...] | None:
        """What a list lacks; None where this job cannot tell.

        Args:
            entries: what the items are that want to be on it.
        """
        wanted = list_id(kind, name)
        judges = [
            (action_name, action)
            for action_name, action in self._actions
            if any(list_id(*one) == wanted for one in action.judged())
        ]
        if not judges or not self._has_all_libraries():
            return None
        if self._has_unseen():
            return tuple(_not_told(name, action_name) for action_name, _ in judges)
        return tuple(
            replace(finding, action=action_name)
            for action_name, action in judges
            for finding in action.lacking(kind, name, entries)
        )

    def _has_all_libraries(self) -> bool:
        """Whether the job is over all libraries that its routine names."""
        if not self._job.library:
            return True
        named = set(self._routine.libraries)
        theirs = [{one.id, one.name} for one in self._host.libraries()]
        return all(self._job.library in one for one in theirs if not named or named & one)

    def _has_unseen(self) -> bool:
        """Whether an item failed, or was set aside: it may be what seems to be missing."""
        outcomes = (Outcome.FAILED, Outcome.SKIPPED)
        firsts = [self._ledger.items(self._job.num, outcome=one, limit=1) for one in outcomes]
        # lists are numbered behind all books
        return any(not row.item.id.startswith(LIST) for rows in firsts for row in rows)


def _judges(actions: Sequence[Action]) -> list[tuple[str, ListAction]]:
    able = [action for action in actions if hasattr(action, "lacking")]
    return [(action.name, cast(ListAction, action)) for action in able]


def _not_told(name: str, action: str) -> Finding:
    return Finding(
        "list.not-judged",
        Severity.INFO,
        f"what the list {name!r} lacks is not told, since some books failed or were left out",
        "see why in the job, mend that, and run the routine again",
        action=action,
    )
