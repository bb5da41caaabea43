"""Builds the wheel without the net, and installs it where nothing of the repository is seen."""

from __future__ import annotations

import os
import shutil
import stat
import subprocess
import sys
import sysconfig
from collections.abc import Mapping
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
LIMIT = 120


def build(folder: Path) -> Path:
    """The wheel; built from a copy, so that no build folder is left in the repository."""
    source = folder / "source"
    source.mkdir()
    for name in ("pyproject.toml", "README.md", "LICENSE", "manifest.json"):
        shutil.copy(ROOT / name, source)
    skip = shutil.ignore_patterns("__pycache__", "*.egg-info")
    shutil.copytree(ROOT / "plugin", source / "plugin", symlinks=True, ignore=skip)
    options = ("--no-build-isolation", "--no-deps", "--no-index", "--quiet")
    run(sys.executable, "-m", "pip", "wheel", *options, "-w", str(folder), str(source))
    (wheel,) = folder.glob("shelfhook-*.whl")
    return wheel


def install(wheel: Path, folder: Path) -> Path:
    """A virtual environment with the wheel, and with the test environment's other packages."""
    run(public_python() or sys.executable, "-m", "venv", "--without-pip", str(folder))
    python = folder / "bin" / "python"
    options = ("--no-deps", "--no-index", "--quiet", str(wheel))
    run(sys.executable, "-m", "pip", "--python", str(python), "install", *options)
    # A path in a .pth file is no site folder: the editable installation there stays unseen.
    name = f"python{sys.version_info.major}.{sys.version_info.minor}"
    others = folder / "lib" / name / "site-packages" / "others.pth"
    others.write_text(sysconfig.get_path("purelib") + "\n", encoding="utf-8")
    return folder


def public_python() -> str | None:
    """A Python like ours that every user may run; None if there is none."""
    system = f"/usr/bin/python{sys.version_info.major}.{sys.version_info.minor}"
    return next((one for one in (sys.executable, system) if everybodys(Path(one))), None)


def everybodys(path: Path) -> bool:
    """Whether every user can get there and use it."""
    if not path.exists():
        return False
    real = path.resolve()
    return all(one.stat().st_mode & stat.S_IXOTH for one in (real, *real.parents))


def clean(environment: Mapping[str, str] | None = None) -> dict[str, str]:
    """The environment of somebody who has never seen the repository."""
    return {"PATH": os.defpath, "LC_ALL": "C.UTF-8", **(environment or {})}


def run(*command: str, cwd: Path | None = None, env: Mapping[str, str] | None = None) -> str:
    """What the command prints; its whole output where it fails."""
    done = subprocess.run(
        command,
        cwd=cwd,
        env=clean(env),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=LIMIT,
        check=False,
    )
    assert done.returncode == 0, f"{command}\n{done.stdout}\n{done.stderr}"
    return done.stdout
