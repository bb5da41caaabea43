"""What `PlainHost` and the helpers around it do by themselves; the rest is the contract suite's."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shelfhook.errors import Gone, Permanent, Refused, Transient
from shelfhook.hosts.plain import PlainHost
from shelfhook.hosts.values import an_object, digest, objects, reading, text, words
from shelfhook.model import Account, Item, ItemRef, Library
from shelfhook.ports import Host, HostOptions
from tests.support.clock import FakeClock


class Shelf(PlainHost):
    kind = "shelf"
    whoami_raises: Exception | None = None
    listed: Sequence[Item | ItemRef] = ()

    def whoami(self) -> Account:
        if self.whoami_raises is not None:
            raise self.whoami_raises
        return Account("me", admin=True)

    def libraries(self) -> Sequence[Library]:
        return [Library("one", "One")]

    def books(self, library: str, size: int) -> Iterable[Item | ItemRef]:
        return self.listed

    def book(self, book_id: str) -> Item:
        return Item(book_id, f"{book_id}.cbz", "one", fields={"title": " A ", "tags": "b,a"})


class Writes(Shelf):
    capabilities = frozenset({"write-book"})
    fields = {"title": text, "tags": words(",")}  # noqa: RUF012 - as the page for authors says

    def __init__(self, *arguments: Any) -> None:
        super().__init__(*arguments)
        self.written: list[tuple[str, Any]] = []

    def put(self, book_id: str, fields: Any) -> None:
        self.written.append((book_id, fields))


def make(kind: type[Shelf] = Shelf) -> Any:
    return kind(HostOptions("mine", "shelf", "http://shelf.test"), FakeClock())


@pytest.fixture
def host() -> Iterator[Any]:
    host = make()
    yield host
    host.close()


@pytest.fixture
def writes() -> Iterator[Any]:
    host = make(Writes)
    yield host
    host.close()


def test_it_is_a_host(host: Any) -> None:
    plain: Host = host
    assert (plain.name, plain.kind, repr(plain)) == ("mine", "shelf", "<Shelf mine>")


@pytest.mark.parametrize(
    ("error", "well"),
    [(None, True), (Refused("no"), True), (Transient("away"), False), (Permanent("?"), False)],
    ids=str,
)
def test_check_tells_whether_it_answers(host: Any, error: Exception | None, well: bool) -> None:
    host.whoami_raises = error
    found = host.check()
    assert found.ok is well
    assert found.message == (str(error) if error else "shelf answers")


def test_what_it_does_not_know_it_says(host: Any) -> None:
    assert list(host.series_marks("one")) == []
    assert host.lock("book", "title") == ""
    assert host.backlog(1.0) is None
    assert host.overloads() == 0
    for call in (lambda: host.series("x"),):
        with pytest.raises(Gone, match="knows no series"):
            call()
    with pytest.raises(Permanent, match="no command 'analyze'"):
        host.command("book", "x", "analyze")
    with pytest.raises(Permanent, match="cannot write a book"):
        host.write("book", "x", {"title": "A"})


def test_a_book_that_comes_again_on_the_next_page_is_given_once(host: Any) -> None:
    host.listed = [ItemRef(one, one) for one in ("a", "b", "b", "c", "d")]
    pages = [[ref.id for ref in page.refs] for page in host.pages("one", size=2)]
    assert pages == [["a", "b"], ["c"], ["d"]]


def test_a_page_of_nothing_new_is_left_out(host: Any) -> None:
    host.listed = [ItemRef(one, one) for one in ("a", "a", "b")]
    assert [page.refs[0].id for page in host.pages("one", size=1)] == ["a", "b"]


def test_a_whole_item_in_a_listing_has_its_fingerprint(writes: Any) -> None:
    writes.listed = [writes.book("a"), ItemRef("b", "b.cbz")]
    (page,) = writes.pages("one", size=10)
    assert [ref.fingerprint for ref in page.refs] == [writes.item("a").fingerprint, ""]
    (bare,) = writes.pages("one", size=10, fingerprints=False)
    assert {ref.fingerprint for ref in bare.refs} == {""}


def test_an_item_is_given_in_its_normal_form(writes: Any) -> None:
    item = writes.item("a")
    assert item.fields == {"title": "A", "tags": ["a", "b"]}
    assert writes.fingerprint(item) == item.fingerprint
    assert writes.fingerprint(replace(item, fields=writes.book("a").fields)) == item.fingerprint


def test_what_is_put_is_normal_and_known(writes: Any) -> None:
    writes.write("book", "a", {"tags": ["x", "y, x"]})
    assert writes.written == [("a", {"tags": ["x", "y"]})]
    with pytest.raises(Permanent, match="no field 'a', 'z' to write"):
        writes.write("book", "a", {"z": 1, "title": "A", "a": 2})
    with pytest.raises(Permanent, match="cannot write a series"):
        writes.write("series", "a", {"title": "A"})
    assert len(writes.written) == 1


@given(st.lists(st.text()), st.sampled_from(["", ",", "; "]))
def test_words_are_their_own_normal_form(many: list[str], separator: str) -> None:
    normal = words(separator)
    once = normal(many)
    assert normal(once) == once
    assert isinstance(once, list)
    if separator:
        assert normal(separator.join(once)) == once


@pytest.mark.parametrize("odd", [1, True, ["a"], {"a": 1}, [None, 1], [["a"]]])
def test_what_is_no_text_is_refused(odd: Any) -> None:
    with pytest.raises(Permanent, match="is no text"):
        words()(odd) if isinstance(odd, list) and odd != ["a"] else text(odd)


@pytest.mark.parametrize("nothing", [None, "", [], [None], " "])
def test_nothing_is_no_word(nothing: Any) -> None:
    assert words(",")(nothing) == []


@pytest.mark.parametrize("document", [None, 1, "x", [1], [[]], {"a": 1}])
def test_a_document_that_is_no_list_of_objects_asks_whether_it_is_the_right_host(
    document: Any,
) -> None:
    asks = r"lacks what shelf promises .* the right base URL"
    with pytest.raises(Permanent, match=asks), reading("shelf"):
        objects(document)


def test_a_document_is_read() -> None:
    with reading("shelf"):
        assert an_object({"a": 1}) == {"a": 1}
        assert objects([{"a": 1}]) == [{"a": 1}]
    with pytest.raises(Permanent, match="KeyError"), reading("shelf"):
        an_object({})["a"]


def test_reading_leaves_our_own_errors_alone() -> None:
    with pytest.raises(Gone), reading("shelf"):
        raise Gone("it is not there")


def test_a_digest_knows_no_order_of_keys() -> None:
    assert digest({"a": 1, "b": 2}) == digest({"b": 2, "a": 1}) != digest({"a": 1, "b": 3})
