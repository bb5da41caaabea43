"""`tags`: adds, removes and renames tags and genres; age rating and reading direction by rule.

What no rule names stays. Edits run in order, those of the file first; an edit spells, then removes,
then adds. Ratings and directions follow from the words as they are after all edits, and fill only
what is empty, unless a rule says otherwise.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence

from pydantic import BaseModel

from shelfhook.actions import tag_edits, wishes
from shelfhook.actions.age_ratings import AGES
from shelfhook.actions.tag_edits import Edit
from shelfhook.actions.tag_parameters import TagsParameters
from shelfhook.actions.tag_subjects import Condition, Subject, Words, condition, words_of
from shelfhook.model import Fields, Finding, Item, Severity, Value
from shelfhook.ports import Host, PlanContext, Planned

WORDS = ("tags", "genres")


class Tags:
    """Edits tags and genres of books and series by rule.

    Attributes:
        recipe: digest of all rules, also those of the file: items that were done by other rules
            need another look.
    """

    name = "tags"
    parameters: type[BaseModel] = TagsParameters
    needs: frozenset[str] = frozenset()

    def __init__(self, parameters: BaseModel) -> None:
        chosen = TagsParameters.model_validate(parameters)
        tables = chosen.tables
        self._edits = tuple(tag_edits.edit(one) for table in tables for one in table.edits)
        ratings = [rule for table in tables for rule in table.age_rating]
        directions = [rule for table in tables for rule in table.reading_direction]
        self._values: Mapping[str, Sequence[tuple[Condition, Value, bool]]] = {
            "ageRating": [(condition(r.where), AGES[r.rating], r.overwrite) for r in ratings],
            "readingDirection": [
                (condition(r.where), r.direction, r.overwrite) for r in directions
            ],
        }
        self.needs = self._needs()
        told = "\n".join(table.model_dump_json() for table in tables)
        self.recipe = hashlib.sha256(told.encode()).hexdigest()[:32]

    def plan(self, item: Item, context: PlanContext) -> Sequence[Planned]:
        """At most one change of the book, and a finding if the edits never come to rest."""
        return self._plan(item, context)

    def plan_series(self, series: Item, context: PlanContext) -> Sequence[Planned]:
        """At most one change of the series, and a finding if the edits never come to rest."""
        return self._plan(series, context)

    def _plan(self, item: Item, context: PlanContext) -> Sequence[Planned]:
        if f"write-{item.entity}" not in context.host.capabilities:
            return []
        subject = Subject(item, context.host)
        fields = subject.item.fields
        before = {name: words_of(fields[name]) for name in WORDS if name in fields}
        edits = [one for one in self._edits if one.field not in item.locks]
        settled = tag_edits.settle(edits, subject, before, _normal(item, context.host))
        after = before if settled is None else settled
        wanted: dict[str, Value] = {
            name: list(after[name]) for name in after if set(after[name]) != set(before[name])
        }
        wanted.update(self._by_rule(subject, after))
        changes = wishes.changes(item, wanted, context.host)
        return [*changes, _endless(edits)] if settled is None else changes

    def _by_rule(self, subject: Subject, words: Words) -> Fields:
        if subject.item.entity != "series":
            return {}
        values: dict[str, Value] = {}
        for name, rules in self._values.items():
            if name not in subject.item.fields or name in subject.item.locks:
                continue
            value = subject.item.fields[name]
            for holds, chosen, overwrite in rules:
                if (overwrite or wishes.is_blank(value)) and holds(subject, words):
                    value = chosen
            values[name] = value
        return values

    def _needs(self) -> frozenset[str]:
        # What is for books as well as for series is still of use where series cannot be written.
        needs = {"write-book" if one.on == "both" else f"write-{one.on}" for one in self._edits}
        return frozenset(needs | {"write-series" for rules in self._values.values() if rules})


def _normal(item: Item, host: Host) -> tag_edits.Normal:
    return lambda field, words: words_of(host.normalise(item.entity, field, list(words)))


def _endless(edits: Sequence[Edit]) -> Finding:
    fields = sorted({one.field for one in edits})
    return Finding(
        code="tags.endless",
        severity=Severity.WARNING,
        message=f"the rules for {' and '.join(fields)} undo each other without end; the words stay",
        remedy="look for rules that rename in a circle, or that remove what another rule adds",
        place=fields[0],
    )
