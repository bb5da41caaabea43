"""spectree as a generator: paths, parameters, bodies and schemas from our tables and models.

spectree would also check requests and answers, in a wrapper around every view. That part is left
alone: it gets functions that nobody ever calls, and a backend (`Backend`) that finds routes in our
list instead of in Flask, so that no request passes through it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from spectree import Response, SpecTree
from spectree.plugins.base import BasePlugin

from shelfhook.web.api.answers import Problem
from shelfhook.web.api.operations import PARAMETERS, Operation

REFUSED: Final = 400
"""What spectree describes for every operation; `document` leaves it out where it cannot be."""


@dataclass(frozen=True, slots=True)
class Route:
    """Where an operation is found; `names` are those of the path's parameters."""

    method: str
    path: str
    names: tuple[str, ...]
    operation: Operation


Shown = tuple[Route, Callable[..., Any]]


class Backend(BasePlugin[Any]):
    """Tells spectree about our routes; the names of the methods are spectree's."""

    shown: Sequence[Shown] = ()

    def find_routes(self) -> Any:
        """All routes."""
        return self.shown

    def parse_func(self, route: Any) -> Iterator[tuple[str, Callable[..., Any]]]:
        """The method and the function that stands for the operation."""
        yield route[0].method, route[1]

    def parse_path(
        self,
        route: Any,
        path_parameter_descriptions: Mapping[str, str] | None,  # noqa: ARG002 - spectree's own
    ) -> tuple[str, list[dict[str, Any]]]:
        """The path and its parameters."""
        found: Route = route[0]
        return found.path, [_parameter(name, found.operation) for name in found.names]

    def bypass(self, func: Callable[..., Any], method: str) -> bool:  # noqa: ARG002 - spectree's own
        """Leave nothing out."""
        return False


def skeleton(routes: Sequence[Route], info: Mapping[str, Any]) -> dict[str, Any]:
    """An OpenAPI document with everything in it that follows from the models.

    Args:
        info: spectree's settings, such as `title` and `version`.
    """
    tree = SpecTree(
        backend=Backend,
        naming_strategy=lambda model: model.__name__,
        nested_naming_strategy=lambda _, name: name,
        validation_error_status=REFUSED,
        validation_error_model=Problem,
        annotations=False,
        **info,
    )
    backend = tree.backend
    assert isinstance(backend, Backend)
    backend.shown = [(route, _shown(tree, route.operation)) for route in routes]
    document: dict[str, Any] = tree.spec
    return document


def _shown(tree: SpecTree, operation: Operation) -> Callable[..., Any]:
    """A function that spectree knows everything about, and that nobody calls."""

    def never() -> None:
        raise NotImplementedError

    never.__doc__ = f"{operation.summary}\n\n{operation.about}"
    models = {
        f"HTTP_{status}": (reply.model, reply.meaning)
        for status, reply in operation.replies.items()
    }
    problems = {f"HTTP_{status}": Problem for status in operation.problems}
    made: Callable[..., Any] = tree.validate(
        query=operation.query if operation.query and operation.query.model_fields else None,
        json=operation.body,
        resp=Response(**models, **problems),
        tags=[str(operation.tag)],
        operation_id=operation.id,
    )(never)
    return made


def _parameter(name: str, operation: Operation) -> dict[str, Any]:
    about, schema = PARAMETERS[name]
    return {
        "name": name,
        "in": "path",
        "required": True,
        "description": about,
        "schema": schema,
        "example": operation.path[name] if name != "seq" else int(operation.path[name]),
    }
