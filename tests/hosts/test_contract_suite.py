"""The contract suite finds what is wrong with an adapter: each fault has a test that fails."""

from __future__ import annotations

import inspect
import itertools
from collections.abc import Iterator
from dataclasses import replace
from typing import Any, ClassVar

import pytest

from shelfhook.errors import Permanent
from shelfhook.hosts.calls import Call, request
from shelfhook.hosts.client import Client
from shelfhook.hosts.dialects import PlainDialect
from shelfhook.hosts.values import words
from shelfhook.model import HostCheck
from tests.hosts.contract import HostContract
from tests.hosts.suite.base import Base
from tests.hosts.suite.failing import NONSENSE
from tests.hosts.suite.reading import UNKNOWN_IDS
from tests.hosts.test_write_a_host_page import adapter
from tests.hosts.tinyshelf import Tinyshelf, TinyshelfShelf

Good: Any = adapter()
COUNT = itertools.count()


class WritesOnlyWhatItIsGiven(Good):
    def put(self, book_id: str, fields: Any) -> None:
        form = {"title": fields.get("title", ""), "tags": ", ".join(fields.get("tags", []))}
        self.client.ask(request("PUT", "/api/books/{book}", {"book": book_id}, form=form))


class Remembers(Good):
    def item(self, item_id: str) -> Any:
        known = self.__dict__.setdefault("known", {})
        return known.setdefault(item_id, super().item(item_id))


class DoesNotTrim(Good):
    fields: ClassVar = {**Good.fields, "title": lambda value: value or ""}


class NeverAgrees(Good):
    fields: ClassVar = {**Good.fields, "title": lambda value: f"{value}!"}


class KnowsNoCommas(Good):
    fields: ClassVar = {**Good.fields, "tags": words()}


class ListsTwice(Good):
    def books(self, library: str, size: int) -> Any:
        yield from super().books(library, size)
        yield from super().books(library, size)


class ListsAllAtOnce(Good):
    def books(self, library: str, size: int) -> Any:
        return list(super().books(library, size))


class KeepsAll(Good):
    def books(self, library: str, size: int) -> Any:
        kept = self.__dict__.setdefault("kept", [])
        for book in super().books(library, size):
            kept.append([book] * 20)
            yield book


class CallsNothingGone(Good):
    def book(self, book_id: str) -> Any:
        try:
            return super().book(book_id)
        except Exception as error:
            raise Permanent("it did not work") from error


class DoesNotQuote(Good):
    def book(self, book_id: str) -> Any:
        call = Call("GET", f"/api/books/{book_id}", "/api/books/{book}", entity="book")
        return super().book(self.client.ask(call)["id"])


class TrustsEveryAnswer(Good):
    def libraries(self) -> Any:
        return [one["id"] for one in self.client.ask(request("GET", "/api/shelves"))]


class CheckRaises(Good):
    def check(self) -> HostCheck:
        return HostCheck(True, str(self.whoami()))


class CheckIsAlwaysGlad(Good):
    def check(self) -> HostCheck:
        return HostCheck(True, "all is well")


class MovesByItself(Good):
    def file_mark(self, item: Any) -> Any:
        return next(COUNT)


class SeesNoFile(Good):
    def file_mark(self, item: Any) -> Any:
        return item.name


class PutsFieldsIntoTheFirstPart(Good):
    def file_mark(self, item: Any) -> Any:
        return [item.name, str(item.fields)]


class TellsItsKey(Good):
    def __init__(self, options: Any, clock: Any) -> None:
        super().__init__(options, clock)
        self.key = options.api_key

    def __repr__(self) -> str:
        return f"<host with {self.key}>"


class CallsAtOnce(Good):
    def __init__(self, options: Any, clock: Any) -> None:
        super().__init__(options, clock)
        self.whoami()


class OverlooksFields(Good):
    def write(self, entity: str, entity_id: str, fields: Any) -> None:
        known = {name: value for name, value in fields.items() if name in self.fields}
        super().write(entity, entity_id, known)


class TakesEveryCommand(Good):
    def command(self, entity: str, entity_id: str, command: str) -> None:
        self.whoami()


class NeverCloses(Good):
    def close(self) -> None:
        """Forget to."""


class TrustsEverybody(Good):
    def __init__(self, options: Any, clock: Any) -> None:
        super().__init__(replace(options, url=options.url.replace("https:", "http:")), clock)


class LosesTheBasePath(Good):
    def __init__(self, options: Any, clock: Any) -> None:
        root = "/".join(options.url.split("/")[:3])
        super().__init__(replace(options, url=root + "/tiny"), clock)


class DownloadsCarelessly(Good):
    def download(self, item_id: str, target: Any) -> None:
        target.write_bytes(b"")
        target.write_bytes(self.client.fetch(request("GET", f"/api/books/{item_id}/file")))


class HasAWordOfItsOwn(Good):
    capabilities = frozenset({"write-books"})


class NeedsNoLogin(Good):
    def login(self, options: Any) -> Any:
        return {"Authorization": f"Bearer {options.api_key}"}


class KnowsBetterThanItsBreaker(Good):
    def down_until(self) -> Any:
        return None


class NeverRetries(Good):
    def __init__(self, options: Any, clock: Any) -> None:
        super().__init__(options, clock)
        options = replace(options, retries=0)
        self.client = Client(options, PlainDialect(options, self.login(options)), clock)


class ReadsAndWritesAlone(Good):
    """Two of its writers read the same state; which of them loses is a matter of luck."""

    def write(self, entity: str, entity_id: str, fields: Any) -> None:
        seen = self.__dict__.setdefault("seen", self.item(entity_id).fields)
        super().write(entity, entity_id, {**seen, **fields})


NONSENSE_TEST = "test_nonsense_is_an_error_of_ours_and_nothing_worse"
PATIENCE_TEST = "test_a_host_that_asks_for_patience_is_asked_again"
FAULTS: list[tuple[Any, str, dict[str, Any]]] = [
    (WritesOnlyWhatItIsGiven, "test_a_write_changes_what_it_names_and_nothing_else", {}),
    (Remembers, "test_an_item_is_read_fresh", {"entity": "book"}),
    (DoesNotTrim, "test_what_was_written_reads_as_its_normal_form_and_is_foreseen", {}),
    (NeverAgrees, "test_a_normal_form_is_its_own", {}),
    (KnowsNoCommas, "test_what_was_written_reads_as_its_normal_form_and_is_foreseen", {}),
    (ListsTwice, "test_pages_of_any_size_give_each_item_once_in_one_order", {"size": 3}),
    (ListsAllAtOnce, "test_a_listing_asks_for_a_page_when_it_is_wanted", {}),
    (KeepsAll, "test_a_long_listing_fills_no_memory", {}),
    (CallsNothingGone, "test_what_nobody_knows_is_gone", {"unknown": UNKNOWN_IDS["plain"]}),
    (CallsNothingGone, "test_what_was_removed_is_gone", {}),
    (DoesNotQuote, "test_an_id_is_never_taken_apart", {"odd": "{}?x=1"}),
    (TrustsEveryAnswer, NONSENSE_TEST, {"nonsense": NONSENSE["wrong types"]}),
    (CheckRaises, "test_a_host_that_is_down_is_down_until_it_is_up", {}),
    (CheckRaises, "test_after_close_every_call_says_so", {}),
    (CheckIsAlwaysGlad, "test_a_host_that_is_down_is_down_until_it_is_up", {}),
    (MovesByItself, "test_an_item_is_read_fresh", {"entity": "book"}),
    (SeesNoFile, "test_another_file_is_another_fingerprint_with_the_same_end", {}),
    (
        PutsFieldsIntoTheFirstPart,
        "test_what_was_written_reads_as_its_normal_form_and_is_foreseen",
        {},
    ),
    (TellsItsKey, "test_no_text_of_the_adapter_tells_a_secret", {}),
    (CallsAtOnce, "test_to_connect_calls_nobody", {}),
    (OverlooksFields, "test_fields_that_are_not_known_pass_normalise_and_are_refused_by_write", {}),
    (TakesEveryCommand, "test_a_command_that_nobody_knows_is_never_sent", {}),
    (TakesEveryCommand, "test_a_command_that_is_declared_works", {"command": "analyze"}),
    (NeverCloses, "test_after_close_every_call_says_so", {}),
    (TrustsEverybody, "test_a_certificate_of_an_own_authority_is_taken_when_it_is_named", {}),
    (LosesTheBasePath, "test_it_lives_under_any_base_path", {}),
    (DownloadsCarelessly, "test_a_download_that_breaks_off_leaves_no_file", {}),
    (HasAWordOfItsOwn, "test_its_capabilities_are_words_that_shelfhook_knows", {}),
    (NeedsNoLogin, "test_without_a_login_or_a_url_nothing_is_made", {}),
    (KnowsBetterThanItsBreaker, "test_a_host_that_is_down_is_down_until_it_is_up", {}),
    (
        NeverRetries,
        PATIENCE_TEST,
        {"status": "502 Bad", "overload": False},
    ),
    (ReadsAndWritesAlone, "test_eight_threads_write_one_book_and_lose_nothing", {}),
]


class TestTheSuite(Base):
    @pytest.fixture
    def shelf(self, request: pytest.FixtureRequest) -> Iterator[TinyshelfShelf]:
        with Tinyshelf() as server:
            yield TinyshelfShelf(server, request.param)

    @pytest.mark.parametrize(
        ("shelf", "test", "more"),
        FAULTS,
        ids=[f"{fault.__name__}-{test}" for fault, test, _ in FAULTS],
        indirect=["shelf"],
    )
    def test_a_fault_is_found(
        self, request: pytest.FixtureRequest, shelf: Any, test: str, more: dict[str, Any]
    ) -> None:
        run(request, test, more)


def run(request: pytest.FixtureRequest, test: str, more: dict[str, Any]) -> None:
    method = getattr(HostContract(), test)
    names = [name for name in inspect.signature(method).parameters if name not in more]
    given = {name: request.getfixturevalue(name) for name in names}
    with pytest.raises((Exception, pytest.fail.Exception)):  # not a skip
        method(**given, **more)
