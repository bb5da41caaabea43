"""Errors become a sentence on standard error and an exit code; never a traceback."""

from __future__ import annotations

from typing import Any

import typer
from typer.core import TyperGroup

from shelfhook.cli.terminal import complain
from shelfhook.errors import ConfigurationError, Conflict, ShelfhookError, Unknown

FAILED = 1
WRONG_USE = 2


class Commands(TyperGroup):
    """All commands, with our own errors caught around them."""

    def invoke(self, ctx: Any) -> Any:
        """Run the command that was asked for."""
        try:
            return super().invoke(ctx)
        except ShelfhookError as error:
            complain(*(error.faults if isinstance(error, ConfigurationError) else [str(error)]))
            raise typer.Exit(code_of(error)) from None


def code_of(error: ShelfhookError) -> int:
    """2 for what the caller can put right in the command or the settings, else 1."""
    return WRONG_USE if isinstance(error, (ConfigurationError, Conflict, Unknown)) else FAILED
