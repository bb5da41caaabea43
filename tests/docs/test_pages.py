"""How blocks and commands are read out of a page, and which commands are accepted."""

from __future__ import annotations

import pytest

from tests.docs import elsewhere
from tests.docs.pages import Block, commands
from tests.docs.reader import JOB, needs_a_shell


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("one\ntwo # said\n", ["one", "two # said"]),
        ("one \\\n  more\n", ["one   more"]),
        ("say 'a\nb'\n", ["say 'a\nb'"]),
        ("# only a remark\n\none\n", ["one"]),
    ],
)
def test_a_command_ends_where_the_shell_says(text: str, found: list[str]) -> None:
    assert [one.text for one in commands(Block("page.md", 1, "sh", text))] == found


def test_of_a_console_the_answer_is_kept() -> None:
    asked, other = commands(Block("page.md", 1, "console", "$ one\nanswer\nmore\n$ two\n"))
    assert (asked.text, asked.answer) == ("one", ("answer", "more"))
    assert (other.text, other.answer) == ("two", ())


def test_an_open_quotation_is_a_mistake_of_the_page() -> None:
    with pytest.raises(AssertionError, match="left open"):
        commands(Block("page.md", 1, "sh", "say 'a\n"))


@pytest.mark.parametrize(
    ("text", "shell"),
    [
        ("shelfhook jobs", False),
        ("shelfhook jobs  # the latest; all | of them", False),
        ("shelfhook jobs > list.txt", True),
        ('shelfhook jobs "$JOB"', True),
        ("curl http://localhost", True),
    ],
)
def test_only_what_needs_a_shell_gets_one(text: str, shell: bool) -> None:
    assert needs_a_shell(text) is shell


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("shelfhook undo 1a2b3c4d", ["1a2b3c4d"]),
        ("shelfhook undo JOB", ["JOB"]),
        ('curl "http://localhost/api/jobs/$JOB/undo"', []),
        ("shelfhook run tidy --item 0C01", []),
    ],
)
def test_a_job_is_told_from_other_words(text: str, found: list[str]) -> None:
    assert JOB.findall(text) == found


@pytest.mark.parametrize(
    "text", ["rm -rf /srv/books", "dockerd", "makedirs", "shelfhook run process-all"]
)
def test_what_is_not_named_has_no_reason(text: str) -> None:
    assert elsewhere.reason("docs/index.md", text) == ""
