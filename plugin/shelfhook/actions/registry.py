"""Finds actions by their entry points, checks what the settings say of them, and makes them.

A broken extension is named and left out; it never stops the others.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping
from importlib.metadata import EntryPoint, entry_points
from typing import cast

from pydantic import BaseModel, ValidationError

from shelfhook.errors import ConfigurationError, Unknown
from shelfhook.ports import Action, ActionType

GROUP = "shelfhook.actions"


def discover(points: Iterable[EntryPoint] | None = None) -> tuple[dict[str, ActionType], list[str]]:
    """All actions that are installed, and one fault for each that had to be left out.

    Args:
        points: entry points to look at; those installed, if None.
    """
    actions: dict[str, ActionType] = {}
    faults: list[str] = []
    for point in sorted(
        entry_points(group=GROUP) if points is None else points, key=_built_in_first
    ):
        fault = _fault_of(point, actions)
        if fault:
            faults.append(f"action {point.name!r} ({point.value}) left out: {fault}")
    return dict(sorted(actions.items())), faults


def check(
    actions: Mapping[str, ActionType], name: str, parameters: Mapping[str, object]
) -> list[str]:
    """What is wrong with a routine's mention of an action; empty if nothing.

    No message repeats a value, since a parameter may be a secret.
    """
    if name not in actions:
        return [f"unknown action {name!r}; {_did_you_mean(name, actions, 'actions')}"]
    try:
        actions[name].parameters.model_validate(dict(parameters))
    except ValidationError as error:
        known = list(actions[name].parameters.model_fields)
        return [_message(dict(fault), known) for fault in error.errors(include_input=False)]
    return []


def make(actions: Mapping[str, ActionType], name: str, parameters: Mapping[str, object]) -> Action:
    """The action with its parameters.

    Raises:
        Unknown: there is no such action.
        ConfigurationError: its parameters are wrong.
    """
    if name not in actions:
        raise Unknown("action", name, sorted(actions))
    faults = check(actions, name, parameters)
    if faults:
        raise ConfigurationError([f"action {name}: {fault}" for fault in faults])
    action = actions[name]
    return action(action.parameters.model_validate(dict(parameters)))


def _built_in_first(point: EntryPoint) -> tuple[bool, str, str]:
    return (not point.value.startswith("shelfhook."), point.name, point.value)


def _fault_of(point: EntryPoint, actions: dict[str, ActionType]) -> str:
    """Load one entry point into `actions`; tells what is wrong with it, or ""."""
    if point.name in actions:
        return "another action has this name already"
    try:
        loaded = point.load()
    except Exception as error:  # noqa: BLE001 - a foreign module may raise anything when imported
        return f"{type(error).__name__}: {error}"
    fault = _shape_fault(loaded, point.name)
    if not fault:
        actions[point.name] = cast("ActionType", loaded)
    return fault


def _shape_fault(loaded: object, name: str) -> str:
    if not isinstance(loaded, type) or not callable(getattr(loaded, "plan", None)):
        return "not a class with a method plan(item, context)"
    if getattr(loaded, "name", None) != name:
        return f"its attribute `name` is not {name!r}"
    parameters = getattr(loaded, "parameters", None)
    if not (isinstance(parameters, type) and issubclass(parameters, BaseModel)):
        return "its attribute `parameters` is not a pydantic model"
    if not isinstance(getattr(loaded, "needs", None), frozenset):
        return "its attribute `needs` is not a frozenset"
    return ""


def _message(fault: Mapping[str, object], known: list[str]) -> str:
    location = fault["loc"]
    key = ".".join(str(part) for part in location) if isinstance(location, tuple) else ""
    if fault["type"] == "extra_forbidden":
        return f"{key}: unknown parameter; {_did_you_mean(key, known, 'parameters')}"
    text = str(fault["msg"]).removeprefix("Value error, ")
    return f"{key}: {text[:1].lower()}{text[1:]}" if key else text


def _did_you_mean(name: str, known: Iterable[str], what: str) -> str:
    names = sorted(known)
    close = difflib.get_close_matches(name, names, n=1)
    if close:
        return f"did you mean {close[0]!r}?"
    return f"known {what}: {', '.join(names)}" if names else f"it has no {what}"
