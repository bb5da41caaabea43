from __future__ import annotations

import pytest

from shelfhook.web.live.clients import Client
from shelfhook.web.live.hub import HEARTBEAT, LATEST, SLICE
from shelfhook.web.live.messages import EVERYTHING, TOPICS, of_topic, topics
from tests.web.live.listening import Round, inbox, kinds


def test_news_reach_those_whom_they_concern() -> None:
    loop = Round()
    told, deaf = loop.client("inbox", "jobs"), loop.client("hosts")
    loop.hub.publish([inbox(1)], 1.0)
    assert (kinds(told.take()), deaf.take()) == (["inbox"], b"")
    assert not deaf.ready.is_set()


def test_who_comes_later_is_told_the_present_state_first() -> None:
    loop = Round()
    loop.client("inbox")
    loop.hub.publish([inbox(1), inbox(2)], 1.0)
    late = loop.client("inbox", now=2.0)
    assert late.ready.is_set()
    assert late.take().count(b"event: inbox") == 1


def test_what_was_known_is_forgotten_when_nobody_reads_the_store() -> None:
    loop = Round()
    client = loop.client("inbox")
    loop.hub.publish([inbox(1)], 1.0)
    loop.hub.leave(client)
    loop.hub.leave(client)
    loop.hub.forget()
    assert len(loop.hub) == 0
    assert loop.client("inbox").take() == b""


def test_what_is_kept_for_newcomers_is_bounded() -> None:
    loop = Round()
    loop.client("nothing")
    loop.hub.publish([of_topic("hosts", {}, str(number)) for number in range(LATEST + 50)], 1.0)
    for listed in (kinds(loop.client("hosts").take()),):
        assert 0 < len(listed) <= LATEST


def test_a_thousand_are_woken_in_slices_with_room_for_others_between() -> None:
    loop = Round()
    clients = [loop.client("inbox") for _ in range(1_000)]
    loop.hub.publish([inbox(1)], 1.0)

    def awake() -> int:
        return sum(client.ready.is_set() for client in clients)

    assert awake() == SLICE
    for done in range(2, 1_000 // SLICE + 1):
        loop.turn()
        assert awake() == done * SLICE
    loop.turn()
    assert loop.later == []


def test_silence_is_broken_by_a_heartbeat_at_the_latest_after_its_time() -> None:
    loop = Round()
    clients = [loop.client("inbox", now=100.0) for _ in range(60)]
    loop.hub.tick(100.0 + HEARTBEAT / 2)
    assert not any(client.holds for client in clients)
    loop.hub.tick(100.0 + HEARTBEAT)
    assert all(client.holds for client in clients)


def test_news_put_the_heartbeat_off() -> None:
    loop = Round()
    client = loop.client("inbox", now=100.0)
    loop.hub.publish([inbox(1)], 100.0 + HEARTBEAT - 1)
    client.take()
    loop.hub.tick(100.0 + HEARTBEAT)
    assert not client.holds


def test_a_full_hub_says_so() -> None:
    loop = Round(limit=2)
    first, _ = loop.client("jobs"), loop.client("jobs")
    assert loop.hub.full
    loop.hub.leave(first)
    assert not loop.hub.full


def test_the_end_ends_everybody_also_who_comes_now() -> None:
    loop = Round()
    client = loop.client("jobs")
    loop.hub.close()
    assert client.closed
    assert client.ready.is_set()
    assert loop.client("jobs").closed


def test_clients_are_judged_in_turns_and_each_once_in_its_time() -> None:
    loop = Round()
    clients = [loop.client("jobs", now=0.0) for _ in range(10)]
    assert loop.hub.to_judge(10.0, 30.0, 4) == []
    judged = [loop.hub.to_judge(40.0 + turn, 30.0, 4) for turn in range(4)]
    assert [len(some) for some in judged] == [4, 4, 2, 0]
    assert sorted(one.name for some in judged for one in some) == [one.name for one in clients]


@pytest.mark.parametrize(
    ("named", "found"),
    [
        (["jobs"], {"jobs"}),
        ([EVERYTHING], set(TOPICS)),
        ([EVERYTHING, "jobs"], set(TOPICS)),
        ([], set()),
    ],
)
def test_the_overview_is_all_topics(named: list[str], found: set[str]) -> None:
    assert topics(named) == found


def test_a_client_of_a_topic_and_of_a_job_hears_of_it_once() -> None:
    loop = Round()
    client = loop.client("hosts", "hosts:a")
    message = of_topic("hosts", {"names": ["a"]}, "a")
    loop.hub.publish([message], 1.0)
    assert kinds(client.take()) == ["hosts"]


def test_a_closed_client_still_gets_what_is_held() -> None:
    client = Client(("inbox",), {})
    client.offer(inbox(1))
    client.close()
    assert kinds(client.take()) == ["inbox"]
