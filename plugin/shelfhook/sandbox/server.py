"""A sandbox in threads of this process."""

from types import TracebackType
from typing import Self

from shelfhook.sandbox.application import Application
from shelfhook.sandbox.client import SandboxClient
from shelfhook.sandbox.options import Options
from shelfhook.sandbox.wire import HttpServer
from shelfhook.sandbox.world import World


class SandboxServer(SandboxClient):
    """Serves between `start` and `stop`; use it with `with`. Its controls go over HTTP too."""

    def __init__(self, options: Options) -> None:
        self.options = options
        self.world = World(options)
        self._http = HttpServer(options.host, options.port, Application(self.world))
        host, port = self._http.address
        super().__init__(f"http://{host}:{port}", options.base_path)
        self.admin_key = options.admin.api_key or ""
        self.reader_key = options.reader.api_key or ""

    def start(self) -> None:
        """Start to serve."""
        self.world.start()
        self._http.start()

    def stop(self) -> None:
        """End streams and waits, then connections and threads, then the journal."""
        self.world.stop()
        self._http.stop()
        self.world.close()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()
