from __future__ import annotations

import ipaddress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shelfhook.rules.callbacks import address_fault, entry, fault, target

ADDRESS = ipaddress.ip_address
LAN = ("n8n.lan", "192.168.1.0/24:5678", "[fd00::/8]")

ALLOWED = [
    (LAN, "http://n8n.lan:5678/webhook/x?y=z"),
    (LAN, "https://N8N.LAN./x"),
    (LAN, "http://192.168.1.9:5678/x"),
    (LAN, "http://[fd00::7]:9000/x"),
    (["hooks.example.org"], "https://hooks.example.org/x"),
    (["http://hooks.example.org"], "http://hooks.example.org/x"),
    (["127.0.0.1"], "http://127.0.0.1:81/x"),
    (["127.0.0.0/8"], "http://[::ffff:127.0.0.1]/x"),
    (["169.254.7.7"], "http://169.254.7.7/x"),
    (["8.8.8.8"], "https://8.8.8.8/x"),
]


@pytest.mark.parametrize(("allow", "url"), ALLOWED)
def test_what_the_list_names_may_be_called(allow: list[str], url: str) -> None:
    assert fault([entry(one) for one in allow], target(url)) == ""


REFUSED = [
    ([], "https://n8n.lan/x", "callbacks are not allowed"),
    (LAN, "https://n8n.lan.evil.example/x", "not in callbacks.allow"),
    (LAN, "https://evil.example/?n8n.lan", "not in callbacks.allow"),
    (LAN, "http://192.168.1.9/x", "not in callbacks.allow"),
    (LAN, "http://192.168.2.9:5678/x", "not in callbacks.allow"),
    (["0.0.0.0/0"], "https://169.254.169.254/x", "this machine's own or reserved"),
    (["0.0.0.0/0"], "http://127.0.0.1/x", "this machine's own or reserved"),
    (["0.0.0.0/0"], "https://[::ffff:169.254.169.254]/x", "this machine's own or reserved"),
    (["::/0"], "https://[::ffff:127.0.0.1]/x", "this machine's own or reserved"),
    (["::/0"], "https://[64:ff9b::a9fe:a9fe]/x", "this machine's own or reserved"),
    (["::/0"], "https://[fe80::1]/x", "this machine's own or reserved"),
    (["0.0.0.0/0"], "http://8.8.8.8/x", "readable over the internet"),
    (["http://n8n.lan"], "https://n8n.lan/x", "with http:// only"),
]


@pytest.mark.parametrize(("allow", "url", "told"), REFUSED)
def test_what_it_does_not_name_is_refused(allow: list[str], url: str, told: str) -> None:
    assert told in fault([entry(one) for one in allow], target(url))


NO_URLS = [
    ("", "write it like"),
    ("n8n.lan/x", "write it like"),
    ("ftp://n8n.lan/x", "write it like"),
    ("http:///x", "write it like"),
    ("http://n8n.lan:0/x", "port is 0"),
    ("http://n8n.lan:99999/x", "write it like"),
    ("http://[::1/x", "write it like"),
    ("http://me@n8n.lan/x", "user name"),
    ("http://me:hunter2@n8n.lan/x", "user name"),
    ("http://n8n.lan\\@evil.example/x", "backslashes"),
    ("http://n8n.lan/a b", "without spaces"),
    ("http://n8n.lan/\r\nX: y", "without spaces"),
    ("http://\uff4e8n.lan/x", "in ASCII"),
    ("http://n8n.lan/x#y", "after #"),
    ("http://2130706433/x", "four decimal numbers"),
    ("http://0x7f.0.0.1/x", "four decimal numbers"),
    ("http://0177.0.0.1/x", "four decimal numbers"),
    ("http://127.1/x", "four decimal numbers"),
    ("http://[fe80::1%25eth0]/x", "zone"),
    ("http://n8n.lan/" + "x" * 3000, "2048"),
]


@pytest.mark.parametrize(("url", "told"), NO_URLS)
def test_what_is_no_plain_url_is_refused_without_repeating_it(url: str, told: str) -> None:
    with pytest.raises(ValueError, match=told) as caught:
        target(url)
    assert "hunter2" not in str(caught.value)
    assert "evil" not in str(caught.value)


BY_ADDRESS = [
    ("n8n.lan", "http://n8n.lan/", "192.168.1.5", ""),
    ("n8n.lan", "http://n8n.lan/", "fd00::5", ""),
    ("n8n.lan", "http://n8n.lan/", "8.8.8.8", "readable over the internet"),
    ("n8n.lan", "https://n8n.lan/", "8.8.8.8", ""),
    ("n8n.lan", "https://n8n.lan/", "127.0.0.1", "this machine's own"),
    ("n8n.lan", "https://n8n.lan/", "::1", "this machine's own"),
    ("n8n.lan", "https://n8n.lan/", "::ffff:127.0.0.1", "this machine's own"),
    ("n8n.lan", "https://n8n.lan/", "169.254.169.254", "this machine's own"),
    ("n8n.lan", "https://n8n.lan/", "2002:a9fe:a9fe::", "this machine's own"),
    ("n8n.lan", "https://n8n.lan/", "224.0.0.1", "this machine's own"),
    ("n8n.lan", "https://n8n.lan/", "0.0.0.0", "this machine's own"),
    ("localhost", "http://localhost/", "127.0.0.1", ""),
    ("localhost", "http://localhost/", "169.254.169.254", "this machine's own"),
    ("other.lan", "https://n8n.lan/", "192.168.1.5", "any more"),
]


@pytest.mark.parametrize(("allow", "url", "address", "told"), BY_ADDRESS)
def test_where_a_name_leads_is_judged_too(allow: str, url: str, address: str, told: str) -> None:
    found = address_fault([entry(allow)], target(url), ADDRESS(address))
    assert told in found
    assert bool(found) == bool(told)


def test_a_name_may_lead_to_this_machine_if_the_address_is_named_as_well() -> None:
    allow = [entry("hooks.lan"), entry("127.0.0.1")]
    assert address_fault(allow, target("http://hooks.lan/"), ADDRESS("127.0.0.1")) == ""


@pytest.mark.parametrize(
    "text", ["", "a b", "ftp://x", "n8n.lan:0", "n8n.lan:x", "1.2.3", "0x7f000001", "-a.lan", "*"]
)
def test_an_entry_that_is_none_is_said_to_be_none(text: str) -> None:
    with pytest.raises(ValueError, match=r"write|give"):
        entry(text)


@given(st.text(max_size=60))
def test_no_text_makes_it_fail_otherwise(text: str) -> None:
    for read in (entry, target, lambda one: target(f"http://{one}/x")):
        try:
            read(text)
        except ValueError as error:
            assert str(error)
