"""Backups of the state: whole, checked, while others write; and the way back."""

from __future__ import annotations

import os
import sqlite3
import stat
import threading
from contextlib import closing
from pathlib import Path

import pytest

from shelfhook.errors import Conflict, Permanent, StoreUnavailable, Unknown
from shelfhook.model import EventKind, NewEvent
from shelfhook.store import Store, backup
from tests.support.stores import LONG, NOW


def accept(store: Store, name: str) -> None:
    store.inbox.accept([NewEvent("komga", EventKind.LIBRARY_SCANNED, name, 0, name)], NOW)


def libraries(url: str) -> set[str]:
    with Store(url) as store:
        return {one.library for one in store.inbox.waiting()}


def test_a_backup_restores_what_was(sqlite_url: str, tmp_path: Path) -> None:
    file, aside = tmp_path / "b.db", tmp_path / "deeper" / "aside.db"
    with Store(sqlite_url) as store:
        accept(store, "before")
        assert backup.back_up(sqlite_url, file) == file.stat().st_size > 0
        accept(store, "after")
    assert backup.restore(sqlite_url, file, aside)
    assert libraries(sqlite_url) == {"before"}
    assert libraries(f"sqlite:///{aside}") == {"before", "after"}


def test_a_backup_is_one_private_file(sqlite_url: str, tmp_path: Path) -> None:
    folder = tmp_path / "only"
    folder.mkdir()
    with Store(sqlite_url) as store:
        accept(store, "in the log")
        backup.back_up(sqlite_url, folder / "b.db")
    assert [one.name for one in folder.iterdir()] == ["b.db"]
    assert stat.S_IMODE((folder / "b.db").stat().st_mode) == 0o600
    with closing(sqlite3.connect(folder / "b.db")) as connection:
        assert connection.execute("PRAGMA journal_mode").fetchone() == ("delete",)
        assert connection.execute("SELECT library FROM events").fetchall() == [("in the log",)]


def test_backups_under_fire_hold_one_moment_each(sqlite_url: str, tmp_path: Path) -> None:
    """Events are written in pairs, one transaction for each; a backup with half a pair is torn."""
    stop, begun = threading.Event(), threading.Event()
    with Store(sqlite_url) as store:

        def write() -> None:
            number = 0
            while not stop.is_set():
                pair = [
                    NewEvent("komga", EventKind.LIBRARY_SCANNED, str(number), part, "L")
                    for part in (0, 1)
                ]
                store.inbox.accept(pair, NOW)
                number += 1
                begun.set()

        writer = threading.Thread(target=write)
        writer.start()
        try:
            assert begun.wait(LONG)
            counts = []
            for number in range(10):
                file = tmp_path / f"{number}.db"
                backup.back_up(sqlite_url, file)
                with closing(sqlite3.connect(file)) as connection:
                    query = "SELECT delivery, count(*) FROM events GROUP BY delivery"
                    counts.append(dict(connection.execute(query).fetchall()))
        finally:
            stop.set()
            writer.join(LONG)
    assert all(set(found.values()) == {2} for found in counts)
    assert len(counts[-1]) > len(counts[0])


def test_no_file_is_overwritten(sqlite_url: str, tmp_path: Path) -> None:
    file = tmp_path / "b.db"
    file.write_text("mine")
    with pytest.raises(Conflict, match="is there already; name another"):
        backup.back_up(sqlite_url, file)
    assert file.read_text() == "mine"


def test_a_folder_that_is_missing_is_named(sqlite_url: str, tmp_path: Path) -> None:
    with pytest.raises(Permanent, match="cannot be written"):
        backup.back_up(sqlite_url, tmp_path / "none" / "b.db")


def test_a_damaged_state_gives_no_backup(sqlite_url: str, tmp_path: Path) -> None:
    damaged = Path(sqlite_url.removeprefix("sqlite:///"))
    with damaged.open("r+b") as file:
        file.seek(4096)
        file.write(os.urandom(4096 * 3))
    with pytest.raises((Permanent, StoreUnavailable)):
        backup.back_up(sqlite_url, tmp_path / "b.db")
    assert not list(tmp_path.glob("b.db*"))


def test_no_restore_under_a_running_engine(sqlite_url: str, tmp_path: Path) -> None:
    file, aside = tmp_path / "b.db", tmp_path / "aside.db"
    backup.back_up(sqlite_url, file)
    with Store(sqlite_url) as store:
        lease = store.lease()
        assert lease.acquire()
        accept(store, "later")
        with pytest.raises(Conflict, match="stop the service before you restore"):
            backup.restore(sqlite_url, file, aside)
        lease.release()
        assert backup.restore(sqlite_url, file, aside)
        assert lease.acquire()  # it was given back
        lease.release()


def test_a_web_process_that_has_it_open_sees_the_restored_state(
    sqlite_url: str, tmp_path: Path
) -> None:
    """Its connections must not go on writing into a file that nobody will ever read again."""
    file = tmp_path / "b.db"
    with Store(sqlite_url) as store:
        accept(store, "before")
        backup.back_up(sqlite_url, file)
        accept(store, "after")
        backup.restore(sqlite_url, file, tmp_path / "aside.db")
        assert {one.library for one in store.inbox.waiting()} == {"before"}
        accept(store, "new")
    assert libraries(sqlite_url) == {"before", "new"}


def test_a_restore_where_nothing_is_yet(sqlite_url: str, tmp_path: Path) -> None:
    file, folder = tmp_path / "b.db", tmp_path / "fresh"
    with Store(sqlite_url) as store:
        accept(store, "before")
        backup.back_up(sqlite_url, file)
    url = f"sqlite:///{folder / 'shelfhook.db'}"
    assert not backup.restore(url, file, tmp_path / "aside.db")
    assert libraries(url) == {"before"}


def not_sqlite(file: Path) -> None:
    file.write_text("no database " * 1000)


def another_program(file: Path) -> None:
    with closing(sqlite3.connect(file)) as connection:
        connection.execute("CREATE TABLE books (id)")


def newer(file: Path) -> None:
    with closing(sqlite3.connect(file)) as connection, connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")


def cut_off(file: Path) -> None:
    os.truncate(file, file.stat().st_size // 2)


@pytest.mark.parametrize(
    ("harm", "told"),
    [
        (not_sqlite, "not a database"),
        (another_program, "holds no state of Shelfhook's"),
        (newer, "of a newer Shelfhook"),
        (cut_off, "malformed|damaged"),
    ],
)
def test_what_is_no_sound_backup_changes_nothing(
    sqlite_url: str, tmp_path: Path, harm: object, told: str
) -> None:
    file = tmp_path / "b.db"
    with Store(sqlite_url) as store:
        accept(store, "here")
    if harm not in (not_sqlite, another_program):
        backup.back_up(sqlite_url, file)
    harm(file)  # type: ignore[operator]
    with pytest.raises(Permanent, match=told):
        backup.restore(sqlite_url, file, tmp_path / "aside.db")
    assert libraries(sqlite_url) == {"here"}
    assert not (tmp_path / "aside.db").exists()


def test_what_is_not_there_is_unknown(sqlite_url: str, tmp_path: Path) -> None:
    with pytest.raises(Unknown):
        backup.restore(sqlite_url, tmp_path / "none.db", tmp_path / "aside.db")
    with pytest.raises(Unknown):
        backup.back_up(f"sqlite:///{tmp_path}/none.db", tmp_path / "b.db")
    assert not (tmp_path / "none.db").exists()


def test_postgresql_has_tools_of_its_own(tmp_path: Path) -> None:
    url = "postgresql://me:hunter2@server/books"
    with pytest.raises(Conflict, match=r"pg_dump --format=custom --file=.*me@server/books") as told:
        backup.back_up(url, tmp_path / "b.dump")
    assert "hunter2" not in str(told.value)
    with pytest.raises(Conflict, match="pg_restore --clean --if-exists"):
        backup.restore(url, tmp_path / "b.dump", tmp_path / "aside.db")
