"""The contract suite against a real calibre-server."""

from __future__ import annotations

import pytest

from shelfhook.ports import Host
from tests.hosts.calibre.shelf import BOOK, PLACE, CalibreShelf
from tests.hosts.contract import HostContract
from tests.support.calibre import PATIENT, Calibre

pytestmark = PATIENT


@pytest.fixture(scope="module")
def shelf(calibre_session: Calibre) -> CalibreShelf:
    calibre_session.start(fresh=("Contract",))
    return CalibreShelf(calibre_session, "Contract")


class TestCalibre(HostContract):
    pass


def test_the_samples_are_all_fields_that_a_book_has(shelf: CalibreShelf, host: Host) -> None:
    assert set(host.item(shelf.books()[0]).fields) == {*BOOK, PLACE}
