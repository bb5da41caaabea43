from __future__ import annotations

from importlib.metadata import EntryPoint

from shelfhook.hosts import komga
from shelfhook.hosts.registry import GROUP, discover
from shelfhook.ports import Connect


def point(name: str, value: str) -> EntryPoint:
    return EntryPoint(name, value, GROUP)


def test_the_built_in_host_is_found_by_its_entry_point() -> None:
    found, _ = discover()
    built_in: Connect = komga.connect
    assert found["komga"] is built_in


def test_a_broken_extension_is_named_and_left_out() -> None:
    found, faults = discover(
        [
            point("komga", "shelfhook.hosts.komga:connect"),
            point("gone", "shelfhook_no_such_package:connect"),
            point("typo", "shelfhook.hosts.komga:conect"),
            point("value", "shelfhook.hosts.registry:GROUP"),
        ]
    )
    assert list(found) == ["komga"]
    assert {fault.split()[1] for fault in faults} == {"'gone'", "'typo'", "'value'"}
    assert any("No module named 'shelfhook_no_such_package'" in fault for fault in faults)


def test_of_two_with_one_name_ours_is_taken_and_the_other_named() -> None:
    found, faults = discover(
        [point("komga", "another:connect"), point("komga", "shelfhook.hosts.komga:connect")]
    )
    built_in: Connect = komga.connect
    assert found == {"komga": built_in}
    assert len(faults) == 1
    assert "another:connect" in faults[0]
