"""The thread: everything arrives, once; calibre never waits; no answer but a yes is taken for one.

The receiver is a real local HTTP server that dedupes as Shelfhook's inbox does.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

import pytest

from calibre_hook.delivery import NotNow, post
from calibre_hook.names import added, item_id
from calibre_hook.poster import LONGEST_PAUSE, Poster, pause
from calibre_hook.settings import Settings, WrongSettings
from calibre_hook.spool import BATCH, Spool
from tests.calibre_hook.process import process
from tests.calibre_hook.receiver import Answer, Delivery, Receiver, problem, taken
from tests.support.waiting import wait_until

Make = Callable[[], Poster]


def items(count: int) -> list[str]:
    return [item_id("lib", book) for book in range(count)]


def tell(poster: Poster, count: int) -> None:
    for book in range(count):
        poster.tell(added("lib", book))


def empty(spool: Spool) -> bool:
    return not any(spool.folder.iterdir())


def test_every_book_arrives_and_the_spool_is_empty_then(
    poster: Poster, receiver: Receiver, spool: Spool
) -> None:
    tell(poster, 30)
    assert receiver.wait_for(30) == items(30)
    wait_until(lambda: empty(spool))
    assert poster.fault == ""


def test_books_that_come_while_one_is_sent_go_together(poster: Poster, receiver: Receiver) -> None:
    receiver.gate.shut()
    tell(poster, 1)
    receiver.gate.wait_for(1)
    for book in range(1, BATCH + 1):  # nobody waits for the receiver, or this would hang
        poster.tell(added("lib", book))
    receiver.gate.open()
    assert receiver.wait_for(BATCH + 1) == items(BATCH + 1)
    assert [len(one.events) for one in receiver.deliveries] == [1, BATCH]


def test_while_nobody_listens_events_wait_and_go_through_by_themselves(
    poster: Poster, receiver: Receiver
) -> None:
    receiver.down()
    tell(poster, 5)
    wait_until(lambda: "cannot be reached" in poster.fault)
    assert poster.spool.waiting() == 5
    receiver.up()
    assert receiver.wait_for(5) == items(5)
    wait_until(lambda: poster.fault == "")


def test_the_next_process_sends_what_the_last_one_left(
    make_poster: Make, receiver: Receiver
) -> None:
    receiver.down()
    first = make_poster()
    tell(first, 3)
    wait_until(lambda: bool(first.fault))
    first.stop()
    receiver.up()
    make_poster().look()
    assert receiver.wait_for(3) == items(3)


def test_a_delivery_whose_answer_was_lost_is_sent_again_under_its_id(
    poster: Poster, receiver: Receiver
) -> None:
    lost: list[Callable[[Delivery], Answer]] = [problem(503), lambda _: Answer(202, b"")]
    receiver.answer = lambda delivery: lost.pop()(delivery) if lost else taken(delivery)
    tell(poster, 1)
    wait_until(lambda: len(receiver.deliveries) == 3)
    assert len({(one.id, one.body) for one in receiver.deliveries}) == 1
    assert receiver.items() == items(1)


@pytest.mark.parametrize(
    ("answer", "told"),
    [
        (problem(401, detail="token missing"), "refuses the token or the secret: token missing"),
        (problem(404, detail="unknown host"), "answers HTTP 404: unknown host"),
        (problem(429), "answers HTTP 429"),
        (problem(503), "answers HTTP 503"),
        (lambda _: Answer(200, b"<html>Log in</html>"), "is not Shelfhook"),
        (lambda _: Answer(202, b'{"events": []}'), "is not Shelfhook"),
        (lambda _: Answer(302, b"", {"Location": "/login"}), "leads elsewhere (HTTP 302)"),
        (lambda _: Answer(204, b""), "HTTP 204"),
    ],
)
def test_only_shelfhooks_yes_takes_an_event_out_of_the_spool(
    poster: Poster, receiver: Receiver, answer: Callable[[Delivery], Answer], told: str
) -> None:
    receiver.answer = answer
    tell(poster, 2)
    wait_until(lambda: told in poster.fault, what=poster.fault)
    receiver.answer = taken
    wait_until(lambda: poster.spool.waiting() == 0)
    assert receiver.items() == items(2)


def test_one_event_that_is_not_understood_does_not_hold_others(
    poster: Poster, receiver: Receiver, caplog: pytest.LogCaptureFixture
) -> None:
    def answer(delivery: Delivery) -> Answer:
        wrong = any(event["item"] == item_id("lib", 3) for event in delivery.events)
        return problem(400, detail="too odd")(delivery) if wrong else taken(delivery)

    receiver.down()
    tell(poster, 6)
    receiver.answer = answer
    receiver.up()
    wait_until(lambda: _alone(receiver) >= set(items(6)))
    wait_until(lambda: not poster.spool.holds_any())
    assert "too odd; set aside" in caplog.text
    (refused,) = poster.spool.folder.glob("refused-*")
    assert poster.spool.read(refused) == [added("lib", 3)]


def _alone(receiver: Receiver) -> set[str]:
    return {one.events[0]["item"] for one in receiver.deliveries if len(one.events) == 1}


def test_wrong_settings_keep_the_events_until_they_are_right(
    spool: Spool, receiver: Receiver, tmp_path: Path
) -> None:
    found: list[Settings] = []

    def settings() -> Settings:
        if not found:
            raise WrongSettings("token.txt cannot be read")
        return found[0]

    poster = Poster(spool, settings, first_pause=0.05)
    tell(poster, 2)
    wait_until(lambda: poster.fault == "token.txt cannot be read")
    found.append(Settings())
    wait_until(lambda: poster.fault == "no URL is set")
    found[0] = Settings(url=receiver.url)
    assert receiver.wait_for(2) == items(2)
    poster.stop()


def test_a_fault_of_our_own_is_logged_and_the_thread_lives_on(
    spool: Spool, receiver: Receiver, caplog: pytest.LogCaptureFixture
) -> None:
    broken = [True]

    def settings() -> Settings:
        if broken:
            raise ZeroDivisionError(broken.pop())
        return Settings(url=receiver.url)

    poster = Poster(spool, settings, first_pause=0.05)
    tell(poster, 1)
    assert receiver.wait_for(1) == items(1)
    poster.stop()
    assert "a fault of its own (ZeroDivisionError)" in caplog.text


def test_the_log_says_what_changes_and_not_every_attempt(
    poster: Poster, receiver: Receiver, caplog: pytest.LogCaptureFixture
) -> None:
    receiver.answer = problem(503)
    tell(poster, 1)
    wait_until(lambda: len(receiver.deliveries) >= 4)
    receiver.answer = taken
    wait_until(lambda: "go through again" in caplog.text)
    warned = [one for one in caplog.records if one.levelno == logging.WARNING]
    assert len(warned) == 2


# -- the end of a process --


def test_a_process_that_ends_waits_until_its_events_are_there(tmp_path: Path) -> None:
    with Receiver() as receiver, process("tell", tmp_path / "spool", receiver.url, 20) as told:
        assert told.wait(20) == 0
        assert receiver.items() == items(20)


def test_a_process_that_ends_leaves_what_nobody_takes(tmp_path: Path) -> None:
    spool = Spool(tmp_path / "spool")
    with process("tell", spool.folder, "http://127.0.0.1:9", 20) as told:
        _, err = told.communicate(timeout=20)
    assert told.returncode == 0
    assert "cannot be reached" in err
    assert spool.waiting() == 20


def test_a_process_that_ends_does_not_wait_for_one_that_never_answers(tmp_path: Path) -> None:
    spool = Spool(tmp_path / "spool")
    with Receiver() as receiver:
        receiver.gate.shut()
        with process("tell", spool.folder, receiver.url, 5) as told:
            assert told.wait(20) == 0  # far less than the receiver would keep it
            assert receiver.gate.waiting == 1
    assert spool.waiting() == 5


@pytest.mark.crash
def test_a_kill_between_delivery_and_answer_makes_no_second_event(
    tmp_path: Path, spool: Spool
) -> None:
    with Receiver() as receiver:
        receiver.gate.shut()
        with process("tell", spool.folder, receiver.url, 5) as told:
            receiver.gate.wait_for(1)
            told.kill()
            told.wait(20)
        receiver.gate.open()
        assert Poster(spool, lambda: Settings(url=receiver.url)).flush() == ""
        known = len(receiver.items())
        first, again = receiver.deliveries[:2]
        assert (first.id, first.body) == (again.id, again.body)
        assert receiver.items() == items(known)
        assert spool.waiting() == 0  # though half an event may lie there that was never kept


def test_two_processes_that_send_at_once_make_one_event_of_each(
    tmp_path: Path, spool: Spool
) -> None:
    count = 5 * BATCH
    for book in range(count):
        spool.add(added("lib", book))
    with Receiver() as receiver, ExitStack() as stack:
        senders = [
            stack.enter_context(process("flush", spool.folder, receiver.url)) for _ in range(2)
        ]
        for sender in senders:
            assert sender.stdin is not None
            sender.stdin.write("go\n")
            sender.stdin.flush()
        for sender in senders:
            assert sender.stdout is not None
            assert sender.stdout.readline() == "\n"  # no fault
        assert sorted(receiver.items()) == sorted(items(count))
    assert empty(spool)


# -- a disk that takes nothing --


def test_a_full_disk_costs_nothing_while_shelfhook_listens(tmp_path: Path) -> None:
    with Receiver() as receiver, process("full", tmp_path / "spool", receiver.url, 7) as told:
        _, err = told.communicate(timeout=20)
        assert told.returncode == 0, err
        assert receiver.items() == items(7)
    assert "kept in memory" in err
    assert "lost" not in err


def test_a_full_disk_and_nobody_there_is_said_and_breaks_nothing(tmp_path: Path) -> None:
    with process("full", tmp_path / "spool", "http://127.0.0.1:9", 3) as told:
        _, err = told.communicate(timeout=20)
    assert told.returncode == 0
    assert "3 events are lost" in err


def test_what_the_disk_did_not_take_is_brought_there_once_it_can(
    tmp_path: Path, receiver: Receiver
) -> None:
    blocked = tmp_path / "spool"
    blocked.touch()  # a file where the folder should be
    spool = Spool(blocked)
    receiver.answer = problem(503)
    poster = Poster(spool, lambda: Settings(url=receiver.url), first_pause=0.05)
    tell(poster, 2)
    wait_until(lambda: "503" in poster.fault)
    blocked.unlink()
    wait_until(lambda: spool.waiting() == 2)
    receiver.answer = taken
    wait_until(lambda: spool.waiting() == 0)
    poster.stop()
    assert sorted(set(receiver.items())) == items(2)


# -- small things --


def test_a_process_that_ends_tries_once_more_and_not_for_ever(
    poster: Poster, receiver: Receiver
) -> None:
    receiver.answer = problem(503)
    poster._first_pause = 3600
    tell(poster, 1)
    wait_until(lambda: bool(poster.fault))
    receiver.answer = taken
    poster.leave(limit=20)
    assert receiver.wait_for(1) == items(1)
    assert not poster.spool.holds_any()


def test_pauses_double_up_to_a_minute() -> None:
    assert [pause(failures) for failures in (1, 2, 3, 4)] == [1, 2, 4, 8]
    assert pause(7) == pause(1_000_000) == LONGEST_PAUSE


def test_a_sender_past_all_proxies(receiver: Receiver, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    post(Settings(url=receiver.url), "id", [added("lib", 1)])
    assert receiver.items() == [item_id("lib", 1)]


def test_a_forked_process_delivers_with_a_thread_of_its_own(
    poster: Poster, receiver: Receiver
) -> None:
    """`calibre-server --daemonize` forks after the plugins are there."""
    tell(poster, 1)
    receiver.wait_for(1)
    poster.stop()
    thread = poster._thread
    assert thread is not None
    assert not thread.is_alive()  # so a fork leaves it, too
    poster._ending.clear()
    poster.tell(added("lib", 1))
    assert receiver.wait_for(2) == items(2)


def test_a_receiver_that_is_no_http_server_is_a_fault_and_no_crash() -> None:
    with pytest.raises(NotNow, match="cannot be reached"):
        post(Settings(url="http://127.0.0.1:9"), "id", [added("lib", 1)])
