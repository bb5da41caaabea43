"""A library's switches: set, shown, told of."""

from __future__ import annotations

import pytest

from shelfhook.sandbox.client import SandboxError
from shelfhook.sandbox.server import SandboxServer


def test_a_switch_that_was_set_is_shown_and_told_of(small: SandboxServer) -> None:
    path = f"/api/v1/libraries/{small.libraries()[0]['id']}"
    before = small.call("GET", path)
    small.call("PATCH", path, {"convertToCbz": True, "scanCbx": False})
    assert small.call("GET", path) == {**before, "convertToCbz": True, "scanCbx": False}
    assert small.call("GET", "/api/v1/libraries")[0]["convertToCbz"] is True
    assert small.status()["events"]["LibraryChanged"] == 1


@pytest.mark.parametrize("body", [{"convertToCbz": "yes"}, {"name": "B"}, {"unavailable": True}])
def test_what_the_sandbox_cannot_set_is_refused_as_a_whole(
    small: SandboxServer, body: dict[str, object]
) -> None:
    path = f"/api/v1/libraries/{small.libraries()[0]['id']}"
    before = small.call("GET", path)
    with pytest.raises(SandboxError, match="only switches can be set here"):
        small.call("PATCH", path, {"repairExtensions": not before["repairExtensions"], **body})
    assert small.call("GET", path) == before
