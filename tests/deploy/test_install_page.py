"""What docs/install.md says can be done."""

from __future__ import annotations

import re
import shutil
import subprocess
import tomllib

import pytest

from shelfhook.cli.entry import app
from shelfhook.settings import shape
from tests.deploy.installing import ROOT
from tests.deploy.test_manifests import IMAGE

PAGE = (ROOT / "docs" / "install.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"```sh\n(.*?)```", PAGE, re.DOTALL)


def test_every_command_of_shelfhook_exists() -> None:
    known = {
        info.name or getattr(info.callback, "__name__", "") for info in app.registered_commands
    }
    called = set(re.findall(r"(?:/bin/|exec [^\n]*?)shelfhook (?:-- )?([a-z]+)", "".join(BLOCKS)))
    called |= set(re.findall(r"`shelfhook ([a-z]+)`", PAGE))
    assert {"init", "check", "serve", "demo"} <= called - {"shelfhook"}
    assert called - {"shelfhook"} <= known


@pytest.mark.parametrize("block", BLOCKS, ids=lambda block: block.split("\n")[0][:40])
def test_every_block_is_what_a_shell_understands(block: str) -> None:
    shell = shutil.which("dash") or "/bin/sh"
    done = subprocess.run(
        [shell, "-n"], input=block, capture_output=True, text=True, timeout=20, check=False
    )
    assert done.returncode == 0, done.stderr


def test_every_file_that_is_copied_or_applied_exists() -> None:
    named = set(re.findall(r"\bdeploy/[\w./-]+", PAGE)) - {"deploy/shelfhook"}  # kubectl's own word
    assert "deploy/systemd/shelfhook.service" in named
    assert [name for name in sorted(named) if not (ROOT / name.rstrip("./")).exists()] == []
    for name in ("env.example", "shelfhook.toml"):
        assert f"cp {name} " in PAGE
        assert (ROOT / "deploy" / "compose" / name).exists()


def test_every_variable_and_key_is_one_that_is_read() -> None:
    variables = set(re.findall(r"\bSHELFHOOK_(\w+__\w+)", PAGE))
    keys = {tuple(name.lower().split("__")) for name in variables}
    keys |= {tuple(key.split(".")) for key in re.findall(r"`((?:web|engine|paths)\.\w+)`", PAGE)}
    assert ("engine", "drain_seconds") in keys
    assert [key for key in sorted(keys) if shape.field_at(key) is None] == []


def test_its_extras_and_its_image_are_ours() -> None:
    text = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    extras = tomllib.loads(text)["project"]["optional-dependencies"]
    for named in re.findall(r"'\.\[([\w,]+)\]'", PAGE):
        assert set(named.split(",")) <= set(extras)
    assert set(re.findall(r"shelfhook:\d+\.[\w.]+", PAGE)) == {IMAGE}
