"""`docs/actions.md` tells of every action what it really has, and its examples work as printed."""

from __future__ import annotations

import ast
import re
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from shelfhook import manifest
from shelfhook.actions.age_ratings import AGES
from shelfhook.actions.embed_fields import KNOWN
from shelfhook.actions.findings import KINDS, MOST
from shelfhook.app import parts
from shelfhook.app.parts import Parts
from shelfhook.files import PathMap
from shelfhook.sandbox.folder import make
from shelfhook.sandbox.options import Options
from shelfhook.sandbox.server import SandboxServer
from tests.cli.terminal import Terminal

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "actions.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"```toml\n(.*?)```", PAGE, re.DOTALL)
SETTINGS = [
    block for block in BLOCKS if re.search(r"^\[+(?:routines|hosts)\.", block, re.MULTILINE)
]
READ = "/etc/shelfhook/"
"""Where the examples' other files lie."""
ACTIONS = {action.name: action.parameters for action in manifest.load().actions}
ROW = re.compile(r"^\| `(?P<name>\w+)` \| ?(?:`(?P<default>[^`]*)`)? ?\| (?P<meaning>.+) \|$", re.M)
FOUND = re.compile(r"^\| `(?P<code>[a-z.-]+)` \| (?P<severity>\w+) \| ", re.MULTILINE)
TABLES = {
    "AgeRatingRule": "One of `age_rating`",
    "ReadingDirectionRule": "One of `reading_direction`",
    "ListRule": "One of `lists`",
    "Where": "Conditions: `where`",
    "TagEdit": "tags",  # one of `rules` has the keys that stand beside `name`
}
"""The headings of what stands inside a parameter."""
COMIC = '<ReadingList><Books><Book Series="Saga" Number="1"/></Books></ReadingList>'
HOST = """
[hosts.komga]
kind = "komga"
url = "http://komga.local:25600"
api_key = "the key"
"""


def section(heading: str) -> str:
    """What stands below a heading, up to the next one of any level."""
    _, found, rest = f"\n{PAGE}".partition(f"\n## {heading}\n")
    if not found:
        _, found, rest = PAGE.partition(f"\n### {heading}\n")
    return re.split(r"^##", rest, maxsplit=1, flags=re.MULTILINE)[0] if found else ""


def rows(heading: str) -> dict[str, re.Match[str]]:
    return {row["name"]: row for row in ROW.finditer(section(heading))}


def tables() -> Iterator[tuple[str, str, Mapping[str, Any]]]:
    """Each action's parameters, and what stands inside them: action, heading, schema."""
    for name, schema in ACTIONS.items():
        yield name, name, schema
        for inner, definition in schema.get("$defs", {}).items():
            yield name, TABLES[inner], definition


def printed(default: object) -> object:
    """A default as the page writes it: tables without their empty keys."""
    if isinstance(default, dict):
        return {key: value for key, value in default.items() if value not in ([], "")}
    return default


def read(folder: Path, block: str) -> Parts:
    """The settings of an example, with the files that it names."""
    (table,) = [one for one in BLOCKS if one.startswith(f"# {READ}tags.toml\n")]
    (folder / "tags.toml").write_text(table, encoding="utf-8")
    (folder / "civil-war.cbl").write_text(COMIC, encoding="utf-8")
    settings = folder / "shelfhook.toml"
    text = block if "\n[hosts.komga]\n" in f"\n{block}" else HOST + block
    settings.write_text(text.replace(READ, f"{folder}/"), encoding="utf-8")
    return parts.read(settings, {})


def test_every_example_is_of_settings_or_of_a_file_that_one_of_them_names() -> None:
    others = [block.partition("\n")[0] for block in BLOCKS if block not in SETTINGS]
    assert others == [f"# {READ}tags.toml"]


@pytest.mark.parametrize("block", SETTINGS, ids=lambda block: block.partition("\n")[0][:40])
def test_every_example_loads_with_the_actions_own_checks(tmp_path: Path, block: str) -> None:
    made = read(tmp_path, block)
    assert made.faults == ()
    for name in tomllib.loads(block).get("routines", {}):
        assert made.make_actions(made.settings.routines[name])
    for name, host in made.settings.hosts.items():
        assert bool(PathMap(host.paths, name)) is bool(host.paths)


def test_the_examples_show_every_action() -> None:
    named = re.findall(r'name = "(\w+)"', "\n".join(SETTINGS))
    assert set(ACTIONS) <= set(named)


@pytest.mark.parametrize(("action", "heading", "schema"), [*tables()])
def test_every_parameter_is_named_with_its_default(
    action: str, heading: str, schema: Mapping[str, Any]
) -> None:
    documented = rows(heading)
    required = schema.get("required", ())
    if heading == action and schema is ACTIONS[action]:
        assert documented.keys() == schema["properties"].keys()
    for name, property_ in schema["properties"].items():
        row = documented[name]
        assert row["meaning"].startswith("Required. ") is (name in required), name
        default = property_.get("default")
        if default is None:
            assert row["default"] is None, name
        else:
            written = tomllib.loads(f"it = {row['default']}")["it"]
            assert written == printed(default), name


def test_the_overview_names_every_action() -> None:
    overview = PAGE.partition("\n## ")[0]
    linked = re.findall(r"^\| \[`(\w+)`\]\(#\1\)", overview, re.MULTILINE)
    assert sorted(linked) == sorted(ACTIONS)


def test_every_finding_of_the_audit_is_listed_with_its_severity() -> None:
    listed = {row["code"]: row["severity"] for row in FOUND.finditer(section("audit"))}
    assert listed == {code: str(kind.severity) for code, kind in KINDS.items()}
    assert f"At most {MOST} findings" in section("audit")


def test_every_other_finding_is_named_on_the_page() -> None:
    codes = {code for path in (ROOT / "plugin").rglob("*.py") for code in codes_in(path)}
    assert "undo.conflict" in codes
    assert sorted(code for code in codes if f"`{code}`" not in PAGE) == []


def codes_in(path: Path) -> Iterator[str]:
    """The codes of findings that a module makes, where it says them itself."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            given = [*node.args[:1], *(one.value for one in node.keywords if one.arg == "code")]
            if node.func.id == "Finding":
                yield from (
                    one.value
                    for one in given
                    if isinstance(one, ast.Constant) and isinstance(one.value, str)
                )


def test_words_and_elements_are_those_of_the_code() -> None:
    ages = re.search(r"stand for: (.*)\. The first two", section(TABLES["AgeRatingRule"]))
    assert ages
    told = dict(one.rsplit(" ", 1) for one in ages[1].split(", "))
    assert told == {word: "none" if age is None else str(age) for word, age in AGES.items()}
    table = "".join(re.findall(r"^\| [a-z ,A-Z]+ \| (`[A-Z].*) \|$", section("embed"), re.M))
    assert sorted(re.findall(r"`(\w+)`", table)) == sorted(KNOWN)


def test_every_command_of_the_page_exists() -> None:
    from shelfhook.cli.entry import app

    known = {one.name or getattr(one.callback, "__name__", "") for one in app.registered_commands}
    called = set(re.findall(r"(?m)(?:^|`)shelfhook ([a-z]+)", PAGE))
    assert called >= {"run", "apply", "undo", "findings", "quarantine"}
    assert called <= known


def test_the_three_routines_do_what_they_say(tmp_path: Path) -> None:
    comics = tmp_path / "Comics"
    broken = [book for book in make(comics, books=12, seed=4) if book.broken]
    routines = "".join(
        block for block in SETTINGS if "triggers" in block and "analyze" not in block
    )
    routines = routines.replace('"/books" = "/mnt/books"', f'"{comics}" = "{comics}"')
    with SandboxServer(Options(folders=(comics,))) as server:
        server.scan()
        terminal = Terminal.at(tmp_path, server.url, server.admin_key, routines)
        tidied = terminal.document("run", "tidy-after-scan")
        audited = terminal.document("run", "nightly-audit")
        written = terminal.document("run", "write-comicinfo-weekly")
        (listed,) = server.call("GET", "/api/v1/readlists")["content"]
    assert tidied["counts"]["changed"] > 0
    assert audited["counts"]["changed"] == 1, "the read list"
    assert broken
    assert (listed["name"], len(listed["bookIds"])) == ("Needs attention", len(broken))
    assert written["counts"]["changed"] > 0
    assert tidied["counts"]["failed"] == audited["counts"]["failed"] == 0
    assert written["counts"]["failed"] == 0
