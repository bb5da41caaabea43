"""The container's HEALTHCHECK: exit code 0 if `/health` says that Shelfhook is at work."""

from __future__ import annotations

import http.client
import os
import sys

EVERYWHERE = {"0.0.0.0": "127.0.0.1", "[::]": "::1"}  # noqa: S104 - read, not bound
SECONDS = 8
"""Less than the HEALTHCHECK's own timeout, so that the reason is still told."""


def main() -> int:
    """Ask once; the answer's status decides, and a line says what it was."""
    listen = os.environ.get("SHELFHOOK_WEB__LISTEN") or "127.0.0.1:8790"
    name, _, port = listen.rpartition(":")
    host = EVERYWHERE.get(name, name.strip("[]"))
    connection = http.client.HTTPConnection(host, int(port), timeout=SECONDS)  # knows no proxy
    try:
        connection.request("GET", "/health")
        answer = connection.getresponse()
        answer.read()
    except (OSError, http.client.HTTPException) as error:
        print(f"no answer from {host} port {port}: {error}")  # noqa: T201 - docker inspect shows it
        return 1
    finally:
        connection.close()
    print(f"{answer.status} {answer.reason}")  # noqa: T201 - as above
    return 0 if answer.status == 200 else 1


if __name__ == "__main__":
    sys.exit(main())
