# SPDX-License-Identifier: GPL-3.0-or-later
"""Events on the disk until Shelfhook has them. Several calibre processes share one folder.

Nothing is locked. An event is a file; it is claimed for a batch by a rename, which only one process
can win. A batch is a folder; once it has its final name nothing comes into it, so its id and the
order of its events are the same for whoever sends it, also after a crash, and Shelfhook drops what
it gets twice.

    1700…-ab12.json   an event               tmp-…      one that is being written
    alone-1700….json  one that goes alone    filling/   a batch that is being made
    scanned-….json    a library's overflow   batch-…/   a batch that is (or will be) sent
                                             sent-…/    one that is being removed
                                             refused-…/ one that Shelfhook cannot understand
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import shutil
import threading
import time
import uuid
from pathlib import Path

from .names import Event, scanned

MOST_EVENTS = 10_000
"""More than these in one folder become one `library.scanned` for each library."""
BATCH = 200
MOST_REFUSED = 20
FORGOTTEN = 3600.0
"""Seconds after which a half-written file belongs to a process that has died."""


class Spool:
    """The events of all calibre processes that share a folder.

    Args:
        folder: made when it is needed.
    """

    def __init__(self, folder: Path, most: int = MOST_EVENTS) -> None:
        self.folder = folder
        self._most = most
        self._guard = threading.Lock()  # guards _counted: calibre adds books in several threads
        self._counted: int | None = None

    # -- events come in --

    def add(self, event: Event) -> None:
        """Keep an event; it is on the disk when this returns.

        Raises:
            OSError: the disk is full or may not be written to.
        """
        self.folder.mkdir(parents=True, exist_ok=True)
        if self._room():
            self._write(f"{time.time_ns():020d}-{uuid.uuid4().hex[:12]}.json", event)
        else:
            self._overflow(event["library"])

    def _room(self) -> bool:
        """Whether another event fits. Other processes' are counted only now and then."""
        with self._guard:
            if self._counted is None or self._counted >= self._most:
                self._counted = len(self._names())
            self._counted += 1
            return self._counted <= self._most

    def _overflow(self, library: str) -> None:
        """One look through the whole library stands for every event that found no room."""
        digest = hashlib.sha256(library.encode("utf-8", "surrogateescape")).hexdigest()[:16]
        name = f"scanned-{digest}.json"
        if not (self.folder / name).exists():
            self._write(name, scanned(library))

    def _write(self, name: str, event: Event) -> None:
        draft = self.folder / f"tmp-{uuid.uuid4().hex}"
        try:
            with draft.open("xb") as file:
                file.write(json.dumps(event).encode())
                file.flush()
                os.fsync(file.fileno())
            draft.replace(self.folder / name)
        except OSError:
            with contextlib.suppress(OSError):
                draft.unlink()
            raise
        _sync(self.folder)

    # -- batches go out --

    def next_batch(self) -> Path | None:
        """The oldest batch; made of the oldest events if there is none."""
        if not self._batches():
            self._fill()
        return next(iter(self._batches()), None)

    def _batches(self) -> list[Path]:
        return self._folders("batch-")

    def _fill(self) -> None:
        names = self._names()
        filling = self.folder / "filling"  # one that a crash has left is gone on with
        if names:
            # `exist_ok` fails if another process closes the batch in this very moment.
            with contextlib.suppress(FileExistsError):
                filling.mkdir()
        for name in _together(names):
            # Another process has claimed it, or has closed this batch: then it stays for the next.
            with contextlib.suppress(FileNotFoundError):
                (self.folder / name).rename(filling / name)
        made = self.folder / f"batch-{time.time_ns():020d}-{uuid.uuid4().hex}"
        with contextlib.suppress(FileNotFoundError):
            filling.rename(made)
            _sync(made)
            _sync(self.folder)

    def read(self, batch: Path) -> list[Event]:
        """The events of a batch in their order; none if another process is done with it.

        A file that is no event (a broken disk makes such) is left out, the same by everybody.
        """
        try:
            raw = [path.read_bytes() for path in sorted(batch.iterdir())]
        except FileNotFoundError:
            return []
        return [event for one in raw if (event := _parsed(one))]

    def done(self, batch: Path) -> None:
        """Forget a batch. It is renamed first: half a batch must never be sent as one."""
        sent = self.folder / batch.name.replace("batch-", "sent-", 1)
        with contextlib.suppress(FileNotFoundError):
            batch.rename(sent)
        shutil.rmtree(sent, ignore_errors=True)

    def split(self, batch: Path) -> None:
        """Send each event of a batch alone from now on: one that is wrong shall not hold others."""
        for path in _listed(batch):
            with contextlib.suppress(FileNotFoundError):
                path.rename(self.folder / f"alone-{path.name}")
        self.done(batch)

    def refuse(self, batch: Path) -> None:
        """Set a batch aside that Shelfhook does not understand; only the latest are kept."""
        with contextlib.suppress(FileNotFoundError):
            batch.rename(self.folder / batch.name.replace("batch-", "refused-", 1))
        for old in self._folders("refused-")[:-MOST_REFUSED]:
            shutil.rmtree(old, ignore_errors=True)

    def tidy(self) -> None:
        """Count anew, and remove what processes that died have left."""
        with self._guard:
            self._counted = None
        for sent in self._folders("sent-"):
            shutil.rmtree(sent, ignore_errors=True)
        for draft in self.folder.glob("tmp-*"):
            with contextlib.suppress(FileNotFoundError):
                if time.time() - draft.stat().st_mtime > FORGOTTEN:
                    draft.unlink()

    # -- what is there --

    def waiting(self) -> int:
        """How many events Shelfhook does not have yet.

        Raises:
            OSError: the folder cannot be read.
        """
        # In the order in which events move, so that one that moves now is rather counted twice.
        events = len(self._names()) + len(_listed(self.folder / "filling"))
        return events + sum(len(_listed(batch)) for batch in self._batches())

    def holds_any(self) -> bool:
        """Whether Shelfhook lacks an event; also True if that cannot be found out."""
        try:
            return self.waiting() > 0
        except OSError:
            return True

    def _names(self) -> list[str]:
        """Files of events: the ordinary ones by age, then those that go alone, then overflows."""
        return sorted(path.name for path in _listed(self.folder) if path.name.endswith(".json"))

    def _folders(self, prefix: str) -> list[Path]:
        return sorted(path for path in _listed(self.folder) if path.name.startswith(prefix))


def _together(names: list[str]) -> list[str]:
    """The first names that may go in one batch."""
    if names and names[0].startswith("alone-"):
        return names[:1]
    return [name for name in names[:BATCH] if not name.startswith("alone-")]


def _listed(folder: Path) -> list[Path]:
    try:
        return list(folder.iterdir())
    except FileNotFoundError:
        return []


def _parsed(raw: bytes) -> Event:
    try:
        event = json.loads(raw)
    except ValueError:
        return {}
    return event if isinstance(event, dict) else {}


def _sync(folder: Path) -> None:
    """Make the names in a folder survive a power cut, where the system can do that."""
    if not hasattr(os, "O_DIRECTORY"):  # Windows
        return
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        with contextlib.suppress(OSError):  # some network disks have no such thing
            os.fsync(descriptor)
    finally:
        os.close(descriptor)
