"""`python -m shelfhook.app engine|web`: a child process, without the command line's weight."""

from __future__ import annotations

import os
import sys

from shelfhook.app import processes
from shelfhook.errors import ShelfhookError

if __name__ == "__main__":
    try:
        run = {"engine": processes.engine, "web": processes.web}[sys.argv[1]]
        sys.exit(run(None, os.environ))
    except ShelfhookError as error:
        sys.exit(str(error))
