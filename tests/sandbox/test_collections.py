"""Collections and read lists."""

from pathlib import Path
from typing import Any

import pytest

from shelfhook.sandbox.client import SandboxError
from shelfhook.sandbox.server import SandboxServer

KINDS = [("collections", "seriesIds", "Collection"), ("readlists", "bookIds", "ReadList")]
each_kind = pytest.mark.parametrize(("plural", "members", "word"), KINDS)


def ids_for(server: SandboxServer, members: str) -> list[str]:
    name = "seriesId" if members == "seriesIds" else "id"
    return list(dict.fromkeys(book[name] for book in server.books()))


def make(server: SandboxServer, plural: str, members: str, **values: Any) -> Any:
    body = {"name": "Sea", "ordered": True, members: ids_for(server, members)[:2]}
    if plural == "readlists":
        body["summary"] = "wet"
    return server.call("POST", f"/api/v1/{plural}", {**body, **values})


@each_kind
def test_a_list_keeps_the_order_it_was_given(
    small: SandboxServer, plural: str, members: str, word: str
) -> None:
    backwards = ids_for(small, members)[1::-1]
    made = make(small, plural, members, **{members: backwards})
    assert made[members] == backwards
    assert small.call("GET", f"/api/v1/{plural}/{made['id']}") == made


@each_kind
def test_a_patch_changes_what_it_names_and_nothing_else(
    small: SandboxServer, plural: str, members: str, word: str
) -> None:
    made = make(small, plural, members)
    one = f"/api/v1/{plural}/{made['id']}"
    small.call("PATCH", one, {"ordered": False, "name": None})
    assert small.call("GET", one) == {**made, "ordered": False}
    other = ids_for(small, members)[2:3]
    small.call("PATCH", one, {members: other})
    assert small.call("GET", one)[members] == other


@each_kind
def test_two_lists_of_a_kind_cannot_have_one_name_whatever_its_case(
    small: SandboxServer, plural: str, members: str, word: str
) -> None:
    make(small, plural, members)
    with pytest.raises(SandboxError, match=r"400.*name already exists"):
        make(small, plural, members, name="SEA")
    other = make(small, plural, members, name="Land")
    with pytest.raises(SandboxError, match=r"400.*name already exists"):
        small.call("PATCH", f"/api/v1/{plural}/{other['id']}", {"name": "sea"})
    small.call("PATCH", f"/api/v1/{plural}/{other['id']}", {"name": "Land"})


def test_a_collection_and_a_read_list_may_share_a_name(small: SandboxServer) -> None:
    make(small, "collections", "seriesIds")
    make(small, "readlists", "bookIds")


@each_kind
@pytest.mark.parametrize(
    ("field", "value"), [("name", " "), ("members", []), ("members", "the first, twice")]
)
def test_a_list_needs_a_name_and_members_each_once(
    small: SandboxServer, plural: str, members: str, word: str, field: str, value: Any
) -> None:
    if value == "the first, twice":
        value = ids_for(small, members)[:1] * 2
    wrong = {members if field == "members" else field: value}
    refused = f'400.*"fieldName":"{next(iter(wrong))}"'
    with pytest.raises(SandboxError, match=refused):
        make(small, plural, members, **wrong)
    made = make(small, plural, members)
    with pytest.raises(SandboxError, match=refused):
        small.call("PATCH", f"/api/v1/{plural}/{made['id']}", wrong)


@each_kind
def test_a_member_that_nobody_knows_breaks_the_servers_database(
    small: SandboxServer, plural: str, members: str, word: str
) -> None:
    with pytest.raises(SandboxError, match=r"500.*FOREIGN KEY"):
        make(small, plural, members, **{members: ["0NOBODY"]})
    assert small.call("GET", f"/api/v1/{plural}")["totalElements"] == 0


@each_kind
def test_each_change_of_a_list_is_told(
    small: SandboxServer, plural: str, members: str, word: str
) -> None:
    made = make(small, plural, members)
    one = f"/api/v1/{plural}/{made['id']}"
    small.call("PATCH", one, {})
    small.call("DELETE", one)
    assert small.status()["events"] == {f"{word}Added": 1, f"{word}Changed": 1, f"{word}Deleted": 1}
    with pytest.raises(SandboxError, match="404"):
        small.call("DELETE", one)


@each_kind
def test_only_administrators_change_lists(
    small: SandboxServer, plural: str, members: str, word: str
) -> None:
    one = f"/api/v1/{plural}/{make(small, plural, members)['id']}"
    assert small.call("GET", one, key=small.reader_key)["name"] == "Sea"
    for method, body in (("PATCH", {"ordered": True}), ("DELETE", None)):
        with pytest.raises(SandboxError, match="403"):
            small.call(method, one, body, key=small.reader_key)


def test_lists_are_found_by_the_beginnings_of_their_words(small: SandboxServer) -> None:
    make(small, "collections", "seriesIds", name="By the Sea")
    make(small, "collections", "seriesIds", name="Agatha")
    found = small.call("GET", "/api/v1/collections?search=se%20by")["content"]
    assert [one["name"] for one in found] == ["By the Sea"]
    assert [one["name"] for one in small.call("GET", "/api/v1/collections")["content"]] == [
        "Agatha",
        "By the Sea",
    ]


def test_a_deleted_book_leaves_its_read_lists_whose_count_then_is_wrong(
    small: SandboxServer,
) -> None:
    made = make(small, "readlists", "bookIds")
    gone, stays = made["bookIds"]
    small.vanish(gone)
    now = small.call("GET", f"/api/v1/readlists/{made['id']}")
    assert (now["bookIds"], now["filtered"]) == ([stays], True)
    small.call("PATCH", f"/api/v1/readlists/{made['id']}", {"bookIds": [stays]})
    assert not small.call("GET", f"/api/v1/readlists/{made['id']}")["filtered"]


def test_emptying_the_trash_deletes_a_collection_whose_last_series_goes(
    sandbox: SandboxServer,
) -> None:
    book = sandbox.books()[0]
    made = make(sandbox, "collections", "seriesIds", seriesIds=[book["seriesId"]])
    for sibling in sandbox.books():
        if sibling["seriesId"] == book["seriesId"]:
            Path(sibling["url"]).unlink()
    sandbox.scan()
    assert sandbox.call("GET", f"/api/v1/collections/{made['id']}")["seriesIds"]
    sandbox.call("POST", f"/api/v1/libraries/{book['libraryId']}/empty-trash")
    assert sandbox.wait_idle()
    assert sandbox.call("GET", "/api/v1/collections")["totalElements"] == 0
