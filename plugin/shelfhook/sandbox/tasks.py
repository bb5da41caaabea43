"""The sandbox's task queue: one worker, as Komga has by default."""

import threading
import traceback
from collections import Counter, deque
from collections.abc import Callable
from dataclasses import dataclass

from shelfhook.sandbox.records import JsonObject


class Group:
    """Tasks that belong together: `on_done` is called once, when the last has ended."""

    def __init__(self, on_done: Callable[[], None]) -> None:
        self.on_done = on_done
        self.pending = 0  # guarded by the queue's condition


@dataclass(frozen=True)
class Task:
    """One piece of work; two with the same kind and target are not queued twice."""

    kind: str
    target: str
    run: Callable[[], None]
    group: Group | None


class TaskQueue:
    """First in, first out, by a thread that ends with `close`."""

    def __init__(self) -> None:
        # Guards all below; notified on each change.
        self._changed = threading.Condition()
        self._waiting: deque[Task] = deque()
        self._queued: set[tuple[str, str]] = set()
        self._running: Task | None = None
        self._stuck: Counter[str] = Counter()
        self._paused = False
        self._closed = False
        self.failures: list[str] = []
        # Runs the tasks; ends after the task in hand once `close` was called.
        self._worker = threading.Thread(target=self._work, name="sandbox-tasks", daemon=True)

    def start(self) -> None:
        """Start the worker."""
        self._worker.start()

    def submit(
        self, kind: str, target: str, run: Callable[[], None], group: Group | None = None
    ) -> None:
        """Queue a task, unless the same one waits already."""
        with self._changed:
            if (kind, target) in self._queued:
                return
            self._queued.add((kind, target))
            self._waiting.append(Task(kind, target, run, group))
            if group is not None:
                group.pending += 1
            self._changed.notify_all()

    def clear(self) -> int:
        """Throw away what waits; the task in hand runs on. Give how many were thrown away."""
        with self._changed:
            dropped = list(self._waiting)
            self._waiting.clear()
            self._queued.clear()
            self._stuck.clear()
            finished = [group for task in dropped if (group := self._leave(task)) is not None]
            self._changed.notify_all()
        for group in finished:
            group.on_done()
        return len(dropped)

    def counts(self) -> JsonObject:
        """Give TaskQueueStatus's payload."""
        with self._changed:
            kinds = Counter(task.kind for task in self._waiting)
            if self._running is not None:
                kinds[self._running.kind] += 1
            kinds.update(self._stuck)
            return {"count": kinds.total(), "countByType": dict(kinds)}

    def control(self, *, paused: bool | None, stuck: dict[str, int] | None) -> None:
        """Pause or resume the worker; pretend that tasks of some kinds never end."""
        with self._changed:
            if paused is not None:
                self._paused = paused
            if stuck is not None:
                self._stuck = Counter(stuck)
            self._changed.notify_all()

    def wait_idle(self, timeout: float) -> bool:
        """Wait until nothing waits or runs; say whether that came true."""
        with self._changed:
            return self._changed.wait_for(
                lambda: not self._waiting and self._running is None, timeout
            )

    def close(self) -> None:
        """Let the task in hand end, then the worker."""
        with self._changed:
            self._closed = True
            self._waiting.clear()
            self._changed.notify_all()
        if self._worker.ident is not None:
            self._worker.join(10)

    def _work(self) -> None:
        while (task := self._next()) is not None:
            try:
                task.run()
            except Exception:  # noqa: BLE001 - the thread's root: recorded, the next task runs
                self.failures.append(traceback.format_exc())
            with self._changed:
                finished = self._leave(task)
            if finished is not None:
                finished.on_done()
            with self._changed:
                self._running = None
                self._changed.notify_all()

    def _next(self) -> Task | None:
        with self._changed:
            self._changed.wait_for(lambda: self._closed or (self._waiting and not self._paused))
            if self._closed:
                return None
            task = self._waiting.popleft()
            self._queued.discard((task.kind, task.target))
            self._running = task
            return task

    def _leave(self, task: Task) -> Group | None:
        """Count a task out of its group; give the group if it was the last one."""
        if task.group is None:
            return None
        task.group.pending -= 1
        return task.group if task.group.pending == 0 else None
