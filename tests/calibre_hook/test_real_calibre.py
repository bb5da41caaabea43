"""Inside a real calibre: the plugin is installed as a user does it, and books are added."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from calibre_hook.names import item_id
from tests.calibre_hook.hooked import NAME, Hooked, books, hooked
from tests.calibre_hook.receiver import Receiver
from tests.support.calibre import PATIENT, Calibre
from tests.support.waiting import wait_until

pytestmark = PATIENT
LIBRARY = "Hook"


@pytest.fixture
def installed(
    calibre_session: Calibre, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Hooked]:
    with hooked(calibre_session, LIBRARY, monkeypatch) as made:
        made.install({"url": receiver.url, "token": "baked-token"})
        yield made


def items(numbers: list[int]) -> list[str]:
    return [item_id(LIBRARY, number) for number in numbers]


def test_each_added_book_is_delivered_before_calibredb_ends(
    installed: Hooked, receiver: Receiver, tmp_path: Path
) -> None:
    ids = installed.add(*books(tmp_path / "books", 5))
    assert len(ids) == 5
    assert sorted(receiver.items()) == sorted(items(ids))
    assert {one.headers["authorization"] for one in receiver.deliveries} == {"Bearer baked-token"}
    assert {event["library"] for one in receiver.deliveries for event in one.events} == {LIBRARY}
    assert installed.waiting() == 0


def test_what_was_added_while_nobody_listened_goes_with_the_next_add(
    installed: Hooked, receiver: Receiver, tmp_path: Path
) -> None:
    receiver.down()
    ids = installed.add(*books(tmp_path / "books", 4))
    assert installed.waiting() == 4
    receiver.up()
    ids += installed.add(*books(tmp_path / "more", 1, first=4))
    assert sorted(receiver.items()) == sorted(items(ids))
    assert installed.waiting() == 0


def test_a_server_that_starts_delivers_what_was_left_and_then_every_add(
    installed: Hooked, receiver: Receiver, tmp_path: Path
) -> None:
    receiver.down()
    ids = installed.add(*books(tmp_path / "books", 3))
    receiver.up()
    installed.calibre.start()
    assert sorted(receiver.wait_for(3)) == sorted(items(ids))
    ids += installed.add(*books(tmp_path / "more", 3, first=3))
    assert sorted(receiver.wait_for(6)) == sorted(items(ids))
    receiver.down()
    ids += installed.add(*books(tmp_path / "third", 2, first=6))
    receiver.up()  # the server's own thread tries again, without another add
    assert sorted(receiver.wait_for(8)) == sorted(items(ids))
    wait_until(lambda: installed.waiting() == 0)


def test_the_environment_counts_more_than_what_is_baked_in(
    installed: Hooked, receiver: Receiver, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    token = tmp_path / "token"
    token.write_text("from-a-file")
    monkeypatch.setenv("SHELFHOOK_TOKEN_FILE", str(token))
    monkeypatch.setenv("SHELFHOOK_HOST", "books")
    installed.add(*books(tmp_path / "books", 1))
    (delivery,) = receiver.deliveries
    assert delivery.path == "/hooks/books"
    assert delivery.headers["authorization"] == "Bearer from-a-file"


def test_without_settings_calibre_works_and_events_wait(
    installed: Hooked, receiver: Receiver, tmp_path: Path
) -> None:
    installed.install({})
    ids = installed.add(*books(tmp_path / "books", 2))
    assert (receiver.deliveries, installed.waiting()) == ([], 2)
    line = f"{NAME},{receiver.url}"
    installed.calibre.run("calibre-customize", "--customize-plugin", line)
    ids += installed.add(*books(tmp_path / "more", 1, first=2))
    assert sorted(receiver.items()) == sorted(items(ids))


def test_a_receiver_that_never_answers_costs_an_add_little(
    installed: Hooked, receiver: Receiver, tmp_path: Path
) -> None:
    files = books(tmp_path / "books", 40)
    installed.add(*files[:1])  # whatever the first run has to make
    receiver.gate.shut()
    with_plugin = _seconds(installed, files)
    installed.calibre.run("calibre-customize", "--disable-plugin", NAME)
    without = _seconds(installed, files)
    # Waiting for each answer would cost 5 s a book. What the plugin may cost: the wait at the end
    # (1.5 s), and little for each book; the rest is for a busy machine.
    assert with_plugin < 3 * without + 10
    receiver.gate.open()


def _seconds(installed: Hooked, files: list[Path]) -> float:
    begun = time.monotonic()
    installed.add(*files)
    return time.monotonic() - begun


def test_a_spool_that_cannot_be_written_breaks_no_add(
    installed: Hooked, receiver: Receiver, tmp_path: Path
) -> None:
    installed.spool.touch()  # a file where the folder should be
    ids = installed.add(*books(tmp_path / "books", 3))
    assert sorted(receiver.items()) == sorted(items(ids))


def test_the_command_line_tells_where_to_and_how_many_wait(
    installed: Hooked, receiver: Receiver, tmp_path: Path
) -> None:
    def said(what: str) -> str:
        return installed.calibre.run("calibre-debug", "-r", NAME, "--", what)

    receiver.down()
    ids = installed.add(*books(tmp_path / "books", 2))
    assert f"delivers to {receiver.url}/hooks/calibre; 2 events wait" in said("status")
    receiver.up()
    assert "Shelfhook takes deliveries" in said("flush")
    assert sorted(receiver.items()) == sorted(items(ids))


def test_the_dialog_shows_keeps_and_tries_settings(
    installed: Hooked, receiver: Receiver, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("QT_QPA_PLATFORM", "offscreen")
    script = tmp_path / "dialog.py"
    script.write_text(DIALOG)
    said = installed.calibre.run("calibre-debug", "-e", str(script), receiver.url)
    assert "tried: Shelfhook takes deliveries." in said
    assert "wrong: False the URL is none" in said
    assert "kept: Settings" in said
    assert f"{receiver.url}/hooks/from-dialog" in said


DIALOG = """
import sys
from calibre.customize.ui import find_plugin
from calibre.gui2 import Application
application = Application([])
plugin = find_plugin("Shelfhook hook")
form = plugin.config_widget()
form._lines["host"].setText("from-dialog")
form._lines["url"].setText("no url")
print("wrong:", form.validate(), form.told.text())
form._lines["url"].setText(sys.argv[-1])
form.try_out()
print("tried:", form.told.text())
plugin.save_settings(form)
print("kept:", plugin.settings())
plugin.poster().stop()
"""
