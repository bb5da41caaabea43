"""A Kavita-compatible server for tests: HTTP and its SignalR hub, over one real socket.

It keeps to what Kavita's source does, also where that is odd; `Version` says which Kavita it is.
"""

from __future__ import annotations

from tests.support.kavita.server import KavitaServer
from tests.support.kavita.version import NEW, OLD, Version
from tests.support.kavita.world import World

__all__ = ["NEW", "OLD", "KavitaServer", "Version", "World"]
