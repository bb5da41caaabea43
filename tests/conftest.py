"""How the tests are dealt out when several processes run them (`pytest -n 3`, pytest-xdist)."""

from __future__ import annotations

import pytest

SLOW = ("tests/browser/", "tests/journeys/", "tests/docs/")
"""Rooms whose files take longest: they go first, so that no process has the last one to itself."""
WANT_CALIBRE = ("tests/coalesce/test_own_writes.py",)
"""Files that want Calibre's server without saying so in their path."""


def group(nodeid: str) -> str:
    """What a test stays together with in one process: its file, as its tests share servers.

    All that want Calibre are one group: it allows one server for each user of a machine.
    """
    path = nodeid.partition("::")[0]
    return "calibre" if "calibre" in path or path in WANT_CALIBRE else path


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Bring the longest to the front; whoever wants Calibre must be of its group."""
    for item in items:
        if "calibre_session" in getattr(item, "fixturenames", ()):
            assert group(item.nodeid) == "calibre", f"{item.nodeid}: add its file to WANT_CALIBRE"
    items.sort(key=lambda item: _turn(group(item.nodeid)))


def _turn(group: str) -> int:
    return 0 if group == "calibre" else 1 if group.startswith(SLOW) else 2


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: object) -> object:
    """A scheduler of our groups. (Those of `--dist loadgroup` are lost with pytest 9.)"""
    from xdist.scheduler import LoadScopeScheduling

    class ByGroup(LoadScopeScheduling):
        def _split_scope(self, nodeid: str) -> str:
            return group(nodeid)

    return ByGroup(config, log)
