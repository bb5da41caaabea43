# SPDX-License-Identifier: GPL-3.0-or-later
"""The plugin from the command line, for machines without a screen."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence

from .delivery import test
from .poster import Poster
from .settings import Settings, WrongSettings

USAGE = 'usage: calibre-debug -r "Shelfhook hook" -- [status | test | flush]'


def run(arguments: Sequence[str], settings: Callable[[], Settings], poster: Poster) -> int:
    """Do what is asked; gives the exit code."""
    wanted = arguments[0] if arguments else "status"
    if wanted not in ("status", "test", "flush") or len(arguments) > 1:
        return _say(USAGE, 2)
    try:
        chosen = settings()
    except WrongSettings as error:
        return _say(str(error), 1)
    if wanted == "status":
        return _status(chosen, poster)
    fault = test(chosen) if wanted == "test" else poster.flush()
    return _say(fault or "Shelfhook takes deliveries", 1 if fault else 0)


def _status(chosen: Settings, poster: Poster) -> int:
    where = chosen.endpoint if chosen.url else "nowhere: no URL is set"
    try:
        return _say(f"delivers to {where}; {poster.spool.waiting()} events wait", 0)
    except OSError as error:
        return _say(f"delivers to {where}; the spool cannot be used ({error})", 1)


def _say(text: str, code: int) -> int:
    sys.stdout.write(f"{text}\n")
    return code
