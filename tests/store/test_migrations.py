"""From nothing to the present schema, once, whoever starts first."""

from __future__ import annotations

import subprocess
import sys
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text

from shelfhook.errors import ConfigurationError, StoreUnavailable
from shelfhook.model import JobState
from shelfhook.store import Store, engine, migrate
from shelfhook.store.findings import Wanted
from shelfhook.store.tables import metadata
from tests.support.postgres import Server

OPEN = "import sys; from shelfhook.store import Store; Store(sys.argv[1]).close()"


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def fresh(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """URL of a database without any table."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'shelfhook.db'}"
    server: Server = request.getfixturevalue("postgres_server")
    return server.create(f"fresh-{uuid.uuid4().hex[:8]}")


@pytest.fixture
def connection(fresh: str) -> Iterator[Connection]:
    writing = engine.writing(engine.parse(fresh))
    with writing.connect() as opened:
        yield opened
    writing.dispose()


def test_head_is_the_newest_script() -> None:
    config = Config()
    config.set_main_option("script_location", str(migrate.SCRIPTS))
    assert ScriptDirectory.from_config(config).get_heads() == [migrate.HEAD]


def test_a_fresh_database_has_the_tables_that_the_code_knows(
    fresh: str, connection: Connection
) -> None:
    Store(fresh).close()
    # On SQLite Alembic takes '' and "''" for different defaults; the next test compares better.
    options = {"compare_type": True, "compare_server_default": not fresh.startswith("sqlite")}
    with connection.begin():
        context = MigrationContext.configure(connection, opts=options)
        assert context.get_current_revision() == migrate.HEAD
        assert compare_metadata(context, metadata) == []


def test_a_migrated_database_has_the_very_indexes_that_the_code_declares(
    fresh: str, connection: Connection
) -> None:
    """Alembic does not compare the conditions of partial indexes, which carry two promises."""
    query = text(
        "SELECT name, sql FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL"
        if connection.dialect.name == "sqlite"
        else "SELECT indexname, indexdef FROM pg_indexes WHERE schemaname = 'public'"
    )
    Store(fresh).close()
    with connection.begin():
        connection.execute(text("DROP TABLE alembic_version"))
        migrated = {(str(name), " ".join(sql.split())) for name, sql in connection.execute(query)}
        metadata.drop_all(connection)
        metadata.create_all(connection)
        declared = {(str(name), " ".join(sql.split())) for name, sql in connection.execute(query)}
    assert migrated == declared


def test_a_database_of_the_first_version_is_brought_along_with_what_is_in_it(
    fresh: str, connection: Connection
) -> None:
    from alembic import command

    config = Config()
    config.set_main_option("script_location", str(migrate.SCRIPTS))
    config.attributes["connection"] = connection
    with connection.begin():
        command.upgrade(config, "0001")
        connection.execute(
            text(
                "INSERT INTO jobs (id, routine, trigger, state, dry_run, created_at) VALUES"
                " ('0badc0de-0000-4000-8000-000000000000', 'tidy', 'admin', 'completed', false, 1)"
            )
        )
    with Store(fresh) as store:
        job = store.jobs.get("0badc0de")
        assert (job.routine, job.everything) == ("tidy", False)


A, C = "0badc0de-0000-4000-8000-00000000000a", "0badc0de-0000-4000-8000-00000000000c"
OF_0004 = (
    "INSERT INTO jobs (num, id, routine, host, trigger, state, dry_run, created_at, finished_at)"
    f" VALUES (1, '{A}', 'tidy', 'komga', 'admin', 'completed', false, 1, 5),"
    " (2, 'b', 'tidy', 'komga', 'admin', 'cancelled', false, 2, NULL),"
    f" (3, '{C}', 'tidy', 'komga', 'admin', 'running', false, 3, NULL)",
    "INSERT INTO job_items (job_num, seq, item_id, outcome) VALUES (1, 0, 'one', 'changed'),"
    " (1, 1, 'two', 'failed')",
    "INSERT INTO findings (job_num, seq, code, severity, series, library) VALUES"
    " (1, 0, 'archive.crc', 'error', 'S', 'L1'), (1, 1, 'archive.crc', 'error', 'S', 'L1')",
    "INSERT INTO item_states (routine, host, item_id, failures, since, job_num) VALUES"
    " ('tidy', 'komga', 'one', 0, 5, 1), ('tidy', 'komga', 'two', 4, 5, 2)",
    "INSERT INTO events (seq, id, host, kind, delivery, received_at, state) VALUES"
    " (1, 'e', 'komga', 'library.scanned', 'd', 1, 'taken')",
    "INSERT INTO job_events (job_num, event_seq) VALUES (1, 1)",
    "INSERT INTO schedules (name, cron, timezone, since) VALUES ('tidy', '0 3 * * *', 'UTC', 7)",
    "INSERT INTO cursors (host, library, cursor, asked_at) VALUES ('komga', '', 'x', 7)",
)


def test_a_database_of_issue_4_is_brought_along_with_what_is_in_it(
    fresh: str, connection: Connection
) -> None:
    from alembic import command

    config = Config()
    config.set_main_option("script_location", str(migrate.SCRIPTS))
    config.attributes["connection"] = connection
    with connection.begin():
        command.upgrade(config, "0004")
        for statement in OF_0004:
            connection.execute(text(statement))
    with Store(fresh) as store:
        assert store.outgoing.untold(9) == []  # nobody hears of what ended before
        assert store.jobs.get(C).requested_by == ""
        [held] = store.findings.page(Wanted(), 9)  # a later job has looked at the other item
        assert (held.item_id, held.finding.code) == ("one", "archive.crc")
        assert len(store.findings.page(Wanted(job=1), 9)) == 2
        assert [one.item_id for one in store.states.failing(3)] == ["two"]
        [event] = store.inbox.page()
        assert (event.repeats, event.repeated_at) == (0, None)
        assert [one.job for one in store.inbox.jobs_of([1])[1]] == [A]
        assert store.switches.all() == {}
        assert store.schedules.know("tidy", "0 3 * * *", "UTC", 99.0) == 7
        assert store.jobs.move(3, JobState.COMPLETED, 9.0)
        assert [one.id for one in store.outgoing.untold(9)] == [C]


def test_opening_again_changes_nothing(fresh: str, connection: Connection) -> None:
    Store(fresh).close()
    Store(fresh).close()
    with connection.begin():
        assert MigrationContext.configure(connection).get_current_revision() == migrate.HEAD


def test_a_newer_schema_is_refused_with_the_remedy(fresh: str, connection: Connection) -> None:
    Store(fresh).close()
    with connection.begin():
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(ConfigurationError, match=r"newer than this.*install the newer version"):
        Store(fresh)


def test_three_processes_that_start_at_once_all_succeed(fresh: str) -> None:
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", OPEN, fresh], stderr=subprocess.PIPE, stdout=subprocess.PIPE
        )
        for _ in range(3)
    ]
    ends = [process.communicate(timeout=60) for process in processes]
    assert [process.returncode for process in processes] == [0, 0, 0], ends
    with Store(fresh) as store:
        assert store.jobs.page() == []


def test_a_folder_that_is_missing_is_made(tmp_path: Path) -> None:
    Store(f"sqlite:///{tmp_path / 'new' / 'folder' / 'shelfhook.db'}").close()
    assert (tmp_path / "new" / "folder" / "shelfhook.db").exists()


def test_a_folder_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(ConfigurationError, match=r"paths\.data: .*choose another folder"):
        Store(f"sqlite:///{tmp_path / 'file' / 'shelfhook.db'}")


def test_a_file_that_is_no_database_is_said_to_be_none(tmp_path: Path) -> None:
    (tmp_path / "shelfhook.db").write_bytes(b"no database at all, but long enough " * 99)
    with pytest.raises(StoreUnavailable, match="not a database") as caught:
        Store(f"sqlite:///{tmp_path / 'shelfhook.db'}")
    assert "PRAGMA" not in str(caught.value)


@pytest.mark.parametrize(
    ("url", "told"),
    [
        ("", "not a database URL"),
        ("shelfhook.db", "not a database URL"),
        ("postgresql://user:s3cr3t@host:port/db", "not a database URL"),
        ("mysql://user:s3cr3t@host/db", "mysql is not supported"),
        ("sqlite://", "needs a file"),
        ("sqlite:///:memory:", "needs a file"),
    ],
)
def test_a_wrong_url_is_a_fault_of_the_settings_that_tells_no_password(url: str, told: str) -> None:
    with pytest.raises(ConfigurationError, match=told) as caught:
        Store(url)
    assert "s3cr3t" not in str(caught.value)
    assert caught.value.__cause__ is None
    assert caught.value.faults[0].startswith("paths.database: ")


def test_an_sqlite_too_old_for_us_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sqlite3.sqlite_version_info", (3, 37, 2))
    monkeypatch.setattr("sqlite3.sqlite_version", "3.37.2")
    with pytest.raises(ConfigurationError, match=r"SQLite 3\.37\.2 is too old.*3\.38"):
        Store(f"sqlite:///{tmp_path / 'shelfhook.db'}")


def test_downgrading_to_nothing_works(fresh: str, connection: Connection) -> None:
    from alembic import command

    Store(fresh).close()
    config = Config()
    config.set_main_option("script_location", str(migrate.SCRIPTS))
    config.attributes["connection"] = connection
    with connection.begin():
        command.downgrade(config, "base")
    Store(fresh).close()
