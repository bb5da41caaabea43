"""What happens to each request: faults, authentication, routing, the work, the journal."""

import contextlib
import json
import time
from datetime import UTC, datetime
from ipaddress import ip_address

from shelfhook.sandbox import (
    api_books,
    api_covers,
    api_imports,
    api_lists,
    api_series,
    api_server,
    control,
)
from shelfhook.sandbox.message import HttpError, Request, Response, ViolationsError, answer
from shelfhook.sandbox.records import JsonObject
from shelfhook.sandbox.routing import Call, Route, Router
from shelfhook.sandbox.users import Entry
from shelfhook.sandbox.wire import REASONS
from shelfhook.sandbox.world import World

_APIS = (api_server, api_books, api_series, api_lists, api_covers, api_imports)
_UNKNOWN = Route("*", "(unknown)", lambda _: Response(404))


class Application:
    """Answers requests; safe to call from many threads."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._base = world.options.base_path
        self._control = Router(control.routes(world))
        self._host = Router(route for api in _APIS for route in api.routes(world))

    def __call__(self, request: Request) -> Response:
        """Answer one request."""
        if request.path.startswith("/sandbox/") and ip_address(request.peer).is_loopback:
            return self._answer_control(request)
        if not request.path.startswith(self._base + "/"):
            return _spring_error(HttpError(404), request.path)
        request.path = request.path[len(self._base) :]
        return self._answer_host(request)

    def _answer_control(self, request: Request) -> Response:
        try:
            route, params = self._control.find(request.method, request.path)
            return route.handler(Call(request, None, params))
        except HttpError as error:
            return _spring_error(error, request.path)

    def _answer_host(self, request: Request) -> Response:
        """Do the request's work, keep it in the journal, and only then give the answer."""
        begun = time.time()
        missing: HttpError | None = None
        try:
            route, params = self._host.find(request.method, request.path)
        except HttpError as error:
            route, params, missing = _UNKNOWN, {}, error
        if "x-sandbox-quiet" in request.headers:
            return self._work(request, route, params, self._world.users.recognise(request), missing)
        spoilt = self._spoil(request)
        entry: Entry | None = None
        if spoilt is not None:
            response = spoilt
        else:
            entry = None if route.public else self._world.users.enter(request)
            response = self._work(request, route, params, entry, missing)
            if self._fault("drop_after_write", request):
                response = Response(response.status, drop=True)
        self._keep(request, route, params, response, entry, begun, applied=spoilt is None)
        return response

    def _work(
        self,
        request: Request,
        route: Route,
        params: dict[str, str],
        entry: Entry | None,
        missing: HttpError | None,
    ) -> Response:
        try:
            if entry is None and not route.public:
                raise HttpError(401, "Unauthorized")
            if self._meets_old_defect(request, entry):
                return Response(200)
            if missing is not None:
                raise missing
            if route.admin and not (entry is not None and entry.user.admin):
                raise HttpError(403, "Forbidden")
            response = route.handler(Call(request, entry.user if entry else None, params))
        except HttpError as error:
            response = _spring_error(error, self._base + request.path)
        except ViolationsError as violations:
            response = violations.response()
        if entry is not None:
            response.headers.update(entry.headers)
        return response

    def _meets_old_defect(self, request: Request, entry: Entry | None) -> bool:
        """Say whether a server up to 1.23.4 would answer this with nothing (komga#2099)."""
        name = "empty_200_with_key_and_cookie"
        return entry is not None and entry.key_and_cookie and self._fault(name, request)

    def _fault(self, name: str, request: Request) -> bool:
        return self._world.faults.rule(name, request.method, request.path) is not None

    def _spoil(self, request: Request) -> Response | None:
        """Let the faults act that come before the work; give the answer that replaces it."""
        faults, method, path = self._world.faults, request.method, request.path
        if self._fault("offline", request) or self._fault("drop_connection", request):
            return Response(0, drop=True)
        if (rule := faults.rule("latency_ms", method, path)) is not None:
            faults.pause(rule.number("ms") / 1000)
        if self._fault("hold", request):
            faults.hold()
        if (rule := faults.rule("too_many_requests", method, path)) is not None:
            refused = _spring_error(HttpError(429, "Too Many Requests"), path)
            refused.headers["Retry-After"] = f"{rule.number('retry_after', 1):g}"
            return refused
        if (rule := faults.rule("error_500_after_ms", method, path)) is not None:
            faults.pause(rule.number("ms") / 1000)
            return _spring_error(HttpError(500, "Connection is not available"), path)
        return Response(200) if self._fault("empty_200", request) else None

    def _keep(
        self,
        request: Request,
        route: Route,
        params: dict[str, str],
        response: Response,
        entry: Entry | None,
        begun: float,
        *,
        applied: bool,
    ) -> None:
        body: object = None
        if request.method != "GET" and request.body:
            with contextlib.suppress(ValueError):
                body = json.loads(request.body)
        self._world.journal.record(
            {
                "received": begun,
                "method": request.method,
                "path": request.path,
                "query": request.raw_query,
                "route": route.template,
                "status": response.status,
                "answered": not response.drop,
                "applied": applied and response.status < 400,
                "bookId": params.get("bookId"),
                "seriesId": params.get("seriesId"),
                "user": entry.user.login.email if entry is not None else None,
                "fresh": entry is not None and entry.fresh,
                "body": body,
            }
        )


def _spring_error(error: HttpError, path: str) -> Response:
    if error.silent:
        return Response(error.status)
    body: JsonObject = {
        "timestamp": datetime.now(UTC).isoformat(timespec="milliseconds"),
        "status": error.status,
        "error": REASONS.get(error.status, "Error"),
        "message": error.message,
        "path": path,
    }
    response = answer(body, error.status)
    if error.status == 401:
        response.headers["WWW-Authenticate"] = 'Basic realm="Realm"'
    return response
