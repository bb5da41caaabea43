"""`collect`: collections and read lists by rule, and read lists that follow a CBL file.

Each series or book wishes to be on the lists that its rules name; the engine gathers the wishes of
a whole job and writes each list once. Nobody is taken off a list, no list is deleted, and a list
that a person has put into an order of their own keeps it: what is new comes behind it.

What a CBL file names and no book of the library is becomes findings, where a job has seen them all.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import product

from pydantic import BaseModel

from shelfhook.actions import collect_sorting, templates
from shelfhook.actions.collect_cbl import Entry, ReadingOrder
from shelfhook.actions.collect_matching import match
from shelfhook.actions.collect_parameters import FROM_FILE, CollectParameters, ListRule
from shelfhook.actions.collect_views import View
from shelfhook.actions.tag_parameters import Where
from shelfhook.actions.tag_subjects import Condition, condition
from shelfhook.model import Change, ChangeKind, Fields, Finding, Item, Severity
from shelfhook.ports import PlanContext, Planned

_NEEDS = {"collection": "collections", "read-list": "read-lists"}


class Collect:
    """Plans which collections and read lists a series or a book belongs on.

    Attributes:
        recipe: digest of the reading orders, which may change while the parameters stay.
    """

    name = "collect"
    parameters: type[BaseModel] = CollectParameters
    needs: frozenset[str] = frozenset()

    def __init__(self, parameters: BaseModel) -> None:
        chosen = CollectParameters.model_validate(parameters)
        rules = [(rule, condition(rule.where)) for rule in chosen.lists]
        # what only a file says of a series is found where files are: at its books
        self._of_series = [one for one in rules if _looks_at(one[0]) == "series"]
        self._of_books = [one for one in rules if _looks_at(one[0]) == "book"]
        self.needs = frozenset(_NEEDS[rule.kind] for rule in chosen.lists)
        # A condition leaves out books that the library has: then nobody knows what it lacks.
        self._judged = [
            (rule, rule.order) for rule in chosen.lists if rule.order and rule.where == Where()
        ]
        orders = [repr(rule.order.entries) for rule in chosen.lists if rule.order]
        self.recipe = hashlib.sha256("\n".join(orders).encode()).hexdigest()[:32]

    def plan(self, item: Item, context: PlanContext) -> Sequence[Planned]:
        """The read lists that a book belongs on, and what hinders that."""
        return self._plan(self._of_books, item, context)

    def plan_series(self, series: Item, context: PlanContext) -> Sequence[Planned]:
        """The collections that a series belongs on."""
        return self._plan(self._of_series, series, context)

    def judged(self) -> Sequence[tuple[str, str]]:
        """The read lists that follow a CBL file as it is."""
        return [(rule.kind, rule.ordered_name) for rule, _ in self._judged]

    def lacking(self, kind: str, name: str, entries: Collection[str]) -> Sequence[Finding]:
        """A finding for each book that a CBL file names and the library does not have."""
        missing: dict[str, Entry] = {}
        for rule, order in self._judged:
            if (rule.kind, rule.ordered_name.lower()) == (kind, name.lower()):
                missing |= {one.key: one for one in order.entries if one.key not in entries}
        return [_missing(name, entry) for entry in missing.values()]

    def _plan(
        self, rules: Sequence[tuple[ListRule, Condition]], item: Item, context: PlanContext
    ) -> Sequence[Planned]:
        view = View(item, context)
        planned: list[Planned] = []
        for rule, holds in rules:
            if holds(view.subject, view.words):
                planned += _ordered(rule, rule.order, item) if rule.order else _named(rule, view)
        return [*planned, _unread(view)] if view.unread else planned


def _looks_at(rule: ListRule) -> str:
    from_file = FROM_FILE.intersection(rule.placeholders)
    return "book" if rule.kind == "read-list" or from_file else "series"


def _named(rule: ListRule, view: View) -> Iterator[Change]:
    """A membership for each list that the rule's name stands for."""
    member = view.item.id
    if rule.kind == "collection" and view.item.entity == "book":
        member = view.item.series
    names = rule.placeholders
    for values in product(*(view.texts(name) for name in names)):
        given = dict(zip(names, values, strict=True))
        sort = _sort(rule, view, given)
        name = " ".join(templates.fill(rule.name, given).split())
        if name and member:
            yield _membership(rule.kind, name, member, sort, ordered=bool(sort))


def _sort(rule: ListRule, view: View, given: Mapping[str, str]) -> str:
    if "story_arc" in given and not rule.sort:
        return collect_sorting.in_arc(view.item, view.arcs[given["story_arc"]])
    return collect_sorting.key(view.item, rule.sort)


def _ordered(rule: ListRule, order: ReadingOrder, item: Item) -> Iterator[Planned]:
    """The membership of a book that the reading order names."""
    name = rule.ordered_name
    found = match(item, order)
    if found.entry:
        wish = _membership(rule.kind, name, item.id, f"{found.entry.place:06d}", ordered=True)
        yield replace(wish, after={**wish.after, "entries": [one.key for one in found.entries]})
    elif found.doubtful:
        yield _doubtful(name, found.doubtful, item)


def _membership(kind: str, name: str, member: str, sort: str, *, ordered: bool) -> Change:
    after: Fields = {"member": member, "sort": sort, "ordered": ordered}
    return Change(ChangeKind.LIST, kind, name, after=after)


def _doubtful(name: str, entry: Entry, item: Item) -> Finding:
    return Finding(
        code="collect.other-year",
        severity=Severity.INFO,
        message=f"the read list {name!r} has {entry}, but this book is of another year",
        remedy="if it is the same book, correct its release date, or put the year into the "
        f"series' title: '{item.series_name} ({entry.volume or entry.year})'",
        place="releaseDate",
    )


def _missing(name: str, entry: Entry) -> Finding:
    return Finding(
        code="collect.missing",
        severity=Severity.INFO,
        message=f"the read list {name!r} has {entry}, which no book of the library is",
        remedy="get the book; or, if it is there, correct its series, number or release date",
        place=str(entry),
    )


def _unread(view: View) -> Finding:
    return Finding(
        code="collect.no-comicinfo",
        severity=Severity.INFO,
        message=f"story arc and series group are unknown: {view.unread}",
        remedy="map the library's folder in [hosts.<name>.paths], or have the file audited",
        place="ComicInfo.xml",
    )
