"""`[web]`: the HTTP side."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, SecretStr, field_validator

from shelfhook.settings.base import Table, for_a_header
from shelfhook.settings.mounting import fault_of_network, fault_of_path
from shelfhook.settings.sign_in import SignInSettings


class WebSettings(Table):
    """The HTTP side."""

    listen: str = "127.0.0.1:8790"
    """Address and port to listen on."""
    token: SecretStr = SecretStr("")
    """Secret. A bearer token that opens everything. Empty: the first start makes one, and tells it
    once."""
    metrics_token: SecretStr = SecretStr("")
    """Secret. A bearer token that opens `/metrics` and nothing else, for a monitoring server; the
    API's token opens it, too."""
    max_body_bytes: Annotated[int, Field(ge=1024, le=2**30)] = 2**20
    """Longest request body that is read."""
    threads: Annotated[int, Field(ge=1, le=256)] = 4
    """Threads that answer requests."""
    max_streams: Annotated[int, Field(ge=0, le=10_000)] = 2_000
    """How many pages and clients may be live at once; each costs some 30 kB, and no thread."""
    base_path: str = ""
    """The path below which a reverse proxy shows Shelfhook, such as `/shelfhook`."""
    trusted_proxies: tuple[str, ...] = ()
    """Addresses and networks of reverse proxies whose `X-Forwarded-For`, `-Proto` and `-Prefix`
    are believed."""
    sign_in: SignInSettings = Field(default_factory=SignInSettings)
    """Sign-in of people."""

    @property
    def address(self) -> tuple[str, int]:
        """`listen` as host and port."""
        return split_address(self.listen)

    @field_validator("listen")
    @classmethod
    def _address_and_port(cls, listen: str) -> str:
        split_address(listen)
        return listen

    @field_validator("base_path")
    @classmethod
    def _a_path(cls, path: str) -> str:
        path = path.rstrip("/")
        if wrong := fault_of_path(path):
            raise ValueError(wrong)
        return path

    @field_validator("trusted_proxies")
    @classmethod
    def _addresses(cls, proxies: tuple[str, ...]) -> tuple[str, ...]:
        for one in proxies:
            if wrong := fault_of_network(one):
                raise ValueError(wrong)
        return proxies

    @field_validator("token", "metrics_token")
    @classmethod
    def _one_word_for_a_header(cls, token: SecretStr) -> SecretStr:
        text = token.get_secret_value()
        if text and text != "".join(text.split()):
            raise ValueError(
                "holds white space; give one word, for instance $(openssl rand -hex 24)"
            )
        return for_a_header(token)


def split_address(listen: str) -> tuple[str, int]:
    """`127.0.0.1:8790` or `[::1]:8790` as host and port."""
    host, _, port = listen.rpartition(":")
    bracketed = host.startswith("[") and host.endswith("]")
    if not (port.isascii() and port.isdigit() and 0 <= int(port) <= 65_535):
        raise ValueError("has no port; write it like 127.0.0.1:8790")
    if not host or (":" in host and not bracketed):
        raise ValueError("has no address; write it like 127.0.0.1:8790 or [::1]:8790")
    return host.strip("[]"), int(port)
