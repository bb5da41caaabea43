"""What `shelfhook check` says of callbacks and notifications. Nothing is sent."""

from __future__ import annotations

from collections.abc import Iterator

from shelfhook.cli.lines import Line, number
from shelfhook.notify import address_faults
from shelfhook.settings import Settings


def check_telling(settings: Settings) -> Iterator[Line]:
    """A line for the callbacks, if any are allowed, and one for each notification."""
    if settings.callbacks.allow:
        hosts = ", ".join(settings.callbacks.allow)
        yield Line("callbacks", True, f"signed, to {hosts}")
    for name, one in settings.notifications.items():
        urls = [url.get_secret_value() for url in one.urls]
        faults = address_faults(urls)
        for place, fault in faults:
            told = f"notifications.{name}.urls[{place}]: {fault}"
            yield Line(f"notification {name}", False, told)
        if not faults:
            told = f"{number(len(urls), 'URL')}, on {', '.join(one.on) or 'nothing'}"
            yield Line(f"notification {name}", True, told)
