"""The way to a host: certificates and base paths."""

from __future__ import annotations

import ssl
from contextlib import nullcontext
from pathlib import Path

import pytest

from shelfhook.errors import (
    Permanent,
)
from tests.hosts.relay import Relay
from tests.hosts.shelf import Shelf
from tests.hosts.suite.base import (
    Base,
    Connect,
    listing,
)


class Ways(Base):
    """Promises of `HostOptions`."""

    def test_a_certificate_of_an_own_authority_is_taken_when_it_is_named(
        self, shelf: Shelf, connect: Connect, certificate: Path, book: str
    ) -> None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate)
        with Relay(shelf.url, tls=context) as secure:
            assert connect(url=secure.url, verify=str(certificate)).item(book).id == book
            distrustful = connect(url=secure.url)
            with pytest.raises(Permanent, match="certificate"):
                distrustful.whoami()
            assert not distrustful.check().ok

    def test_it_lives_under_any_base_path(self, shelf: Shelf, connect: Connect, book: str) -> None:
        prefix = "/behind/a%20proxy"
        own = shelf.behind("/behind/a-proxy")
        with own or nullcontext(), Relay(shelf.url, prefix=prefix) as relay:
            url = relay.url if own is None else own.__enter__()
            host = connect(url=url)
            assert host.check().ok
            assert host.item(book).id == book
            assert listing(host, shelf)

    def test_a_slash_at_the_end_of_the_url_does_no_harm(
        self, connect: Connect, relay: Relay, book: str
    ) -> None:
        assert connect(url=relay.url + "/").item(book).id == book
