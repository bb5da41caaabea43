"""What shall be done with one item: what the routine's actions want, or what lists become."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Protocol, TypeAlias, cast

from shelfhook.errors import Gone
from shelfhook.model import Change, ChangeKind, Finding, Item, LedgerItem
from shelfhook.ports import Action, Host, Lists, PlanContext
from shelfhook.rules import merge_members
from shelfhook.runner import planning
from shelfhook.runner.guard import Hold
from shelfhook.runner.lacking import LIST, Lacking
from shelfhook.runner.series import ForeseeingHost, SeriesPlan, SeriesPlans
from shelfhook.store.ledger import Ledger

JUDGED = "judged"
"""What a list is known by of which it was told what it lacks: such findings hold until then."""

Entities: TypeAlias = "dict[tuple[str, str], Item]"
"""Entities as they were read, by kind and id."""


def is_wish(change: Change) -> bool:
    """Whether a change is an item's wish to be on a list, rather than the list's."""
    return change.kind is ChangeKind.LIST and "member" in change.after


@dataclass(slots=True)
class Proposal:
    """Changes to make, in order, with the entities they are about.

    Attributes:
        refused: why (some of) what was asked for is not done; "" if it all is.
        series_mark: what will tell that the item's series stayed as the job leaves it; "" if the
            job leaves it alone.
        known_as: what an item that is no book is known by afterwards; "" keeps what was known.
        again: what hindered its series may be gone, though the item may have stayed the same.
    """

    changes: tuple[Change, ...] = ()
    findings: tuple[Finding, ...] = ()
    entities: Entities = field(default_factory=dict)
    refused: str = ""
    series_mark: str = ""
    known_as: str = ""
    again: bool = False

    @property
    def unfinished(self) -> bool:
        """Whether the next run must look at the item again, though it may have stayed the same.

        Its place on a list is written later, and depends on the others that want to be there; or
        its file is to be written once more; or its series could not be changed as a whole.
        """
        if self.again:
            return True
        wishes = any(is_wish(change) for change in self.changes)
        return wishes or any(one.code == planning.NEXT_RUN for one in self.findings)


class Proposer(Protocol):
    """Reads an item and says what is to be done with it. Called by all workers of a job."""

    def propose(self, entry: LedgerItem, hold: Hold, done: Sequence[Change]) -> Proposal:
        """What to do with an item, from the state that it has now.

        Args:
            done: changes of this very item that an earlier attempt has made.

        Raises:
            ItemChanged: nothing, since it is not as it must be for that.
            Gone: it is no longer there.
        """
        ...

    def ended_badly(self, entry: LedgerItem) -> None:
        """Hear that an item failed: what only it would have done may be another's now."""
        ...


class ByActions:
    """What the routine's actions want: once in a job of each series, and of every item.

    A series is looked at with its first item, before that and all its other items: so each item is
    planned with the series as it will be, in a dry run too.

    Args:
        hindered: whether a series could not be changed as a whole, so that its books are looked at
            again by the next run.
    """

    def __init__(
        self,
        actions: Sequence[Action],
        context: PlanContext,
        locks: planning.Locks,
        hindered: Callable[[str], bool] = lambda _series: False,
    ) -> None:
        self._hindered = hindered
        self._of_items = planning.looks_at_items(actions)
        self._host = context.host
        self._locks = locks
        self._of_series = planning.looks_at_series(actions)
        self._series = SeriesPlans()
        foreseen = cast(Host, ForeseeingHost(context.host, self._series))
        self._context = replace(context, host=foreseen) if self._of_series else context

    def propose(self, entry: LedgerItem, hold: Hold, done: Sequence[Change]) -> Proposal:
        """Read the item fresh and let the actions plan."""
        del done  # a plan starts from what is there
        item = self._host.item(entry.item.id)
        proposal = Proposal(entities={("book", item.id): item})
        of_series = planning.NOTHING
        if self._of_series and item.series:
            with self._series.of(item.series) as its:
                if self._series.is_for(its, entry.seq):
                    of_series = self._first_look(item.series, its, proposal, hold)
        plan = planning.plan(item, self._of_items, self._context, self._locks)
        if of_series is not planning.NOTHING:
            plan = of_series + plan
        proposal.changes, proposal.findings = plan.changes, plan.findings
        proposal.again = self._hindered(item.series)
        if self._of_series:
            proposal.series_mark = self._series.mark(item.series)
        return proposal

    def ended_badly(self, entry: LedgerItem) -> None:
        """Let another item of the series look at it."""
        if self._of_series:
            self._series.give_up(entry.seq)

    def _first_look(
        self, series_id: str, its: SeriesPlan, proposal: Proposal, hold: Hold
    ) -> planning.Plan:
        """Look at the series; whatever keeps us from it, the next item of the series tries."""
        try:
            return self._look_at_series(series_id, its, proposal, hold)
        except BaseException:
            its.seq = None
            raise

    def _look_at_series(
        self, series_id: str, its: SeriesPlan, proposal: Proposal, hold: Hold
    ) -> planning.Plan:
        hold.series(series_id)
        try:
            series = self._host.series(series_id)
        except Gone:
            return planning.NOTHING  # the book is there all the same
        proposal.entities["series", series.id] = series
        plan = planning.plan(series, self._of_series, self._context, self._locks)
        its.foresee(series, plan.changes, self._host)
        return plan


class OfLists:
    """Beside another proposer: says how the lists become that the job's items want to be on.

    Args:
        jobs: numbers of the job and of those that it retries: their wishes count, too.
        lacking: says what is to be on a list and is not in the library.
    """

    def __init__(
        self, items: Proposer, host: Host, ledger: Ledger, jobs: Sequence[int], lacking: Lacking
    ) -> None:
        self._items = items
        self._host = host
        self._ledger = ledger
        self._jobs = jobs
        self._lacking = lacking

    def propose(self, entry: LedgerItem, hold: Hold, done: Sequence[Change]) -> Proposal:
        """For a list: its present members and the new ones, and what it lacks."""
        if not entry.item.id.startswith(LIST):
            return self._items.propose(entry, hold, done)
        kind, _, folded = entry.item.id.removeprefix(LIST).partition(":")
        names = self._spellings(kind, folded)
        wanted: dict[str, str] = {}
        ordered = False
        actions: dict[str, None] = {}
        entries: set[str] = set()
        for known in self._ledger.wishes_for(self._jobs, kind, names) if names else ():
            wish = known.change.after
            wanted[str(wish["member"])] = str(wish.get("sort") or "")
            ordered = ordered or bool(wish.get("ordered"))
            actions[known.change.action] = None
            entries.update(cast("Sequence[str]", wish.get("entries") or ()))
        told = self._lacking.told(kind, names[0] if names else entry.item.name, entries)
        proposal = Proposal(findings=told or (), known_as="" if told is None else JUDGED)
        if not wanted:
            refused = "no item that ended well wants to be on this list"
            proposal.refused = refused if names else ""
            return proposal
        change = list_change(cast(Lists, self._host), kind, names[0], wanted, ordered=ordered)
        if change is not None:
            proposal.changes = (replace(change, action=" ".join(actions)),)
        return proposal

    def ended_badly(self, entry: LedgerItem) -> None:
        """Nobody else can write a list."""
        self._items.ended_badly(entry)

    def _spellings(self, kind: str, folded: str) -> list[str]:
        found: dict[str, None] = {}
        for num in self._jobs:
            for one, name in self._ledger.gathered(num):
                if one == kind and name.lower() == folded:
                    found[name] = None
        return list(found)


def read_entity(host: Host, change: Change, hold: Hold) -> Item:
    """The book or series that a change is about, read fresh; a series is held from now on."""
    if change.entity == "series":
        hold.series(change.entity_id)
        return host.series(change.entity_id)
    return host.item(change.entity_id)


def members_now(host: Host, change: Change) -> list[str] | None:
    """Who is on the list that a change is about; None if there is no such list."""
    there = cast(Lists, host).find_list(change.entity, change.entity_id)
    return None if there is None else list(there.members)


def list_change(
    lists: Lists, kind: str, name: str, wanted: dict[str, str], *, ordered: bool
) -> Change | None:
    """The change that brings what is wanted onto a list; None if all of it is there."""
    there = lists.find_list(kind, name)
    if there is None:
        members = merge_members((), wanted, ordered=ordered)
        before: dict[str, object] = {"members": None}
        after: dict[str, object] = {"members": list(members), "ordered": ordered}
    else:
        members = merge_members(there.members, wanted, ordered=there.ordered and ordered)
        if members == there.members:
            return None
        before = {"members": list(there.members), "ordered": there.ordered}
        after = {"members": list(members), "ordered": there.ordered}
    return Change(ChangeKind.LIST, kind, name, before, after)  # type: ignore[arg-type] # JSON
