"""Actions are found by entry points; a broken one is named and left out."""

from __future__ import annotations

import subprocess
import sys
import types
from collections.abc import Iterator
from importlib.metadata import EntryPoint

import pytest
from pydantic import BaseModel, SecretStr

from shelfhook.actions import registry
from shelfhook.actions.normalize import Normalize
from shelfhook.errors import ConfigurationError, Unknown

MODULE = "shelf_extension"


class Parameters(BaseModel, extra="forbid"):
    password: SecretStr = SecretStr("")
    depth: int = 1


class Sound:
    name = "sound"
    parameters = Parameters
    needs: frozenset[str] = frozenset()

    def __init__(self, parameters: BaseModel) -> None:
        self.chosen = parameters

    def plan(self, item: object, context: object) -> list[object]:
        return []


@pytest.fixture
def extension(monkeypatch: pytest.MonkeyPatch) -> Iterator[types.ModuleType]:
    module = types.ModuleType(MODULE)
    module.Sound = Sound  # type: ignore[attr-defined]  # a module made by hand
    monkeypatch.setitem(sys.modules, MODULE, module)
    return module


def point(name: str, value: str) -> EntryPoint:
    return EntryPoint(name=name, value=value, group=registry.GROUP)


NORMALIZE = point("normalize", "shelfhook.actions.normalize:Normalize")


def test_the_built_in_actions_are_installed() -> None:
    actions, faults = registry.discover()

    assert {"analyze", "normalize", "refresh"} <= actions.keys()
    assert faults == []


def test_a_foreign_action_is_found_beside_the_built_in_ones(extension: types.ModuleType) -> None:
    actions, faults = registry.discover([point("sound", f"{MODULE}:Sound"), NORMALIZE])

    assert actions == {"normalize": Normalize, "sound": Sound}
    assert faults == []


@pytest.mark.parametrize(
    ("name", "attribute", "fault"),
    [
        ("lost", "Lost", "AttributeError"),
        ("other", "Sound", "its attribute `name` is not 'other'"),
        ("sound", "Function", "not a class"),
        ("sound", "Planless", "not a class with a method plan"),
        ("sound", "Wild", "`parameters` is not a pydantic model"),
        ("sound", "Listed", "`needs` is not a frozenset"),
    ],
)
def test_a_broken_extension_is_named_and_left_out(
    extension: types.ModuleType, name: str, attribute: str, fault: str
) -> None:
    extension.__dict__.update(
        Function=lambda parameters: None,
        Planless=type("Planless", (), {"name": "sound"}),
        Wild=type("Wild", (Sound,), {"parameters": dict}),
        Listed=type("Listed", (Sound,), {"needs": ["x"]}),
    )

    actions, faults = registry.discover([point(name, f"{MODULE}:{attribute}"), NORMALIZE])

    assert list(actions) == ["normalize"]
    assert len(faults) == 1
    assert faults[0].startswith(f"action '{name}' ({MODULE}:{attribute}) left out: ")
    assert fault in faults[0]


def test_a_module_that_fails_in_its_own_way_is_left_out(tmp_path: object) -> None:
    _, faults = registry.discover([point("absent", "no_such_module_anywhere:Action")])

    assert "ModuleNotFoundError" in faults[0]


def test_a_foreign_action_never_replaces_a_built_in_one(extension: types.ModuleType) -> None:
    actions, faults = registry.discover([point("normalize", f"{MODULE}:Sound"), NORMALIZE])

    assert actions == {"normalize": Normalize}
    assert "another action has this name already" in faults[0]


def test_an_unknown_action_is_answered_with_the_one_that_was_meant() -> None:
    actions, _ = registry.discover([NORMALIZE])

    assert registry.check(actions, "normalise", {}) == [
        "unknown action 'normalise'; did you mean 'normalize'?"
    ]
    with pytest.raises(Unknown, match="known: normalize"):
        registry.make(actions, "normalise", {})


def test_every_wrong_parameter_is_named_with_a_remedy() -> None:
    actions, _ = registry.discover([NORMALIZE])

    faults = registry.check(
        actions, "normalize", {"titel_template": "x", "title_template": "{foo}"}
    )

    assert sorted(faults) == [
        "titel_template: unknown parameter; did you mean 'title_template'?",
        "title_template: unknown placeholder; use only {number}, {series}, {year}",
    ]


def test_a_fault_of_a_parameter_never_repeats_its_value(extension: types.ModuleType) -> None:
    actions, _ = registry.discover([point("sound", f"{MODULE}:Sound")])

    faults = registry.check(actions, "sound", {"pasword": "hunter2", "depth": "hunter2"})

    assert len(faults) == 2
    assert "hunter2" not in "".join(faults)


def test_an_action_is_made_with_validated_parameters() -> None:
    actions, _ = registry.discover([NORMALIZE])

    assert isinstance(registry.make(actions, "normalize", {"replace_stem": False}), Normalize)
    with pytest.raises(ConfigurationError, match="action normalize: replace_stem: "):
        registry.make(actions, "normalize", {"replace_stem": "perhaps"})


def test_finding_the_actions_does_not_yet_load_the_parser_of_file_names() -> None:
    code = (
        "import sys; from shelfhook.actions import registry; registry.discover();"
        "sys.exit('comicfn2dict' in sys.modules)"
    )

    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
