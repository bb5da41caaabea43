"""`[hosts.<name>]`: how to reach a media server."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import Field, PrivateAttr, SecretStr, ValidationInfo, field_validator

from shelfhook.ports import HostOptions
from shelfhook.settings.base import (
    Seconds,
    Table,
    for_a_header,
    from_folder,
    suggestion,
    surroundings,
)

SIGNING_PREFIX = "whsec_"
SHORTEST_SIGNING_KEY = 16  # bytes; Standard Webhooks makes 24 to 64, other senders fewer


class HostSettings(Table):
    """One media server."""

    kind: str
    """What it is, such as `komga`."""
    url: str
    """Base URL, with the path if the server lives under one."""
    username: str = ""
    """Account, with `password`; not needed with `api_key`."""
    password: SecretStr = SecretStr("")
    """Secret. The account's password."""
    api_key: SecretStr = SecretStr("")
    """Secret. The account's API key; better than a password."""
    verify: bool | str = True
    """Whether to check the TLS certificate, or the path of a file with the CA to trust."""
    connect_timeout: Seconds = 5.0
    """Seconds to wait for a connection."""
    read_timeout: Seconds = 60.0
    """Seconds to wait for an answer."""
    total_timeout: Seconds = 180.0
    """Seconds for one call with all its retries and pauses."""
    retries: Annotated[int, Field(ge=0, le=10)] = 3
    """How often a call that is safe to repeat is tried again."""
    budget: Annotated[int, Field(ge=1, le=64)] = 4
    """How many calls at once the server may bear, shared by all jobs."""
    proxy: SecretStr = SecretStr("")
    """Secret, since it may hold a password. URL of an HTTP proxy."""
    paths: Mapping[str, Path] = Field(default_factory=dict)
    """Where the server's folders lie on this machine, such as `"/books" = "/mnt/books"`. Needed by
    actions that write files."""
    events: Literal["auto", "stream", "poll", "off"] = "auto"
    """How the server's events are fetched: `stream`, as it tells them; `poll`, by asking what is
    new; `auto`, the former if the server can, and the latter while that is out of reach; `off`."""
    poll_minutes: Annotated[float, Field(ge=0.1, le=1440)] = 15.0
    """Minutes between two polls."""
    hook_token: SecretStr = SecretStr("")
    """Secret. What senders of webhooks that cannot sign must show."""
    hook_secret: SecretStr = SecretStr("")
    """Secret. Key of signed webhooks (Standard Webhooks): `whsec_` and base64."""

    _name: str = PrivateAttr(default="")

    @property
    def name(self) -> str:
        """The `<name>` in `[hosts.<name>]`."""
        return self._name

    def options(self) -> HostOptions:
        """The same as the adapters want it, secrets in clear."""
        return HostOptions(
            name=self.name,
            kind=self.kind,
            url=self.url,
            api_key=self.api_key.get_secret_value(),
            username=self.username,
            password=self.password.get_secret_value(),
            verify=self.verify,
            connect_timeout=self.connect_timeout,
            read_timeout=self.read_timeout,
            total_timeout=self.total_timeout,
            retries=self.retries,
            budget=self.budget,
            proxy=self.proxy.get_secret_value(),
        )

    @field_validator("kind")
    @classmethod
    def _kind_exists(cls, kind: str, info: ValidationInfo) -> str:
        kinds = surroundings(info).kinds
        if kinds and kind not in kinds:
            raise ValueError(f"unknown kind '{kind}'; {suggestion(kind, kinds, 'kinds')}")
        return kind

    @field_validator("url")
    @classmethod
    def _plain_url(cls, url: str) -> str:
        # No message repeats the URL: somebody may have put a password into it.
        _check_url(url, "http://komga.local:25600")
        if "@" in urlsplit(url).netloc:
            raise ValueError("holds a user name; put it into username and password")
        return url.rstrip("/")

    @field_validator("password")
    @classmethod
    def _password_with_its_account(cls, password: SecretStr, info: ValidationInfo) -> SecretStr:
        username = info.data.get("username", "")
        if bool(username) != bool(password.get_secret_value()):
            raise ValueError("username and password belong together; set both or neither")
        return password

    @field_validator("api_key")
    @classmethod
    def _some_way_in(cls, api_key: SecretStr, info: ValidationInfo) -> SecretStr:
        if not api_key.get_secret_value() and not info.data.get("username", "unknown"):
            raise ValueError("missing; set api_key, or username and password")
        return api_key

    @field_validator("verify", mode="before")
    @classmethod
    def _truth_or_file(cls, verify: object, info: ValidationInfo) -> object:
        if isinstance(verify, bool):
            return verify
        if not isinstance(verify, str):
            raise ValueError("neither a truth nor a path; give true, false or a CA file")
        if verify.lower() in ("true", "false"):  # from the environment
            return verify.lower() == "true"
        file = from_folder(Path(verify), info)
        if not file.is_file():
            raise ValueError(f"there is no file {file}; give true, false or the path of a CA file")
        return str(file)

    @field_validator("paths")
    @classmethod
    def _folders_of_this_machine(
        cls, paths: Mapping[str, Path], info: ValidationInfo
    ) -> Mapping[str, Path]:
        if "" in paths:
            raise ValueError("a folder of the server has no name; write it like '/books'")
        return {theirs: from_folder(ours, info) for theirs, ours in paths.items()}

    @field_validator("proxy")
    @classmethod
    def _proxy_is_a_url(cls, proxy: SecretStr) -> SecretStr:
        if proxy.get_secret_value():
            _check_url(proxy.get_secret_value(), "http://proxy.local:3128")
        return proxy

    @field_validator("hook_token")
    @classmethod
    def _token_for_a_header(cls, token: SecretStr) -> SecretStr:
        return for_a_header(token)

    @field_validator("hook_secret")
    @classmethod
    def _signing_key(cls, secret: SecretStr) -> SecretStr:
        if secret.get_secret_value() and not _is_signing_key(secret.get_secret_value()):
            raise ValueError(
                f"no signing key; give '{SIGNING_PREFIX}' and base64 of at least "
                f"{SHORTEST_SIGNING_KEY} bytes, as `openssl rand -base64 32` makes it"
            )
        return secret


def _check_url(url: str, example: str) -> None:
    try:
        parts = urlsplit(url)
        usable = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:  # a port or an IPv6 address that is none
        usable = False
    if not usable:
        raise ValueError(f"not an http or https URL; write it like {example}")


def _is_signing_key(text: str) -> bool:
    encoded = text.removeprefix(SIGNING_PREFIX)
    try:
        key = base64.b64decode(encoded, validate=True)
    except (binascii.Error, ValueError):  # ValueError: not ASCII
        return False
    return encoded != text and len(key) >= SHORTEST_SIGNING_KEY
