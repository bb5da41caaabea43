"""What can be wrong with a host's options before anybody is called."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from urllib.parse import SplitResult, urlsplit

from shelfhook.errors import ConfigurationError
from shelfhook.ports import HostOptions


def check_options(options: HostOptions) -> None:
    """Refuse a URL, proxy or CA file that no call could be made with.

    No message repeats a URL, since people put passwords into them.

    Raises:
        ConfigurationError: with one fault per line.
    """
    faults = [f"host {options.name}: {fault}" for fault in _faults(options)]
    if faults:
        raise ConfigurationError(faults)


def _faults(options: HostOptions) -> Iterator[str]:
    url = _parts(options.url)
    if url is None:
        yield "the url must begin with http:// or https:// and name a host"
    else:
        if url.username is not None or url.password is not None:
            yield "the url must hold no user or password; they have keys of their own"
        if url.query or url.fragment:
            yield "the url must hold neither ? nor #"
    if options.proxy and _parts(options.proxy) is None:
        yield "the proxy must begin with http:// or https:// and name a host"
    if isinstance(options.verify, str) and not Path(options.verify).exists():
        yield f"there is no CA file {options.verify}"


def _parts(url: str) -> SplitResult | None:
    """The URL's parts if it can be called, else None."""
    parts = urlsplit(url)
    try:
        usable = parts.scheme in ("http", "https") and parts.hostname and parts.port != 0
    except ValueError:  # the port is no number
        return None
    return parts if usable else None
