"""What a host tells of itself and of its libraries."""

from __future__ import annotations

from dataclasses import dataclass

from shelfhook.model.items import ItemRef


@dataclass(frozen=True, slots=True)
class Library:
    """A library of a host."""

    id: str
    name: str
    root: str = ""


@dataclass(frozen=True, slots=True)
class Account:
    """Who the host says we are."""

    name: str
    admin: bool
    roles: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class HostCheck:
    """Result of asking a host whether it is well. `version` is empty where it does not tell."""

    ok: bool
    message: str
    version: str = ""


@dataclass(frozen=True, slots=True)
class Converter:
    """What a host itself does about a file that it can make a CBZ of.

    Attributes:
        on: whether it does so by itself, sooner or later.
        switch: what a person does at the host to switch that on.
    """

    on: bool
    switch: str


@dataclass(frozen=True, slots=True)
class Page:
    """One page of a library's items. `total` is the host's own count, where it gives one."""

    refs: tuple[ItemRef, ...]
    total: int | None = None
