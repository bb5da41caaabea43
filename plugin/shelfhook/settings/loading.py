"""Reads the settings: file, environment, defaults, checks. All faults are reported at once."""

from __future__ import annotations

import tomllib
from collections.abc import Collection, Mapping
from dataclasses import replace
from pathlib import Path

from pydantic import ValidationError

from shelfhook.errors import ConfigurationError
from shelfhook.settings import faults, sources
from shelfhook.settings.base import CheckAction, CheckCron, Surroundings
from shelfhook.settings.defaults import add_defaults
from shelfhook.settings.environment import Environment, Tables
from shelfhook.settings.whole import Settings

CONFIG_VARIABLE = "SHELFHOOK_CONFIG"
DEFAULT_FILE = Path("shelfhook.toml")


def load(
    path: Path | None,
    env: Mapping[str, str],
    *,
    defaults: Mapping[str, object],
    check_action: CheckAction,
    check_cron: CheckCron,
    kinds: Collection[str] = (),
) -> Settings:
    """Read the settings once.

    Args:
        path: the file. None: what `SHELFHOOK_CONFIG` names, else `shelfhook.toml` here if there is
            one, else the environment alone.
        env: environment variables; they win over the file.
        defaults: the routines that exist without being configured, by name.
        check_action: tells what is wrong with an action's name and parameters.
        check_cron: tells what is wrong with a cron expression in a time zone ("": the local one).
        kinds: kinds of host that exist; empty if they are not to be checked.

    Raises:
        ConfigurationError: with every fault there is.
    """
    file = _find(path, env)
    around = Surroundings(
        folder=(file.parent if file else Path()).absolute(),
        kinds=kinds,
        check_action=check_action,
        check_cron=check_cron,
    )
    return settled(_read(file) if file else {}, env, defaults, around, str(file or ""))


def settled(
    tables: Tables,
    env: Mapping[str, str],
    defaults: Mapping[str, object],
    around: Surroundings,
    file: str = "",
) -> Settings:
    """Settings from what the file holds; `tables` is used up.

    Raises:
        ConfigurationError: with every fault there is.
    """
    environment = Environment(env, defaults)
    known = sources.of_file(tables, file)
    environment.lay_over(tables)
    add_defaults(tables, defaults)
    tables.setdefault("paths", {})  # checked even if empty: its folder starts at the file's
    around = replace(around, hosts=_names(tables.get("hosts")))
    settings, found = _validated(tables, around, environment)
    if settings is None or environment.faults:
        raise ConfigurationError([*environment.faults, *found])
    settings._sources = known | sources.of_environment(environment.origins)
    return settings


def _find(path: Path | None, env: Mapping[str, str]) -> Path | None:
    named = env.get(CONFIG_VARIABLE, "")
    if path is None and named:
        path = Path(named)
    if path is not None:
        return path
    return DEFAULT_FILE if DEFAULT_FILE.exists() else None


def _read(file: Path) -> Tables:
    try:
        return tomllib.loads(file.read_text(encoding="utf-8"))
    except FileNotFoundError:
        fault = "there is no such file; run `shelfhook init` to make one"
    except UnicodeDecodeError:
        fault = "not a text file in UTF-8; save it as one"
    except OSError as error:
        fault = f"cannot be read ({error.strerror}); check path and rights"
    except tomllib.TOMLDecodeError as error:
        fault = f"not valid TOML: {error}; correct that place"
    # Raised out here, so that no exception with the file's content hangs on ours.
    raise ConfigurationError([f"{file}: {fault}"])


def _names(hosts: object) -> Collection[str]:
    return hosts.keys() if isinstance(hosts, dict) else ()


def _validated(
    tables: Tables, around: Surroundings, environment: Environment
) -> tuple[Settings | None, list[str]]:
    try:
        return Settings.model_validate(tables, context=around), []
    except ValidationError as error:
        return None, faults.messages(error, environment.origins, environment.unread)
