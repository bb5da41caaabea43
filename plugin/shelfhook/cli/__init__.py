"""The command line: `shelfhook …`. Thin over `app`; heavy imports wait until a command needs them.

Exit codes: 0 all went right, 1 something failed, 2 wrong use.
"""

from shelfhook.cli.entry import main

__all__ = ["main"]
