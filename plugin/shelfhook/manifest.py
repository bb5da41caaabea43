"""Who the plugin is and what it can do: `manifest.json`, read and checked.

The file is the one place that names the default routines; everything else in it is said by the
code too, and a test holds the two against each other.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from importlib import resources
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from shelfhook.model import EventKind

FILE = "manifest.json"
SCHEMA_PATH = "docs/manifest.schema.json"

Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_-]*$")]


class Part(BaseModel):
    """A part of the manifest: nothing unknown in it, and it never changes."""

    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)


class Hook(Part):
    """A way for events to come in."""

    method: Literal["POST"]
    path: Annotated[str, Field(pattern=r"^/hooks/")]
    """`{host}` stands for the host's name in the settings."""
    description: str
    authentication: Sequence[Literal["standard-webhooks", "token"]]
    events: Sequence[EventKind]


class Permission(Part):
    """A right that Shelfhook's account needs at the host."""

    right: str
    """The host's own word for it."""
    reason: str
    """What does not work without it."""


class HostKind(Part):
    """A kind of media server."""

    kind: Name
    name: str
    credentials: Sequence[Literal["api_key", "password"]]
    capabilities: Sequence[str]
    """What it can do, in the words of `Host.capabilities`."""
    permissions: Sequence[Permission]


class ActionKind(Part):
    """Something that can be done to an item."""

    name: Name
    description: str
    needs: Sequence[str]
    """A host that lacks one of these capabilities cannot run it; `files`: folders are mapped."""
    parameters: Mapping[str, Any]
    """JSON Schema of its parameters."""


class Manifest(Part):
    """The whole manifest."""

    schema_: Annotated[str, Field(alias="$schema")]
    id: Name
    name: str
    version: str
    description: str
    licence: str
    """SPDX expression."""
    homepage: str | None
    hooks: Sequence[Hook]
    hosts: Sequence[HostKind]
    actions: Sequence[ActionKind]
    routines: Mapping[Name, Mapping[str, Any]]
    """Routines that exist without being configured, as the settings would have them."""

    def document(self) -> dict[str, Any]:
        """The manifest as plain values, as in the file."""
        return self.model_dump(mode="json", by_alias=True)


def load() -> Manifest:
    """Read the manifest that lies in the package."""
    text = resources.files("shelfhook").joinpath(FILE).read_text(encoding="utf-8")
    return Manifest.model_validate(json.loads(text))


def schema() -> dict[str, Any]:
    """JSON Schema of the manifest."""
    document = Manifest.model_json_schema()
    document["title"] = "Shelfhook's manifest"
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **document}
