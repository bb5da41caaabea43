"""What Kavita makes of updates, as its source does it."""

from __future__ import annotations

import re
from typing import Any

from tests.support.kavita.shapes import NEVER, PEOPLE, Doc
from tests.support.kavita.world import World

_NOT_KEPT = ("teamLocked", "locationLocked")
_CHAPTER_LOCKS = (
    *(lock for lock in PEOPLE.values() if lock not in _NOT_KEPT),
    "ageRatingLocked",
    "languageLocked",
    "titleNameLocked",
    "sortOrderLocked",
    "genresLocked",
    "tagsLocked",
    "summaryLocked",
    "isbnLocked",
    "releaseDateLocked",
)
_METADATA_LOCKS = (
    *(lock for lock in PEOPLE.values() if lock != "teamLocked"),
    "ageRatingLocked",
    "publicationStatusLocked",
    "languageLocked",
    "genresLocked",
    "tagsLocked",
    "summaryLocked",
    "releaseYearLocked",
)
_COUNTED = tuple(role for role in PEOPLE if role != "imprints")


class Refusal(Exception):  # noqa: N818 - no error of the tests, an answer
    """A 400, with its text."""


def normalized(text: str) -> str:
    """`ToNormalized`: letters, digits and a few signs, in lower case."""
    return "".join(c for c in text if c.isalpha() or c in "0123456789+!＊！＋").lower()  # noqa: RUF001


def update_chapter(world: World, dto: Doc) -> None:
    """`POST /api/Chapter/update`."""
    chapter = world.chapters.get(dto.get("id", 0))
    if chapter is None:
        raise Refusal("chapter-doesnt-exist")
    empties = world.version.empties
    chapter["ageRating"] = dto.get("ageRating", 0)
    chapter["summary"] = (dto.get("summary") or "").strip()
    chapter["language"] = dto.get("language") or ""
    chapter["sortOrder"] = dto.get("sortOrder", 0.0)
    chapter["titleName"] = dto.get("titleName")
    chapter["releaseDate"] = dto.get("releaseDate", NEVER)
    if _is_isbn(dto.get("isbn") or ""):
        chapter["isbn"] = dto["isbn"]
    chapter["webLinks"] = _links(dto.get("webLinks"))
    for table in ("genres", "tags"):
        if dto.get(table) or empties:
            keep = world.version.keeps_spelling
            chapter[table] = _titled(world, table, dto.get(table) or [], keep=keep)
    if empties or any(dto.get(role) for role in _COUNTED):
        for role in PEOPLE:
            chapter[role] = _people(world, dto[role])  # a missing list is an exception of theirs
    for lock in _CHAPTER_LOCKS:
        chapter[lock] = bool(dto.get(lock, False))
    chapter["lastModifiedUtc"] = world.now()
    if world.version.takes_key:
        series = world.series_of(chapter["id"]) or {}
        world.tell("ChapterUpdated", {"chapterId": chapter["id"], "seriesId": series["id"]})


def update_series(world: World, dto: Doc) -> None:
    """`POST /api/Series/update`."""
    series = world.series.get(dto.get("id", 0))
    if series is None:
        raise Refusal("series-doesnt-exist")
    if (dto.get("sortName") or "").strip():
        series["sortName"] = dto["sortName"].strip()
    series["localizedName"] = (dto.get("localizedName") or "").strip()
    for lock in ("sortNameLocked", "localizedNameLocked"):
        series[lock] = bool(dto.get(lock, False))
    if not dto.get("coverImageLocked", False):
        series["coverImageLocked"] = False


def update_metadata(world: World, dto: Doc) -> None:
    """`POST /api/Series/metadata`."""
    found = world.metadata.get(dto.get("seriesId", 0))
    if found is None:
        raise Refusal("update-metadata-fail")
    if 1000 <= dto.get("releaseYear", 0) <= 9999:
        found["releaseYear"] = dto["releaseYear"]
    found["publicationStatus"] = dto.get("publicationStatus", 0)
    found["summary"] = (dto.get("summary") or "").strip()
    found["language"] = dto.get("language") or ""
    found["ageRating"] = dto.get("ageRating", 0)
    found["webLinks"] = _links(dto.get("webLinks"))
    for table in ("genres", "tags"):
        found[table] = _titled(world, table, dto.get(table) or [], keep=True)
    if world.version.empties or any(dto.get(role) for role in _COUNTED):
        for role, lock in PEOPLE.items():
            if not found[lock]:  # looked at before the new locks are taken over
                found[role] = _people(world, dto[role])
    for lock in _METADATA_LOCKS:
        found[lock] = bool(dto.get(lock, False))


def _titled(world: World, table: str, given: list[Doc], *, keep: bool) -> list[Doc]:
    """Genres or tags: each once, spelt as the first of its kind was."""
    found: dict[str, Doc] = {}
    for one in given:
        key = normalized(one["title"])
        if (table, key) not in world.spelt:
            title = one["title"] if keep else key
            world.spelt[table, key] = {"id": world.next_id(table), "title": title}
        found[key] = world.spelt[table, key]
    return list(found.values())


def _people(world: World, given: list[Doc]) -> list[Doc]:
    found: dict[str, Doc] = {}
    for one in given:
        key = normalized(one["name"])
        if ("people", key) not in world.spelt:
            person: Doc = {"id": world.next_id("people"), "name": one["name"]}
            world.spelt["people", key] = person
        found[key] = world.spelt["people", key]
    return list(found.values())


def _links(text: Any) -> str:
    return ",".join(part.strip() for part in (text or "").split(",") if part)


def _is_isbn(text: str) -> bool:
    digits = re.sub(r"[ -]", "", text)
    if re.fullmatch(r"\d{13}", digits):
        return sum(int(d) * (3 if i % 2 else 1) for i, d in enumerate(digits)) % 10 == 0
    if re.fullmatch(r"\d{9}[\dX]", digits):
        return sum((10 if d == "X" else int(d)) * (10 - i) for i, d in enumerate(digits)) % 11 == 0
    return False
