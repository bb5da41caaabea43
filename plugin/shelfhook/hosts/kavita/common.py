"""Kavita's fields by the names that actions know: see [`Vocabulary`][shelfhook.ports.Vocabulary].

| common | Kavita |
|---|---|
| authors | writers, pencillers, inkers, colorists, letterers, coverArtists, editors, translators |
| links | webLinks |
| publisher | publishers; several are separated by commas; a chapter's only if it has any |
| numberSort | sortOrder, only to be read |
| title of a series | its name, only to be read |

All else that actions know is called alike. A chapter's number comes from the file's name or its
ComicInfo.xml, and cannot be written; what sorts by it can, but would then be all that is changed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from shelfhook.model import Fields, Item, Value
from shelfhook.ports import Said, Vocabulary

ROLES: Mapping[str, str] = {
    "writers": "writer",
    "pencillers": "penciller",
    "inkers": "inker",
    "colorists": "colorist",
    "letterers": "letterer",
    "coverArtists": "cover",
    "editors": "editor",
    "translators": "translator",
}
"""Fields of people, and the role that their people have among `authors`."""


def common(item: Item) -> Said:
    """What a chapter or a series says in the common words."""
    fields = item.fields
    links = [{"label": str(url), "url": str(url)} for url in _listed(fields.get("webLinks"))]
    publisher = ", ".join(str(name) for name in _listed(fields.get("publishers")))
    said: dict[str, Value] = {"links": links}
    if publisher or item.entity == "series":  # a chapter's blank one would hide that of its series
        said["publisher"] = publisher
    if item.entity == "series":
        return Said({**said, "title": item.name}, fixed=frozenset({"title"}))
    said["authors"] = [
        {"name": str(name), "role": role}
        for people, role in ROLES.items()
        for name in _listed(fields.get(people))
    ]
    return Said({**said, "numberSort": fields.get("sortOrder")}, fixed=frozenset({"numberSort"}))


def own(item: Item, wanted: Fields) -> Fields:
    """Kavita's fields for what is wanted by common names; what is so already is left out."""
    said = common(item).fields
    new = {name: value for name, value in wanted.items() if name not in said or value != said[name]}
    others = {*said, "publisher"}
    found: dict[str, Value] = {name: new[name] for name in new if name not in others}
    if "links" in new:
        found["webLinks"] = [
            one.get("url") if isinstance(one, Mapping) else one for one in _listed(new["links"])
        ]
    if "publisher" in new:
        found["publishers"] = [new["publisher"]]
    if "authors" in new:
        found |= {people: _of_role(new["authors"], role) for people, role in ROLES.items()}
    return found


VOCABULARY = Vocabulary(common, own)


def _of_role(authors: Value, role: str) -> list[Value]:
    """The names of all who have a role. Who has none has written."""
    return [
        one.get("name") if isinstance(one, Mapping) else one
        for one in _listed(authors)
        if role == (str(one.get("role") or "writer") if isinstance(one, Mapping) else "writer")
    ]


def _listed(value: Value) -> Sequence[Value]:
    if value is None:
        return ()
    return value if isinstance(value, Sequence) and not isinstance(value, str) else (value,)
