"""The endpoints of series."""

from shelfhook.sandbox.conditions import compile_condition
from shelfhook.sandbox.message import Response, answer
from shelfhook.sandbox.paging import SERIES_SORTS, page_of, page_request, sort_rows
from shelfhook.sandbox.patches import SERIES_FIELDS, read_patch
from shelfhook.sandbox.records import Series
from shelfhook.sandbox.routing import Call, Route
from shelfhook.sandbox.subjects import SERIES_SUBJECTS
from shelfhook.sandbox.world import World


def routes(world: World) -> list[Route]:
    """Give the table of the endpoints of series."""
    api = _SeriesApi(world)
    one = "/api/v1/series/{seriesId}"
    return [
        Route("POST", "/api/v1/series/list", api.listing),
        Route("GET", one, api.get),
        Route("PATCH", f"{one}/metadata", api.patch, admin=True),
        Route("POST", f"{one}/analyze", api.analyze, admin=True),
        Route("POST", f"{one}/metadata/refresh", api.refresh, admin=True),
    ]


class _SeriesApi:
    def __init__(self, world: World) -> None:
        self._world = world
        self._catalogue = world.catalogue

    def _series(self, call: Call) -> Series:
        with self._catalogue.lock:
            return self._catalogue.one_series(call.params["seriesId"])

    def get(self, call: Call) -> Response:
        with self._catalogue.lock:
            return answer(self._world.dto.series(self._series(call), full_url=call.admin))

    def listing(self, call: Call) -> Response:
        test = compile_condition(call.request.json_object().get("condition"), SERIES_SUBJECTS)
        wanted = page_request(call.request, SERIES_SORTS)
        with self._catalogue.lock:
            rows = [series for series in self._catalogue.series.values() if test(series)]
            rows.sort(key=lambda series: series.id)
            sort_rows(rows, wanted.order, SERIES_SORTS)
            dto = self._world.dto
            page = page_of(rows, wanted, lambda row: dto.series(row, full_url=call.admin))
        return answer(page)

    def patch(self, call: Call) -> Response:
        values = read_patch(call.request.json_object(), SERIES_FIELDS)
        self._world.librarian.patch_series(self._series(call), values)
        return Response(204)

    def analyze(self, call: Call) -> Response:
        with self._catalogue.lock:
            books = list(self._series(call).books)
        self._world.librarian.analyze(books)
        return Response(202)

    def refresh(self, call: Call) -> Response:
        with self._catalogue.lock:
            books = list(self._series(call).books)
        self._world.librarian.refresh(books)
        return Response(202)
