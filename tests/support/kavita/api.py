"""The fake's answers: one function for each of Kavita's routes that somebody calls."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from tests.support.kavita import reading_lists, shapes, writes
from tests.support.kavita.accounts import Accounts, Person
from tests.support.kavita.shapes import Doc
from tests.support.kavita.world import World


@dataclass(frozen=True)
class Asked:
    """A request, taken apart. `number` is the id in the query or the path."""

    world: World
    accounts: Accounts
    person: Person | None
    query: dict[str, str]
    body: Any
    number: int = 0


@dataclass(frozen=True)
class Told:
    """An answer; a `document` of None is 204."""

    document: Any = None
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    raw: bytes | None = None


Answer = Callable[[Asked], Told]
DONE = Told(raw=b"")
OPEN = frozenset({("GET", "/api/Health"), ("POST", "/api/Account/login")})


def _page(asked: Asked, rows: list[Doc]) -> Told:
    size = int(asked.query.get("PageSize") or 0) or max(1, len(rows))
    number = int(asked.query.get("PageNumber") or 0) or 1
    head = {
        "currentPage": number,
        "itemsPerPage": size,
        "totalItems": len(rows),
        "totalPages": -(-len(rows) // size),
    }
    shown = rows[(number - 1) * size : number * size]
    return Told(shown, headers={"Pagination": json.dumps(head)})


def _login(asked: Asked) -> Told:
    found = asked.accounts.log_in(asked.body)
    if found is None:
        return Told(raw=b'"Your credentials are not correct"', status=401)
    person, token = found
    return Told(shapes.user(person.name, token, person.key, asked.world.version.number))


def _me(asked: Asked) -> Told:
    assert asked.person is not None
    version = asked.world.version.number
    return Told(shapes.user(asked.person.name, "t", asked.person.key, version))


def _series_page(asked: Asked) -> Told:
    (statement,) = asked.body["statements"]
    assert (statement["field"], statement["comparison"]) == (19, 0), "only by library"
    sort = asked.body["sortOptions"]
    key = {2: "created", 4: "lastChapterAdded"}[sort["sortField"]]
    rows = [s for s in asked.world.series.values() if str(s["libraryId"]) == statement["value"]]
    rows.sort(key=lambda one: (one[key], one["id"]), reverse=not sort["isAscending"])
    return _page(asked, rows)


def _chapter(asked: Asked) -> Told:
    found = asked.world.chapters.get(asked.number)
    return Told(None if found is None else asked.world.shown(found))


def _file(asked: Asked) -> Told:
    if asked.number not in asked.world.chapters:
        raise writes.Refusal("chapter-doesnt-exist")
    return Told(raw=asked.world.contents[asked.number], headers={"Content-Type": "application/zip"})


def _write_chapter(asked: Asked) -> Told:
    writes.update_chapter(asked.world, asked.body)
    return DONE


def _write_series(asked: Asked) -> Told:
    writes.update_series(asked.world, asked.body)
    return DONE


def _write_metadata(asked: Asked) -> Told:
    writes.update_metadata(asked.world, asked.body["seriesMetadata"])
    return Told(raw=b'"Successfully updated"')


def _scan_series(asked: Asked) -> Told:
    if asked.body["seriesId"] in asked.world.series:  # 200 also for what is not there
        asked.world.scan_series(asked.body["seriesId"])
    return DONE


def _scan_library(asked: Asked) -> Told:
    if asked.number in asked.world.libraries:
        asked.world.scan_library(asked.number)
    return DONE


def _vocabulary(asked: Asked, table: str) -> Told:
    return Told([one for (kind, _), one in asked.world.spelt.items() if kind == table])


def _lists(asked: Asked) -> Told:
    return _page(asked, sorted(asked.world.lists.values(), key=lambda one: str(one["title"])))


def _create_list(asked: Asked) -> Told:
    return Told(reading_lists.create(asked.world, asked.body["title"]))


def _add_to_list(asked: Asked) -> Told:
    reading_lists.add(asked.world, asked.body)
    return Told(raw=b'"Updated"')


def _take_off_list(asked: Asked) -> Told:
    reading_lists.take_off(asked.world, asked.body)
    return Told(raw=b'"Updated"')


def _remove_list(asked: Asked) -> Told:
    reading_lists.remove(asked.world, asked.number)
    return Told(raw=b'"Deleted"')


def _negotiate(asked: Asked) -> Told:
    transports = [{"transport": name, "transferFormats": ["Text"]} for name in TRANSPORTS]
    return Told(
        {
            "negotiateVersion": 1,
            "connectionId": "public",
            "connectionToken": "a/secret+token",
            "availableTransports": transports,
        }
    )


TRANSPORTS = ("WebSockets", "ServerSentEvents", "LongPolling")
READING: dict[tuple[str, str], Answer] = {
    ("GET", "/api/Health"): lambda asked: Told(raw=b"Ok"),
    ("POST", "/api/Account/login"): _login,
    ("GET", "/api/Account/refresh-account"): _me,
    ("GET", "/api/Library/libraries"): lambda asked: Told(list(asked.world.libraries.values())),
    ("POST", "/api/Series/v2"): _series_page,
    ("GET", "/api/Series/{id}"): lambda asked: Told(asked.world.series.get(asked.number)),
    ("GET", "/api/Series/metadata"): lambda asked: Told(asked.world.metadata.get(asked.number)),
    ("GET", "/api/Series/volumes"): lambda asked: Told(list(asked.world.volumes_of(asked.number))),
    ("GET", "/api/Chapter"): _chapter,
    ("GET", "/api/Search/series-for-chapter"): lambda asked: Told(
        asked.world.series_of(asked.number)
    ),
    ("GET", "/api/Metadata/genres"): lambda asked: _vocabulary(asked, "genres"),
    ("GET", "/api/Metadata/tags"): lambda asked: _vocabulary(asked, "tags"),
    ("POST", "/api/ReadingList/lists"): _lists,
    ("GET", "/api/ReadingList"): lambda asked: Told(asked.world.lists.get(asked.number)),
    ("GET", "/api/ReadingList/items"): lambda asked: Told(
        list(reading_lists.items(asked.world, asked.number))
    ),
    ("POST", "/api/ReadingList/create"): _create_list,
    ("POST", "/api/ReadingList/update-by-chapter"): _add_to_list,
    ("POST", "/api/ReadingList/delete-item"): _take_off_list,
    ("DELETE", "/api/ReadingList"): _remove_list,
    ("POST", "/hubs/messages/negotiate"): _negotiate,
}
ADMINS: dict[tuple[str, str], Answer] = {
    ("GET", "/api/Server/server-info-slim"): lambda asked: Told(
        shapes.info(asked.world.version.number)
    ),
    ("GET", "/api/Download/chapter"): _file,
    ("POST", "/api/Chapter/update"): _write_chapter,
    ("POST", "/api/Series/update"): _write_series,
    ("POST", "/api/Series/metadata"): _write_metadata,
    ("POST", "/api/Series/scan"): _scan_series,
    ("POST", "/api/Series/analyze"): lambda asked: DONE,
    ("POST", "/api/Library/scan"): _scan_library,
    ("POST", "/api/Library/analyze"): lambda asked: DONE,
}
WRITES = frozenset(key for key in ADMINS if key[1].endswith(("update", "metadata")))
