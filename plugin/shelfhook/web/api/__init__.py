"""The API's own description: OpenAPI 3.1, made from the code, and a page to try it.

To describe a route (a test fails for each that is not described):

1. Its answer as a pydantic model in `answers.py` or `answers_more.py` (`Answer` as base).
2. An example of that answer in `examples.py`.
3. One `Operation` under the route's Flask endpoint (`blueprint.function`) in the table that fits:
   `about_jobs.py`, `about_inbox.py`, …; a new table is named in `tables.py`. Query and body models
   are those that the route itself checks requests with. A path's new parameter also stands in
   `operations.PARAMETERS`.

What Flask does not route (the live streams) stands in `about_live.py` by method and path. Then
`shelfhook schema --openapi > docs/openapi.json`.
"""
