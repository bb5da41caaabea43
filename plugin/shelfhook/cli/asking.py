"""Questions to somebody at the terminal; where nobody is there, the option is named instead."""

from __future__ import annotations

import sys
from pathlib import Path

import typer

from shelfhook.errors import ConfigurationError


def interactive() -> bool:
    """Whether somebody can be asked."""
    return sys.stdin.isatty()


def asked(
    question: str, option: str, *, default: str = "", hidden: bool = False, hint: str = ""
) -> str:
    """The answer to a question.

    Args:
        option: what would have answered it.
        hidden: whether the answer is not to be shown while it is typed.
        hint: what helps to answer, for who cannot be asked; who can be has read it already.

    Raises:
        ConfigurationError: nobody is there.
    """
    if not interactive():
        told = f"{option}: missing; nobody is there to be asked"
        raise ConfigurationError([f"{told}. {hint}" if hint else told])
    return str(typer.prompt(question, default=default or None, hide_input=hidden, err=True))


def maybe(question: str, *, default: str = "") -> str:
    """As `asked`, for what may be left empty. Ask only if somebody is there."""
    shown = bool(default)
    return str(
        typer.prompt(question, default=default, show_default=shown, prompt_suffix=" ", err=True)
    )


def agreed(question: str) -> bool:
    """Ask; where nobody can be asked, the answer is no."""
    return interactive() and typer.confirm(question, default=False, err=True)


def secret_from(file: Path | None, option: str) -> str:
    """What a file holds, or standard input for `-`; "" if no file is named.

    Raises:
        ConfigurationError: it cannot be read.
    """
    if file is None:
        return ""
    if str(file) == "-":
        return sys.stdin.read().strip()
    try:
        return file.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError):
        raise ConfigurationError(
            [f"{option}: {file} cannot be read; check path and rights"]
        ) from None
