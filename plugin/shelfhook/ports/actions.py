"""What an action is, and what it may ask while it plans."""

from __future__ import annotations

from collections.abc import Callable, Collection, Hashable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple, ParamSpec, Protocol, TypeAlias, TypeVar

from pydantic import BaseModel

from shelfhook.model import Change, Finding, Item
from shelfhook.ports.hosts import Host

P = ParamSpec("P")
R = TypeVar("R")


class Files(Protocol):
    """The files of one host's items, as this machine sees them."""

    @property
    def mapped(self) -> bool:
        """Whether any folder of the host is mapped to one of this machine."""
        ...

    def local(self, item: Item) -> Path:
        """Where an item's file lies on this machine; it exists and is a regular file.

        Raises:
            Permanent: no mapping covers its path, or it leads out of the mapped folders.
            Gone: there is no such file.
        """
        ...

    def reading(self, item: Item) -> AbstractContextManager[Path]:
        """The item's file to read: where it lies, or else a download that goes afterwards.

        Raises:
            Permanent: it is not mapped and the host has no `download`.
            Gone: there is no such file.
        """
        ...


class Heavy(Protocol):
    """Runs a function in a worker process, so that its work leaves this process free."""

    def __call__(self, function: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
        """The function's result, or what it raised. It must lie at the top of a module.

        Raises:
            Permanent: the worker process died (for want of memory, say), or took too long.
        """
        ...


class Sibling(NamedTuple):
    """A book of a series that is judged as a whole.

    Attributes:
        left_out: why the job does nothing with it; "" if it does.
    """

    item: Item
    left_out: str = ""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What becomes of all books of a series together.

    Attributes:
        value: what they all get; None if there is nothing that they must get together.
        hindrance: what stands in the way, so that none of them may get it; None if nothing does.
        teller: id of the one book whose plan tells it.
    """

    value: str | None = None
    hindrance: Finding | None = None
    teller: str = ""


Judge: TypeAlias = "Callable[[Sequence[Sibling]], Verdict]"


class Together(Protocol):
    """Judges a series as a whole, before an action plans what its books only get together."""

    def __call__(self, item: Item, about: Hashable, judge: Judge) -> Verdict:
        """The verdict on an item's series: made once in a job, however many of its books ask.

        Who asks meanwhile waits. While something stands in the way the next run looks at the books
        of the series again, also at those that have not changed.

        Args:
            item: a book of the series; it is among the siblings, too.
            about: tells apart what is asked of the same series, such as the action itself.
            judge: gets all books of the series, read fresh. Only reads.
        """
        ...


def alone(item: Item, about: Hashable, judge: Judge) -> Verdict:
    """The verdict on a book that nobody knows any siblings of. Satisfies `Together`."""
    del about
    return judge([Sibling(item)])


@dataclass(frozen=True, slots=True)
class PlanContext:
    """What an action may ask while it plans. All of it only reads.

    Attributes:
        host: the item's host.
        files: the files behind the items.
        heavy: for work that keeps a processor busy for more than some milliseconds.
        dry_run: whether the job ends before anything is changed.
        together: for what all books of a series get, or none.
    """

    host: Host
    files: Files
    heavy: Heavy
    dry_run: bool = False
    together: Together = alone


Planned: TypeAlias = "Change | Finding"


class Action(Protocol):
    """Looks at an item and plans changes; the engine applies them.

    One file, one class, one entry point in the group `shelfhook.actions`. The class is called
    with its validated parameters. See also `SeriesAction` and `FileAction`. One that never plans a
    change may say so with an attribute `only_looks`, true; then it runs with an account, too, that
    may not write.
    """

    name: str
    parameters: type[BaseModel]
    needs: frozenset[str]
    """Capabilities that the host must have, and `files` for folders mapped to this machine; a
    routine that lacks one is refused before a job starts. An instance may add to its class's."""

    def plan(self, item: Item, context: PlanContext) -> Sequence[Planned]:
        """The changes this action wants of a book, and what it finds wrong with it. Only reads."""
        ...


class SeriesAction(Action, Protocol):
    """An action that also looks at series, each once in a job."""

    def plan_series(self, series: Item, context: PlanContext) -> Sequence[Planned]:
        """The changes this action wants of a series (an item with `entity` "series")."""
        ...


class ListAction(Action, Protocol):
    """An action that knows what is to be on a list, and so can tell what the library lacks."""

    def judged(self) -> Sequence[tuple[str, str]]:
        """Kind and name of each list of which it can tell."""
        ...

    def lacking(self, kind: str, name: str, entries: Collection[str]) -> Sequence[Finding]:
        """What belongs on a list and nothing of the library is.

        Asked once for each list, and only at the end of a job that has seen all its library.

        Args:
            entries: all that stood as `entries` in the job's wishes to be on this list.
        """
        ...


class ReadyAction(Action, Protocol):
    """An action that may want for something on this machine, such as a module."""

    def check_ready(self) -> None:
        """Called before each job, and by `check`: refuses the routine.

        Raises:
            Permanent: it cannot work here; with the remedy.
        """
        ...


class FileAction(Action, Protocol):
    """An action whose plan may hold changes of kind FILE."""

    def build(self, change: Change, target: Path, context: PlanContext) -> None:
        """Make the new file at `target` from the one at `change.before["path"]`.

        `target` lies in the same folder and does not exist yet. The old file must not be touched:
        the engine keeps it, and puts the new one in its place, once this has returned.

        Raises:
            Permanent: it cannot be made, or would not be sound.
        """
        ...


class ActionType(Protocol):
    """The class behind an action: what an entry point of `shelfhook.actions` names."""

    name: str
    parameters: type[BaseModel]
    needs: frozenset[str]

    def __call__(self, parameters: BaseModel) -> Action:
        """Make the action with its validated parameters."""
        ...
