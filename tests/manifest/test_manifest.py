"""The manifest says what the code says."""

from __future__ import annotations

import json
import tomllib
from importlib import metadata
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator
from pydantic import ValidationError

from shelfhook import manifest, settings
from shelfhook.actions import registry
from shelfhook.model import EventKind
from shelfhook.ports import HostOptions
from tests.support.clock import FakeClock

ROOT = Path(__file__).parents[2]
FILE = ROOT / manifest.FILE
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
OURS = metadata.distribution("shelfhook").entry_points


def names_of(group: str) -> set[str]:
    return {point.name for point in OURS.select(group=group)}


def test_the_manifest_fits_its_published_schema() -> None:
    published = json.loads((ROOT / manifest.SCHEMA_PATH).read_text(encoding="utf-8"))
    Draft202012Validator.check_schema(published)

    Draft202012Validator(published).validate(json.loads(FILE.read_text(encoding="utf-8")))


def test_the_published_schema_is_current() -> None:
    published = json.loads((ROOT / manifest.SCHEMA_PATH).read_text(encoding="utf-8"))

    assert published == manifest.schema()


def test_the_package_carries_the_manifest_of_the_repository() -> None:
    assert manifest.load().document() == json.loads(FILE.read_text(encoding="utf-8"))


def test_the_manifest_is_frozen() -> None:
    with pytest.raises(ValidationError, match="frozen"):
        manifest.load().version = "2"


def test_the_identity_is_that_of_the_package() -> None:
    ours = manifest.load()

    assert ours.id == PROJECT["name"]
    assert ours.version == PROJECT["version"] == metadata.version("shelfhook")
    assert ours.licence == PROJECT["license"]
    assert ours.description == PROJECT["description"]


def test_the_actions_are_those_of_the_code_with_their_parameters() -> None:
    actions, faults = registry.discover(OURS.select(group=registry.GROUP))

    assert faults == []
    assert {action.name: action.parameters for action in manifest.load().actions} == {
        name: action.parameters.model_json_schema() for name, action in actions.items()
    }
    assert {action.name: set(action.needs) for action in manifest.load().actions} == {
        name: set(action.needs) for name, action in actions.items()
    }


def test_the_parameters_of_every_action_are_described_and_have_a_default() -> None:
    for action in manifest.load().actions:
        Draft202012Validator.check_schema(action.parameters)
        for parameter in action.parameters["properties"].values():
            assert parameter["description"]
            assert "default" in parameter


def test_the_hosts_are_those_of_the_code_with_their_commands() -> None:
    clock = FakeClock()
    points = {point.name: point for point in OURS.select(group="shelfhook.hosts")}

    assert {host.kind for host in manifest.load().hosts} == points.keys()
    for host in manifest.load().hosts:
        by_key = "api_key" in host.credentials
        login = {"api_key": "k"} if by_key else {"username": "u", "password": "p"}
        options = HostOptions(name="h", kind=host.kind, url="http://h.local", **login)
        adapter = points[host.kind].load()(options, clock)
        assert adapter.kind == host.kind
        assert adapter.capabilities == set(host.capabilities)
        adapter.close()


def test_each_action_can_run_on_some_host() -> None:
    ours = manifest.load()

    for action in ours.actions:
        assert any(set(action.needs) - {"files"} <= set(host.capabilities) for host in ours.hosts)


def test_the_hook_takes_every_event_that_a_routine_can_wait_for() -> None:
    (hook,) = manifest.load().hooks

    assert set(hook.events) == set(EventKind) - {EventKind.ROUTINE_CALLED}


def test_the_default_routines_load_through_the_settings(tmp_path: Path) -> None:
    actions, _ = registry.discover(OURS.select(group=registry.GROUP))
    file = tmp_path / "shelfhook.toml"
    file.write_text("[hosts.k]\nkind = 'komga'\nurl = 'http://k.local'\napi_key = 'k'\n")

    loaded = settings.load(
        file,
        {},
        defaults=manifest.load().routines,
        check_action=lambda name, parameters: registry.check(actions, name, parameters),
        check_cron=lambda cron, timezone: None,
        kinds=names_of("shelfhook.hosts"),
    )

    after_scan, nightly = loaded.routine("process-all"), loaded.routine("nightly")
    assert after_scan.triggers.events == (EventKind.LIBRARY_SCANNED,)
    assert (nightly.triggers.cron, nightly.triggers.timezone) == ("0 3 * * *", "")
    assert not after_scan.triggers.cron
    assert [action.name for action in nightly.actions] == ["normalize"]
