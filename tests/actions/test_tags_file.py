"""Rules of `tags` that stand in a file."""

from __future__ import annotations

from pathlib import Path
from typing import cast

import pytest
from pydantic import ValidationError

from shelfhook.actions import registry
from shelfhook.actions.tag_parameters import TagsParameters
from shelfhook.actions.tags import Tags
from shelfhook.errors import ConfigurationError
from shelfhook.ports import ActionType
from tests.actions.hosts import ShelfHost
from tests.actions.tag_shelves import after, book, series
from tests.support.contexts import context

ACTIONS = {"tags": cast("ActionType", Tags)}
WHOLE = """
remove = ["scan*"]

[rename]
"sci-fi" = "science fiction"

[synonyms]
"slice of life" = ["sol", "daily life"]

[[rules]]
where = { folder = "*/Comics*" }
on = "book"
add = ["western"]

[[age_rating]]
where = { tag = ["gore", "horror"] }
rating = "Mature 17+"
"""


def written(folder: Path, text: str) -> str:
    file = folder / "tags.toml"
    file.write_text(text, encoding="utf-8")
    return str(file)


def test_a_file_holds_edits_rules_and_ratings(tmp_path: Path) -> None:
    file = written(tmp_path, WHOLE)

    assert after(book("Sci-Fi", "SoL", "scanned"), file=file) == {
        "tags": ["science fiction", "slice of life", "western"]
    }
    assert after(series("horror"), file=file) == {"ageRating": 17}


def test_the_file_comes_first_and_the_parameters_have_the_last_word(tmp_path: Path) -> None:
    file = written(tmp_path, "add = ['a']\n[[rules]]\nadd = ['b']\n")

    assert after(book(), file=file, remove=["a"], rules=[{"add": ["c"]}]) == {"tags": ["b", "c"]}


def test_the_file_is_read_once(tmp_path: Path) -> None:
    file = written(tmp_path, "add = ['a']")
    action = Tags(TagsParameters(file=file))

    Path(file).unlink()

    assert action.plan(book(), context(ShelfHost()))[0].after == {"tags": ["a"]}  # type: ignore[union-attr]  # a change


def test_what_stands_in_the_file_belongs_to_the_recipe(tmp_path: Path) -> None:
    file = written(tmp_path, "add = ['a']")
    first = Tags(TagsParameters(file=file)).recipe
    written(tmp_path, "add = ['b']")

    assert Tags(TagsParameters(file=file)).recipe != first


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("ad = ['a']", "ad: unknown key"),
        ("file = 'other.toml'", "file: unknown key"),
        ("[[rules]]\nadd = 'a'", "rules.0.add: input should be a valid tuple"),
        ("[rename]\na = 'b'\nb = 'a'", "a circle that never ends"),
        ("[[age_rating]]\nrating = 'Adult'", "age_rating.0.rating: input should be 'Unknown', "),
        ("[[age_rating]]\n", "age_rating.0.rating: field required"),
        ("add = [", "Invalid value"),
    ],
)
def test_what_is_wrong_with_the_file_is_told_with_its_name_and_the_key(
    tmp_path: Path, text: str, fault: str
) -> None:
    file = written(tmp_path, text)

    (told,) = registry.check(ACTIONS, "tags", {"file": file})

    assert told.startswith(f"{file}: {fault}")
    with pytest.raises(ConfigurationError, match="action tags: "):
        registry.make(ACTIONS, "tags", {"file": file})


def test_a_circle_between_file_and_parameters_is_refused(tmp_path: Path) -> None:
    file = written(tmp_path, "[rename]\na = 'b'\n")

    with pytest.raises(ValidationError, match="a circle that never ends: a → b → a"):
        TagsParameters(file=file, rename={"b": "a"})


def test_a_file_that_is_not_there_is_a_fault_of_the_settings(tmp_path: Path) -> None:
    lost = tmp_path / "lost.toml"

    assert registry.check(ACTIONS, "tags", {"file": str(lost)}) == [
        f"{lost}: there is no such file"
    ]
