"""Which element of ComicInfo holds which field of a host, and where the two differ.

| element | field of the book |
|---|---|
| Title, Number, Summary | title, number, summary |
| Year, Month, Day | releaseDate |
| Writer, Penciller, Inker, Colorist, Letterer, CoverArtist, Editor, Translator | authors, by role |
| Tags | tags |
| Web | links |
| GTIN | isbn |

| element | field of the series |
|---|---|
| Series, Publisher, LanguageISO | title, publisher, language |
| AgeRating, Manga, Genre, Count | ageRating, readingDirection, genres, totalBookCount |

Two texts that mean the same to the host are no difference: "Horror, Drama" is left alone where the
host, which keeps tags in lower case, says `drama` and `horror`.
"""

from __future__ import annotations

import json
from collections.abc import Sequence, Set
from dataclasses import dataclass

from shelfhook.actions import embed_values as values
from shelfhook.actions.embed_values import Read, Texts, Write
from shelfhook.model import Fields, Value
from shelfhook.ports import Host


@dataclass(frozen=True, slots=True)
class Rule:
    """How one field of a host is written into elements and read from them again."""

    entity: str
    field: str
    elements: tuple[str, ...]
    write: Write
    read: Read
    spelt: bool = False
    """A list whose words stay as the file spells and orders them, as long as they mean the same."""


def _rule(
    entity: str, field: str, element: str, how: tuple[Write, Read], *, spelt: bool = False
) -> Rule:
    return Rule(entity, field, (element,), *how, spelt=spelt)


ROLES = {
    "Writer": "writer",
    "Penciller": "penciller",
    "Inker": "inker",
    "Colorist": "colorist",
    "Letterer": "letterer",
    "CoverArtist": "cover",
    "Editor": "editor",
    "Translator": "translator",
}
_DAY = ("Year", "Month", "Day")

RULES: Sequence[Rule] = (
    _rule("book", "title", "Title", values.text("Title")),
    _rule("series", "title", "Series", values.text("Series")),
    _rule("book", "number", "Number", values.text("Number")),
    _rule("series", "totalBookCount", "Count", (values.count_texts, values.count_value)),
    _rule("book", "summary", "Summary", values.text("Summary")),
    Rule("book", "releaseDate", _DAY, values.date_texts, values.date_value),
    *(
        _rule("book", "authors", element, values.people(element, role), spelt=True)
        for element, role in ROLES.items()
    ),
    _rule("series", "publisher", "Publisher", values.text("Publisher")),
    _rule("series", "genres", "Genre", values.words("Genre"), spelt=True),
    _rule("book", "tags", "Tags", values.words("Tags"), spelt=True),
    _rule("book", "links", "Web", (values.links_texts, values.links_value)),
    _rule("series", "language", "LanguageISO", values.text("LanguageISO")),
    _rule("series", "readingDirection", "Manga", (values.direction_texts, values.direction_value)),
    _rule("series", "ageRating", "AgeRating", (values.age_texts, values.age_value)),
    _rule("book", "isbn", "GTIN", values.text("GTIN")),
)
KNOWN = tuple(element for rule in RULES for element in rule.elements)
"""Elements that can be written, in the schema's order."""


def differences(
    fields: dict[str, Fields], present: Texts, host: Host, chosen: Set[str], *, clear: bool
) -> dict[str, str]:
    """The texts that the file lacks, by element; "" where the element has to go.

    Args:
        fields: of the `book` and of the `series`; a field that is not there is not compared.
        present: what the file says now.
        chosen: the elements to look at.
        clear: whether an empty field removes what the file says.
    """
    found: dict[str, str] = {}
    for rule in RULES:
        known = fields.get(rule.entity, {})
        if rule.field not in known or chosen.isdisjoint(rule.elements):
            continue
        texts = _wanted(rule, known[rule.field], present, host, clear=clear)
        if texts and _meaning(rule, texts, host) != _meaning(rule, present, host):
            found |= {one: texts[one] for one in rule.elements if one in chosen}
    return {one: text for one, text in found.items() if text != present.get(one, "")}


def _wanted(rule: Rule, value: Value, present: Texts, host: Host, *, clear: bool) -> Texts:
    """The rule's elements; nothing at all if they are to stay as they are."""
    empty = dict.fromkeys(rule.elements, "")
    blank = value is None or value in ("", [], ())
    said = empty if blank else rule.write(value)
    if not any(said.values()):  # nothing at all: ComicInfo has no word for what the host says
        return empty if said and clear else {}
    if rule.spelt:
        said = {one: _respelt(rule, one, text, present, host) for one, text in said.items()}
    return empty | dict(said)


def _respelt(rule: Rule, element: str, text: str, present: Texts, host: Host) -> str:
    """The words in the file's own spelling and order, then those that it lacks."""
    wanted = {_meaning(rule, {element: word}, host): word for word in values.split(text)}
    kept = [
        word
        for word in values.split(present.get(element, ""))
        if wanted.pop(_meaning(rule, {element: word}, host), "")
    ]
    return ", ".join([*kept, *wanted.values()])


def _meaning(rule: Rule, texts: Texts, host: Host) -> str:
    """What the host would make of the texts, to be compared with another; lists have no order."""
    value = host.normalise(rule.entity, rule.field, rule.read(texts))
    if isinstance(value, Sequence) and not isinstance(value, str):
        return json.dumps(sorted({json.dumps(one, sort_keys=True) for one in value}))
    return json.dumps(value, sort_keys=True)
