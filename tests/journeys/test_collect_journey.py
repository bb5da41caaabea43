"""`collect` from the command line: lists made and filled, and people's own lists respected."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from tests.journeys.library import Books, Json, library, shelve

ROUTINES = """
[routines.shelves]
actions = [
  { name = "tags", rules = [{ on = "series", where = { genre = "horror" }, add = ["spooky"] }] },
  { name = "collect", lists = [
    { name = "{publisher}" },
    { name = "By the sea", where = { tag = "sea" }, sort = "name" },
    { name = "Spooky", where = { tag = "spooky" } },
    { kind = "read-list", name = "All of {series}", sort = "series-number" },
    { kind = "read-list", name = "{story_arc}" },
  ] },
]
[routines.publishers]
actions = [{ name = "collect", lists = [{ name = "{publisher}" }] }]
"""
FOLLOWED = """
[routines.followed]
actions = [{{ name = "collect", lists = [{{ kind = "read-list", cbl = "{cbl}" }}] }}]
"""
CBL = """<ReadingList><Name>Low Water</Name><Books>
<Book Series="Salt Lanterns" Number="2"/><Book Series="Drift" Number="1" Year="2011"/>
<Book Series="Salt Lanterns" Number="1"/><Book Series="Salt Lanterns" Number="7" Volume="2009"/>
</Books></ReadingList>"""
SALT, IRON, TIDAL = "Salt Lanterns", "Iron Harbor", "Tidal Archive"


@pytest.fixture
def books(tmp_path: Path) -> Iterator[Books]:
    for series, genre in ((SALT, "Horror"), (IRON, "Drama"), (TIDAL, "Drama")):
        for number in range(1, 11):
            told: Json = {"Title": f"Part {number}", "Number": number, "Genre": genre}
            told["Publisher"] = "Lantern and Loom" if series == TIDAL else "Quayside"
            if number % 5 == 0:
                told |= {"StoryArc": "Flood", "StoryArcNumber": 100 - number}
            shelve(tmp_path, f"{series}/{series} {number}.cbz", **told)
    with library(tmp_path, ROUTINES) as made:
        for name in (SALT, IRON):
            tag(made, name, "sea")
        yield made


def tag(books: Books, name: str, word: str) -> None:
    path = f"/api/v1/series/{books.series()[name]['id']}/metadata"
    books.sandbox.call("PATCH", path, {"tags": [word]})


def make(books: Books, plural: str, name: str, members: Sequence[str]) -> str:
    """A list made by hand; gives its path."""
    body: Json = {"name": name, "ordered": True, "summary": ""}
    body["seriesIds" if plural == "collections" else "bookIds"] = members
    return f"/api/v1/{plural}/{books.sandbox.call('POST', f'/api/v1/{plural}', body)['id']}"


def collections(books: Books) -> dict[str, list[str]]:
    """Names of the series in each collection, in its order."""
    names = {one["id"]: name for name, one in books.series().items()}
    found = books.lists("collections")
    return {name: [names[one] for one in row["seriesIds"]] for name, row in found.items()}


def read_lists(books: Books) -> dict[str, list[str]]:
    """File names of the books in each read list, in its order, without extension."""
    names = {one["id"]: Path(one["url"]).stem for one in books.sandbox.books()}
    found = books.lists("readlists")
    return {name: [names[one] for one in row["bookIds"]] for name, row in found.items()}


def test_lists_are_made_by_rule_in_order_and_unmade(books: Books) -> None:
    with books.there_and_back("shelves") as shown:
        found = collections(books)
        assert {name: set(members) for name, members in found.items()} == {
            "Quayside": {SALT, IRON},
            "Lantern and Loom": {TIDAL},
            "By the sea": {SALT, IRON},
            "Spooky": {SALT},
        }
        assert found["By the sea"] == [IRON, SALT]
        read = read_lists(books)
        assert read[f"All of {SALT}"] == [f"{SALT} {number}" for number in range(1, 11)]
        arc = [f"{name} {number}" for number in (10, 5) for name in (IRON, SALT, TIDAL)]
        assert read["Flood"] == arc
        assert len(read) == 4
        assert sum(change["kind"] == "list" for change in books.changes(shown)) == 8


def test_lists_made_by_hand_keep_their_members_and_their_order(books: Books) -> None:
    ids = {name: one["id"] for name, one in books.series().items()}
    make(books, "collections", "by the SEA", [ids[TIDAL], ids[SALT]])
    others = [books.book(f"{name}.cbz")["id"] for name in (f"{SALT} 7", f"{IRON} 1", f"{SALT} 3")]
    make(books, "readlists", f"All of {SALT}", others)
    with books.there_and_back("shelves"):
        assert collections(books)["by the SEA"] == [TIDAL, SALT, IRON]
        new = [f"{SALT} {number}" for number in range(1, 11) if number not in (7, 3)]
        read = read_lists(books)[f"All of {SALT}"]
        assert read == [f"{SALT} 7", f"{IRON} 1", f"{SALT} 3", *new]


def test_an_order_made_by_hand_stays_though_all_its_members_are_wanted(books: Books) -> None:
    by_hand = [books.series()[name]["id"] for name in (SALT, IRON)]
    make(books, "collections", "By the sea", by_hand)
    books.document("run", "shelves")
    assert collections(books)["By the sea"] == [SALT, IRON]


def test_a_list_that_was_edited_since_is_left_alone_by_apply_and_by_undo(books: Books) -> None:
    shown = books.shown("publishers")
    ids = {name: one["id"] for name, one in books.series().items()}
    make(books, "collections", "Quayside", [ids[TIDAL]])
    job = books.document("apply", shown["id"])
    (skipped,) = (item for item in books.items(job) if item["outcome"] == "skipped")
    assert "'Quayside' has changed since" in skipped["reason"]
    assert collections(books) == {"Quayside": [TIDAL], "Lantern and Loom": [TIDAL]}

    path = f"/api/v1/collections/{books.lists('collections')['Lantern and Loom']['id']}"
    books.sandbox.call("PATCH", path, {"seriesIds": [ids[TIDAL], ids[IRON]]})
    undo = books.document("undo", job["id"])
    (conflict,) = books.findings(undo)
    assert "'Lantern and Loom' was changed since" in conflict["message"]
    assert collections(books) == {"Quayside": [TIDAL], "Lantern and Loom": [TIDAL, IRON]}


def test_one_list_is_meant_whatever_the_capitals_of_its_name(books: Books) -> None:
    path = f"/api/v1/series/{books.series()[TIDAL]['id']}/metadata"
    books.sandbox.call("PATCH", path, {"publisher": "QUAYSIDE"})
    with books.there_and_back("publishers"):
        (members,) = collections(books).values()
        assert set(members) == {SALT, IRON, TIDAL}


def missing(books: Books, job: Json) -> list[str]:
    found = [one for one in books.findings(job) if one["code"] == "collect.missing"]
    assert {one["item"] for one in found} <= {"Low Water"}
    return [one["place"] for one in found]


def test_books_of_a_cbl_file_that_the_library_lacks_are_told_until_they_are_there(
    tmp_path: Path,
) -> None:
    for number in (1, 2, 3):
        shelve(tmp_path, f"{SALT}/{SALT} {number}.cbz", Title=f"Part {number}", Number=number)
    cbl = tmp_path / "low water.cbl"
    cbl.write_text(CBL, encoding="utf-8")
    with library(tmp_path, FOLLOWED.format(cbl=cbl)) as books:
        lacking = ["Drift #1 (2011)", f"{SALT} #7 (2009)"]
        with books.there_and_back("followed") as shown:
            assert missing(books, shown) == lacking
            assert read_lists(books) == {"Low Water": [f"{SALT} 2", f"{SALT} 1"]}
        assert missing(books, books.document("run", "followed")) == lacking

        shelve(tmp_path, f"{SALT}/{SALT} 7.cbz", Title="Part 7", Number=7)
        books.sandbox.scan()
        assert missing(books, books.document("run", "followed")) == ["Drift #1 (2011)"]
        out, _ = books.shelfhook("findings", "--code", "collect.missing", "--format", "csv")
        assert out.count("Drift #1 (2011)") >= 1
        assert f"{SALT} #7" not in out, "what holds now"
        assert read_lists(books) == {"Low Water": [f"{SALT} {number}" for number in (2, 1, 7)]}
