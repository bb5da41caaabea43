"""Where the application is mounted behind a proxy."""

from __future__ import annotations

import re
from ipaddress import ip_network

PATH = re.compile(r"(/[A-Za-z0-9._~-]+)*")
OURS = frozenset({"api", "hooks", "health", "metrics", "static", "sign-in"})
"""First parts of our own paths: below them nobody could tell a mounted path from ours."""


def fault_of_path(path: str) -> str:
    """What is wrong with a base path; "" if nothing is."""
    parts = path.split("/")
    if not PATH.fullmatch(path) or {".", ".."} & {*parts}:
        return 'is no path; write it like "/shelfhook", or leave it empty'
    if len(parts) > 1 and parts[1] in OURS:
        return f"begins like one of our own paths (/{parts[1]}); take another, like /shelfhook"
    return ""


def fault_of_network(text: str) -> str:
    """What is wrong with a proxy's address; "" if nothing is."""
    try:
        ip_network(text)
    except ValueError:
        return 'is no address or network; write it like "127.0.0.1" or "172.16.0.0/12"'
    return ""
