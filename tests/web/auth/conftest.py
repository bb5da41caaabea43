from __future__ import annotations

import pytest

from shelfhook.web.lean import Application
from tests.web.auth.browser import Browser


@pytest.fixture
def browser(app: Application) -> Browser:
    return Browser(app)
