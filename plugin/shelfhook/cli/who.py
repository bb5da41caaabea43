"""Who sits at the terminal, for the jobs' records."""

from __future__ import annotations

import getpass


def user() -> str:
    """The name of the operating system's user; "" where it has none (a container's bare uid)."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return ""
