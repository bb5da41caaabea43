"""docs/cli.md is what the command line says of itself."""

from __future__ import annotations

from shelfhook.cli import failures
from tests.docs import cli_page


def test_the_page_has_every_command_and_option() -> None:
    text = cli_page.PAGE.read_text(encoding="utf-8")
    assert text == cli_page.page(), "write it anew: PYTHONPATH=. python -m tests.docs.cli_page"


def test_what_is_hidden_stays_so() -> None:
    assert "--picture" not in cli_page.page()


def test_the_exit_codes_are_those_of_the_code() -> None:
    text = cli_page.PAGE.read_text(encoding="utf-8")
    assert f"| {failures.FAILED} | Something failed" in text
    assert f"| {failures.WRONG_USE} | Wrong use" in text
