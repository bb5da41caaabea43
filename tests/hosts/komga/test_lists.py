"""Collections and read lists, in the answers that Komga gives."""

from __future__ import annotations

import json
from typing import Any

import pytest
import responses
from responses.matchers import query_param_matcher

from shelfhook.errors import Gone, Permanent, Refused, Transient
from shelfhook.hosts.komga import KomgaHost
from shelfhook.model import BookList
from shelfhook.ports import Lists
from tests.hosts.komga import build
from tests.hosts.komga.build import URL
from tests.support.clock import FakeClock

COLLECTIONS = f"{URL}/api/v1/collections"
READ_LISTS = f"{URL}/api/v1/readlists"
NAME_TAKEN = {"status": 400, "json": {"message": "Collection name already exists"}}


def listed(mocked: responses.RequestsMock, *lists: dict[str, Any]) -> None:
    mocked.get(COLLECTIONS, json=build.page(list(lists), 0, 100, len(lists)))


def sent(mocked: responses.RequestsMock, number: int = -1) -> Any:
    return json.loads(mocked.calls[number].request.body or b"")


def test_the_host_has_lists(komga: KomgaHost) -> None:
    lists: Lists = komga
    assert lists is komga


@pytest.mark.parametrize("name", ["Space Operas", "space OPERAS"])
def test_a_list_is_found_by_its_name_whatever_the_case(
    mocked: responses.RequestsMock, komga: KomgaHost, name: str
) -> None:
    listed(mocked, build.collection(id="0X", name="Space"), build.collection())
    assert komga.find_list("collection", name) == BookList(
        "collection", "0COL", "Space Operas", ("S1", "S2"), ordered=True
    )


def test_a_read_list_holds_books(mocked: responses.RequestsMock, komga: KomgaHost) -> None:
    mocked.get(READ_LISTS, json=build.page([build.read_list(ordered=False)], 0, 100, 1))
    assert komga.find_list("read-list", "Space Operas") == BookList(
        "read-list", "0RL", "Space Operas", ("B1", "B2"), ordered=False
    )


def test_a_list_that_is_not_there_is_looked_for_on_all_pages(
    mocked: responses.RequestsMock, komga: KomgaHost
) -> None:
    for number in range(3):
        page = build.page([build.collection(id=str(number), name=f"N{number}")], number, 1, 3)
        mocked.get(
            COLLECTIONS, json=page, match=[query_param_matcher({"page": number, "size": 100})]
        )
    assert komga.find_list("collection", "Nothing") is None


def test_the_lists_of_a_job_cost_one_listing_and_each_is_read_fresh(
    mocked: responses.RequestsMock, komga: KomgaHost
) -> None:
    names = [f"N{number}" for number in range(50)]
    listed(mocked, *(build.collection(id=name, name=name) for name in names))
    for name in names[1:]:
        now = build.collection(id=name, name=name, seriesIds=["S9"])
        mocked.get(f"{COLLECTIONS}/{name}", json=now)
    assert komga.find_list("collection", "n0") is not None
    for name in names[1:]:
        found = komga.find_list("collection", name.lower())
        assert found is not None
        assert found.members == ("S9",)
    for number in range(50):
        assert komga.find_list("collection", f"new {number}") is None
    assert len(mocked.calls) == 50


def test_a_list_that_was_just_made_is_known(
    mocked: responses.RequestsMock, komga: KomgaHost
) -> None:
    listed(mocked)
    mocked.post(COLLECTIONS, json=build.collection())
    mocked.get(f"{COLLECTIONS}/0COL", json=build.collection())
    assert komga.find_list("collection", "Space Operas") is None
    komga.write_list("collection", "Space Operas", ["S1", "S2"], ordered=True)
    found = komga.find_list("collection", "Space Operas")
    assert found is not None
    assert found.id == "0COL"


@pytest.mark.parametrize("now", [None, build.collection(id="0OLD", name="Renamed")])
def test_a_list_that_was_removed_or_renamed_is_looked_for_again(
    mocked: responses.RequestsMock, komga: KomgaHost, now: dict[str, Any] | None
) -> None:
    listed(mocked, build.collection(id="0OLD", name="Space Operas"))
    komga.find_list("collection", "Space Operas")
    mocked.remove("GET", COLLECTIONS)
    mocked.get(f"{COLLECTIONS}/0OLD", json=now, status=200 if now else 404)
    listed(mocked, build.collection(id="0NEW", name="Space Operas"))
    found = komga.find_list("collection", "Space Operas")
    assert found is not None
    assert found.id == "0NEW"


def test_a_list_that_somebody_made_is_found_after_a_while(mocked: responses.RequestsMock) -> None:
    clock = FakeClock()
    komga = build.host(clock=clock)
    listed(mocked)
    assert komga.find_list("collection", "Space Operas") is None
    mocked.remove("GET", COLLECTIONS)
    listed(mocked, build.collection())
    assert komga.find_list("collection", "Space Operas") is None
    clock.advance(60)
    assert komga.find_list("collection", "Space Operas") is not None
    komga.close()


def test_a_kind_of_list_that_komga_does_not_know_is_refused(komga: KomgaHost) -> None:
    with responses.RequestsMock(), pytest.raises(Permanent, match="Komga has no 'shelf'"):
        komga.find_list("shelf", "x")


@pytest.mark.parametrize("restriction", [{"labelsAllow": ["kids"]}, {"ageRestriction": {"age": 1}}])
def test_a_list_of_which_we_see_only_a_part_is_never_taken_for_the_whole(
    mocked: responses.RequestsMock, komga: KomgaHost, restriction: dict[str, Any]
) -> None:
    listed(mocked, build.collection(filtered=True))
    mocked.get(f"{URL}/api/v2/users/me", json=build.user(**restriction))
    with pytest.raises(Refused, match="sees only a part of the collection 'Space Operas'"):
        komga.find_list("collection", "Space Operas")


def test_a_list_that_only_looks_filtered_because_a_member_was_deleted_is_whole(
    mocked: responses.RequestsMock, komga: KomgaHost
) -> None:
    listed(mocked, build.collection(filtered=True))
    mocked.get(f"{URL}/api/v2/users/me", json=build.user())
    assert komga.find_list("collection", "Space Operas") is not None


def test_a_new_list_is_made(mocked: responses.RequestsMock, komga: KomgaHost) -> None:
    mocked.post(COLLECTIONS, json=build.collection())
    assert komga.write_list("collection", "Space Operas", ["S2", "S1"], ordered=True) == "0COL"
    assert sent(mocked) == {"name": "Space Operas", "ordered": True, "seriesIds": ["S2", "S1"]}


def test_a_new_read_list_has_an_empty_summary(
    mocked: responses.RequestsMock, komga: KomgaHost
) -> None:
    mocked.post(READ_LISTS, json=build.read_list())
    assert komga.write_list("read-list", "A", ["B1"], ordered=False) == "0RL"
    assert sent(mocked) == {"name": "A", "ordered": False, "bookIds": ["B1"], "summary": ""}


def test_a_list_that_is_there_gets_its_members_and_keeps_name_and_summary(
    mocked: responses.RequestsMock, komga: KomgaHost
) -> None:
    mocked.patch(f"{READ_LISTS}/0RL", status=204)
    made = komga.write_list("read-list", "other case", ["B2"], ordered=True, list_id="0RL")
    assert made == "0RL"
    assert sent(mocked) == {"ordered": True, "bookIds": ["B2"]}


def test_a_list_that_vanished_is_gone(mocked: responses.RequestsMock, komga: KomgaHost) -> None:
    mocked.patch(f"{COLLECTIONS}/0COL", status=404)
    with pytest.raises(Gone, match="collection 0COL is no longer there"):
        komga.write_list("collection", "x", ["S1"], ordered=True, list_id="0COL")


@pytest.mark.parametrize(
    ("name", "members", "words"),
    [
        (" ", ["S1"], "needs a name"),
        ("x", [], "no list without members"),
        ("x", ["S1", "S1"], "each member once"),
    ],
)
def test_what_komga_would_refuse_is_never_sent(
    komga: KomgaHost, name: str, members: list[str], words: str
) -> None:
    with responses.RequestsMock(), pytest.raises(Permanent, match=words):
        komga.write_list("collection", name, members, ordered=True)


def test_a_list_that_was_made_though_the_answer_was_lost_is_known_again(
    mocked: responses.RequestsMock, komga: KomgaHost
) -> None:
    mocked.post(COLLECTIONS, **NAME_TAKEN)
    listed(mocked, build.collection())
    assert komga.write_list("collection", "Space Operas", ["S1", "S2"], ordered=True) == "0COL"


@pytest.mark.parametrize(
    ("members", "ordered"), [(["S1"], True), (["S2", "S1"], True), (["S1", "S2"], False)]
)
def test_a_list_of_a_person_is_not_taken_for_one_that_we_made(
    mocked: responses.RequestsMock, komga: KomgaHost, members: list[str], ordered: bool
) -> None:
    mocked.post(COLLECTIONS, **NAME_TAKEN)
    listed(mocked, build.collection())
    with pytest.raises(Permanent, match="Collection name already exists"):
        komga.write_list("collection", "Space Operas", members, ordered=ordered)


def test_a_list_is_removed_and_gone_already_is_fine(
    mocked: responses.RequestsMock, komga: KomgaHost
) -> None:
    mocked.delete(f"{COLLECTIONS}/0COL", status=204)
    mocked.delete(f"{COLLECTIONS}/0NONE", status=404)
    komga.remove_list("collection", "0COL")
    komga.remove_list("collection", "0NONE")
    komga.remove_list("collection", "")
    assert len(mocked.calls) == 2


@pytest.mark.parametrize("answer", [{}, [], {"content": [{"name": "A"}]}, {"content": [[]]}])
def test_an_answer_that_komga_would_not_give_is_no_programming_error(
    mocked: responses.RequestsMock, komga: KomgaHost, answer: object
) -> None:
    mocked.get(COLLECTIONS, json=answer)
    with pytest.raises(Permanent, match="is it a Komga server"):
        komga.find_list("collection", "A")


def test_a_host_in_trouble_may_work_later(mocked: responses.RequestsMock, komga: KomgaHost) -> None:
    mocked.get(COLLECTIONS, status=500)
    with pytest.raises(Transient):
        komga.find_list("collection", "A")
