"""`shelfhook quarantine`: items that failed again and again, and their release."""

from __future__ import annotations

from dataclasses import asdict

from rich.text import Text

from shelfhook.cli import terminal
from shelfhook.cli.place import Place
from shelfhook.errors import Unknown
from shelfhook.store import Store

MOST = 1_000
"""Lines that are shown; more would not be read."""


def show(place: Place, *, as_json: bool) -> int:
    """What is set aside, with the reason."""
    settings = place.parts().settings
    least = settings.engine.quarantine_after
    with Store(settings.paths.database_url) as store:
        found = store.states.failing(least, limit=MOST) if least else []
    if as_json:
        terminal.print_json({"items": [asdict(one) for one in found]})
        return 0
    if not found:
        terminal.results().print("No item is set aside.")
        return 0
    made = terminal.table("host", "routine", "item", "id", "failed", "reason")
    for one in found:
        row = (one.host, one.routine, one.name, one.item_id, f"{one.failures} times", one.reason)
        made.add_row(*(Text(cell) for cell in row))
    terminal.results().print(made)
    terminal.talk().print("To try one again: shelfhook quarantine --release ID")
    return 0


def release(place: Place, items: list[str], host: str, *, as_json: bool) -> int:
    """Let items be tried again; the next job that meets them does."""
    settings = place.parts().settings
    name = host or (next(iter(settings.hosts)) if len(settings.hosts) == 1 else "")
    settings.host(name)
    with Store(settings.paths.database_url) as store:
        released = {item: store.states.release(name, item) for item in items}
    unknown = [item for item, count in released.items() if not count]
    if unknown:
        raise Unknown("item", ", ".join(unknown))
    if as_json:
        terminal.print_json({"released": list(released)})
    else:
        terminal.results().print(f"Released: {', '.join(released)}")
    return 0
