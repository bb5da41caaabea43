"""The plugin's names are those of the adapter, which must never import it."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from calibre_hook.names import item_id
from shelfhook.hosts.calibre import ids


@given(st.text(min_size=1).filter(lambda text: "/" not in text), st.integers(1, ids.LARGEST))
def test_a_book_is_called_what_the_adapter_calls_it(library: str, number: int) -> None:
    assert ids.read(item_id(library, number)) == ids.BookId(library, number)
    assert str(ids.BookId(library, number)) == item_id(library, number)
