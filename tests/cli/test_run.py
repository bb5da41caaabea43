from __future__ import annotations

import signal
from typing import IO

from shelfhook.model import JobState, Trigger
from shelfhook.sandbox.server import SandboxServer
from tests.cli.conftest import BOOKS
from tests.cli.terminal import LIMIT, Terminal


def read_until(stream: IO[str] | None, word: str) -> str:
    """Read lines until one holds the word; gives that."""
    assert stream is not None
    for line in stream:
        if word in line:
            return line
    raise AssertionError(f"{word!r} was never said")


def test_without_a_service_the_run_is_done_here_and_ends_with_0(
    terminal: Terminal, sandbox: SandboxServer
) -> None:
    done = terminal.call("run", "process-all")
    assert done.exit_code == 0, done.output
    assert f"{BOOKS} items, completed" in done.stdout
    assert "→" in done.stdout
    assert f"completed: {BOOKS} of {BOOKS} (100 %)" in done.stderr
    assert len(sandbox.writes()) == BOOKS
    with terminal.store() as store:
        (job,) = store.jobs.page()
        assert (job.state, job.trigger) == (JobState.COMPLETED, Trigger.CLI)
        lease = store.lease()
        assert lease.acquire(), "the engine of the run still holds the lease"
        lease.release()


def test_json_is_one_document_in_the_form_of_the_api(terminal: Terminal) -> None:
    document = terminal.document("run", "process-all")
    assert document["state"] == "completed"
    assert document["processed"] == document["total"] == BOOKS
    assert document["links"]["self"] == f"/api/v1/jobs/{document['id']}"


def test_a_dry_run_shows_changes_and_makes_none(terminal: Terminal, sandbox: SandboxServer) -> None:
    done = terminal.call("run", "process-all", "--dry-run")
    assert done.exit_code == 0
    assert "dry run: nothing was changed" in done.stdout
    assert "planned" in done.stdout
    assert sandbox.writes() == []


def test_a_library_goes_by_its_name_and_items_by_their_ids(
    terminal: Terminal, sandbox: SandboxServer
) -> None:
    library = sandbox.libraries()[0]
    assert (
        terminal.document("run", "process-all", "--library", library["name"])["library"]
        == (library["id"])
    )
    first, second = (book["id"] for book in sandbox.books()[:2])
    chosen = terminal.document("run", "nightly", "--item", first, "--item", second)
    assert (chosen["chosen_items"], chosen["processed"]) == (2, 2)


def test_an_item_that_fails_makes_it_1_and_is_named(
    terminal: Terminal, sandbox: SandboxServer
) -> None:
    book = sandbox.books()[3]
    sandbox.set_faults(
        empty_200={"methods": ["GET"], "path": f"/api/v1/books/{book['id']}"},
    )
    done = terminal.call("run", "process-all")
    assert done.exit_code == 1
    assert f"failed {book['name']}" in done.stdout
    assert f"{BOOKS - 1}" in done.stdout


def test_an_unknown_routine_is_wrong_use_and_names_the_known_ones(terminal: Terminal) -> None:
    done = terminal.call("run", "everything")
    assert done.exit_code == 2
    assert done.stdout == ""
    assert "unknown routine 'everything'; known: nightly, process-all" in done.stderr


def test_an_unknown_library_is_wrong_use_and_queues_nothing(terminal: Terminal) -> None:
    done = terminal.call("run", "process-all", "--library", "Attic")
    assert done.exit_code == 2
    assert "unknown library 'Attic'; known: " in done.stderr
    with terminal.store() as store:
        assert store.jobs.page() == []


def test_a_library_of_a_host_that_is_down_cannot_be_checked_and_queues_nothing(
    terminal: Terminal, sandbox: SandboxServer
) -> None:
    sandbox.stop()
    done = terminal.call("run", "process-all", "--library", "Synthetic")
    assert done.exit_code == 1
    assert "accepts no connection" in done.stderr
    with terminal.store() as store:
        assert store.jobs.page() == []


def test_a_running_service_does_the_work_and_the_run_only_watches(
    terminal: Terminal, sandbox: SandboxServer
) -> None:
    with terminal.service() as engine:
        done = terminal.call("run", "process-all")
        assert done.exit_code == 0, done.output
        assert engine.acquire()  # it was ours all the time
    assert len(sandbox.writes()) == BOOKS


def test_a_service_that_goes_away_is_replaced_while_watching(terminal: Terminal) -> None:
    with terminal.service(started=False) as engine, terminal.process("run", "nightly") as run:
        read_until(run.stderr, "queued")
        engine.stop()
        out, err = run.communicate(timeout=LIMIT)
    assert run.returncode == 0, err
    assert "completed" in out


def test_ctrl_c_cancels_the_job_that_is_done_here(
    terminal: Terminal, sandbox: SandboxServer
) -> None:
    sandbox.set_faults(hold={"methods": ["GET"], "path": "/api/v1/books/"})
    with terminal.process("run", "process-all", "--json") as run:
        sandbox.wait_held(1, timeout=LIMIT)
        run.send_signal(signal.SIGINT)
        told = read_until(run.stderr, "Cancelling job")
        sandbox.set_faults()
        run.communicate(timeout=LIMIT)
    assert run.returncode == 1
    assert "items under way still end" in told
    with terminal.store() as store:
        (job,) = store.jobs.page()
        assert job.state is JobState.CANCELLED
        assert job.counts.processed == job.total


def test_ctrl_c_leaves_a_services_job_alone_and_says_how_to_cancel_it(
    terminal: Terminal, sandbox: SandboxServer
) -> None:
    sandbox.set_faults(hold={"methods": ["GET"], "path": "/api/v1/books/"})
    with terminal.service(), terminal.process("run", "process-all") as run:
        read_until(run.stderr, "queued")
        sandbox.wait_held(1, timeout=LIMIT)
        run.send_signal(signal.SIGINT)
        _, err = run.communicate(timeout=LIMIT)
        assert run.returncode == 1
        with terminal.store() as store:
            (job,) = store.jobs.page()
            assert not job.state.final
            assert f"shelfhook jobs {job.short} --cancel" in err
            assert terminal.call("jobs", job.short, "--cancel").exit_code == 0
        sandbox.set_faults()
