"""The key, or a token for it: found out by itself."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from shelfhook.errors import ConfigurationError, Refused
from shelfhook.hosts.kavita import KavitaHost, connect
from shelfhook.hosts.kavita.talk import SHUT
from shelfhook.ports import HostOptions
from tests.hosts.kavita.conftest import a_host
from tests.hosts.shelf import HastyClock
from tests.support.kavita import NEW, OLD, KavitaServer
from tests.support.kavita.world import ADMIN_KEY, PASSWORD, READER_KEY


@pytest.fixture
def fresh(new: KavitaServer) -> Iterator[KavitaHost]:
    found = a_host(new)
    yield found
    found.close()


def test_a_new_kavita_gets_the_key_and_is_never_asked_for_a_token(
    new: KavitaServer, fresh: KavitaHost
) -> None:
    assert fresh.item("1").series_name == "Saga"
    assert new.accounts.logins == 0
    assert all(one.get("x-api-key") == ADMIN_KEY for one in new.seen_headers)


def test_an_old_kavita_gets_a_token_once(old: KavitaServer, host: KavitaHost) -> None:
    for chapter in ("1", "2", "3"):
        host.item(chapter)
    assert old.accounts.logins == 1
    assert "x-api-key" not in old.seen_headers[-1]


def test_a_token_that_has_expired_is_replaced(old: KavitaServer, host: KavitaHost) -> None:
    host.item("1")
    old.accounts.expire()
    assert host.item("1").id == "1"
    assert old.accounts.logins == 2


def test_a_server_that_was_updated_meanwhile_gets_the_key_again(
    old: KavitaServer, host: KavitaHost
) -> None:
    host.item("1")
    old.accounts.version = NEW
    old.accounts.expire()
    host.item("1")
    assert old.accounts.logins == 1


def test_a_server_that_was_set_back_is_asked_for_a_token(
    new: KavitaServer, fresh: KavitaHost
) -> None:
    fresh.item("1")
    new.accounts.version = OLD
    fresh.item("1")
    assert new.accounts.logins == 1


def test_eight_threads_that_meet_an_expired_token_log_in_once(
    old: KavitaServer, host: KavitaHost
) -> None:
    host.item("1")
    old.accounts.expire()
    start = threading.Barrier(8)

    def read() -> str:
        start.wait(10)
        return host.item("1").id

    with ThreadPoolExecutor(8) as pool:
        found = [pool.submit(read) for _ in range(8)]
    assert {one.result() for one in found} == {"1"}
    assert old.accounts.logins == 2


def test_a_user_name_and_a_password_will_do(old: KavitaServer) -> None:
    host = a_host(old, api_key="", username="chief", password=PASSWORD)
    assert host.whoami().admin
    host.close()


def test_a_wrong_key_is_refused_by_its_name(old: KavitaServer) -> None:
    host = a_host(old, api_key="wr0ng")
    with pytest.raises(Refused, match="key or the password is wrong"):
        host.item("1")
    host.close()


@pytest.mark.parametrize(
    "login", [{"username": "chief", "password": "wr0ng"}, {"api_key": "wr0ng"}]
)
def test_a_wrong_login_is_not_tried_for_each_item(old: KavitaServer, login: dict[str, str]) -> None:
    """Kavita would lock the account."""
    clock = HastyClock()
    host = connect(HostOptions("mine", "kavita", old.url, retries=0, **login), clock)  # type: ignore[arg-type] # of a test
    for turn in (1, 2):
        for _ in range(10):
            with pytest.raises(Refused, match="key or the password is wrong"):
                host.item("1")
        tried = [path for _, path, _ in old.sent if "/Account/login" in path]
        assert len(tried) == turn
        clock.skip(SHUT)
    host.close()


def test_who_lacks_a_right_is_refused_without_a_new_token(old: KavitaServer) -> None:
    reader = a_host(old, api_key=READER_KEY)
    assert not reader.whoami().admin
    with pytest.raises(Refused, match="Admin"):
        reader.write("book", "1", {"title": "x"})
    assert old.accounts.logins == 1
    assert reader.check().version == ""
    reader.close()


def test_the_key_stands_in_no_url_and_in_no_text(old: KavitaServer, host: KavitaHost) -> None:
    host.whoami()
    assert all(ADMIN_KEY not in path for _, path in old.requests)
    assert ADMIN_KEY not in repr(host) + repr(host._talk) + repr(host._talk._kavita)


def test_a_key_that_cannot_be_a_header_is_a_fault_of_the_settings(old: KavitaServer) -> None:
    with pytest.raises(ConfigurationError, match="mine: the api_key holds characters"):
        a_host(old, api_key="a\nb")
    with pytest.raises(ConfigurationError, match="give an api_key"):
        a_host(old, api_key="")


def test_check_tells_the_version_to_administrators(old: KavitaServer, host: KavitaHost) -> None:
    found = host.check()
    assert (found.ok, found.version, found.message) == (True, "0.8.3.16", "Kavita 0.8.3.16 answers")
