"""The command line: `python -m shelfhook.sandbox --folder F`.

The first line printed is JSON with the URL and the keys; the process then serves until
SIGTERM or SIGINT. Secrets may come from the environment instead of the command line.
"""

import argparse
import json
import os
import signal
import threading
from pathlib import Path

from shelfhook.sandbox.options import Login, Options, WebhookTarget
from shelfhook.sandbox.server import SandboxServer


def main() -> None:
    """Serve until told to stop."""
    options = _options(_parser().parse_args())
    server = SandboxServer(options)
    stopping = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stopping.set())
    with server:
        ready = {
            "ready": True,
            "url": server.url,
            "root": server.root,
            "base_path": options.base_path,
            "admin_key": server.admin_key,
            "reader_key": server.reader_key,
            "libraries": server.world.status()["libraries"],
        }
        print(json.dumps(ready), flush=True)  # noqa: T201 - the ready line
        stopping.wait()


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m shelfhook.sandbox",
        description="A small Komga-compatible server over folders of CBZ files.",
    )
    add = parser.add_argument
    add("--folder", type=Path, action="append", default=[], help="a library's folder; repeatable")
    add("--make", type=int, metavar="N", help="fill the first folder with N books if it is empty")
    add("--seed", type=int, default=1, help="for --make")
    add("--books", type=int, default=0, help="synthetic books in memory, without files")
    add("--libraries", type=int, default=1, help="libraries that share the synthetic books")
    add("--host", default="127.0.0.1")
    add("--port", type=int, default=0)
    add("--base-path", default="", help="for example /komga")
    add("--user", help="the administrator, email:password (SANDBOX_USER)")
    add("--api-key", help="the administrator's (SANDBOX_API_KEY)")
    add("--reader", help="a user who is none, email:password (SANDBOX_READER)")
    add("--reader-key", help="that user's (SANDBOX_READER_KEY)")
    add("--webhook", help="URL told of each finished scan (SANDBOX_WEBHOOK)")
    add("--webhook-token", help="sent as bearer token (SANDBOX_WEBHOOK_TOKEN)")
    add("--webhook-secret", help="whsec_…: signs by Standard Webhooks (SANDBOX_WEBHOOK_SECRET)")
    add("--journal", type=Path, help="append every request to this file")
    add("--journal-size", type=int, default=200_000, help="entries kept in memory")
    add("--heartbeat", type=float, default=15.0, help="seconds between stream heartbeats")
    add("--task-status", type=float, default=10.0, help="seconds between TaskQueueStatus events")
    add("--nulls", action="store_true", help="send absent optional fields as null")
    return parser


def _options(given: argparse.Namespace) -> Options:
    if given.make:
        _fill_folder(given.folder[0], given.make, given.seed)
    defaults = Options()
    return Options(
        folders=tuple(given.folder),
        books=given.books,
        synthetic_libraries=given.libraries,
        host=given.host,
        port=given.port,
        base_path=given.base_path,
        admin=_login(given.user, "SANDBOX_USER", given.api_key, "SANDBOX_API_KEY", defaults.admin),
        reader=_login(
            given.reader, "SANDBOX_READER", given.reader_key, "SANDBOX_READER_KEY", defaults.reader
        ),
        webhook=_webhook(given),
        journal_file=given.journal,
        journal_size=given.journal_size,
        heartbeat_s=given.heartbeat,
        task_status_s=given.task_status,
        send_nulls=given.nulls,
    )


def _fill_folder(folder: Path, books: int, seed: int) -> None:
    from shelfhook.sandbox.folder import make  # loads Pillow: only when it is needed

    if not folder.exists() or not any(folder.iterdir()):
        make(folder, books=books, seed=seed)


def _login(
    user: str | None, user_name: str, key: str | None, key_name: str, default: Login
) -> Login:
    user = user or os.environ.get(user_name) or f"{default.email}:{default.password}"
    return Login.parse(user, key or os.environ.get(key_name) or default.api_key)


def _webhook(given: argparse.Namespace) -> WebhookTarget | None:
    url = given.webhook or os.environ.get("SANDBOX_WEBHOOK")
    if not url:
        return None
    token = given.webhook_token or os.environ.get("SANDBOX_WEBHOOK_TOKEN")
    secret = given.webhook_secret or os.environ.get("SANDBOX_WEBHOOK_SECRET")
    return WebhookTarget(url, token, secret)


if __name__ == "__main__":
    main()
