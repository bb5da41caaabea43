"""What MkDocs must be told of files beyond docs/: pages link to them, and a site cannot hold them.

The changelog becomes a page. Any other link that leads out of docs/ (`../deploy/…`) becomes its
text alone: on GitHub it leads to the file, on the site there is none. That the file exists is
looked at by tests/docs/test_links.py.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from mkdocs.structure.files import File

CHANGELOG = "changelog.md"
LINK = re.compile(r"\[(?P<text>[^\]]*)\]\((?P<target>\.\./[^)\s]*)\)")


def on_files(files: Any, config: Any) -> Any:
    """Add the changelog, whose links are written from the top of the repository."""
    source = Path(config.docs_dir).parent / "CHANGELOG.md"
    text = source.read_text(encoding="utf-8").replace("](docs/", "](")
    files.append(File.generated(config, CHANGELOG, content=text))
    return files


def on_page_markdown(markdown: str, page: Any, config: Any, files: Any) -> str:  # noqa: ARG001 - MkDocs' form
    """Turn links that leave docs/ into what the site can hold."""
    here = (Path(config.docs_dir) / page.file.src_uri).parent

    def held(link: re.Match[str]) -> str:
        target = (here / link["target"].partition("#")[0]).resolve()
        if target.is_relative_to(Path(config.docs_dir)):
            return link[0]
        if target.name == "CHANGELOG.md":
            up = "../" * page.file.src_uri.count("/")
            return f"[{link['text']}]({up}{CHANGELOG})"
        return link["text"]

    return LINK.sub(held, markdown)
