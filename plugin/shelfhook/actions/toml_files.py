"""Parameters that stand in a TOML file of their own."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import TypeVar

from pydantic import BaseModel, ValidationError

from shelfhook.errors import ConfigurationError

LARGEST = 4 * 1024 * 1024
"""Bytes. Ten times what a table of ten thousand words takes; more is another file by mistake."""

M = TypeVar("M", bound=BaseModel)


def read(name: str, model: type[M]) -> M:
    """What the file says.

    Args:
        name: a path; "~" is the user's folder, a relative one starts at the working directory.

    Raises:
        ConfigurationError: it cannot be read or is not what `model` asks for. Each fault names the
            file and the key.
    """
    try:
        path = Path(name).expanduser().absolute()
    except RuntimeError as error:  # "~nobody"
        raise ConfigurationError([f"{name}: {error}"]) from error
    try:
        return model.model_validate(tomllib.loads(_text(path)))
    except OSError as error:
        raise ConfigurationError([f"{path}: {error.strerror or 'cannot be read'}"]) from error
    except UnicodeDecodeError as error:
        raise ConfigurationError([f"{path}: not UTF-8, as TOML must be"]) from error
    except tomllib.TOMLDecodeError as error:
        raise ConfigurationError([f"{path}: {error}"]) from error
    except ValidationError as error:
        raise ConfigurationError([f"{path}: {fault}" for fault in _faults(error)]) from error


def _text(path: Path) -> str:
    if not path.exists():
        raise ConfigurationError([f"{path}: there is no such file"])
    if not path.is_file():  # to open a pipe would wait for ever
        raise ConfigurationError([f"{path}: not a file"])
    if path.stat().st_size > LARGEST:
        raise ConfigurationError([f"{path}: larger than {LARGEST // 1024 // 1024} MiB"])
    return path.read_text(encoding="utf-8-sig")  # some editors on Windows write a mark


def _faults(error: ValidationError) -> list[str]:
    faults: list[str] = []
    for fault in error.errors(include_input=False, include_url=False):
        key = ".".join(str(part) for part in fault["loc"])
        text = fault["msg"].removeprefix("Value error, ")
        unknown = fault["type"] == "extra_forbidden"
        faults.append(f"{key}: {'unknown key' if unknown else text[:1].lower() + text[1:]}")
    return [fault.removeprefix(": ") for fault in faults]
