"""What `docs/` says of the settings is true."""

from __future__ import annotations

import json
import re
import tomllib
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from shelfhook.settings import (
    CallbackSettings,
    EngineSettings,
    HostSettings,
    NotificationSettings,
    PathSettings,
    RoutineSettings,
    SignInSettings,
    TriggerSettings,
    WebSettings,
    load,
    schema,
)
from shelfhook.settings.base import Table
from tests.settings.support import DEFAULTS, check_cron, write

DOCS = Path(__file__).parents[2] / "docs"
PAGE = (DOCS / "configuration.md").read_text(encoding="utf-8")
EXAMPLES = re.findall(r"```toml\n(.*?)```", PAGE, re.DOTALL)
ROW = re.compile(r"^\| (?P<keys>`.+?`) \|(?P<default>.*?)\| ", re.MULTILINE)


def rows(heading: str) -> dict[str, str]:
    """Key → default, from the table below a heading."""
    section = PAGE.partition(f"# `{heading}`\n")[2].partition("\n#")[0]
    return {
        key: row["default"].strip(" `")
        for row in ROW.finditer(section)
        for key in re.findall(r"`(\w+)`", row["keys"])
    }


def test_the_published_schema_is_current() -> None:
    published = json.loads((DOCS / "configuration.schema.json").read_text(encoding="utf-8"))

    assert published == schema(), "write it anew: shelfhook schema > docs/configuration.schema.json"


def test_the_schema_is_one() -> None:
    Draft202012Validator.check_schema(schema())


@pytest.mark.parametrize("text", EXAMPLES, ids=["smallest", "whole"])
def test_an_example_of_the_page_loads_and_fits_the_schema(tmp_path: Path, text: str) -> None:
    settings = load(
        write(tmp_path, text),
        {},
        defaults=DEFAULTS,
        check_action=lambda name, parameters: [],
        check_cron=check_cron,
        kinds=["komga"],
    )

    assert settings.host("komga").api_key.get_secret_value().startswith("the key")
    Draft202012Validator(schema()).validate(tomllib.loads(text))


@pytest.mark.parametrize(
    "document",
    [
        {"web": {"tokken": "x"}},
        {"engine": {"page_size": 0}},
        {"routines": {"r": {"triggers": {"events": ["routine.called"]}}}},
        {"routines": {"r": {"actions": [{"replace_stem": True}]}}},
        {"hosts": {"A b": {}}},
    ],
)
def test_the_schema_finds_what_loading_would_find(document: dict[str, Any]) -> None:
    assert not Draft202012Validator(schema()).is_valid(document)


@pytest.mark.parametrize(
    ("heading", "table"),
    [
        ("[web]", WebSettings),
        ("[web.sign_in]", SignInSettings),
        ("[engine]", EngineSettings),
        ("[paths]", PathSettings),
        ("[hosts.<name>]", HostSettings),
        ("[routines.<name>]", RoutineSettings),
        ("[routines.<name>.triggers]", TriggerSettings),
        ("[callbacks]", CallbackSettings),
        ("[notifications.<name>]", NotificationSettings),
    ],
)
def test_the_page_names_every_key_with_its_default(heading: str, table: type[Table]) -> None:
    documented = rows(heading)

    assert documented.keys() == table.model_fields.keys()
    for name, field in table.model_json_schema()["properties"].items():
        default = field.get("default")
        if default not in (None, "") and documented[name] != "our words":
            assert json.loads(documented[name]) == default, name
