"""Behind a reverse proxy: where we are mounted, and what is believed of what it says.

Only from the addresses in `web.trusted_proxies` are `X-Forwarded-For`, `-Proto` and `-Prefix`
believed; from others they are taken away, so that nothing behind this can believe them either.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from ipaddress import IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from shelfhook.settings.mounting import fault_of_path

if TYPE_CHECKING:  # exists for type checkers only
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

Network: TypeAlias = IPv4Network | IPv6Network

DONE: Final = "shelfhook.proxied"
"""Marks an environ that was adjusted; twice would believe what the first time has made."""
PEER: Final = "shelfhook.peer"
"""Where the address is kept from which the request really came."""
FOR: Final = "HTTP_X_FORWARDED_FOR"
PROTO: Final = "HTTP_X_FORWARDED_PROTO"
PREFIX: Final = "HTTP_X_FORWARDED_PREFIX"
SCHEMES: Final = frozenset({"http", "https"})


class Proxies:
    """Sets SCRIPT_NAME, REMOTE_ADDR and the scheme as the client sees them.

    Args:
        base_path: the path that everything lies under; "" for none.
        trusted: addresses and networks of proxies.
    """

    def __init__(self, base_path: str, trusted: Sequence[str]) -> None:
        self._base = base_path
        self._trusted: tuple[Network, ...] = tuple(ip_network(one) for one in trusted)

    def before(self, application: WSGIApplication) -> WSGIApplication:
        """An application whose environ is adjusted first."""

        def adjusted(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
            self.adjust(environ)
            return application(environ, start_response)

        return adjusted

    def adjust(self, environ: dict[str, Any]) -> None:
        """Adjust an environ, once."""
        if DONE in environ:
            return
        environ[DONE] = True
        environ[PEER] = environ.get("REMOTE_ADDR", "")
        said = {name: environ.pop(name, "") for name in (FOR, PROTO, PREFIX)}
        prefix = self._base
        if any(said.values()) and self.trusts(environ.get("REMOTE_ADDR", "")):
            environ["REMOTE_ADDR"] = self._client(said[FOR]) or environ["REMOTE_ADDR"]
            scheme = _last(said[PROTO]).lower()
            environ["wsgi.url_scheme"] = scheme if scheme in SCHEMES else environ["wsgi.url_scheme"]
            prefix = prefix or _path(_last(said[PREFIX]))
        if prefix:
            _mount(environ, prefix)

    def _client(self, listed: str) -> str:
        """The last address that is none of our proxies': what stands before it anybody can say."""
        hops = [_address(hop) for hop in listed.split(",")]
        for hop in reversed(hops):
            if not hop:
                return ""  # what cannot be read ends what can be believed
            if not self.trusts(hop):
                return hop
        return hops[0]

    def trusts(self, address: str) -> bool:
        """Whether an address is that of one of our proxies."""
        plain = _address(address)
        return bool(plain) and any(ip_address(plain) in network for network in self._trusted)


def _mount(environ: dict[str, Any], prefix: str) -> None:
    """Say where we are mounted; cut it off the path, unless the proxy has done so."""
    environ["SCRIPT_NAME"] = prefix
    path = environ["PATH_INFO"]
    if path == prefix or path.startswith(prefix + "/"):
        environ["PATH_INFO"] = path.removeprefix(prefix) or "/"


def _last(listed: str) -> str:
    return listed.rpartition(",")[2].strip()


def _path(prefix: str) -> str:
    prefix = prefix.rstrip("/")
    return "" if fault_of_path(prefix) else prefix


def _address(hop: str) -> str:
    """An address without its port; "" for what is none. IPv4 written as IPv6 becomes IPv4."""
    hop = hop.strip()
    if hop.startswith("["):
        hop = hop[1:].partition("]")[0]
    elif hop.count(":") == 1:
        hop = hop.partition(":")[0]
    try:
        found = ip_address(hop)
    except ValueError:
        return ""
    mapped = found.ipv4_mapped if isinstance(found, IPv6Address) else None
    return str(mapped or found)
