"""Lays environment variables over the tables of the file.

`SHELFHOOK_HOSTS__KOMGA__API_KEY` is `hosts.komga.api_key`: two underscores go one table deeper.
`…_FILE` names a file that holds a secret.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Mapping
from pathlib import Path as FilePath
from typing import Any, TypeAlias

from shelfhook.settings import shape
from shelfhook.settings.base import Faults

PREFIX = "SHELFHOOK_"
DEEPER = "__"
FILE_SUFFIX = "_file"

Tables: TypeAlias = dict[str, Any]
"""TOML as it was read; what it holds is checked later."""


class Environment:
    """The variables that concern us, and which of them set which key."""

    def __init__(self, env: Mapping[str, str], default_routines: Iterable[str]) -> None:
        # Compose files hand on what is not set as an empty value.
        ours = {name: text for name, text in env.items() if text and _is_ours(name)}
        self._variables = dict(sorted(ours.items()))  # hosts come before routines: see _names
        self._default_routines = list(default_routines)
        self.origins: dict[str, str] = {}
        """Dotted key → name of the variable that set it."""
        self.faults: list[str] = []
        self.unread: set[str] = set()
        """Dotted keys whose secret could not be read; that nothing is there is no second fault."""

    def lay_over(self, tables: Tables) -> None:
        """Set in `tables` what the environment says; it wins over the file."""
        for variable, text in self._variables.items():
            try:
                self._set(tables, variable, text)
            except Faults as error:
                self.faults += [f"{variable}: {message}" for message in error.messages]

    def _set(self, tables: Tables, variable: str, text: str) -> None:
        words = variable[len(PREFIX) :].lower()
        if DEEPER not in words:
            _check_forgotten_underscore(words)
            return
        path, from_file = self._path(tables, words.split(DEEPER))
        key = shape.dotted(path)
        if key in self.origins:
            raise Faults([f"sets {key}, as {self.origins[key]} does; remove one of them"])
        self.origins[key] = variable
        self.unread.add(key)
        value = _read_secret(text) if from_file else _value(path, text)
        _put(tables, path, value)
        self.unread.discard(key)

    def _path(self, tables: Tables, words: list[str]) -> tuple[shape.Path, bool]:
        """The key that is meant, and whether its value lies in a file."""
        if not all(words):
            raise Faults(["not a key; write two underscores between table and key"])
        path = tuple(words)
        if words[0] in shape.NAMED_TABLES and len(words) > 1:
            path = (words[0], self._name(tables, words[0], words[1]), *words[2:])
        named = (*path[:-1], path[-1].removesuffix(FILE_SUFFIX))
        return (named, True) if named != path and shape.is_secret(named) else (path, False)

    def _name(self, tables: Tables, table: str, word: str) -> str:
        """The host or routine that a variable means: `process_all` means `process-all`."""
        names = self._names(tables, table)
        fitting = sorted(name for name in names if _plain(name) == _plain(word))
        if len(fitting) > 1:
            raise Faults([f"may mean any of {', '.join(fitting)}; set it in the file instead"])
        return fitting[0] if fitting else word

    def _names(self, tables: Tables, table: str) -> set[str]:
        names = _keys(tables, table)
        if table == "routines":
            hosts = _keys(tables, "hosts")
            names |= {f"{name}@{host}" for name in self._default_routines for host in hosts}
            names |= set(self._default_routines)
        return names


def variable_for(path: shape.Path) -> str:
    """The variable that would set the key at `path`."""
    return PREFIX + DEEPER.join(_plain(str(part)) for part in path).upper()


def _is_ours(name: str) -> bool:
    return name.upper().startswith(PREFIX)


def _keys(tables: Tables, table: str) -> set[str]:
    found = tables.get(table)
    return {str(key) for key in found} if isinstance(found, dict) else set()


def _plain(name: str) -> str:
    return re.sub(r"[^a-z0-9]", "_", name.lower())


def _check_forgotten_underscore(words: str) -> None:
    # Other variables with our prefix may belong to somebody else: Kubernetes makes
    # SHELFHOOK_PORT and SHELFHOOK_WEB_SERVICE_HOST out of the names of services.
    table, _, key = words.partition("_")
    known = key in shape.keys_at((table,)) or shape.is_secret((table, key.removesuffix("_file")))
    if known or (key and table in shape.NAMED_TABLES):
        meant = PREFIX + f"{table}{DEEPER}{key}".upper()
        raise Faults([f"sets nothing; write two underscores between table and key: {meant}"])


def _value(path: shape.Path, text: str) -> object:
    """Text as it is; for a list, a TOML array or words between commas."""
    if not shape.is_list(path):
        return text
    if not text.lstrip().startswith("["):
        return [word.strip() for word in text.split(",")]
    try:
        return tomllib.loads(f"value = {text}")["value"]
    except tomllib.TOMLDecodeError as error:
        raise Faults([f'not a TOML array ({error}); write it like ["one", "two"]']) from error


def _read_secret(name: str) -> str:
    try:
        secret = FilePath(name).read_text(encoding="utf-8").strip()
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise Faults([f"cannot read {name} ({reason}); check path and rights"]) from error
    except ValueError:  # not UTF-8; its message would show the content
        raise Faults([f"{name} is not a text file; put the secret alone into it"]) from None
    if not secret:  # a secret that nobody has filled in must not count as one that is not wanted
        raise Faults([f"{name} is empty; put the secret into it, or remove the variable"])
    return secret


def _put(tables: Tables, path: shape.Path, value: object) -> None:
    table = tables
    for depth, part in enumerate(path[:-1], start=1):
        table = table.setdefault(str(part), {})
        if not isinstance(table, dict):
            raise Faults([f"{shape.dotted(path[:depth])} is not a table; remove the variable"])
    table[str(path[-1])] = value
