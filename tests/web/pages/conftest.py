from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from tests.web.desk import API
from tests.web.pages.reading import Read, read

LOOK = {**API, "Accept": "text/html"}
Look: TypeAlias = Callable[..., Read]
Send: TypeAlias = Callable[..., TestResponse]


@pytest.fixture
def look(client: FlaskClient) -> Look:
    """Ask for a page, and take it apart."""

    def ask(path: str, status: int = 200) -> Read:
        answer = client.get(path, headers=LOOK)
        assert answer.status_code == status, answer.text
        assert answer.mimetype == "text/html"
        assert "\x00" not in answer.text
        found = read(answer.text)
        assert not found.faults
        return found

    return ask


@pytest.fixture
def send(client: FlaskClient) -> Send:
    """Send a form."""

    def post(path: str, **fields: str) -> TestResponse:
        return client.post(path, data=fields, headers=LOOK)

    return post
