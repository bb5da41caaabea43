from __future__ import annotations

import pytest

from shelfhook.web.masking import Mask


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("nothing here", "nothing here"),
        ("key=secret-one.", "key=***."),
        ("secret-one-longer secret-one", "*** ***"),
        ("the cat", "the cat"),
        ("postgresql+psycopg://me:pa:ss@db/x", "postgresql+psycopg://***@db/x"),
        ("http://host/path?mail=a@b", "http://host/path?mail=a@b"),
    ],
)
def test_secrets_become_stars(text: str, masked: str) -> None:
    assert Mask(["secret-one", "secret-one-longer", "cat", ""])(text) == masked


def test_without_secrets_nothing_is_masked() -> None:
    assert Mask([])("as it is") == "as it is"
