"""What is told: once, the newest, in order; and nothing of it is lost."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from sqlalchemy import Connection, text

from shelfhook.errors import Conflict
from shelfhook.model import JobRequest, JobState, Outcome, Trigger
from shelfhook.store import Store
from shelfhook.store.outgoing import DeliveryState
from shelfhook.store.outgoing_operations import MOST_CALLBACKS, Message, Result
from tests.support.stores import NOW, batch, call, count, job_in, queue, refs, together

URL = "http://n8n.lan/x"


def message(
    job: int | None,
    kind: str = "job.progress",
    *,
    version: int = 1,
    name: str = "msg_1",
    due: float = NOW,
    target: str = URL,
    receiver: str = "n8n.lan:80",
    channel: str = "callback",
) -> Message:
    return Message(job, channel, target, receiver, kind, name, "{}", version, NOW, due)


def result(row: int, name: str, state: str, due: float = NOW, receiver: str = "") -> Result:
    return Result(((row, name),), state, NOW + 1, "said", due, receiver)


def set_aside(connection: Connection, calls: Sequence[int]) -> list[None]:
    """Leave an item that has failed so often in a row."""
    for failures in calls:
        values = {"failures": failures, "now": NOW}
        connection.execute(
            text(
                "INSERT INTO item_states (routine, host, item_id, failures, since)"
                " VALUES ('tidy', 'komga', 'item-1', :failures, :now)"
            ),
            values,
        )
    return [None] * len(calls)


def request(*urls: str, priority: int = 0) -> JobRequest:
    return JobRequest("tidy", "komga", "L1", Trigger.ADMIN, priority, callbacks=urls)


def test_calls_that_become_one_job_add_their_callbacks(store: Store) -> None:
    one, created = store.jobs.request(request("http://a/", "http://b/"), call("1"), NOW)
    two, again = store.jobs.request(request("http://b/", "http://c/"), call("2"), NOW)
    assert (one.id, created, again) == (two.id, True, False)
    assert store.outgoing.callbacks([one.num]) == {one.num: ["http://a/", "http://b/", "http://c/"]}


def test_a_job_takes_no_more_callbacks_than_it_can_tell(store: Store) -> None:
    urls = [f"http://a/{number}" for number in range(MOST_CALLBACKS)]
    job, _ = store.jobs.request(request(*urls), call("1"), NOW)
    with pytest.raises(Conflict, match="call again when it runs"):
        store.jobs.request(request("http://b/"), call("2"), NOW)
    assert len(store.outgoing.callbacks([job.num])[job.num]) == MOST_CALLBACKS
    assert count(store, "events") == 1, "the call that was refused is not there either"


def test_an_end_is_told_once_whoever_tells_it(store: Store) -> None:
    job = job_in(store, JobState.COMPLETED)
    assert [one.id for one in store.outgoing.untold(10)] == [job.id]

    def tell(number: int) -> bool:
        return store.outgoing.tell(
            job.num, [message(job.num, "job.finished", name=f"msg_{number}")], NOW
        )

    assert sorted(together(4, tell)) == [False, False, False, True]
    assert store.outgoing.untold(10) == []
    assert len(store.outgoing.page()) == 1


@pytest.mark.parametrize("state", [JobState.QUEUED, JobState.RUNNING, JobState.PAUSED])
def test_a_job_that_goes_on_has_no_end_to_tell(store: Store, state: JobState) -> None:
    job_in(store, state)
    assert store.outgoing.untold(10) == []


def test_a_newer_message_takes_the_place_of_an_older_one_but_never_the_other_way(
    store: Store,
) -> None:
    job = job_in(store, JobState.RUNNING)
    first = store.outgoing.put([message(job.num, version=2, name="msg_a")])
    later = store.outgoing.put([message(job.num, "job.finished", version=5, name="msg_b")])
    stale = store.outgoing.put([message(job.num, version=4, name="msg_c")])
    assert (first, stale) == (later, [0])
    (one,) = store.outgoing.page()
    assert (one.kind, one.message, one.job) == ("job.finished", "msg_b", job.id)
    assert store.outgoing.last([job.num]) == {(job.num, "callback", URL): ("job.finished", 5, NOW)}


def test_an_attempt_that_was_overtaken_does_not_settle_what_is_newer(store: Store) -> None:
    job = job_in(store, JobState.RUNNING)
    [row] = store.outgoing.put([message(job.num, version=1, name="msg_a")])
    store.outgoing.put([message(job.num, version=2, name="msg_b")])
    store.outgoing.settle(result(row, "msg_a", "delivered"))
    (one,) = store.outgoing.due(NOW, busy=[], limit=9)
    assert (one.message, one.state, one.attempts) == ("msg_b", DeliveryState.PENDING, 0)


def test_what_is_newer_does_not_wake_a_receiver_that_rests(store: Store) -> None:
    job = job_in(store, JobState.RUNNING)
    [row] = store.outgoing.put([message(job.num, name="msg_a")])
    store.outgoing.settle(result(row, "msg_a", "pending", NOW + 60))
    store.outgoing.put([message(job.num, version=2, name="msg_b")])
    assert store.outgoing.due(NOW + 59, busy=[], limit=9) == []
    (one,) = store.outgoing.due(NOW + 60, busy=[], limit=9)
    assert (one.message, one.attempts, one.note) == ("msg_b", 1, "said")


def test_after_a_success_the_next_message_counts_anew(store: Store) -> None:
    job = job_in(store, JobState.RUNNING)
    [row] = store.outgoing.put([message(job.num, name="msg_a")])
    store.outgoing.settle(result(row, "msg_a", "delivered"))
    assert store.outgoing.due(NOW + 99, busy=[], limit=9) == []
    store.outgoing.put([message(job.num, version=2, name="msg_b", due=NOW + 5)])
    assert store.outgoing.due(NOW + 4, busy=[], limit=9) == []
    (one,) = store.outgoing.due(NOW + 5, busy=[], limit=9)
    assert (one.attempts, one.settled_at) == (0, None)


def test_who_wants_no_more_gets_no_more_of_this_job(store: Store) -> None:
    job, other = job_in(store, JobState.RUNNING), queue(store, library="L2")
    [row] = store.outgoing.put([message(job.num, name="msg_a")])
    store.outgoing.settle(result(row, "msg_a", "gone"))
    assert store.outgoing.put([message(job.num, version=9, name="msg_b")]) == [0]
    assert store.outgoing.put([message(other.num, name="msg_c")]) != [0]


def test_a_receiver_that_rests_rests_for_all(store: Store) -> None:
    jobs = [queue(store, library=f"L{number}") for number in range(3)]
    rows = store.outgoing.put([message(job.num, name=f"msg_{job.num}") for job in jobs])
    store.outgoing.put([message(jobs[0].num, target="http://o/", receiver="o:80", name="msg_o")])
    store.outgoing.settle(result(rows[0], f"msg_{jobs[0].num}", "pending", NOW + 30, "n8n.lan:80"))
    assert [one.receiver for one in store.outgoing.due(NOW + 29, busy=[], limit=9)] == ["o:80"]
    assert len(store.outgoing.due(NOW + 30, busy=[], limit=9)) == 4
    assert [one.attempts for one in store.outgoing.due(NOW + 30, busy=["o:80"], limit=9)] == [
        0,
        0,
        1,
    ], "what has been tried comes last"
    assert len(store.outgoing.waiting("n8n.lan:80", 9)) == 3


def test_what_is_never_taken_is_given_up(store: Store) -> None:
    job = job_in(store, JobState.RUNNING)
    store.outgoing.put([message(job.num)])
    assert store.outgoing.expire(NOW, NOW + 1) == 0
    assert store.outgoing.expire(NOW + 1, NOW + 1) == 1
    (one,) = store.outgoing.page(state="given_up")
    assert one.settled_at == NOW + 1


def test_pages_are_newest_first_and_by_job_and_state(store: Store) -> None:
    job, other = job_in(store, JobState.RUNNING), queue(store, library="L2")
    ids = store.outgoing.put(
        [message(job.num), message(other.num), message(job.num, target="http://b/")]
    )
    assert [one.id for one in store.outgoing.page(limit=2)] == ids[:0:-1]
    assert [one.id for one in store.outgoing.page(before=ids[1])] == ids[:1]
    assert [one.id for one in store.outgoing.page(job_num=other.num)] == [ids[1]]
    assert store.outgoing.page(state="delivered") == []


def test_a_job_that_is_cleaned_up_takes_its_messages_along(store: Store) -> None:
    job, _ = store.jobs.request(request(URL), call("1"), NOW)
    claimed = store.jobs.claim(NOW)
    assert claimed is not None
    store.jobs.move(job.num, JobState.COMPLETED, NOW)
    [sent, *_] = store.outgoing.put(
        [message(job.num), message(None, "digest"), message(None, "test")]
    )
    store.outgoing.tell(job.num, [], NOW)
    store.outgoing.settle(result(sent, "msg_1", "delivered"))
    store.clean(NOW + 99)
    assert (count(store, "outgoing"), count(store, "job_callbacks")) == (0, 0)


def test_a_job_stays_while_a_message_about_it_waits(store: Store) -> None:
    job = job_in(store, JobState.COMPLETED)
    store.outgoing.tell(job.num, [message(job.num, "job.finished")], NOW)
    assert store.clean(NOW + 99) == 0
    assert store.outgoing.expire(NOW + 1, NOW + 1) == 1
    assert store.clean(NOW + 99) == 1


def test_what_is_put_off_impossibly_far_is_due_once_the_clock_is_right(store: Store) -> None:
    job = job_in(store, JobState.RUNNING)
    store.outgoing.put([message(job.num, due=NOW + 3_600), message(None, due=NOW + 86_400)])
    assert store.outgoing.expire(NOW - 86_400, NOW) == 0
    assert [one.job for one in store.outgoing.due(NOW, busy=(), limit=9)] == [""]


def test_a_digest_is_made_once_and_goes_on_where_the_last_one_ended(store: Store) -> None:
    def note(name: str) -> Message:
        return message(None, "digest", channel="notification", target="phone/1", name=name)

    assert store.outgoing.digest_since("phone", NOW) == NOW
    assert store.outgoing.digest_since("phone", NOW + 9) == NOW
    assert store.outgoing.digest("phone", (NOW, NOW + 10), [note("msg_1")])
    assert not store.outgoing.digest("phone", (NOW, NOW + 11), [note("msg_2")])
    assert store.outgoing.digest_since("phone", NOW + 99) == NOW + 10
    assert store.outgoing.digest("phone", (NOW + 10, NOW + 20), [])
    assert len(store.outgoing.page()) == 1


def test_a_digest_knows_what_happened_in_its_span(store: Store) -> None:
    job = job_in(store, JobState.RUNNING)
    store.ledger.add(job.num, 0, refs("item-0", "item-1"))
    store.ledger.record(batch(job, (0, Outcome.CHANGED), (1, Outcome.FAILED))).wait()
    store.jobs.move(job.num, JobState.FAILED, NOW, "the host is down")
    store.outgoing.tell(job.num, [], NOW + 5)
    store.writer.call(set_aside, 3)
    facts = store.digests.facts(NOW, NOW + 5, 3)
    assert store.digests.facts(NOW, NOW + 5, 4)["quarantined"] == 0
    assert (facts["jobs"], facts["states"]["failed"]) == (1, 1)
    assert (facts["items"]["changed"], facts["items"]["failed"]) == (1, 1)
    assert facts["job_reasons"] == [["the host is down", 1]]
    assert facts["item_reasons"] == [["", 1]]
    assert (facts["findings"], facts["quarantined"], facts["missed"]) == ([], 1, [])
    assert store.digests.facts(NOW + 5, NOW + 9, 0)["jobs"] == 0


def test_the_last_attempt_of_a_receiver_is_found(store: Store) -> None:
    assert store.outgoing.latest(["phone/1"]) == {}
    rows = store.outgoing.put(
        [message(None, "test", receiver="phone/1", name=f"msg_{number}") for number in range(3)]
    )
    store.outgoing.settle(result(rows[1], "msg_1", "delivered"))
    assert store.outgoing.latest(["phone/1", "phone/2"])["phone/1"].id == rows[1]
