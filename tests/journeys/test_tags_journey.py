"""`tags` from the command line: words, age ratings and directions by rule, and back again."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.journeys.library import Books, Json, library, shelve

ROUTINES = """
[routines.words]
[[routines.words.actions]]
name = "tags"
file = "{table}"
remove = ["scan*"]
synonyms = {{ "science fiction" = ["sci-fi", "sf"] }}

[[routines.words.actions.rules]]
field = "genres"
rename = {{ "sci-fi" = "science fiction" }}
add = ["comics"]

[[routines.words.actions.age_rating]]
where = {{ genre = "horror" }}
rating = "Mature 17+"

[[routines.words.actions.reading_direction]]
where = {{ folder = "*/Manga*" }}
direction = "RIGHT_TO_LEFT"

[routines.by-genre]
[[routines.by-genre.actions]]
name = "tags"

[[routines.by-genre.actions.rules]]
on = "series"
field = "genres"
rename = {{ "sci-fi" = "science fiction" }}

[[routines.by-genre.actions.rules]]
on = "book"
where = {{ genre = "science fiction" }}
add = ["of the future"]
"""
TABLE = """
[[rules]]
on = "book"
where = { series = "Salt *" }
add = ["Salt"]
"""


@pytest.fixture
def books(tmp_path: Path) -> Iterator[Books]:
    for number in range(1, 9):
        told: Json = {"Title": f"Part {number}", "Number": number}
        salt = {**told, "Genre": "Horror, Sci-Fi", "Tags": "scanned, SF , Sea"}
        shelve(tmp_path, f"Salt Lanterns/salt {number}.cbz", **salt)
        shelve(tmp_path, f"Manga Foundry/foundry {number}.cbz", **told)
        shelve(tmp_path, f"Tidal Archive/tidal {number}.cbz", **told, Tags="comics")
    table = tmp_path / "words.toml"
    table.write_text(TABLE)
    with library(tmp_path, ROUTINES.format(table=table)) as made:
        yield made


def test_words_ratings_and_directions_are_set_and_taken_back(books: Books) -> None:
    with books.there_and_back("words") as shown:
        metadata = books.book("salt 2.cbz")["metadata"]
        assert sorted(metadata["tags"]) == ["salt", "science fiction", "sea"]
        assert books.book("foundry 2.cbz")["metadata"]["tags"] == []
        series = {name: one["metadata"] for name, one in books.series().items()}
        salt, foundry = series["Salt Lanterns"], series["Manga Foundry"]
        assert sorted(salt["genres"]) == ["comics", "horror", "science fiction"]
        assert salt["ageRating"] == 17
        assert foundry["genres"] == ["comics"]
        assert foundry["readingDirection"] == "RIGHT_TO_LEFT"
        assert series["Tidal Archive"].get("ageRating") is None
        assert len(books.changes(shown)) == 8 + 3


def test_an_undo_can_be_undone(books: Books) -> None:
    job = books.document("run", "words")
    done = books.state()
    undo = books.undone(job)
    books.undone(undo)
    assert books.state() == done
    books.settled("words")


def test_a_book_tagged_by_hand_before_the_apply_is_refused(books: Books) -> None:
    shown = books.shown("words")
    book = books.book("salt 5.cbz")
    path = f"/api/v1/books/{book['id']}/metadata"
    books.sandbox.call("PATCH", path, {"tags": ["scanned", "mine"]})
    job = books.document("apply", shown["id"])
    (skipped,) = (item for item in books.items(job) if item["outcome"] == "skipped")
    assert skipped["id"] == book["id"]
    assert "'salt 5.cbz' has changed since" in skipped["reason"]
    assert sorted(books.book("salt 5.cbz")["metadata"]["tags"]) == ["mine", "scanned"]
    assert "salt" in books.book("salt 4.cbz")["metadata"]["tags"]


def test_a_rule_of_books_sees_what_one_of_series_makes_in_the_same_job(books: Books) -> None:
    with books.there_and_back("by-genre"):
        for number in range(1, 9):
            tags = books.book(f"salt {number}.cbz")["metadata"]["tags"]
            assert "of the future" in tags
