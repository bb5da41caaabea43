"""The operations on people and tokens."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from shelfhook.web.api import answers_people as who
from shelfhook.web.api import examples_more
from shelfhook.web.api.operations import Operation, Reply, Tag
from shelfhook.web.auth import accounts
from shelfhook.web.bodies import Query

ANNA: Final = {"person": "anna"}
TO_PERSON: Final = {
    name: {"person": "$response.body#/name"}
    for name in ("getPerson", "changePerson", "removePerson")
}
TO_TOKEN: Final = {"revokeToken": {"token_id": "$response.body#/id"}}
LAST: Final = "Not the last admin: somebody must be able to let people in."

OPERATIONS: Final[Mapping[str, Operation]] = {
    "accounts.me": Operation(
        id="getMe",
        tag=Tag.PEOPLE,
        summary="Who asks, and what he may do",
        about="Also where a browser's script finds its CSRF token.",
        replies={200: Reply("You.", who.Me, examples_more.ME)},
        problems=(400,),
        query=Query,
    ),
    "accounts.people": Operation(
        id="listPeople",
        tag=Tag.PEOPLE,
        summary="Everybody who signs in",
        about="By name.",
        replies={200: Reply("All.", who.People, {"people": [examples_more.PERSON]})},
        problems=(400,),
        access="admin",
        query=Query,
    ),
    "accounts.add_person": Operation(
        id="addPerson",
        tag=Tag.PEOPLE,
        summary="Add somebody",
        about="Without a password only a one-time link or a trusted proxy lets him in.",
        replies={201: Reply("Added.", who.Person, examples_more.PERSON, links=TO_PERSON)},
        problems=(409,),
        access="admin",
        body=accounts.NewPerson,
        examples={
            "a viewer": {"name": "ben"},
            "with a password": {
                "name": "carla",
                "role": "operator",
                "password": "a long new password",
            },
        },
    ),
    "accounts.person": Operation(
        id="getPerson",
        tag=Tag.PEOPLE,
        summary="One person",
        about="By name; large and small letters are alike.",
        replies={200: Reply("The person.", who.Person, examples_more.PERSON)},
        problems=(400, 404),
        access="admin",
        query=Query,
        path=ANNA,
    ),
    "accounts.change_person": Operation(
        id="changePerson",
        tag=Tag.PEOPLE,
        summary="Change somebody's role or password",
        about=f"A new password ends all sessions. {LAST}",
        replies={200: Reply("Changed.", who.Person, examples_more.PERSON)},
        problems=(404, 409),
        access="admin",
        body=accounts.ChangedPerson,
        path=ANNA,
        examples={"a role": {"role": "operator"}, "a password": {"password": "another long one"}},
    ),
    "accounts.remove_person": Operation(
        id="removePerson",
        tag=Tag.PEOPLE,
        summary="Remove somebody",
        about=f"With all sessions. {LAST}",
        replies={204: Reply("Removed.")},
        problems=(400, 404, 409),
        access="admin",
        path=ANNA,
    ),
    "accounts.tokens": Operation(
        id="listTokens",
        tag=Tag.PEOPLE,
        summary="All tokens, without their secrets",
        about="The newest first, with those that open nothing any more.",
        replies={200: Reply("All.", who.Tokens, {"tokens": [examples_more.TOKEN]})},
        problems=(400,),
        access="admin",
        query=Query,
    ),
    "accounts.create_token": Operation(
        id="createToken",
        tag=Tag.PEOPLE,
        summary="Make a token for a program",
        about="Its secret is told in this answer and never again.",
        replies={
            201: Reply(
                "Made.",
                who.MadeToken,
                {**examples_more.TOKEN, "secret": "shk_…"},
                links=TO_TOKEN,
            )
        },
        access="admin",
        body=accounts.NewToken,
        examples={
            "for a script": {"name": "nightly script", "role": "operator", "scopes": ["jobs"]},
            "for a year": {"name": "wall display", "days": 365},
        },
    ),
    "accounts.revoke_token": Operation(
        id="revokeToken",
        tag=Tag.PEOPLE,
        summary="Let a token open nothing any more",
        about=f"It stays in the list. {LAST}",
        replies={204: Reply("Revoked.")},
        problems=(400, 404, 409),
        access="admin",
        path={"token_id": "a1b2c3d4e5f6"},
    ),
}
