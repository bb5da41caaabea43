from __future__ import annotations

from pathlib import Path

import pytest

from shelfhook.errors import ConfigurationError
from shelfhook.hosts.options import check_options
from shelfhook.ports import HostOptions


def options(url: str = "http://komga.test", **more: object) -> HostOptions:
    return HostOptions("mine", "komga", url, **more)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "url", ["http://komga.test", "https://komga.test:25600/base/", "http://[::1]:80", "http://k"]
)
def test_a_url_with_or_without_port_and_path_is_fine(url: str) -> None:
    check_options(options(url))


@pytest.mark.parametrize(
    ("url", "fault"),
    [
        ("", "must begin with"),
        ("komga.test:25600", "must begin with"),
        ("ftp://komga.test", "must begin with"),
        ("http://", "name a host"),
        ("http://komga.test:port", "must begin with"),
        ("http://user:s3cret@komga.test", "no user or password"),
        ("http://komga.test/?key=s3cret", r"neither \? nor #"),
    ],
)
def test_a_url_that_cannot_be_used_is_refused_and_not_repeated(url: str, fault: str) -> None:
    with pytest.raises(ConfigurationError, match=fault) as caught:
        check_options(options(url))
    assert str(caught.value).startswith("host mine: ")
    assert "s3cret" not in str(caught.value)


def test_a_proxy_of_another_kind_is_refused_without_its_password() -> None:
    with pytest.raises(ConfigurationError, match="the proxy must begin with http://") as caught:
        check_options(options(proxy="socks5://user:s3cret@proxy.test"))
    assert "s3cret" not in str(caught.value)


def test_a_ca_file_must_be_there(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"there is no CA file .*/ca\.pem"):
        check_options(options(verify=str(tmp_path / "ca.pem")))


def test_every_fault_is_told_at_once() -> None:
    with pytest.raises(ConfigurationError) as caught:
        check_options(options("nonsense", proxy="nonsense", verify="/no/such/file"))
    assert len(caught.value.faults) == 3
