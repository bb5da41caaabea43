"""Notifications by way of Apprise, which knows some hundred services by their URLs."""

from __future__ import annotations

import importlib.util
from typing import Any, Final

MISSING: Final = "Apprise is not installed; pip install 'shelfhook[notify]'"


def installed() -> bool:
    """Whether Apprise is there; does not import it, which takes a while."""
    return importlib.util.find_spec("apprise") is not None


def address_faults(urls: list[str]) -> list[tuple[int, str]]:
    """Which URLs cannot be used, by their places, and why. Tells nothing that they hold."""
    if not installed():
        return [(place, MISSING) for place in range(len(urls))]
    return [
        (place, "Apprise does not know what to do with it; see docs/notifications.md for URLs")
        for place, url in enumerate(urls)
        if _service(url) is None
    ]


def apprise(url: str, title: str, body: str) -> str:
    """Send a text to one service; gives what went wrong, "" if nothing did.

    Apprise tells no reason but in its log, where it masks what URLs hold. Its timeouts (4 s each to
    connect and to read) stand in its URLs, as `cto` and `rto`.
    """
    if not installed():
        return MISSING
    service = _service(url)
    if service is None:
        return "Apprise does not know what to do with the URL"
    if service.notify(body=body, title=title, notify_type="info"):
        return ""
    return f"{service.service_name} did not take it; Apprise's log says why"


def _service(url: str) -> Any:
    """Apprise's object for a URL, or None. Imported late: it is an extra, and heavy."""
    from apprise import Apprise

    return Apprise.instantiate(url, suppress_exceptions=True)
