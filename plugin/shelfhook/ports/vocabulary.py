"""Common names of fields, for a host that has its own.

Actions know fields by the names that Komga has, in its forms: of a book `title`, `number` (a text),
`numberSort` (a number), `summary` (plain text), `releaseDate` (YYYY-MM-DD), `authors` (each with
`name` and `role`), `tags`, `links` (each with `label` and `url`), `isbn`; of a series `title`,
`titleSort`, `publisher`, `language` (a BCP 47 tag), `ageRating`, `genres` and so on. A host that
says the same otherwise has an attribute `vocabulary`; without one its names count as the common.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from shelfhook.model import Fields, Item


@dataclass(frozen=True, slots=True)
class Said:
    """What an item says, in the common names and forms.

    Attributes:
        fields: of itself; a name that is missing is one of the host's own, or not known there.
        series: of its series, from a book that holds that itself. With `title` in it, a book can
            be put into a series by writing its field `series`.
        fixed: names among `fields` that cannot be written.
    """

    fields: Fields
    series: Fields = field(default_factory=dict)
    fixed: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """How a host's fields are read and written by their common names; calls nobody.

    Attributes:
        common: what an item says.
        own: the host's own fields that an item would need for common ones to be as wanted. Names
            that it does not know stay as they are; what cannot be written is left out.
    """

    common: Callable[[Item], Said]
    own: Callable[[Item, Fields], Fields]
