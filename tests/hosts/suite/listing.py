"""Libraries and their items, page by page."""

from __future__ import annotations

import tracemalloc
from pathlib import Path

import pytest

from shelfhook.errors import ShelfhookError
from shelfhook.ports import Host
from tests.hosts.relay import Relay
from tests.hosts.shelf import Shelf
from tests.hosts.suite.base import Base, Connect


class Listing(Base):
    """Promises of `libraries` and `pages`."""

    def test_its_libraries_have_names_and_ids_of_their_own(self, shelf: Shelf, host: Host) -> None:
        found = host.libraries()
        ids = [one.id for one in found]
        assert shelf.library in ids
        assert len(set(ids)) == len(ids)
        assert all(one.name and one.id for one in found)

    @pytest.mark.parametrize("size", [1, 3, 7, 1_000])
    def test_pages_of_any_size_give_each_item_once_in_one_order(
        self, shelf: Shelf, host: Host, size: int
    ) -> None:
        pages = list(host.pages(shelf.library, size=size))
        assert all(0 < len(page.refs) <= size for page in pages)
        found = [ref.id for page in pages for ref in page.refs]
        assert sorted(found) == sorted(shelf.books())
        assert {page.total for page in pages} <= {None, len(found)}
        again = [ref.id for page in host.pages(shelf.library, size=1_000) for ref in page.refs]
        assert again == found

    def test_a_listing_tells_what_the_item_tells(self, shelf: Shelf, host: Host) -> None:
        refs = [ref for page in host.pages(shelf.library, size=100) for ref in page.refs]
        for ref in refs[:5] + refs[-5:]:
            item = host.item(ref.id)
            told = (ref.id, ref.name, ref.series, ref.series_name)
            assert told == (item.id, item.name, item.series, item.series_name)
            assert ref.fingerprint in ("", item.fingerprint)
            assert ref.status in ("", item.status)

    def test_a_listing_without_fingerprints_gives_the_same_items(
        self, shelf: Shelf, host: Host
    ) -> None:
        def ids(**more: bool) -> list[str]:
            return [one.id for p in host.pages(shelf.library, size=10, **more) for one in p.refs]

        assert ids(fingerprints=False) == ids()

    def test_a_listing_asks_for_a_page_when_it_is_wanted(
        self, shelf: Shelf, host: Host, relay: Relay
    ) -> None:
        if shelf.lists_at_once:
            pytest.skip(shelf.lists_at_once)
        list(host.pages(shelf.library, size=5))  # logs in, if there is such a thing
        relay.requests.clear()
        listing = host.pages(shelf.library, size=5)
        next(listing)
        first = len(relay.requests)
        list(listing)
        assert first <= len(relay.requests) / 2

    def test_a_long_listing_fills_no_memory(self, shelf: Shelf, connect: Connect) -> None:
        count = 2_000
        with shelf.many(count) as large:
            host = connect(large.login(), url=large.url)
            ours = [tracemalloc.Filter(True, str(_folder_of(host) / "*"))]
            held: list[int] = []
            tracemalloc.start()
            try:
                seen = 0
                for page in host.pages(large.library, size=100):
                    seen += len(page.refs)
                    if not held or seen >= count:
                        taken = tracemalloc.take_snapshot().filter_traces(ours)
                        held.append(sum(one.size for one in taken.traces))
            finally:
                tracemalloc.stop()
        assert seen == count
        assert held[-1] - held[0] < 64 * count, "bytes that the adapter keeps of what it has given"

    def test_a_library_that_nobody_knows_gives_nothing(self, host: Host) -> None:
        try:
            found = list(host.pages("0NOSUCHLIBRARY", size=10))
        except ShelfhookError:
            return
        assert found == []


def _folder_of(host: Host) -> Path:
    import inspect

    return Path(inspect.getfile(type(host))).parent
