"""The whole of the settings: `[web]`, `[engine]`, `[paths]`, and all hosts and routines."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Literal, TypeAlias, TypeVar

from pydantic import Field, SecretStr, StringConstraints, ValidationInfo, field_validator

from shelfhook.errors import ConfigurationError, Unknown
from shelfhook.settings.base import NAME, Seconds, Table, for_a_header, from_folder, suggestion
from shelfhook.settings.hosts import HostSettings
from shelfhook.settings.routines import RoutineSettings

DATABASE_FILE = "shelfhook.db"

LOG_ROOMS = (
    "backups",
    "bridge",
    "coalesce",
    "dispatch",
    "engine",
    "hosts",
    "item",
    "job",
    "loops",
    "schedule",
    "scheduler",
    "serve",
    "store",
    "watchdog",
    "web",
)
"""What `log_levels` may name: a test holds them against the loggers that there are."""

Level: TypeAlias = Literal["DEBUG", "INFO", "WARNING", "ERROR"]

Named = TypeVar("Named", HostSettings, RoutineSettings)

# Names stand in URLs and, in capitals, in environment variables.
HostName = Annotated[str, StringConstraints(pattern=f"^{NAME}$")]
RoutineName = Annotated[str, StringConstraints(pattern=f"^{NAME}(@{NAME})?$")]


class WebSettings(Table):
    """The HTTP side."""

    listen: str = "127.0.0.1:8790"
    """Address and port to listen on."""
    token: SecretStr = SecretStr("")
    """Secret. The bearer token of the API; the web process does not start without it."""
    metrics_token: SecretStr = SecretStr("")
    """Secret. A bearer token that opens `/metrics` and nothing else, for a monitoring server; the
    API's token opens it, too."""
    max_body_bytes: Annotated[int, Field(ge=1024, le=2**30)] = 2**20
    """Longest request body that is read."""
    threads: Annotated[int, Field(ge=1, le=256)] = 4
    """Threads that answer requests."""
    max_streams: Annotated[int, Field(ge=0, le=10_000)] = 100
    """How many clients may follow live progress at once."""

    @property
    def address(self) -> tuple[str, int]:
        """`listen` as host and port."""
        return split_address(self.listen)

    @field_validator("listen")
    @classmethod
    def _address_and_port(cls, listen: str) -> str:
        split_address(listen)
        return listen

    @field_validator("token", "metrics_token")
    @classmethod
    def _one_word_for_a_header(cls, token: SecretStr) -> SecretStr:
        text = token.get_secret_value()
        if text and text != "".join(text.split()):
            raise ValueError(
                "holds white space; give one word, for instance $(openssl rand -hex 24)"
            )
        return for_a_header(token)


class EngineSettings(Table):
    """The side that does the work."""

    concurrent_jobs: Annotated[int, Field(ge=1, le=64)] = 2
    """How many jobs run at once."""
    quiet_seconds: Annotated[float, Field(ge=0, le=86_400)] = 10.0
    """Events become a job when none has come for so long."""
    max_wait_seconds: Annotated[float, Field(ge=0, le=86_400)] = 300.0
    """They become one after so long in any case, counted from the first."""
    page_size: Annotated[int, Field(ge=1, le=2000)] = 500
    """How many items a listing asks for at a time."""
    stall_seconds: Seconds = 30.0
    """A job without progress for so long is marked, and its threads' stacks are logged."""
    item_seconds: Seconds = 300.0
    """Longest time for one item."""
    item_attempts: Annotated[int, Field(ge=1, le=20)] = 3
    """How often an item is tried before it counts as failed."""
    drain_seconds: Annotated[float, Field(ge=0, le=3600)] = 30.0
    """How long running items may go on after the order to stop."""
    quarantine_after: Annotated[int, Field(ge=0, le=100)] = 3
    """An item that failed in so many jobs in a row is set aside; 0: never."""
    heavy_processes: Annotated[int, Field(ge=0, le=64)] = 0
    """Processes for what keeps a processor busy, such as `audit`; 0: one for each processor."""
    keep_days: Annotated[int, Field(ge=1, le=36_500)] = 30
    """How many days finished jobs are kept, with their ledger and the old files of their changes.
    A job that is gone cannot be undone."""
    log_level: Level = "INFO"
    """How much is logged."""
    log_format: Literal["text", "json"] = "text"
    """Lines for people, or one JSON document per line."""
    log_levels: Mapping[str, Level] = Field(default_factory=dict)
    """How much single rooms log, such as `hosts = "DEBUG"`, which shows every call."""

    @field_validator("max_wait_seconds")
    @classmethod
    def _not_before_the_quiet(cls, longest: float, info: ValidationInfo) -> float:
        quiet = info.data.get("quiet_seconds", 0.0)
        if longest < quiet:
            raise ValueError(f"less than engine.quiet_seconds ({quiet:g}); make it longer")
        return longest

    @field_validator("log_level", mode="before")
    @classmethod
    def _any_case(cls, level: object) -> object:
        return level.upper() if isinstance(level, str) else level

    @field_validator("log_levels", mode="before")
    @classmethod
    def _of_rooms_that_log(cls, levels: object) -> object:
        if not isinstance(levels, Mapping):
            return levels
        for room in levels:
            if room not in LOG_ROOMS:
                raise ValueError(f"no room '{room}' logs; {suggestion(room, LOG_ROOMS, 'rooms')}")
        return {
            room: level.upper() if isinstance(level, str) else level
            for room, level in levels.items()
        }


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

    def require_token(self) -> str:
        """The API's bearer token in clear, for the process that serves it.

        Raises:
            ConfigurationError: there is none.
        """
        token = self.web.token.get_secret_value()
        if not token:
            raise ConfigurationError(
                ["web.token: missing; set it in the file, or as SHELFHOOK_WEB__TOKEN"]
            )
        return token

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


def split_address(listen: str) -> tuple[str, int]:
    """`127.0.0.1:8790` or `[::1]:8790` as host and port."""
    host, _, port = listen.rpartition(":")
    bracketed = host.startswith("[") and host.endswith("]")
    if not (port.isascii() and port.isdigit() and 0 <= int(port) <= 65_535):
        raise ValueError("has no port; write it like 127.0.0.1:8790")
    if not host or (":" in host and not bracketed):
        raise ValueError("has no address; write it like 127.0.0.1:8790 or [::1]:8790")
    return host.strip("[]"), int(port)


def _one(tables: Mapping[str, Named], name: str, what: str) -> Named:
    if name not in tables:
        raise Unknown(what, name, sorted(tables))
    return tables[name]


def _named(tables: Mapping[str, Named]) -> Mapping[str, Named]:
    for name, table in tables.items():
        table._name = name  # a private attribute of pydantic's: not part of the table in the file
    return tables
