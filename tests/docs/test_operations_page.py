"""docs/operations.md names the metrics that there are, and the dashboard asks for no others."""

from __future__ import annotations

import re

from tests.docs.pages import ROOT

PAGE = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")
CODE = (ROOT / "plugin" / "shelfhook" / "web" / "metrics.py").read_text(encoding="utf-8")
NAME = re.compile(r"\bshelfhook_[a-z_]+[a-z]\b")


def told() -> set[str]:
    """The names in the page; `…_stalled` goes on from the name before it."""
    found = set(NAME.findall(PAGE))
    for line in PAGE.splitlines():
        if "`…_" in line:
            stem = NAME.findall(line)[0].rpartition("_")[0]
            found |= {stem + end for end in re.findall(r"`…(_\w+)`", line)}
    return found


def made() -> set[str]:
    """The names that the code begins with; some get an end there, such as `_up`."""
    return {name.rstrip("_") for name in re.findall(r"\"(shelfhook_[a-z_]+)", CODE)}


def test_every_metric_of_the_code_is_on_the_page() -> None:
    assert len(made()) > 10
    assert [one for one in sorted(made()) if not any(name.startswith(one) for name in told())] == []


def test_every_metric_of_the_page_is_one_of_the_code() -> None:
    assert [one for one in sorted(told()) if not any(one.startswith(name) for name in made())] == []


def test_the_dashboard_asks_for_what_the_page_names() -> None:
    text = (ROOT / "deploy" / "grafana.json").read_text(encoding="utf-8")
    asked = {re.sub(r"_(?:bucket|sum|count)$", "", name) for name in NAME.findall(text)}
    assert asked
    assert asked <= told()
