"""The baseline of webhooks: waitress, eight threads, Flask, and our own group commit behind it."""

from __future__ import annotations

import logging
import sys
import time

import waitress
from flask import Flask, request

from shelfhook.model import EventKind, NewEvent
from shelfhook.store import Store


def make(database: str) -> Flask:
    store = Store(database)
    app = Flask("baseline")

    @app.post("/hooks/<host>")
    def hook(host: str) -> tuple[dict[str, str], int]:
        body = request.get_json()
        event = NewEvent(
            host,
            EventKind(body["event"]),
            request.headers["webhook-id"],
            library=body["library"]["id"],
        )
        return {"id": store.inbox.accept([event], time.time())[0].event_id}, 202

    return app


if __name__ == "__main__":
    logging.getLogger("waitress.queue").setLevel(logging.ERROR)  # it tells of every waiting call
    waitress.serve(
        make(sys.argv[1]), host="127.0.0.1", port=int(sys.argv[2]), threads=8, _quiet=True
    )
