"""Why queued jobs are not begun: their host is down."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sqlalchemy import BindParameter, Connection, Text, bindparam, text

DOWN = "the host is down: "
"""How the reason of such a job begins, and that of one which had begun before."""

HOSTS: BindParameter[str] = bindparam("hosts", type_=Text, expanding=True)
EXPLAIN = text(
    "UPDATE jobs SET reason = :reason, version = version + 1"
    " WHERE state = 'queued' AND host = :host AND reason <> :reason"
)
CLEAR = text(
    "UPDATE jobs SET reason = '', version = version + 1 WHERE state = 'queued'"
    f" AND host NOT IN :hosts AND substr(reason, 1, {len(DOWN)}) = :down"
).bindparams(HOSTS)


def explain_all(connection: Connection, calls: Sequence[Mapping[str, str]]) -> list[None]:
    """Writer operation behind `Jobs.explain`; of several calls the last one holds."""
    down = calls[-1]
    for host, reason in down.items():
        connection.execute(EXPLAIN, {"host": host, "reason": DOWN + reason})
    connection.execute(CLEAR, {"hosts": list(down), "down": DOWN})
    return [None] * len(calls)
