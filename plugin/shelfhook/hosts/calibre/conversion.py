"""The server's own conversion of a book into another format."""

from __future__ import annotations

import threading
from contextlib import suppress

from shelfhook.errors import Gone, HostDown, Permanent, ShelfhookError, Transient
from shelfhook.hosts.calibre import mapping, routes, writing
from shelfhook.hosts.calibre.documents import CALIBRE, Record, the_object
from shelfhook.hosts.calibre.ids import BookId
from shelfhook.hosts.calibre.paging import Ask
from shelfhook.hosts.values import reading
from shelfhook.ports import Clock

COMMAND = "convert-format"
"""The command: to the format that the server prefers, or with `:` and a format to that one."""
LONGEST = 240.0
"""Seconds that a conversion may take: an item of a job has 300. A comic of 3 pages takes 2."""
_PAUSE = 1.0


def is_convert(command: str) -> bool:
    """Whether a command is one for here."""
    return command == COMMAND or (command.startswith(f"{COMMAND}:") and bool(_format(command)))


def convert(ask: Ask, book_id: BookId, command: str, clock: Clock, closed: threading.Event) -> None:
    """Convert a book and wait for it. A book that has the format already is left as it is.

    The server adds the new file when it is asked for the first time after the conversion has ended,
    and forgets a conversion that nobody asks for, so this must wait.

    Raises:
        Gone: the book is not there.
        Permanent: it cannot be converted.
        Transient: it took too long, or the server has restarted.
    """
    files = mapping.files_of(writing.find(ask, book_id))
    try:
        _convert(ask, book_id, set(files), _format(command), clock, closed)
    except Gone as error:  # the job is, or else the book: then the next attempt says so
        raise Transient(f"the conversion of book {book_id} was lost: {error}") from error


def _convert(
    ask: Ask, book_id: BookId, files: set[str], wish: str, clock: Clock, closed: threading.Event
) -> None:
    sources, targets = _possible(the_object(ask(routes.conversion_data(book_id))))
    target = wish or next(iter(targets), "")
    if target in files:
        return
    if target not in targets:
        raise Permanent(f"Calibre cannot convert to {target}, but to {', '.join(targets)}")
    source = mapping.preferred(files & sources)
    if not source:
        raise Permanent(f"book {book_id} has no file that Calibre can convert")
    with reading(CALIBRE):
        job = int(ask(routes.start_conversion(book_id, source, target)))  # type: ignore[arg-type] # what is no number is caught
    _wait(ask, book_id, job, clock, closed)


def _wait(ask: Ask, book_id: BookId, job: int, clock: Clock, closed: threading.Event) -> None:
    until = clock.monotonic() + LONGEST
    while True:
        told = the_object(ask(routes.conversion_status(book_id, job)))
        if not told.get("running"):
            _check(book_id, told)
            return
        if clock.monotonic() >= until:
            _abort(ask, book_id, job)
            raise Transient(f"the conversion of book {book_id} took over {LONGEST:g} s")
        if clock.wait(closed, _PAUSE):
            raise HostDown("Shelfhook has closed its connections")


def _check(book_id: BookId, told: Record) -> None:
    if told.get("ok") is True:
        return
    lines = str(told.get("traceback") or told.get("log") or "it does not say why").splitlines()
    last = next((line.strip() for line in reversed(lines) if line.strip()), "")
    raise Permanent(f"Calibre could not convert book {book_id}: {last[:300]}")


def _abort(ask: Ask, book_id: BookId, job: int) -> None:
    with suppress(ShelfhookError):  # it ends by itself, too
        ask(routes.conversion_status(book_id, job, abort=True))


def _format(command: str) -> str:
    return command.partition(":")[2].strip().upper()


def _possible(told: Record) -> tuple[set[str], list[str]]:
    with reading(CALIBRE):
        sources = {str(one).upper() for one in told["input_formats"]}
        return sources, [str(one).upper() for one in told["output_formats"]]
