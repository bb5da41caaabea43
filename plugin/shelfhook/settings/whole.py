"""The whole of the settings: `[web]`, `[engine]`, `[paths]`, and all hosts and routines."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Annotated, Self, TypeVar

from pydantic import (
    Field,
    PrivateAttr,
    SecretStr,
    StringConstraints,
    ValidationInfo,
    field_validator,
    model_validator,
)

from shelfhook.errors import Unknown
from shelfhook.settings.base import NAME, Faults, Table, from_folder, suggestion
from shelfhook.settings.callbacks import CallbackSettings
from shelfhook.settings.engine import EngineSettings
from shelfhook.settings.hosts import HostSettings
from shelfhook.settings.notifications import NotificationSettings
from shelfhook.settings.routines import RoutineSettings
from shelfhook.settings.sources import Source
from shelfhook.settings.web import WebSettings

DATABASE_FILE = "shelfhook.db"

Named = TypeVar("Named", HostSettings, RoutineSettings, NotificationSettings)

# Names stand in URLs and, in capitals, in environment variables.
HostName = Annotated[str, StringConstraints(pattern=f"^{NAME}$")]
RoutineName = Annotated[str, StringConstraints(pattern=f"^{NAME}(@{NAME})?$")]


class PathSettings(Table):
    """Where things lie."""

    data: Path = Path("shelfhook-data")
    """Folder of everything that is kept. A relative path starts at the settings file's folder."""
    backups: Path = Path("backups")
    """Folder of old files that actions have replaced. A relative path starts at `data`. On the disk
    of the library nothing is copied to keep them."""
    database: SecretStr = SecretStr("")
    """Secret, since it may hold a password. SQLAlchemy URL. Empty: SQLite in `data`."""

    @property
    def database_url(self) -> str:
        """The URL in clear, also when it was left out."""
        return self.database.get_secret_value() or f"sqlite:///{self.data / DATABASE_FILE}"

    @field_validator("data")
    @classmethod
    def _from_the_settings_folder(cls, data: Path, info: ValidationInfo) -> Path:
        return from_folder(data, info)

    @property
    def backups_folder(self) -> Path:
        """`backups` as a whole path."""
        return self.data / self.backups.expanduser()

    @field_validator("database")
    @classmethod
    def _sqlite_or_postgresql(cls, database: SecretStr) -> SecretStr:
        url = database.get_secret_value()
        if url and not re.match(r"(sqlite|postgresql)(\+\w+)?://", url):
            raise ValueError(
                "not a database URL; write sqlite:////folder/file.db or "
                "postgresql+psycopg://user:password@server/name"
            )
        return database


class Settings(Table):
    """Everything that can be configured."""

    web: WebSettings = Field(default_factory=WebSettings)
    engine: EngineSettings = Field(default_factory=EngineSettings)
    paths: PathSettings = Field(default_factory=PathSettings)
    hosts: Annotated[Mapping[HostName, HostSettings], Field(min_length=1)]
    """The media servers, by name."""
    routines: Mapping[RoutineName, RoutineSettings] = Field(default_factory=dict)
    """The routines, by name."""
    callbacks: CallbackSettings = Field(default_factory=CallbackSettings)
    notifications: Mapping[HostName, NotificationSettings] = Field(default_factory=dict)
    """Whom Apprise tells what, by name."""

    _sources: Mapping[str, Source] = PrivateAttr(default_factory=dict)

    @property
    def sources(self) -> Mapping[str, Source]:
        """Where keys that are set have their values from, see `sources.source_of`."""
        return self._sources

    def host(self, name: str) -> HostSettings:
        """One host.

        Raises:
            Unknown: there is none of this name.
        """
        return _one(self.hosts, name, "host")

    def routine(self, name: str) -> RoutineSettings:
        """One routine.

        Raises:
            Unknown: there is none of this name.
        """
        return _one(self.routines, name, "routine")

    def notification(self, name: str) -> NotificationSettings:
        """One notification.

        Raises:
            Unknown: there is none of this name.
        """
        return _one(self.notifications, name, "notification")

    @field_validator("hosts")
    @classmethod
    def _hosts_know_their_names(
        cls, hosts: Mapping[str, HostSettings]
    ) -> Mapping[str, HostSettings]:
        return _named(hosts)

    @field_validator("routines")
    @classmethod
    def _routines_know_their_names(
        cls, routines: Mapping[str, RoutineSettings]
    ) -> Mapping[str, RoutineSettings]:
        return _named(routines)

    @field_validator("notifications")
    @classmethod
    def _notifications_know_their_names(
        cls, notifications: Mapping[str, NotificationSettings]
    ) -> Mapping[str, NotificationSettings]:
        return _named(notifications)

    @model_validator(mode="after")
    def _routines_tell_whom_there_is(self) -> Self:
        raise_faults(
            fault
            for name, routine in self.routines.items()
            for fault in _telling_faults(self, name, routine)
        )
        return self


def _telling_faults(settings: Settings, name: str, routine: RoutineSettings) -> Iterator[str]:
    """What is wrong with whom a routine wants to tell: tables beside its own know that."""
    for one in routine.notify:
        if one not in settings.notifications:
            known = suggestion(one, settings.notifications, "notifications")
            yield f"routines.{name}.notify: unknown notification '{one}'; {known}"
    for place, url in enumerate(routine.callbacks):
        if fault := settings.callbacks.fault(url):
            yield f"routines.{name}.callbacks[{place}]: {fault}"


def raise_faults(faults: Iterable[str]) -> None:
    """Raise what there is.

    Raises:
        Faults: there is something.
    """
    if found := list(faults):
        raise Faults(found)


def _one(tables: Mapping[str, Named], name: str, what: str) -> Named:
    if name not in tables:
        raise Unknown(what, name, sorted(tables))
    return tables[name]


def _named(tables: Mapping[str, Named]) -> Mapping[str, Named]:
    for name, table in tables.items():
        table._name = name  # a private attribute of pydantic's: not part of the table in the file
    return tables
