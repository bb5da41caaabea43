"""The parameters of `normalize` and `tags` as people write them, in TOML."""

from __future__ import annotations

import tomllib
from typing import cast

import pytest
from jsonschema import Draft202012Validator

from shelfhook.actions import registry
from shelfhook.actions.normalize import Normalize
from shelfhook.actions.tags import Tags
from shelfhook.ports import ActionType

ACTIONS = {
    "normalize": cast("ActionType", Normalize),
    "tags": cast("ActionType", Tags),
}
NORMALIZE = """
[[actions]]
name = "normalize"
title_template = "{series} #{number}"
volume_issue_template = "{series} v{volume} #{number}"
clean_titles = "always"
pad_number = 3
date_from_year = true
series_title = "{title} ({year})"
sort_title = "move-article"
language_tags = true
overwrite = ["number", "series.title"]
articles = { default = ["The", "A", "An"], en = ["The", "A", "An"], de = ["Der", "Die", "Das"] }

[actions.publishers]
"DC" = "DC Comics"
"Marvel Comics" = "Marvel"
"""
TAGS = """
[[actions]]
name = "tags"
add = ["checked"]
remove = ["scan*", "to read"]
rename = { "sci-fi" = "science fiction" }
synonyms = { "slice of life" = ["sol", "daily life"] }

[[actions.rules]]
field = "genres"
on = "series"
case = "title"

[[actions.rules]]
where = { series = "Saga*", publisher = ["Image", "Image Comics"] }
add = ["space opera"]

[[actions.age_rating]]
where = { tag = ["gore", "horror"] }
rating = "Mature 17+"

[[actions.reading_direction]]
where = { language = "ja", folder = "*/Manga*" }
direction = "RIGHT_TO_LEFT"
overwrite = true
"""


@pytest.mark.parametrize("text", [NORMALIZE, TAGS])
def test_parameters_are_written_as_they_are_documented(text: str) -> None:
    (written,) = tomllib.loads(text)["actions"]
    name = written.pop("name")

    assert registry.check(ACTIONS, name, written) == []
    Draft202012Validator(ACTIONS[name].parameters.model_json_schema()).validate(written)


@pytest.mark.parametrize("name", sorted(ACTIONS))
def test_every_parameter_is_described_and_has_a_default_that_fits(name: str) -> None:
    schema = ACTIONS[name].parameters.model_json_schema()
    properties = schema["properties"]

    assert all(one["description"] and "default" in one for one in properties.values())
    Draft202012Validator(schema).validate({key: properties[key]["default"] for key in properties})
