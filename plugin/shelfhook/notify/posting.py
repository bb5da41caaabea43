"""One POST to an address that was looked at first; only the answer's head is read.

No library sends it. With requests or urllib3 the address that is checked and the one that is
connected to come from two look-ups, redirects and proxies must be kept out, and timeouts count for
each `recv` (see `hosts/sockets.py`). Of the answer we want a status and one header.
"""

from __future__ import annotations

import io
import ipaddress
import socket
import ssl
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from http.client import HTTPException, parse_headers
from typing import Final, NamedTuple, Protocol

from shelfhook.ports import Clock
from shelfhook.rules.callbacks import PORTS, Address, Entry, Target, address_fault, bracketed

DEADLINE: Final = 10.0
"""Seconds for one attempt, but for the DNS look-up, which cannot be interrupted."""
LONGEST_HEAD: Final = 65_536
INTERIM: Final = 100
MOST_INTERIM: Final = 8
TRIED: Final = 3
"""Addresses of one name that are tried, one after the other."""

Resolve = Callable[[str, int], Sequence[Address]]


class Answer(NamedTuple):
    """What came of an attempt: a status, or a fault in words.

    Attributes:
        status: 0 if there was no answer.
        retry_after: the header, "" without.
        refused: we did not connect, since the address is not allowed.
    """

    status: int
    retry_after: str = ""
    fault: str = ""
    refused: bool = False


class Socket(Protocol):
    """What we use of a plain socket and of one with TLS."""

    def settimeout(self, seconds: float, /) -> None:
        """Let the next step take so long."""

    def sendall(self, data: bytes, /) -> None:
        """Send all."""

    def recv(self, size: int, /) -> bytes:
        """Receive something."""

    def close(self) -> None:
        """End it."""


def resolve(host: str, port: int) -> Sequence[Address]:
    """The addresses of a name, each once, in the resolver's order."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(
        dict.fromkeys(ipaddress.ip_address(str(one[4][0]).partition("%")[0]) for one in found)
    )


class Poster:
    """Sends callbacks. Keeps nothing between two of them, so any thread may use it.

    Args:
        allowed: the allow-list, asked for each address before it is connected to.
        clock: tells how much of the deadline is left.
        resolve: gives a name's addresses.
    """

    def __init__(
        self,
        allowed: Sequence[Entry],
        clock: Clock,
        *,
        resolve: Resolve = resolve,
        deadline: float = DEADLINE,
    ) -> None:
        self._allowed = allowed
        self._clock = clock
        self._resolve = resolve
        self._deadline = deadline

    def post(self, wanted: Target, headers: Mapping[str, str], body: bytes) -> Answer:
        """Send a body once. Never raises for what the receiver or the net does."""
        try:
            addresses = [wanted.address] if wanted.address else self._addresses(wanted)
        except (OSError, ValueError, UnicodeError):
            return Answer(0, fault="its name has no address; check the name and the DNS")
        # All of them: a name that leads to one forbidden address is not to be trusted with others.
        faults = [address_fault(self._allowed, wanted, address) for address in addresses]
        if refused := next((one for one in faults if one), ""):
            return Answer(0, fault=refused, refused=True)
        return self._to_any(addresses, wanted, _request(wanted, headers, body))

    def _addresses(self, wanted: Target) -> Sequence[Address]:
        found = self._resolve(wanted.host, wanted.port)
        if not found:
            raise OSError("no address")
        return found

    def _to_any(self, addresses: Sequence[Address], wanted: Target, request: bytes) -> Answer:
        until = self._clock.monotonic() + self._deadline
        answer = Answer(0)
        for address in addresses[:TRIED]:
            answer, sent = self._to(address, wanted, request, until)
            if sent:  # perhaps it has arrived: a second one elsewhere would be another
                break
        return answer

    def _to(
        self, address: Address, wanted: Target, request: bytes, until: float
    ) -> tuple[Answer, bool]:
        """One attempt, and whether anything may have been sent."""
        sent = False
        try:
            with closing(self._connect(address, wanted, until)) as sock:
                sock.settimeout(self._left(until))
                sent = True
                sock.sendall(request)
                return _answer(self._head(sock, until)), sent
        except ssl.SSLCertVerificationError as error:
            told = f"its certificate is not accepted ({error.verify_message})"
            return Answer(0, fault=told), sent
        except TimeoutError:
            return Answer(0, fault=f"no answer within {self._deadline:g} s"), sent
        except (OSError, HTTPException, ValueError) as error:
            return Answer(0, fault=f"no answer: {_plainly(error)}"), sent

    def _connect(self, address: Address, wanted: Target, until: float) -> Socket:
        plain = socket.create_connection((str(address), wanted.port), self._left(until))
        if wanted.scheme == "http":
            return plain
        try:
            plain.settimeout(self._left(until))
            context = ssl.create_default_context()
            return context.wrap_socket(plain, server_hostname=wanted.host)
        except BaseException:
            plain.close()
            raise

    def _head(self, sock: Socket, until: float) -> bytes:
        """The answer up to the empty line, without what only tells to wait."""
        held = b""
        for _ in range(MOST_INTERIM):
            while b"\r\n\r\n" not in held:
                if len(held) > LONGEST_HEAD:
                    raise HTTPException("the answer's head is too long")
                sock.settimeout(self._left(until))
                piece = sock.recv(8_192)
                if not piece:
                    raise HTTPException("it hung up in the middle")
                held += piece
            head, _, rest = held.partition(b"\r\n\r\n")
            if _status(head) // 100 * 100 != INTERIM:
                return head
            held = rest
        raise HTTPException("it tells to wait again and again")

    def _left(self, until: float) -> float:
        left = until - self._clock.monotonic()
        if left <= 0:
            raise TimeoutError
        return left


def _request(wanted: Target, headers: Mapping[str, str], body: bytes) -> bytes:
    usual = wanted.port == PORTS[wanted.scheme]
    fields = {
        "Host": bracketed(wanted.host) if usual else wanted.receiver,
        "User-Agent": "Shelfhook",
        "Accept": "*/*",
        "Content-Type": "application/json",
        "Content-Length": str(len(body)),
        "Connection": "close",
        **headers,
    }
    lines = [f"POST {wanted.path} HTTP/1.1", *(f"{name}: {text}" for name, text in fields.items())]
    return "\r\n".join([*lines, "", ""]).encode("ascii") + body


def _status(head: bytes) -> int:
    version, _, rest = head.partition(b" ")
    digits = rest[:3]
    if not (version.startswith(b"HTTP/1.") and len(digits) == 3 and digits.isdigit()):
        raise HTTPException("it does not speak HTTP")
    return int(digits)


def _answer(head: bytes) -> Answer:
    fields = parse_headers(io.BytesIO(head.partition(b"\r\n")[2] + b"\r\n\r\n"))
    return Answer(_status(head), str(fields.get("Retry-After", "")))


def _plainly(error: Exception) -> str:
    if isinstance(error, OSError):
        return (error.strerror or type(error).__name__).lower()
    return str(error)
