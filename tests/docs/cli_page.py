"""Makes docs/cli.md of the command line itself: `python -m tests.docs.cli_page` writes it anew.

What stands above the first command is written by hand, and kept.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from enum import Enum
from pathlib import Path
from typing import Any, get_args, get_type_hints

import typer
from typer.core import TyperArgument, TyperGroup

from shelfhook.cli.entry import app

PAGE = Path(__file__).resolve().parents[2] / "docs" / "cli.md"
PANELS = ("Begin", "Work", "Serve")
COMMON = ("help",)


def page() -> str:
    """The whole page."""
    introduction = PAGE.read_text(encoding="utf-8").partition(f"## {PANELS[0]}\n")[0]
    return introduction + "\n".join(_commands(_group()))


def _group() -> TyperGroup:
    group = typer.main.get_command(app)
    assert isinstance(group, TyperGroup)
    return group


def _commands(group: TyperGroup) -> Iterator[str]:
    panels = [*PANELS, *sorted(_panels(group) - set(PANELS))]
    for panel in panels:
        yield f"## {panel}\n"
        for name, command in group.commands.items():
            if _panel(command) == panel and not command.hidden:
                yield from _command([name], command)


def _panels(group: TyperGroup) -> set[str]:
    return {_panel(command) for command in group.commands.values() if not command.hidden}


def _panel(command: object) -> str:
    panel = getattr(command, "rich_help_panel", None)
    return panel if isinstance(panel, str) else "More"


def _command(path: list[str], command: Any) -> Iterator[str]:
    """A command with its options, or a group of commands with all of theirs."""
    yield f"### {' '.join(path)}\n"
    yield f"{_paragraphs(command.help or '')}\n"
    choices = _choices(command.callback)
    rows = [row for row in (_row(one, choices) for one in command.params) if row]
    if rows:
        yield "| argument or option | default | meaning |\n|---|---|---|"
        yield from rows
        yield ""
    for name, inner in getattr(command, "commands", {}).items():
        yield from _command([*path, name], inner)


def _row(one: Any, choices: Mapping[str, str]) -> str:
    """A line of the table. Only what every version of Typer has is asked for."""
    if isinstance(one, TyperArgument):
        default = "required" if one.required else _default(one.default)
        return f"| `{str(one.name).upper()}` | {default} | {_cell(one.help or '')} |"
    if one.hidden or one.name in COMMON:
        return ""
    names = ", ".join(f"`{name}`" for name in [*one.opts, *one.secondary_opts])
    if not one.is_flag:
        names += f" {choices.get(one.name) or f'`{one.metavar or one.name.upper()}`'}"
    return f"| {names} | {_default(one.default)} | {_cell(one.help or '')} |"


def _choices(callback: Callable[..., object] | None) -> dict[str, str]:
    """What may be given to the options that take one of some words, by the parameter's name."""
    found = {}
    for name, hint in get_type_hints(callback).items() if callback else ():
        for kind in (hint, *get_args(hint)):
            if isinstance(kind, type) and issubclass(kind, Enum):
                found[name] = ", ".join(f"`{word.value}`" for word in kind)
    return found


def _default(value: object) -> str:
    if value in (None, "", (), [], False) or callable(value):
        return ""
    return f"`{getattr(value, 'value', value)}`".replace("`True`", "yes")


def _paragraphs(text: str) -> str:
    return "\n\n".join(" ".join(part.split()) for part in text.split("\n\n"))


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
