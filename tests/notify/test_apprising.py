"""Apprise, really sending, and what of a URL may be repeated."""

from __future__ import annotations

import io
import logging
import threading

import pytest

from shelfhook.notify import address_faults, apprise
from shelfhook.notify.apprising import without
from tests.support.receiver import Receiver
from tests.support.stores import together

WRONG = "tgram://hunter2hunter2/secret-chat"


def test_a_text_arrives() -> None:
    with Receiver() as receiver:
        assert apprise(f"json://127.0.0.1:{receiver.port}/x", "A title", "<b> & ä\nand more") == ""
        (got,) = receiver.got
    assert (got.json["title"], got.json["message"]) == ("A title", "<b> & ä\nand more")


def test_a_service_that_refuses_is_said_with_its_reason_and_without_the_url() -> None:
    with Receiver([401]) as receiver:
        url = f"json://someone:hunter2hunter2@127.0.0.1:{receiver.port}/secret-path"
        fault = apprise(url, "t", "b")
    assert fault.startswith("JSON did not take it: ")
    assert "401" in fault
    assert not {"hunter2", "someone", "secret-path"} & set(fault.split("/"))


def test_nobody_there() -> None:
    with Receiver() as receiver:
        port = receiver.port
    assert "did not take it" in apprise(f"json://127.0.0.1:{port}", "t", "b")


def test_a_url_that_apprise_cannot_read_reaches_no_log(capsys: pytest.CaptureFixture[str]) -> None:
    # Not by caplog: it listens at loggers too that hand nothing on.
    heard = io.StringIO()
    handler, root = logging.StreamHandler(heard), logging.getLogger()
    root.addHandler(handler)
    try:
        assert [place for place, _ in address_faults(["json://x", WRONG])] == [1]
        assert "does not know" in apprise(WRONG, "t", "b")
    finally:
        root.removeHandler(handler)
    assert "hunter2" not in heard.getvalue() + "".join(capsys.readouterr())


def test_threads_hear_of_their_own_faults_alone() -> None:
    with Receiver() as fine, Receiver([401] * 4) as failing:
        ports = [fine.port, failing.port] * 4
        faults = together(8, lambda n: apprise(f"json://127.0.0.1:{ports[n]}", "t", "b"))
    assert [bool(fault) for fault in faults] == [False, True] * 4
    assert logging.getLogger("apprise").handlers == [
        one for one in logging.getLogger("apprise").handlers if type(one).__name__ != "_Listener"
    ]
    assert threading.active_count() < 20


def test_parts_of_a_url_become_stars_also_where_they_are_quoted() -> None:
    url = "x://user%40home:pass%20word@host.lan/token123?key=abcdef"
    told = "user@home said pass word to host.lan with token123 and abcdef, x"
    assert without(url, told) == "***@*** said *** to *** with *** and ***, x"
