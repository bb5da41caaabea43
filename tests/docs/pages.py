"""The pages, and the blocks of commands, settings and code in them."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
BLOCK = re.compile(r"^(?P<in> *)```(?P<language>\w*)\n(?P<text>.*?)^(?P=in)```", re.M | re.S)
SHELL = ("sh", "console", "bash")


@dataclass(frozen=True)
class Block:
    """A fenced block. `line` is the number of its first line in the page."""

    page: str
    line: int
    language: str
    text: str

    def __str__(self) -> str:
        return f"{self.page}:{self.line}"


@dataclass(frozen=True)
class Command:
    """What a reader would type, and what the page says comes of it."""

    where: str
    text: str
    answer: tuple[str, ...] = ()


def pages() -> list[str]:
    """The pages by their paths from the top of the repository."""
    found = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
    return [path.relative_to(ROOT).as_posix() for path in found]


def blocks(page: str) -> list[Block]:
    """All fenced blocks of a page, in order."""
    text = (ROOT / page).read_text(encoding="utf-8")
    return [_block(page, text, found) for found in BLOCK.finditer(text)]


def _block(page: str, text: str, found: re.Match[str]) -> Block:
    line = text.count("\n", 0, found.start()) + 2
    indented = re.compile(f"^{found['in']}", re.M) if found["in"] else None
    inner = indented.sub("", found["text"]) if indented else found["text"]
    return Block(page, line, found["language"], inner)


def commands(block: Block) -> list[Command]:
    """The commands of a block: a line each, but for what goes on in the next line."""
    if block.language == "console":
        return [*_asked_and_answered(block)]
    return [Command(str(block), text) for text in _whole(block.text.splitlines())]


def _asked_and_answered(block: Block) -> Iterator[Command]:
    for part in re.split(r"^\$ ", block.text, flags=re.M)[1:]:
        text, *answer = part.splitlines()
        yield Command(str(block), text, tuple(answer))


def _whole(lines: list[str]) -> Iterator[str]:
    text = ""
    for line in lines:
        text += line
        if text.endswith("\\"):
            text = text[:-1]
        elif _closed(text):
            if shlex.split(text, comments=True):
                yield text
            text = ""
        else:
            text += "\n"
    assert not text.strip(), f"a quotation is left open: {text}"


def _closed(text: str) -> bool:
    try:
        shlex.split(text, comments=True)
    except ValueError:
        return False
    return True
