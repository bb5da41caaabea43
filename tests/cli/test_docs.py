"""What the pages for people name exists."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PAGES = [ROOT / "README.md", ROOT / "CHANGELOG.md", *sorted((ROOT / "docs").rglob("*.md"))]
LINK = re.compile(r"\]\((?!https?:|#)([^)#]+)")
PLACE = re.compile(r"\]\((?!https?:)([^)#]*)#([^)]+)\)")
HEADING = re.compile(r"^#+ (.+)$", re.MULTILINE)
MENTION = re.compile(r"`((?:tests|benchmarks|plugin|docs)/[\w./-]*)`")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_file_that_a_page_names_exists(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    named = [page.parent / link for link in LINK.findall(text)]
    named += [ROOT / mention for mention in MENTION.findall(text)]
    assert [str(path) for path in named if not path.exists()] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_heading_that_a_page_links_to_exists(page: Path) -> None:
    for name, place in PLACE.findall(page.read_text(encoding="utf-8")):
        target = (page.parent / name if name else page).read_text(encoding="utf-8")
        assert place in {anchor(heading) for heading in HEADING.findall(target)}, (name, place)


def anchor(heading: str) -> str:
    """What a heading is called in links, as GitHub makes it."""
    return re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-")


def test_every_dependency_has_a_line_in_its_page() -> None:
    page = (ROOT / "docs" / "dependencies.md").read_text(encoding="utf-8")
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    extras = project["optional-dependencies"].values()
    wanted = [*project["dependencies"], *(one for extra in extras for one in extra)]
    names = {re.split(r"[^A-Za-z0-9-]", one)[0] for one in wanted} - {"shelfhook"}
    assert sorted(name for name in names if not re.search(rf"\b{name}\b", page)) == []


def test_every_command_in_the_readme_exists() -> None:
    from shelfhook.cli.entry import app

    known = {
        info.name or getattr(info.callback, "__name__", "") for info in app.registered_commands
    }
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    called = set(re.findall(r"(?m)^(?:\$ )?(?:\.venv/bin/)?shelfhook ([a-z]+)", readme))
    assert called
    assert called <= known
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    for target in re.findall(r"(?m)^make ([a-z]+)", readme):
        assert f"\n{target}:" in makefile
