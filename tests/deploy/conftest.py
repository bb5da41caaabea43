"""One wheel, and one installation of it, for all tests here: nobody changes them."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.deploy.installing import build, install


@pytest.fixture(scope="session")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build(tmp_path_factory.mktemp("wheel"))


@pytest.fixture(scope="session")
def public() -> Iterator[Path]:
    """A folder that other users can read; pytest's own are closed to them."""
    with tempfile.TemporaryDirectory(prefix="shelfhook-deploy-") as name:
        folder = Path(name).resolve()
        folder.chmod(0o755)
        yield folder


@pytest.fixture(scope="session")
def installed(wheel: Path, public: Path) -> Path:
    """The folder of the virtual environment."""
    return install(wheel, public / "installed")
