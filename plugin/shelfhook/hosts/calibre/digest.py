"""HTTP Digest authentication (RFC 7616), as far as servers use it: quality `auth`, or none."""

from __future__ import annotations

import hashlib
import itertools
import re
import secrets
from dataclasses import dataclass, field

_PARAMETER = re.compile(r'([A-Za-z]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s,"]+))')
_ESCAPE = re.compile(r"\\(.)")
_HASHES = {"MD5": "md5", "SHA-256": "sha256"}


@dataclass(frozen=True, slots=True)
class Challenge:
    """What a server asks to be proven, from one `WWW-Authenticate` header.

    Attributes:
        stale: the name and password may be right, only the nonce was too old.
        used: counts how often the nonce was used; `next` of it is atomic, so it needs no lock.
    """

    realm: str
    nonce: str
    opaque: str = ""
    algorithm: str = "MD5"
    qop: str = ""
    stale: bool = False
    used: itertools.count[int] = field(
        default_factory=lambda: itertools.count(1), compare=False, repr=False
    )

    def answer(
        self, username: str, password: str, method: str, uri: str, *, cnonce: str = ""
    ) -> str:
        """The value of an `Authorization` header for one request.

        Args:
            username: as the server knows it; without quotes or backslashes.
            password: in clear.
            method: GET, POST, …
            uri: path and query exactly as they are sent.
            cnonce: our own random text; "" makes one.
        """
        count = f"{next(self.used):08x}"
        cnonce = cnonce or secrets.token_hex(8)
        proof = [self._hash(f"{username}:{self.realm}:{password}"), self.nonce]
        proof += [count, cnonce, self.qop] if self.qop else []
        proof.append(self._hash(f"{method}:{uri}"))
        quoted = {"username": username, "realm": self.realm, "nonce": self.nonce, "uri": uri}
        quoted["response"] = self._hash(":".join(proof))
        if self.opaque:
            quoted["opaque"] = self.opaque
        plain = {"algorithm": self.algorithm}
        if self.qop:
            quoted["cnonce"] = cnonce
            plain |= {"qop": self.qop, "nc": count}
        parts = [f'{name}="{_escaped(value)}"' for name, value in quoted.items()]
        parts += [f"{name}={value}" for name, value in plain.items()]
        return "Digest " + ", ".join(parts)

    def _hash(self, text: str) -> str:
        return hashlib.new(
            _HASHES[self.algorithm], text.encode(), usedforsecurity=False
        ).hexdigest()


def read(header: str) -> Challenge | None:
    """The challenge in a `WWW-Authenticate` header; None if it is none that can be met."""
    scheme, _, rest = header.strip().partition(" ")
    if scheme.lower() != "digest":
        return None
    found = {
        name.lower(): _ESCAPE.sub(r"\1", quoted) or token
        for name, quoted, token in _PARAMETER.findall(rest)
    }
    algorithm = found.get("algorithm", "MD5").upper()
    qualities = {one.strip().lower() for one in found.get("qop", "").split(",")} - {""}
    if (
        algorithm not in _HASHES
        or not found.get("nonce")
        or (qualities and "auth" not in qualities)
    ):
        return None
    return Challenge(
        realm=found.get("realm", ""),
        nonce=found["nonce"],
        opaque=found.get("opaque", ""),
        algorithm=algorithm,
        qop="auth" if qualities else "",
        stale=found.get("stale", "").lower() == "true",
    )


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"')
