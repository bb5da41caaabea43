"""What Kavita and Calibre tell of our own writes makes no job: with their ids, asked and heard."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import replace
from pathlib import Path

from shelfhook.bridges.intake import Intake
from shelfhook.clock import SystemClock
from shelfhook.coalesce.coalescer import Coalescer
from shelfhook.coalesce.echoes import ONE_BY_ONE
from shelfhook.hosts import calibre as calibre_host
from shelfhook.hosts import kavita as kavita_host
from shelfhook.model import EventKind, JobState, Outcome, Result, Value
from shelfhook.ports import Asked, Host, HostOptions, Sign, Tiding
from shelfhook.rules import Patience
from shelfhook.rules.scans import Hearing, Waits
from shelfhook.store import Store
from shelfhook.store.entries import Batch
from tests.support.calibre import ADMIN, PASSWORD, PATIENT, Calibre, calibre, calibre_session
from tests.support.clock import FakeClock
from tests.support.engines import make_settings
from tests.support.kavita import NEW, KavitaServer, World
from tests.support.kavita.world import ADMIN_KEY
from tests.support.stores import NOW, job_in, refs

__all__ = ["calibre", "calibre_session"]

QUIET = 5.0
WANTS = ["library.scanned", "item.added", "item.changed"]


class Chain:
    """From what a host tells to jobs: a real adapter, store, intake and coalescer."""

    def __init__(self, host: Host, asked: Asked, library: str, store: Store, folder: Path) -> None:
        self.host, self.asked, self.library, self.store = host, asked, library, store
        self.clock = FakeClock(NOW)
        routines = {"sweep": {"triggers": {"events": WANTS}, "host": "mine"}}
        settings = make_settings(folder, ("mine",), routines)
        patience = Patience(quiet=QUIET, most=60)
        self.intake = Intake("mine", store.cursors, self.clock, Waits(quiet=QUIET, most=60))
        self.coalescer = Coalescer(
            store, settings.routines, {"mine": host}, self.clock, patience, self._held
        )
        self.intake.begin()
        self.intake.listen(Hearing.QUIET)
        self.polls()

    def _held(self, _host: str, library: str) -> bool:
        return self.intake.holds(library)

    def write(self, item_id: str, fields: Mapping[str, Value]) -> None:
        """As a job does it, which foresees how the item will look."""
        before = self.host.item(item_id)
        normal = {k: self.host.normalise("book", k, v) for k, v in fields.items()}
        foreseen = self.host.fingerprint(replace(before, fields={**before.fields, **normal}))
        self.host.write("book", item_id, normal)
        job = job_in(self.store, JobState.RUNNING, routine=f"writer of {item_id}")
        self.store.ledger.add(job.num, 0, refs(item_id))
        result = Result(0, item_id, Outcome.CHANGED, fingerprint=foreseen)
        self.store.ledger.record(Batch(job.num, "mine", [result], self.clock.now())).wait()
        self.store.jobs.move(job.num, JobState.COMPLETED, self.clock.now())

    def polls(self) -> None:
        self.intake.reconcile(self.asked, [self.library])

    def hears(self, *tidings: Tiding) -> None:
        self.intake.hear(tidings)
        self.intake.flush()

    def jobs(self) -> int:
        """How many jobs come of it once all is quiet."""
        made = 0
        for _ in range(4):
            self.clock.advance(70)
            self.intake.settle(self.asked)
            made += len(self.coalescer.tick("mine"))
        assert self.store.inbox.waiting() == []
        return made

    def told(self) -> set[EventKind]:
        return {k for one in self.store.inbox.waiting() for k in self._kinds(one.library)}

    def _kinds(self, library: str) -> set[EventKind]:
        return self.store.inbox.kinds("mine", library)


@contextmanager
def kavita() -> Iterator[tuple[KavitaServer, kavita_host.KavitaHost, str]]:
    world = World(NEW)
    library = world.add_library("Comics")
    world.add_series(library, "Saga", issues=3)
    options = {"url": "", "api_key": ADMIN_KEY}
    with KavitaServer(world) as server:
        options["url"] = server.url
        with closing(
            kavita_host.connect(HostOptions("mine", "kavita", **options), SystemClock())
        ) as host:
            yield server, host, str(library)


def test_a_chapter_that_we_wrote_is_no_news_and_what_the_hub_tells_of_it_an_echo(
    sqlite_store: Store, tmp_path: Path
) -> None:
    with kavita() as (server, host, library):
        chain = Chain(host, host, library, sqlite_store, tmp_path)
        chain.write("1", {"title": " Ours ", "tags": ["b", "a"], "ageRating": 16})
        chain.polls()
        assert chain.told() == set()
        chain.hears(Tiding(Sign.CHANGED, item="1"), Tiding(Sign.CHANGED, library, "1"))
        assert EventKind.ITEM_CHANGED in chain.told()
        assert chain.jobs() == 0
        server.world.chapters[1]["titleName"] = "Somebody else's"
        chain.hears(Tiding(Sign.CHANGED, library, "1"))
        assert chain.jobs() == 1


def test_so_it_is_of_many_chapters_of_which_the_hub_does_not_tell_the_library(
    sqlite_store: Store, tmp_path: Path
) -> None:
    with kavita() as (server, host, library):
        server.world.add_library("Manga")
        more = server.world.add_series(int(library), "More", issues=ONE_BY_ONE + 1)
        chain = Chain(host, host, library, sqlite_store, tmp_path)
        books = [str(one) for one in server.world.chapters][-ONE_BY_ONE - 1 :]
        for book in books:
            chain.write(book, {"summary": f"Ours of {book} in {more}"})
        chain.hears(*[Tiding(Sign.CHANGED, item=book) for book in books])
        assert chain.jobs() == 0


@PATIENT
def test_a_book_that_we_wrote_comes_back_as_news_and_is_an_echo(
    calibre: Calibre, sqlite_store: Store, tmp_path: Path
) -> None:
    options = HostOptions("mine", "calibre", calibre.url, username=ADMIN, password=PASSWORD)
    with closing(calibre_host.connect(options, SystemClock())) as host:
        chain = Chain(host, host, "Comics", sqlite_store, tmp_path)
        books = [f"Comics/{number}" for number in calibre.numbers("Comics")[:3]]
        for book in books:
            chain.write(book, {"title": f" Ours of {book} ", "tags": ["b", "a"], "series": "S [3]"})
        chain.polls()
        assert chain.told() == {EventKind.ITEM_CHANGED}
        assert chain.jobs() == 0
        chain.polls()
        assert chain.told() == set(), "news of it come once"
        calibre.set_fields("Comics", calibre.numbers("Comics")[0], {"title": "Somebody else's"})
        chain.polls()
        assert chain.jobs() == 1
