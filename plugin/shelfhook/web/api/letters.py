"""What a delivery in our own words looks like: for the description alone.

`deliveries` checks by hand, since it is the hot path; tests hold the two against each other.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, RootModel

from shelfhook.web.bodies import Body, Query
from shelfhook.web.deliveries import MOST_EVENTS
from shelfhook.web.texts import Text

Name = Annotated[Text, Field(min_length=1)]


class HookQuery(Query):
    """What the URL may say, for senders that cannot be taught anything else."""

    library: Annotated[Name, Field(default_factory=str)]
    """Id or name of the library that is meant, whatever the body says."""


class ById(Body):
    """Something by its id."""

    id: Name
    name: Annotated[Name, Field(default_factory=str)]


class ByName(Body):
    """A library by its name."""

    name: Name


class Scanned(Body):
    """A library was scanned."""

    event: Literal["library.scanned"]
    library: Name | ById | ByName


class OfItem(Body):
    """An item came, changed or went."""

    event: Literal["item.added", "item.changed", "item.removed"]
    library: Name | ById | ByName
    item: Name | ById


class OneScanned(Scanned):
    """The same alone, with the delivery's id."""

    id: Annotated[Name, Field(default_factory=str)]


class OneOfItem(OfItem):
    """The same alone, with the delivery's id."""

    id: Annotated[Name, Field(default_factory=str)]


Events = Annotated[list[Scanned | OfItem], Field(min_length=1, max_length=MOST_EVENTS)]


class Batch(Body):
    """Several events in one delivery."""

    events: Events
    id: Annotated[Name, Field(default_factory=str)]


class Letter(RootModel[OneScanned | OneOfItem | Batch | Events]):
    """A delivery: one event, or several."""
