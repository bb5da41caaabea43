"""Notifications by way of Apprise, which knows some hundred services by their URLs."""

from __future__ import annotations

import importlib.util
import logging
import re
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Final
from urllib.parse import unquote

MISSING: Final = "Apprise is not installed; pip install 'shelfhook[notify]'"
UNKNOWN: Final = "Apprise does not know what to do with it; see docs/notifications.md for URLs"
LOGGER: Final = "apprise"
SHORTEST: Final = 4
"""Shorter parts of a URL are no secrets, and stand in plain words."""
LONGEST: Final = 200
STARS: Final = "***"


def installed() -> bool:
    """Whether Apprise is there; does not import it, which takes a while."""
    return importlib.util.find_spec("apprise") is not None


def address_faults(urls: Sequence[str]) -> list[tuple[int, str]]:
    """Which URLs cannot be used, by their places, and why. Tells nothing that they hold."""
    if not installed():
        return [(place, MISSING) for place in range(len(urls))]
    with _kept_to_ourselves():
        return [(place, UNKNOWN) for place, url in enumerate(urls) if _service(url) is None]


def apprise(url: str, title: str, body: str) -> str:
    """Send a text to one service; gives what went wrong, "" if nothing did.

    Its timeouts (4 s each to connect and to read) stand in Apprise's URLs, as `cto` and `rto`.
    """
    if not installed():
        return MISSING
    with _kept_to_ourselves() as said:
        service = _service(url)
        if service is None:
            return UNKNOWN
        if service.notify(body=body, title=title, notify_type="info"):
            return ""
    why = without(url, said[-1])[:LONGEST] if said else "it does not say why"
    return f"{service.service_name} did not take it: {why}"


def without(url: str, text: str) -> str:
    """The text with stars for every part of a URL: what Apprise says may repeat some of it."""
    parts = {*re.split(r"[/:@?&=#]+", url), *re.split(r"[/:@?&=#]+", unquote(url))}
    for part in sorted(parts, key=len, reverse=True):
        if len(part) >= SHORTEST:
            text = text.replace(part, STARS)
    return text


class _Listener(logging.Handler):
    """Keeps what one thread is told; other threads have listeners of their own."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.said: list[str] = []
        self._mine = threading.get_ident()

    def emit(self, record: logging.LogRecord) -> None:
        if record.thread == self._mine:
            self.said.append(record.getMessage())


@contextmanager
def _kept_to_ourselves() -> Iterator[list[str]]:
    """Hear what Apprise logs, and keep it out of our log: of a URL it cannot read it logs much."""
    logger, listener = logging.getLogger(LOGGER), _Listener()
    logger.propagate = False  # stays so: nobody but us uses Apprise here
    logger.addHandler(listener)
    try:
        yield listener.said
    finally:
        logger.removeHandler(listener)


def _service(url: str) -> Any:
    """Apprise's object for a URL, or None. Imported late: it is an extra, and heavy."""
    from apprise import Apprise

    return Apprise.instantiate(url, suppress_exceptions=True)
