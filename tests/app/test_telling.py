"""What an engine tells, to real receivers: programs by HTTP, people by Apprise's json://."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from standardwebhooks.webhooks import Webhook

from shelfhook.app import letters, sending
from shelfhook.app.hands import HANGS, MOST, THREADS
from shelfhook.app.sending import GATHER
from shelfhook.app.telling import SELDOM, Telling
from shelfhook.model import Counts, EventKind, Job, JobRequest, JobState, NewEvent, Trigger, Wish
from shelfhook.rules import wording
from shelfhook.settings import Settings
from shelfhook.store import Store
from shelfhook.web import shapes
from tests.support.clock import FakeClock
from tests.support.engines import Shelf
from tests.support.hosts import FakeHost
from tests.support.receiver import Receiver
from tests.support.waiting import wait_until

SECRET = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oDazfc8bKSYPQ="
FORMER = "whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="
CALLBACKS = {"allow": ["127.0.0.1"], "secret": SECRET, "every_seconds": 0.5}


def phone(receiver: Receiver, **more: Any) -> dict[str, Any]:
    return {"urls": [f"json://127.0.0.1:{receiver.port}/phone"], "timezone": "UTC", **more}


def settings(folder: Path, *, routine: Mapping[str, Any] | None = None, **tables: Any) -> Settings:
    routines = {"sweep": {"host": "fake", "actions": [{"name": "retitle"}], **(routine or {})}}
    return Settings.model_validate(
        {
            "web": {"token": "t"},
            "engine": {"quiet_seconds": 0.05},
            "paths": {"data": folder},
            "hosts": {"fake": {"kind": "fake", "url": "http://fake", "api_key": "k"}},
            "routines": routines,
            **tables,
        }
    )


@contextmanager
def engine(folder: Path, host: FakeHost, found: Settings) -> Iterator[Shelf]:
    """A shelf whose engine has these settings."""
    made = Shelf(folder, host)
    made.parts = replace(made.parts, settings=found)
    made.engine = made.make_engine()
    try:
        made.start()
        yield made
    finally:
        host.open_all()
        made.engine.stop()
        made.store.close()


class Desk:
    """A store and its `Telling`, without an engine, by a clock that stands still."""

    def __init__(self, folder: Path, found: Settings) -> None:
        self.store = Store(found.paths.database_url)
        self.clock = FakeClock()
        self.telling = Telling(found, self.store, self.clock)
        self.telling.begin()

    def job(self, library: str, state: JobState = JobState.COMPLETED, reason: str = "") -> Job:
        request = JobRequest("sweep", "fake", library, Trigger.ADMIN)
        event = NewEvent("fake", EventKind.ROUTINE_CALLED, library, library=library)
        job, _ = self.store.jobs.request(request, event, self.clock.now())
        if state is not JobState.QUEUED:
            assert self.store.jobs.claim(self.clock.now())
        if state not in (JobState.QUEUED, JobState.RUNNING):
            self.store.jobs.move(job.num, state, self.clock.now(), reason)
        return self.store.jobs.get(job.id)

    def later(self, seconds: float) -> None:
        self.clock.advance(seconds)
        self.telling.tick()

    def got(self, receiver: Receiver, count: int) -> None:
        """Turn after turn, until so much has arrived: a receiver may still be busy at the first."""
        wait_until(lambda: self.telling.tick() or len(receiver.got) >= count)

    def all_settled(self, count: int) -> None:
        """Turn after turn: a thread may still be at the end of its last attempt at the first."""
        page = self.store.outgoing.page
        wait_until(lambda: self.telling.tick() or len(page(state="delivered")) == count)

    def settled(self, count: int, state: str = "delivered") -> None:
        wait_until(lambda: len(self.store.outgoing.page(state=state)) == count)


@contextmanager
def desk(folder: Path, found: Settings) -> Iterator[Desk]:
    made = Desk(folder, found)
    try:
        yield made
    finally:
        made.telling.end()
        made.store.close()


# -- callbacks --


def test_a_routines_callback_hears_of_start_pause_resume_and_end_in_order(tmp_path: Path) -> None:
    with Receiver() as receiver:
        host = FakeHost(8)
        host.writes.shut()
        found = settings(tmp_path, callbacks=CALLBACKS, routine={"callbacks": [receiver.url]})
        with engine(tmp_path, host, found) as shelf:
            job = shelf.call()
            receiver.wait(1, "job.started")
            shelf.store.jobs.wish(job.id, Wish.PAUSE, shelf.clock.now())
            host.writes.let(4)
            receiver.wait(1, "job.paused")
            shelf.store.jobs.wish(job.id, Wish.RESUME, shelf.clock.now())
            receiver.wait(1, "job.resumed")
            host.open_all()
            (end,) = receiver.wait(1, "job.finished")
            shelf.wait(job)
        kinds = [one.kind for one in receiver.got if one.kind != "job.progress"]
        assert kinds == ["job.started", "job.paused", "job.resumed", "job.finished"]
        assert end.json["data"]["counts"]["changed"] == 8
        versions = [one.json["data"]["version"] for one in receiver.got]
        assert versions == sorted(versions)


def test_a_receiver_that_never_answers_does_not_slow_a_job(tmp_path: Path) -> None:
    with Receiver() as receiver:
        receiver.gate.clear()
        found = settings(tmp_path, callbacks=CALLBACKS, routine={"callbacks": [receiver.url]})
        host = FakeHost(200)
        with engine(tmp_path, host, found) as shelf:
            host.writes.shut()
            first = shelf.call()
            receiver.wait(1)  # it holds the first message, and answers nothing
            host.open_all()
            assert shelf.wait(first).counts.changed == 200
            assert shelf.wait(shelf.call(everything=True)).state is JobState.COMPLETED
            assert len(receiver.got) == 1, "both jobs are over before it has answered"
            receiver.gate.set()
            assert len(receiver.wait(2, "job.finished")) == 2


def test_while_keys_change_both_sign(tmp_path: Path) -> None:
    both = {**CALLBACKS, "former_secret": FORMER}
    with Receiver() as receiver:
        found = settings(tmp_path, callbacks=both, routine={"callbacks": [receiver.url]})
        with desk(tmp_path, found) as made:
            made.job("L1")
            stamp = made.clock.now()
            made.telling.tick()
            (got,) = receiver.wait(1)
    assert got.headers["webhook-timestamp"] == str(int(stamp))
    for secret in (SECRET, FORMER):
        signer = Webhook(secret)
        from datetime import UTC, datetime

        expected = signer.sign(got.id, datetime.fromtimestamp(stamp, UTC), got.body.decode())
        assert expected in got.headers["webhook-signature"].split()


def test_a_message_is_tried_again_with_growing_pauses_and_given_up_after_a_day(
    tmp_path: Path,
) -> None:
    with Receiver([500] * 99) as receiver:
        found = settings(tmp_path, callbacks=CALLBACKS, routine={"callbacks": [receiver.url]})
        with desk(tmp_path, found) as made:
            made.job("L1")
            pauses = []
            for attempt in range(1, 5):
                made.got(receiver, attempt)
                (one,) = wait_until(
                    lambda n=attempt: [  # type: ignore[misc] # mypy cannot infer its type
                        one for one in made.store.outgoing.page() if one.attempts == n
                    ]
                )
                pauses.append(one.due_at - made.clock.now())
                made.clock.advance(pauses[-1])
            assert [2**n / 2 <= p <= 2**n for n, p in enumerate(pauses)] == [True] * 4
            assert {one.id for one in receiver.got} == {one.message}
            made.later(86_400)
            made.settled(1, "given_up")


def test_retry_after_is_obeyed_and_rests_the_whole_receiver(tmp_path: Path) -> None:
    with Receiver([503], headers={"Retry-After": "120"}) as receiver:
        found = settings(tmp_path, callbacks=CALLBACKS, routine={"callbacks": [receiver.url]})
        with desk(tmp_path, found) as made:
            made.job("L1")
            made.job("L2")
            made.telling.tick()
            receiver.wait(1)
            wait_until(lambda: any(one.attempts for one in made.store.outgoing.page()))
            made.later(110)
            made.job("L3")  # what is new does not disturb it either
            made.later(5)
            assert len(receiver.got) == 1
            for _ in range(2):
                made.later(5)
            made.got(receiver, 4)
            made.settled(3)


def test_410_ends_it_for_this_job(tmp_path: Path) -> None:
    with Receiver([410]) as receiver:
        found = settings(tmp_path, callbacks=CALLBACKS, routine={"callbacks": [receiver.url]})
        with desk(tmp_path, found) as made:
            job = made.job("L1", JobState.RUNNING)
            made.telling.tick()
            made.settled(1, "gone")
            made.store.jobs.move(job.num, JobState.COMPLETED, made.clock.now())
            made.later(1)
            made.later(1)
            assert [one.kind for one in receiver.got] == ["job.started"]


def test_a_host_that_is_taken_off_the_list_is_not_called_any_more(tmp_path: Path) -> None:
    with Receiver() as receiver:
        asked = settings(tmp_path, callbacks=CALLBACKS, routine={"callbacks": [receiver.url]})
        with desk(tmp_path, asked) as made:
            made.job("L1", JobState.RUNNING)
            made.telling.end()
            receiver_free = settings(tmp_path, callbacks={**CALLBACKS, "allow": ["127.0.0.1:1"]})
            made.telling = Telling(receiver_free, made.store, made.clock)
            made.telling.begin()
            made.store.outgoing.put(
                [letters.callback(made.job("L2"), receiver.url, "job.finished", made.clock.now())]
            )
            made.telling.tick()
            wait_until(lambda: any("not in" in one.note for one in made.store.outgoing.page()))
        assert [one.kind for one in receiver.got] in ([], ["job.started"])


# -- notifications --


def text(got: Any) -> tuple[str, str]:
    return got.json["title"], got.json["message"]


def test_an_end_is_told_in_words(tmp_path: Path) -> None:
    with Receiver() as receiver:
        found = settings(tmp_path, notifications={"phone": phone(receiver, on=["finished"])})
        with engine(tmp_path, FakeHost(3), found) as shelf:
            shelf.wait(shelf.call())
            (got,) = receiver.wait(1)
    title, body = text(got)
    assert title == "sweep completed"
    assert body == "All libraries at fake: 3 of 3 items, 3 changed, 0 failed."


def test_only_who_listens_is_told_and_a_routine_may_name_whom(tmp_path: Path) -> None:
    with Receiver() as quiet, Receiver() as named:
        found = settings(
            tmp_path,
            routine={"notify": ["named"]},
            notifications={
                "failures": phone(quiet, on=["failed", "findings", "paused"]),
                "others": phone(quiet, on=["finished"], routines=["night*"]),
                "named": phone(named, on=["finished"], routines=[]),
            },
        )
        with desk(tmp_path, found) as made:
            made.job("L1")
            made.telling.tick()
            named.wait(1)
            made.settled(1)
        assert quiet.got == []


def test_a_storm_of_ends_is_two_messages(tmp_path: Path) -> None:
    body = "{{ job.library }}: {{ event }}"
    with Receiver() as receiver:
        found = settings(
            tmp_path, notifications={"phone": phone(receiver, on=["finished"], body=body)}
        )
        with desk(tmp_path, found) as made:
            made.job("L0")
            made.telling.tick()
            receiver.wait(1)
            made.settled(1)
            for number in range(1, 31):
                made.job(f"L{number}")
                made.later(1)
            assert len(receiver.got) == 1
            made.later(GATHER)
            made.got(receiver, 2)
            first, storm = receiver.wait(2)
            made.settled(31)
    assert text(first) == ("sweep completed", "L0: finished")
    title, words = text(storm)
    assert title == "Shelfhook: 30 jobs"
    assert "L1: finished" in words
    assert "… and 10 more jobs." in words


def test_each_url_is_tried_again_by_itself(tmp_path: Path) -> None:
    with Receiver() as fine, Receiver([500]) as failing:
        urls = [*phone(fine)["urls"], *phone(failing)["urls"]]
        found = settings(tmp_path, notifications={"phone": {"urls": urls, "on": ["finished"]}})
        with desk(tmp_path, found) as made:
            made.job("L1")
            made.telling.tick()
            failing.wait(1)
            made.settled(1)
            wait_until(lambda: any(one.attempts and one.note for one in made.store.outgoing.page()))
            made.later(2)
            made.got(failing, 2)
            made.settled(2)
        assert len(fine.got) == 1


def test_no_url_of_a_notification_is_in_the_database(tmp_path: Path) -> None:
    with Receiver([500]) as receiver:
        urls = [f"json://me:hunter2hunter2@127.0.0.1:{receiver.port}/"]
        found = settings(
            tmp_path, notifications={"phone": {"urls": urls, "on": ["finished", "digest"]}}
        )
        with desk(tmp_path, found) as made:
            made.job("L1")
            made.telling.tick()
            receiver.wait(1)
            wait_until(lambda: any(one.attempts for one in made.store.outgoing.page()))
    files = [one.read_bytes() for one in tmp_path.rglob("shelfhook.db*")]
    assert files
    assert not any(b"hunter2" in one for one in files)


def test_a_pause_is_told_once(tmp_path: Path) -> None:
    with Receiver() as receiver:
        found = settings(
            tmp_path,
            notifications={
                "phone": phone(receiver, on=["paused"], title="{{ event }}: {{ job.reason }}")
            },
        )
        with desk(tmp_path, found) as made:
            made.job("L1", JobState.PAUSED, "the host is down")
            for _ in range(3):
                made.later(1)
            made.settled(1)
        assert [text(one)[0] for one in receiver.got] == ["paused: the host is down"]


def test_the_digest_sums_up_what_has_happened_since_the_last_one(tmp_path: Path) -> None:
    with Receiver() as receiver:
        found = settings(
            tmp_path,
            notifications={
                "phone": phone(receiver, on=["digest"], digest_at="07:00", timezone="UTC")
            },
        )
        with desk(tmp_path, found) as made:
            made.telling.tick()  # begins to count at 22:13:20
            made.job("L1", JobState.FAILED, "the disk is full")
            made.job("L2")
            made.later(SELDOM)
            assert receiver.got == []
            made.later(9 * 3600)
            (got,) = receiver.wait(1)
            made.later(86_400)  # nothing has happened
            made.settled(1)
        assert len(receiver.got) == 1
    title, body = text(got)
    assert title == "Shelfhook: 0 item(s) changed, 0 failed"
    assert body.startswith("2 job(s), 1 of them failed.")
    assert "Job failed (1 times): the disk is full" in body


def test_a_digest_that_is_wanted_always_comes_also_after_a_quiet_night(tmp_path: Path) -> None:
    with Receiver() as receiver:
        found = settings(
            tmp_path, notifications={"phone": phone(receiver, on=["digest"], always=True)}
        )
        with desk(tmp_path, found) as made:
            made.telling.tick()
            made.later(3 * 86_400)  # three fell due meanwhile: one tells of all
            receiver.wait(1)
            made.settled(1)
        assert len(receiver.got) == 1


def test_a_notification_that_left_the_settings_is_given_up(tmp_path: Path) -> None:
    with desk(tmp_path, settings(tmp_path)) as made:
        made.store.outgoing.put([letters.notice(None, "gone/1", "test", 1.0, 1.0)])
        made.telling.tick()
        made.settled(1, "given_up")


def test_without_apprise_a_notification_waits_and_says_what_is_missing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("shelfhook.notify.apprising.installed", lambda: False)
    with Receiver() as receiver:
        found = settings(tmp_path, notifications={"phone": phone(receiver, on=["finished"])})
        with desk(tmp_path, found) as made:
            made.job("L1")
            made.telling.tick()
            wait_until(lambda: any("pip install" in o.note for o in made.store.outgoing.page()))
        assert receiver.got == []


# -- documents --


def test_what_is_told_has_the_names_and_meanings_of_the_api(tmp_path: Path) -> None:
    with desk(tmp_path, settings(tmp_path)) as made:
        job = made.job("L1")
        shown = json.loads(json.dumps(shapes.job(job, made.clock.now())))
    told = letters.document(job)
    assert {name: shown[name] for name in told} == told


def test_templates_see_exactly_what_they_are_tried_with(tmp_path: Path) -> None:
    with desk(tmp_path, settings(tmp_path)) as made:
        job = replace(made.job("L1"), counts=Counts(changed=1))
        facts = made.store.digests.facts(0.0, 1.0, 3)
    assert letters.view(job, {}, 0).keys() == wording.SAMPLE_JOB["job"].keys()
    assert letters.view(job, {("fake", "L1"): "Comics"}, 0)["library"] == "Comics"
    assert facts.keys() == wording.SAMPLE_DIGEST["digest"].keys()
    assert facts["states"].keys() == wording.SAMPLE_DIGEST["digest"]["states"].keys()


def test_all_threads_end_with_the_engine(tmp_path: Path) -> None:
    with engine(tmp_path, FakeHost(1), settings(tmp_path)) as shelf:
        shelf.wait(shelf.call())
        assert any(one.name.startswith("notify_") for one in threading.enumerate())
    assert not any(one.name.startswith("notify_") for one in threading.enumerate())


def test_a_receiver_that_hangs_does_not_hold_up_the_stop_and_is_told_after_the_next_start(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with Receiver() as receiver:
        receiver.gate.clear()
        found = settings(tmp_path, callbacks=CALLBACKS, routine={"callbacks": [receiver.url]})
        with desk(tmp_path, found) as made:
            made.job("L1")
            made.telling.tick()
            receiver.wait(1)
        receiver.gate.set()
        with desk(tmp_path, found) as made:
            made.telling.tick()
            made.settled(1)
        first, again = receiver.wait(2)
    assert first.id == again.id
    assert not [one for one in caplog.records if one.levelname == "ERROR"]


# -- what a library, a clock or a database may do --


def _phones(count: int, receiver: Receiver) -> dict[str, Any]:
    url = f"json://127.0.0.1:{receiver.port}/phone"
    return {"phone": {"urls": [f"{url}{place}" for place in range(count)], "on": ["finished"]}}


@pytest.mark.parametrize("raised", [SystemExit(1), RuntimeError("s3cr3t"), KeyboardInterrupt()])
def test_whatever_apprise_raises_the_threads_go_on(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    raised: BaseException,
) -> None:
    def broken(*_: str) -> str:
        raise raised

    with Receiver() as receiver:
        found = settings(
            tmp_path,
            callbacks=CALLBACKS,
            routine={"callbacks": [receiver.url]},
            notifications=_phones(THREADS, receiver),
        )
        with desk(tmp_path, found) as made, monkeypatch.context() as patched:
            patched.setattr(sending, "apprise", broken)
            made.job("L1")
            made.got(receiver, 1)  # the callback, after as many faults as there are threads
            wait_until(lambda: caplog.text.count(f"failed: {type(raised).__name__}") == THREADS)
            patched.undo()
            made.later(sending.FAULT_PAUSE + 1)
            made.all_settled(1 + THREADS)
    assert "s3cr3t" not in caplog.text


def test_receivers_that_hang_for_ever_leave_threads_for_the_others(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    gate, inside = threading.Event(), list[str]()

    def hanging(url: str, *_: str) -> str:
        inside.append(url)
        gate.wait(30)
        return "late"

    with Receiver() as receiver:
        found = settings(
            tmp_path,
            callbacks=CALLBACKS,
            routine={"callbacks": [receiver.url]},
            notifications=_phones(MOST - 1, receiver),
        )
        monkeypatch.setattr(sending, "apprise", hanging)
        with desk(tmp_path, found) as made:
            made.job("L1")
            made.telling.tick()
            for stuck in (THREADS, 2 * THREADS):
                wait_until(lambda stuck=stuck: len(inside) >= stuck)
                made.later(HANGS + 1)
            wait_until(lambda: len(inside) == MOST - 1)
            made.got(receiver, 1)  # the last thread is free
            gate.set()
    assert caplog.text.count("Sending to phone/") == 2 * THREADS


def test_a_clock_that_is_set_back_delays_nothing(tmp_path: Path) -> None:
    with Receiver([503]) as receiver:
        found = settings(tmp_path, callbacks=CALLBACKS, routine={"callbacks": [receiver.url]})
        with desk(tmp_path, found) as made:
            made.job("L1")
            made.got(receiver, 1)
            wait_until(lambda: made.store.outgoing.page()[0].attempts == 1)
            made.clock.set_back(86_400.0)
            made.later(SELDOM + 1)
            made.got(receiver, 2)
            made.settled(1)


def test_stopping_while_the_database_is_away_ends_the_threads(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with desk(tmp_path, settings(tmp_path)) as made:
        made.job("L1")
        made.store.writer.close()
        made.telling.end()
        assert not [one for one in threading.enumerate() if one.name.startswith("notify_")]
    assert "is told after the next start" in caplog.text
