"""The site builds without a warning, has every page, and loads nothing from elsewhere."""

from __future__ import annotations

import importlib.util
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.docs.pages import ROOT, pages

CONFIG = ROOT / "docs" / "site" / "mkdocs.yml"
REQUIRED = "SHELFHOOK_REQUIRE_DOCS"
LOADED = re.compile(r"<(?:script|link|img|iframe|source|object)\b[^>]*?(?:src|href)=\"?([^\"\s>]+)")
KINDS = ["Start here", "How-to", "Explanation", "Reference"]


def nav() -> str:
    """The navigation as it is written, without what waits in comments."""
    written = CONFIG.read_text(encoding="utf-8").partition("\nnav:\n")[2]
    return "\n".join(line for line in written.splitlines() if not line.startswith("#"))


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    if importlib.util.find_spec("material") is None:
        if os.environ.get(REQUIRED):
            pytest.fail(f"{REQUIRED} is set, and the extra `docs` is not installed")
        pytest.skip("MkDocs Material is not installed (the extra `docs`)")
    target = tmp_path_factory.mktemp("site")
    done = subprocess.run(
        [sys.executable, "-m", "mkdocs", "build", "--strict", "-f", CONFIG, "-d", target],
        env={**os.environ, "NO_MKDOCS_2_WARNING": "1"},
        capture_output=True,
        text=True,
        timeout=110,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return target


def test_every_page_is_there(site: Path) -> None:
    wanted = {Path(page).relative_to("docs") for page in pages() if page.startswith("docs/")}
    wanted |= {Path("changelog.md")}
    assert [str(page) for page in wanted if not (site / page).with_suffix(".html").exists()] == []
    assert not (site / "site").exists(), "the site's own settings are none of its pages"


def test_nothing_is_loaded_from_elsewhere(site: Path) -> None:
    loaded = {
        (page.name, one)
        for page in site.rglob("*.html")
        for one in LOADED.findall(page.read_text(encoding="utf-8"))
        if re.match(r"(?:https?:)?//", one)
    }
    assert loaded == set()
    styles = "".join(one.read_text(encoding="utf-8") for one in site.rglob("*.css"))
    assert re.findall(r"url\([\"']?(?:https?:)?//[^)]*|@import", styles) == []


def test_no_diagram_asks_for_a_program_from_the_net(site: Path) -> None:
    """Material fetches Mermaid from a CDN as soon as a page has a block of it."""
    assert not any("mermaid" in page.read_text(encoding="utf-8") for page in site.rglob("*.html"))


def test_a_link_out_of_the_pages_is_text_there(site: Path) -> None:
    page = (site / "install.html").read_text(encoding="utf-8")
    assert "deploy/compose" in page
    assert "compose.yaml" not in re.sub(r"<code>.*?</code>", "", page, flags=re.DOTALL)


def test_the_navigation_has_four_kinds() -> None:
    assert re.findall(r"^  - ([^:]+):$", nav(), re.MULTILINE) == KINDS


def test_every_page_stands_in_the_navigation_once() -> None:
    """Said here too, since the extra is not everywhere."""
    listed = re.findall(r": ([\w/-]+\.md)$", nav(), re.MULTILINE)
    wanted = [page.removeprefix("docs/") for page in pages() if page.startswith("docs/")]
    assert sorted(listed) == sorted([*wanted, "changelog.md"])
