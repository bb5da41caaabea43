"""Which URLs may be called back: only hosts of the allow-list, and never where a name leads astray.

A URL that somebody gives us makes our machine open a connection, perhaps to what only our machine
can reach (server-side request forgery). So it is judged twice: as it is written, when a job is
made, and by the address it has come to, when a message is sent.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias
from urllib.parse import urlsplit

Address: TypeAlias = ipaddress.IPv4Address | ipaddress.IPv6Address
Network: TypeAlias = ipaddress.IPv4Network | ipaddress.IPv6Network

LONGEST_URL: Final = 2048
NAME: Final = re.compile(r"(?!-)[a-z0-9_-]{1,63}(?<!-)(\.(?!-)[a-z0-9_-]{1,63}(?<!-))*")
NUMERIC: Final = re.compile(r"(0x[0-9a-f]*|[0-9]+)")
"""A last label like this makes resolvers read the whole name as an address."""
PORTS: Final = {"http": 80, "https": 443}
NAT64: Final = ipaddress.IPv6Network("64:ff9b::/96")
INNER: Final = ("localhost",)
"""Names that mean this machine."""
REFUSED_SPACE: Final = re.compile(r"[\s\x00-\x1f\x7f\\]")


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry of the allow-list.

    Attributes:
        scheme: "" for https everywhere, and http to private addresses.
        name: a host's name; "" if `network` says it.
        port: None for any.
    """

    scheme: str
    name: str
    network: Network | None
    port: int | None


@dataclass(frozen=True, slots=True)
class Target:
    """A URL in its parts.

    Attributes:
        host: name in small letters, or the address.
        address: the address, if the URL names one.
        path: with the query; what stands in the request's first line.
    """

    scheme: str
    host: str
    address: Address | None
    port: int
    path: str

    @property
    def receiver(self) -> str:
        """Host and port, as the header Host has it for a port that is not the usual one."""
        return f"{bracketed(self.host)}:{self.port}"


def bracketed(host: str) -> str:
    """An IPv6 address between its brackets; all else as it is."""
    return f"[{host}]" if ":" in host else host


def entry(text: str) -> Entry:
    """Read an entry: `n8n.lan`, `n8n.lan:5678`, `192.168.1.0/24:5678`, `[fd00::/8]:80`,
    `http://hooks.example.org`.

    Raises:
        ValueError: it is none; the message says what to write.
    """
    scheme, separator, rest = text.strip().lower().rpartition("://")
    if separator and scheme not in PORTS:
        raise ValueError(f"'{text}': give http:// or https:// before the host, or nothing")
    host, port = _host_and_port(rest, text)
    network = _network(host)
    if network is None and not _is_name(host):
        raise ValueError(
            f"'{text}' is no host; write a name, an address or a network, such as n8n.lan,"
            " 192.168.1.5:5678 or 192.168.1.0/24"
        )
    return Entry(scheme, "" if network is not None else host.rstrip("."), network, port)


def _host_and_port(text: str, whole: str) -> tuple[str, int | None]:
    host, port = text, ""
    if text.startswith("["):
        host, _, rest = text[1:].partition("]")
        port = rest.removeprefix(":")
    elif text.count(":") == 1:
        host, _, port = text.partition(":")
    if port and not (port.isascii() and port.isdigit() and 0 < int(port) <= 65_535):
        raise ValueError(f"'{whole}': the port is none; write it like n8n.lan:5678")
    return host, int(port) if port else None


def _network(host: str) -> Network | None:
    try:
        return ipaddress.ip_network(host, strict=False)
    except ValueError:
        return None


def _is_name(host: str) -> bool:
    host = host.rstrip(".")
    plain = len(host) <= 253 and NAME.fullmatch(host) is not None
    return plain and NUMERIC.fullmatch(host.rpartition(".")[2]) is None


def target(url: str) -> Target:
    """Take a URL apart.

    Raises:
        ValueError: it is not one that we would call; the message repeats nothing of it.
    """
    if len(url) > LONGEST_URL or not url.isascii() or REFUSED_SPACE.search(url):
        raise ValueError(
            f"not a URL of at most {LONGEST_URL} characters in ASCII, without spaces and"
            " backslashes; percent-encode what is special"
        )
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:  # a port or an IPv6 address that is none
        raise ValueError("not a URL; write it like https://n8n.lan:5678/webhook/books") from None
    if parts.scheme not in PORTS or not parts.hostname:
        raise ValueError("not an http or https URL; write it like https://n8n.lan/webhook/books")
    if "@" in parts.netloc:
        raise ValueError("holds a user name or password; the signature proves who calls")
    if parts.fragment:
        raise ValueError("holds a part after #, which is never sent; leave it out")
    if port == 0:
        raise ValueError("the port is 0; give the receiver's")
    host, address = _host(parts.hostname)
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return Target(parts.scheme, host, address, port or PORTS[parts.scheme], path)


def _host(host: str) -> tuple[str, Address | None]:
    if "%" in host:
        raise ValueError("the address names a zone of this machine; leave the part after % out")
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        if not _is_name(host):
            raise ValueError(
                "the host is neither a name nor an address; write IPv4 as four decimal numbers"
            ) from None
        return host.rstrip("."), None
    return str(address), address


def unwrapped(address: Address) -> Address:
    """The IPv4 address that an IPv6 address stands for, if it does."""
    if isinstance(address, ipaddress.IPv4Address):
        return address
    if address.ipv4_mapped is not None:
        return address.ipv4_mapped
    if address.sixtofour is not None:
        return address.sixtofour
    if address in NAT64:
        return ipaddress.IPv4Address(int(address) & 0xFFFF_FFFF)
    return address


def fault(allowed: Sequence[Entry], wanted: Target) -> str:
    """What is wrong with a URL as it is written; "" if it may be called."""
    if not allowed:
        return (
            "callbacks are not allowed; an administrator names the hosts that may be called in"
            " callbacks.allow"
        )
    fitting = [one for one in allowed if _names(one, wanted)]
    if not fitting:
        return "this host and port are not in callbacks.allow; an administrator can add them"
    if wanted.address is not None:
        return address_fault(allowed, wanted, wanted.address)
    # Whether http goes to a private address is known once the name has one.
    if wanted.scheme == "http" or any(_scheme_fits(one, "https", None) for one in fitting):
        return ""
    return _scheme_fault(wanted.scheme)


def address_fault(allowed: Sequence[Entry], wanted: Target, address: Address) -> str:
    """What is wrong with the address to which a URL has led; "" if it may be connected to."""
    address = unwrapped(address)
    fitting = [one for one in allowed if _names(one, wanted)]
    if not fitting:
        return "the host is not in callbacks.allow any more"
    by_address = [one for one in allowed if _holds(one, address, wanted.port)]
    meant = address.is_loopback and wanted.host in INNER
    # 0.0.0.0/0 holds the special ones, too, but names none of them.
    named = any(one.network is not None and _special(one.network) for one in by_address)
    if _special(address) and not (meant or named):
        return (
            f"leads to {address}, which is this machine's own or reserved; if that is meant, name"
            " the address in callbacks.allow"
        )
    if not any(_scheme_fits(one, wanted.scheme, address) for one in [*fitting, *by_address]):
        return _scheme_fault(wanted.scheme)
    return ""


def _names(one: Entry, wanted: Target) -> bool:
    """Whether an entry is about a URL as it is written."""
    if one.network is not None:
        return wanted.address is not None and _holds(one, wanted.address, wanted.port)
    return one.name == wanted.host and one.port in (None, wanted.port)


def _holds(one: Entry, address: Address, port: int) -> bool:
    plain = unwrapped(address)
    if one.network is None or one.port not in (None, port):
        return False
    return plain in one.network or (plain is not address and address in one.network)


def _scheme_fits(one: Entry, scheme: str, address: Address | None) -> bool:
    if one.scheme:
        return one.scheme == scheme
    return scheme == "https" or (address is not None and _is_near(unwrapped(address)))


def _is_near(address: Address) -> bool:
    """Whether what is sent there in clear stays in the house."""
    return address.is_private or address.is_loopback or address.is_link_local


def _special(address: Address | Network) -> bool:
    """Loopback, link-local (where clouds keep their metadata), and what is no single machine."""
    return (
        address.is_loopback
        or address.is_link_local
        or address.is_multicast
        or address.is_unspecified
        or address.is_reserved
    )


def _scheme_fault(scheme: str) -> str:
    if scheme == "http":
        return (
            "http would send it readable over the internet; use https, or write http:// before"
            " the host in callbacks.allow"
        )
    return "callbacks.allow names this host with http:// only; use http, or allow https"
