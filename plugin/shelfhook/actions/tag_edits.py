"""Edits of tags and genres, and how they come to rest.

An edit may undo what makes another one fit, and a host stores words in its own way. So the edits
are repeated on their own result, as the host would store it, until nothing changes any more: what
is planned is what a second run would leave alone.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from shelfhook.actions.tag_parameters import TagEdit
from shelfhook.actions.tag_subjects import Condition, Subject, Words, condition, pattern
from shelfhook.actions.wording import folded, spellings

Normal: TypeAlias = Callable[[str, Sequence[str]], list[str]]
"""A field's words as the host would store them."""

MOST_ROUNDS = 100
"""A chain of conditions as long as this is no longer one that a person can follow."""

_WORD = re.compile(r"[^\s/-]+")


@dataclass(frozen=True, slots=True)
class Edit:
    """One edit, made ready for use. `spelt` says how words are written, by their folded form."""

    field: str
    on: str
    holds: Condition
    case: str
    spelt: Mapping[str, str]
    removed: re.Pattern[str]
    added: tuple[str, ...]

    def fits(self, subject: Subject, words: Words) -> bool:
        """Whether this is an edit of such a book or series."""
        on_this = self.on in ("both", subject.item.entity)
        return on_this and self.field in words and self.holds(subject, words)

    def of(self, words: Sequence[str]) -> list[str]:
        """The words as this edit wants them, in the same order, new ones at the end."""
        spelt = [self.spelt.get(folded(word)) or _in_case(word, self.case) for word in words]
        kept = [word for word in spelt if not self.removed.fullmatch(folded(word))]
        there = {folded(word) for word in kept}
        new = [word for word in self.added if folded(word) not in there]
        return list(dict.fromkeys([*kept, *new]))


def edit(chosen: TagEdit) -> Edit:
    """Make an edit ready for use.

    Raises:
        ValueError: its renames never come to an end.
    """
    spelt = dict(spellings(chosen.replacements()))
    added = {folded(word): word.strip() for word in reversed(chosen.add)}
    added = {folded(spelt.get(key, word)): spelt.get(key, word) for key, word in added.items()}
    if chosen.case != "keep":  # a word that is spelt out is an exception from the rule
        spelt = {**added, **spelt}
    return Edit(
        field=chosen.field,
        on=chosen.on,
        holds=condition(chosen.where),
        case=chosen.case,
        spelt=spelt,
        removed=pattern(chosen.remove),
        added=tuple(reversed(added.values())),
    )


def settle(edits: Sequence[Edit], subject: Subject, words: Words, normal: Normal) -> Words | None:
    """The words when all edits have come to rest; None if they never do.

    Words that only change their order are as they were: some hosts have none.
    """
    states = [words]
    for _ in range(MOST_ROUNDS):
        after = _once(edits, subject, states[-1], normal)
        if _alike(after, states[-1]):
            return states[-1]
        if any(_alike(after, state) for state in states):
            return None
        states.append(after)
    return None


def _once(edits: Sequence[Edit], subject: Subject, words: Words, normal: Normal) -> Words:
    state = dict(words)
    for one in edits:
        if one.fits(subject, state):
            state[one.field] = one.of(state[one.field])
    return {field: normal(field, state[field]) for field in state}


def _alike(one: Words, other: Words) -> bool:
    return all(set(one[field]) == set(other[field]) for field in one)


def _in_case(word: str, case: str) -> str:
    if case == "lower":
        return word.lower()
    if case == "title":
        return _WORD.sub(lambda match: match[0][:1].title() + match[0][1:].lower(), word)
    return word
