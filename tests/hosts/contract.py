"""What every host adapter must keep to, as tests.

Give a `Shelf` for your server, a fixture of this name, and a subclass that begins with `Test`:

    @pytest.fixture(scope="module")
    def shelf() -> Iterator[Shelf]:
        with my_server() as server:
            yield MyShelf(server)

    class TestMyHost(HostContract):
        pass

Between adapter and server stands a relay that can fall silent, so no test needs to stop the server.
"""

from __future__ import annotations

from tests.hosts.relay import Relay
from tests.hosts.shelf import HastyClock, Shelf
from tests.hosts.suite.extras import Extras
from tests.hosts.suite.failing import Failing
from tests.hosts.suite.listing import Listing
from tests.hosts.suite.reading import Reading
from tests.hosts.suite.threads import Threads
from tests.hosts.suite.ways import Ways
from tests.hosts.suite.writing import Writing

__all__ = ["HastyClock", "HostContract", "Relay", "Shelf"]


class HostContract(Listing, Reading, Writing, Failing, Threads, Ways, Extras):
    """All promises of `ports.hosts`, `ports.extras` and `ports.tidings`."""
