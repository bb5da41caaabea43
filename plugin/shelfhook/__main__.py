"""`python -m shelfhook`: the command line."""

from __future__ import annotations

from shelfhook.cli import main

if __name__ == "__main__":
    main()
