"""Finds the handler of a request by method and path template."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from shelfhook.sandbox.message import HttpError, Request, Response
from shelfhook.sandbox.users import User


@dataclass(slots=True)
class Call:
    """A request on its way to its handler: with who asks and the path's parameters."""

    request: Request
    user: User | None = None  # None on paths that need no authentication
    params: dict[str, str] = field(default_factory=dict)

    @property
    def admin(self) -> bool:
        """Whether an administrator asks."""
        return self.user is not None and self.user.admin


Handler = Callable[[Call], Response]


@dataclass(frozen=True)
class Route:
    """One row of the table: `{name}` in the template stands for one path segment."""

    method: str
    template: str
    handler: Handler
    admin: bool = False
    public: bool = False


class Router:
    """A table of routes, looked up by the number of segments."""

    def __init__(self, routes: Iterable[Route]) -> None:
        self._by_length: dict[int, list[tuple[list[str], Route]]] = {}
        for route in routes:
            parts = route.template.split("/")
            self._by_length.setdefault(len(parts), []).append((parts, route))

    def find(self, method: str, path: str) -> tuple[Route, dict[str, str]]:
        """Give the route and the path's parameters; 404 or 405 when there is none."""
        segments = path.split("/")
        known_path = False
        for parts, route in self._by_length.get(len(segments), []):
            params = _match(parts, segments)
            if params is None:
                continue
            if route.method == method:
                return route, params
            known_path = True
        raise HttpError(405 if known_path else 404)


def _match(parts: list[str], segments: list[str]) -> dict[str, str] | None:
    params: dict[str, str] = {}
    for part, segment in zip(parts, segments, strict=True):
        if part.startswith("{"):
            params[part[1:-1]] = segment
        elif part != segment:
            return None
    return params
