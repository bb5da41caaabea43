"""The heavy pool: worker processes die, hang and misbehave, and only their own call feels it."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from shelfhook.errors import Cancelled, Gone, Permanent, Transient
from shelfhook.pool import HeavyPool
from shelfhook.ports import Heavy
from tests.pool import labour
from tests.pool.labour import Door, is_gone
from tests.support.waiting import Background, wait_until

LIMIT = 60.0


@pytest.fixture
def pool() -> Iterator[HeavyPool]:
    """One worker process."""
    with HeavyPool(1, LIMIT) as made:
        yield made


@pytest.fixture
def doors(tmp_path: Path) -> Iterator[Callable[[str], Door]]:
    made: list[Door] = []

    def door(name: str) -> Door:
        made.append(Door(tmp_path / name))
        return made[-1]

    yield door
    for one in made:
        one.open()


def test_a_call_runs_in_another_process_that_is_kept(pool: HeavyPool) -> None:
    heavy: Heavy = pool  # satisfies the port
    assert pool.pids == frozenset()  # started only when needed

    first = heavy(os.getpid)

    assert first != os.getpid()
    assert heavy(os.getpid) == first
    assert pool.pids == {first}


def test_arguments_and_results_of_any_size_come_across(pool: HeavyPool) -> None:
    assert pool(labour.echo, b"x" * 3_000_000) == b"x" * 3_000_000
    assert pool(labour.echo, value=b"") == b""


def test_no_more_calls_run_at_once_than_there_are_processes(doors: Callable[[str], Door]) -> None:
    with HeavyPool(2, LIMIT) as pool:
        first, second, third = doors("1"), doors("2"), doors("3")
        calls = [
            Background(partial(pool, labour.hold, door.path)) for door in (first, second, third)
        ]
        first.wait()
        second.wait()
        wait_until(lambda: pool.waiting == 1)
        assert len(pool.pids) == 2
        first.open()
        third.wait()
        second.open()
        third.open()
        assert {call.result() for call in calls} == pool.pids


def test_who_asks_first_is_served_first(
    pool: HeavyPool, doors: Callable[[str], Door], tmp_path: Path
) -> None:
    door, book = doors("door"), tmp_path / "book"
    calls = [Background(partial(pool, labour.hold, door.path))]
    door.wait()
    nothing = tmp_path / "nothing"
    nothing.touch()
    for count, name in enumerate("abcdefgh"):
        calls.append(Background(partial(pool, labour.note, nothing, name, book)))
        wait_until(lambda count=count: pool.waiting == count + 1)  # type: ignore[misc] # a default
    door.open()
    for call in calls:
        call.result()
    assert book.read_text(encoding="utf-8").split() == list("abcdefgh")


@pytest.mark.parametrize(
    ("function", "args", "told"),
    [
        (labour.die, (Path("/books/a.cbz"),), r"\(signal 9\) while die worked on /books/a.cbz"),
        (labour.leave, (3,), r"\(exit code 3\) while leave worked"),
        (labour.leave, (0,), r"\(exit code 0\) while leave worked"),
    ],
)
def test_a_worker_that_dies_fails_its_call_and_is_replaced(
    pool: HeavyPool, function: Callable[..., None], args: tuple[Any, ...], told: str
) -> None:
    before = pool(os.getpid)

    with pytest.raises(Permanent, match=f"died {told}; the file may need too much memory"):
        pool(function, *args)

    assert pool(os.getpid) != before
    assert is_gone(before)


def test_a_worker_that_dies_leaves_the_other_calls_alone(doors: Callable[[str], Door]) -> None:
    with HeavyPool(2, LIMIT) as pool:
        door = doors("door")
        other = Background(partial(pool, labour.hold, door.path))
        door.wait()
        for _ in range(2):
            with pytest.raises(Permanent, match="signal 9"):
                pool(labour.die, Path("a"))
        door.open()
        assert other.result() in pool.pids


def test_a_worker_that_died_while_idle_fails_no_call(pool: HeavyPool) -> None:
    idle = pool(os.getpid)
    os.kill(idle, signal.SIGKILL)
    wait_until(lambda: is_gone(idle))

    assert pool(os.getpid) != idle


def test_a_call_that_takes_too_long_is_stopped_with_all_it_started(
    doors: Callable[[str], Door], tmp_path: Path
) -> None:
    with HeavyPool(1, 1.0) as pool:
        door, pid_file = doors("door"), tmp_path / "pid"
        with pytest.raises(
            Permanent, match=r"start_and_hold worked on .*door took longer than 1 s"
        ):
            pool(labour.start_and_hold, door.path, pid_file)
        assert pool.pids == frozenset()
        wait_until(lambda: is_gone(int(pid_file.read_text(encoding="ascii"))))
        assert pool(abs, -1) == 1


def test_the_wait_for_a_free_process_does_not_count(doors: Callable[[str], Door]) -> None:
    with HeavyPool(1, 2.0) as pool:
        door = doors("door")
        late = Background(partial(pool, labour.hold, door.path))
        door.wait()
        patient = Background(partial(pool, os.getpid))
        with pytest.raises(Permanent, match="took longer than 2 s"):
            late.result()
        assert patient.result() != os.getpid()


def test_what_a_function_raises_comes_back_as_itself_with_its_place(pool: HeavyPool) -> None:
    with pytest.raises(Gone, match=r"there is no file a.cbz") as caught:
        pool(labour.raise_gone, "a.cbz")

    assert "in raise_gone" in caught.value.__notes__[0]
    assert pool.pids  # the worker is well


@pytest.mark.parametrize(
    ("function", "told"),
    [
        (labour.raise_unpicklable, r"raise_unpicklable raised Stubborn\('holds a lock'\), which"),
        (labour.raise_unknown, "raise_unknown raised Unknown.*which cannot be handed"),
        (labour.give_lock, "give_lock gave a lock, which cannot be handed to another process"),
        (labour.give_brittle, "the result cannot be read, after give_brittle worked: ValueError"),
        (partial(labour.sys_exit, 3), r"ended with SystemExit\(3\)"),
    ],
)
def test_what_cannot_come_back_is_named(
    pool: HeavyPool, function: Callable[[], object], told: str
) -> None:
    before = pool(os.getpid)

    with pytest.raises(Permanent, match=told):
        pool(function)

    assert pool(os.getpid) == before


def test_a_function_that_no_process_could_find_is_refused(pool: HeavyPool) -> None:
    with pytest.raises(Permanent, match="must lie at the top of a module"):
        pool(lambda: 1)
    assert pool.pids == frozenset()


def test_the_signals_that_stop_a_service_leave_its_workers_to_it(pool: HeavyPool) -> None:
    assert pool(labour.ask_to_stop) == "still here"


def test_workers_give_way_to_the_service(pool: HeavyPool) -> None:
    assert pool(labour.niceness) == os.nice(0) + 5


def test_what_a_worker_prints_is_no_part_of_the_services_output(
    pool: HeavyPool, capfd: pytest.CaptureFixture[str]
) -> None:
    assert pool(labour.print_much) == "quiet"
    assert capfd.readouterr().out == ""


def test_closing_ends_all_processes_and_all_calls(doors: Callable[[str], Door]) -> None:
    pool = HeavyPool(2, LIMIT)
    held = [doors("1"), doors("2")]
    running = [Background(partial(pool, labour.hold, door.path)) for door in held]
    for door in held:
        door.wait()
    waiting = [Background(partial(pool, os.getpid)) for _ in range(3)]
    wait_until(lambda: pool.waiting == 3)
    pids = pool.pids
    assert len(pids) == 2

    pool.close()

    for call in running + waiting:
        with pytest.raises(Cancelled, match="worker processes were stopped"):
            call.result()
    assert pool.pids == frozenset()
    for pid in pids:  # not even as zombies
        with pytest.raises(ProcessLookupError):
            os.kill(pid, 0)
    with pytest.raises(Cancelled):
        pool(os.getpid)
    pool.close()


def children() -> set[int]:
    """Every child of this process, zombies as well."""
    found = set()
    for task in Path("/proc/self/task").iterdir():
        found |= {int(one) for one in (task / "children").read_text(encoding="ascii").split()}
    return found


def test_a_pool_leaves_no_process_no_thread_and_no_file_behind() -> None:
    def open_files() -> int:
        return len(list(Path("/proc/self/fd").iterdir()))

    before = (children(), threading.active_count(), open_files())
    with HeavyPool(2, LIMIT) as pool:
        pool(os.getpid)
        with pytest.raises(Permanent):
            pool(labour.die, Path("a"))
        pool(os.getpid)
        assert children() - before[0] == pool.pids
    assert (children(), threading.active_count(), open_files()) == before


def test_closing_while_many_threads_call_loses_nobody() -> None:
    pool = HeavyPool(2, LIMIT)
    begun = threading.Barrier(9)

    def call_on() -> None:
        begun.wait(LIMIT)
        while True:
            pool(abs, -1)

    callers = [Background(call_on) for _ in range(8)]
    begun.wait(LIMIT)
    wait_until(lambda: len(pool.pids) == 2)
    pool.close()
    for caller in callers:
        with pytest.raises(Cancelled):
            caller.result()
    assert pool.pids == frozenset()


def test_a_process_that_cannot_be_started_may_be_later(
    pool: HeavyPool, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as broken:
        broken.setattr(sys, "executable", "/no/such/python")
        with pytest.raises(Transient, match="no worker process could be started"):
            pool(os.getpid)

    assert pool(abs, -1) == 1


def test_a_worker_that_never_comes_up_fails_the_call(
    pool: HeavyPool, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as broken:
        broken.setattr(sys, "executable", shutil.which("false"))
        with pytest.raises(Permanent, match=r"died \(exit code 1\) while getpid worked"):
            pool(os.getpid)

    assert pool(abs, -1) == 1


def test_a_pool_without_processes_makes_no_sense() -> None:
    with pytest.raises(ValueError, match="at least one process"):
        HeavyPool(0, LIMIT)


# No guard of `__name__`: a pool that ran the main module again would start itself for ever.
PROGRAM = """
import json, sys
from pathlib import Path
from shelfhook.errors import Permanent
from shelfhook.pool import HeavyPool
from tests.pool import labour

def mine():
    return 1

pool = HeavyPool(1, 60)
try:
    pool(mine)
except Permanent as error:
    refused = str(error)
print(json.dumps([refused, pool(abs, -7), sorted(pool.pids)]), flush=True)
if len(sys.argv) > 1:
    pool(labour.hold, Path(sys.argv[1]))
pool.close()
"""
ENVIRONMENT = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}


@pytest.mark.parametrize("way", ["-c", "script", "-m"])
def test_it_works_whatever_the_main_program_is(tmp_path: Path, way: str) -> None:
    (tmp_path / "program.py").write_text(PROGRAM, encoding="utf-8")
    command = {"-c": ["-c", PROGRAM], "script": ["program.py"], "-m": ["-m", "program"]}[way]

    done = subprocess.run(
        [sys.executable, *command],
        cwd=tmp_path,
        env=ENVIRONMENT,
        capture_output=True,
        text=True,
        timeout=LIMIT,
        check=False,
    )

    assert (done.returncode, done.stderr) == (0, "")
    refused, answer, pids = json.loads(done.stdout)
    assert "lies in the main program" in refused
    assert answer == 7
    assert all(is_gone(pid) for pid in pids)


@pytest.mark.crash
def test_workers_end_when_their_service_is_killed(doors: Callable[[str], Door]) -> None:
    door = doors("door")
    with subprocess.Popen(
        [sys.executable, "-c", PROGRAM, str(door.path)], env=ENVIRONMENT, stdout=subprocess.PIPE
    ) as service:
        assert service.stdout is not None
        pids = json.loads(service.stdout.readline())[2]
        door.wait()  # the worker is at a call
        assert not any(is_gone(pid) for pid in pids)
        service.kill()
    wait_until(lambda: all(is_gone(pid) for pid in pids))
