"""`shelfhook backup` and `shelfhook restore`: the state as one file."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from shelfhook.cli import terminal
from shelfhook.cli.place import Place


def back_up(place: Place, file: Path, *, as_json: bool) -> int:
    """Write the state into a file; the service goes on."""
    from shelfhook.store import backup

    size = backup.back_up(place.parts().settings.paths.database_url, file)
    if as_json:
        terminal.print_json({"file": str(file), "bytes": size})
    else:
        terminal.results().print(
            f"The state is in {file} ({size / 1e6:,.1f} MB).", markup=False, soft_wrap=True
        )
        terminal.talk().print(
            "Settings and the old files of changes (paths.backups) are not in it."
        )
    return 0


def restore(place: Place, file: Path, *, as_json: bool) -> int:
    """Put a backup in the place of the state, which is kept beside it."""
    from shelfhook.store import Store, backup

    settings = place.parts().settings
    moment = datetime.now().astimezone().strftime("%Y%m%d-%H%M%S-%f")
    aside = settings.paths.data / f"before-restore-{moment}.db"
    kept = backup.restore(settings.paths.database_url, file, aside)
    Store(settings.paths.database_url).close()  # a backup of an older version is brought up to date
    if as_json:
        terminal.print_json({"file": str(file), "kept": str(aside) if kept else None})
        return 0
    terminal.results().print(f"The state is that of {file} again.", markup=False, soft_wrap=True)
    if kept:
        terminal.talk().print(f"What was there before is in {aside}.", markup=False, soft_wrap=True)
    return 0
