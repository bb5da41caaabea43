"""The real service over a sandbox with real files, and a browser that tolerates no fault."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from shelfhook.sandbox.folder import make
from shelfhook.sandbox.process import SandboxProcess
from tests.browser import harness
from tests.support.service import Service

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

BOOKS = 60
LONG = "Donaudampfschiffahrt" * 6
"""A title without a place to break it."""
ROUTINES = """
[routines.night]
actions = [{ name = "normalize" }]
triggers = { cron = "0 3 * * *", timezone = "Europe/Berlin" }
"""


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """For one file: while it is there a loop runs in this thread, and others want theirs."""
    with harness.browser() as opened:
        yield opened


@pytest.fixture(scope="session")
def made_comics(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("browser") / "Comics"
    make(folder, books=BOOKS, seed=11)
    return folder


@pytest.fixture
def sandbox(made_comics: Path, tmp_path: Path) -> Iterator[SandboxProcess]:
    folder = tmp_path / "Comics"
    shutil.copytree(made_comics, folder)
    arguments = ("--folder", folder, "--task-status", "0.3")
    with SandboxProcess(*arguments) as started:
        yield started


@pytest.fixture
def service(browser: Browser, sandbox: SandboxProcess, tmp_path: Path) -> Iterator[Service]:
    """Engine and web; asks for the browser first, so that nothing is started in vain."""
    with Service(tmp_path / "service", sandbox.url, sandbox.admin_key, more=ROUTINES) as shelf:
        shelf.start("serve")
        shelf.ready(limit=90)
        yield shelf


@pytest.fixture(scope="module")
def house(
    browser: Browser, made_comics: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Service]:
    """One service for a whole file: for journeys that leave the books and each other alone."""
    folder = tmp_path_factory.mktemp("house")
    shutil.copytree(made_comics, folder / "Comics")
    shutil.copy(next(made_comics.rglob("*.cbz")), folder / "Comics" / f"{LONG} 001.cbz")
    arguments = ("--folder", folder / "Comics", "--task-status", "0.3")
    with (
        SandboxProcess(*arguments) as started,
        Service(folder / "service", started.url, started.admin_key, more=ROUTINES) as shelf,
    ):
        shelf.start("serve")
        shelf.ready()
        yield shelf


@pytest.fixture
def watched_page(browser: Browser, service: Service) -> Iterator[tuple[Page, harness.Watched]]:
    with harness.opened(browser, service.root, service.token) as made:
        yield made


@pytest.fixture
def page(watched_page: tuple[Page, harness.Watched]) -> Page:
    """A page, signed in; the test fails on any console error or foreign request."""
    return watched_page[0]


@pytest.fixture
def watched(watched_page: tuple[Page, harness.Watched]) -> harness.Watched:
    """What the page is watched for."""
    return watched_page[1]


@pytest.fixture
def signed_in_page(browser: Browser, service: Service) -> Iterator[Page]:
    """A page whose reader has signed in at the form; watched like `page`."""
    with harness.signed_in(browser, service.root, service.token) as (made, _):
        yield made
