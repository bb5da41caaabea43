"""Loads settings from text, with checks that know one action and five-field schedules."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from shelfhook.errors import ConfigurationError
from shelfhook.settings import Settings, load

DEFAULTS: Mapping[str, object] = {
    "process-all": {
        "actions": [{"name": "normalize"}],
        "triggers": {"events": ["library.scanned"]},
    },
    "nightly": {"actions": [{"name": "normalize"}], "triggers": {"cron": "0 3 * * *"}},
}
KOMGA = """
[hosts.komga]
kind = "komga"
url = "http://komga.local:25600"
api_key = "k-0123456789"
"""


def check_action(name: str, parameters: Mapping[str, object]) -> list[str]:
    if name != "normalize":
        return [f"unknown action '{name}'; known actions: normalize"]
    return [f"{key}: unknown parameter" for key in parameters if key != "replace_stem"]


def check_cron(cron: str, timezone: str) -> str | None:
    return None if len(cron.split()) == 5 else "not a cron expression; write it like 0 3 * * *"


def write(folder: Path, text: str) -> Path:
    file = folder / "shelfhook.toml"
    file.write_text(text, encoding="utf-8")
    return file


def load_text(folder: Path, text: str, env: Mapping[str, str] | None = None) -> Settings:
    return load_file(write(folder, text), env or {})


def load_file(path: Path | None, env: Mapping[str, str]) -> Settings:
    return load(
        path,
        env,
        defaults=DEFAULTS,
        check_action=check_action,
        check_cron=check_cron,
        kinds=["komga"],
    )


def faults_of(folder: Path, text: str, env: Mapping[str, str] | None = None) -> list[str]:
    with pytest.raises(ConfigurationError) as caught:
        load_text(folder, text, env)
    return caught.value.faults
