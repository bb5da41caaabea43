"""Fixtures and helpers of the contract suite."""

from __future__ import annotations

import base64
import shutil
import subprocess
import traceback
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any, TypeAlias

import pytest

from shelfhook.errors import ShelfhookError
from shelfhook.model import Item, Value
from shelfhook.ports import Clock, Host, HostOptions
from tests.hosts.relay import Relay
from tests.hosts.shelf import HastyClock, Shelf

Connect: TypeAlias = Callable[..., Host]
SOON = 10.0
"""Seconds after which a thread that should have ended counts as hung."""


class Base:
    """What all parts share; the module of a subclass has a fixture `shelf`, in any scope."""

    @pytest.fixture
    def relay(self, shelf: Shelf) -> Iterator[Relay]:
        with Relay(shelf.url) as relay:
            yield relay

    @pytest.fixture
    def clock(self) -> HastyClock:
        return HastyClock()

    @pytest.fixture
    def connect(self, shelf: Shelf, relay: Relay, clock: Clock) -> Iterator[Connect]:
        """Makes the adapter: `connect(login, url=…, budget=…)`; by default over the relay."""
        with ExitStack() as stack:

            def connect(login: Mapping[str, str] | None = None, **options: Any) -> Host:
                options = {
                    "url": relay.url,
                    **(shelf.login() if login is None else login),
                    **options,
                }
                chosen = options.pop("clock", clock)
                host = shelf.connect(HostOptions("mine", shelf.kind, **options), chosen)
                stack.callback(host.close)
                return host

            yield connect

    @pytest.fixture
    def certificate(self, tmp_path: Path) -> Path:
        """A key and a certificate that it signed itself, for 127.0.0.1."""
        openssl = shutil.which("openssl")
        if openssl is None:
            pytest.skip("openssl is not installed; it makes the certificate")
        made, key = tmp_path / "host.crt", tmp_path / "host.key"
        command = [openssl, "req", "-x509", "-newkey", "ec", "-pkeyopt"]
        command += [
            "ec_paramgen_curve:prime256v1",
            "-nodes",
            "-days",
            "2",
            "-subj",
            "/CN=127.0.0.1",
        ]
        command += [
            "-addext",
            "subjectAltName=IP:127.0.0.1",
            "-keyout",
            str(key),
            "-out",
            str(made),
        ]
        subprocess.run(command, check=True, capture_output=True, timeout=60)
        made.write_text(made.read_text() + key.read_text())
        return made

    @pytest.fixture
    def host(self, connect: Connect) -> Host:
        return connect()

    @pytest.fixture
    def book(self, shelf: Shelf) -> str:
        return take(shelf)


def take(shelf: Shelf) -> str:
    """A book that no test has had before, as long as there are any."""
    return _next(shelf, "book", shelf.books())


def need(host: Host, *words: str) -> None:
    """Skip where a host does not declare what a test is about."""
    missing = [word for word in words if word not in host.capabilities]
    if missing:
        pytest.skip(f"{host.kind} does not declare {', '.join(missing)}")


def an_entity(shelf: Shelf, entity: str) -> str:
    """A book or a series for one test."""
    if entity == "book":
        return take(shelf)
    return _next(shelf, "series", shelf.series())


def _next(shelf: Shelf, entity: str, ids: Sequence[str]) -> str:
    had: dict[str, None] = shelf.__dict__.setdefault(f"had_{entity}", {})
    # the one that was had longest ago, if all were; what was had again goes to the end
    found = next((one for one in ids if one not in had), None)
    found = found or next(one for one in had if one in ids)
    had.pop(found, None)
    had[found] = None
    return found


def read(host: Host, entity: str, entity_id: str) -> Item:
    """A book or series, read fresh."""
    return host.series(entity_id) if entity == "series" else host.item(entity_id)


def writable(host: Host, shelf: Shelf) -> list[str]:
    """The entities that a host writes; skips where it writes none."""
    found = [entity for entity in ("book", "series") if f"write-{entity}" in host.capabilities]
    if not found:
        pytest.skip(f"{host.kind} writes nothing")
    return found


def samples(shelf: Shelf, entity: str) -> list[tuple[str, Value]]:
    """Every field with every value, one after the other."""
    return [(name, one) for name, values in shelf.samples(entity).items() for one in values]


def normal(host: Host, entity: str, fields: Mapping[str, Value]) -> dict[str, Value]:
    """Fields as the host would store them."""
    return {name: host.normalise(entity, name, value) for name, value in fields.items()}


def texts(error: BaseException) -> str:
    """All that a log could show of an error."""
    return "\n".join([str(error), repr(error), *traceback.format_exception(error)])


def tells_no_secret(text: str, *logins: Mapping[str, str]) -> None:
    """Fail if a key or a password, or what stands for it in a header, is to be read in a text."""
    for login in logins:
        secret = login.get("api_key") or login.get("password", "")
        pair = f"{login.get('username', '')}:{secret}"
        for form in (secret, *(base64.b64encode(one.encode()).decode() for one in (secret, pair))):
            assert form not in text, "a secret is told"


def outcome(call: Callable[[], object]) -> object:
    """What a call gives, or its error if it is one of ours; any other error fails the test."""
    try:
        return call()
    except ShelfhookError as error:
        return error


def first(host: Host, shelf: Shelf) -> object:
    """The first page of the library."""
    return next(iter(host.pages(shelf.library, size=5)), None)


def listing(host: Host, shelf: Shelf) -> list[str]:
    """The ids of all books."""
    return [ref.id for page in host.pages(shelf.library, size=5) for ref in page.refs]
